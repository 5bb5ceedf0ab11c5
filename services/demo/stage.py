"""The stage of the demo: a fictional hospital group on real Kafka, all services and a mailbox.

The end-to-end tests and the measurements stand on the same stage; nothing here is special to a
story. Everything lives in one folder that is emptied when the stage is set.
"""

import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from services.demo.places import Places, free_places
from services.demo.refusals import StageError
from services.supervisor.child import Child
from services.supervisor.product import MailSink, Ports, mailbox, product
from services.supervisor.settings import inherited_environment
from services.supervisor.tree import Observer, Supervisor, unobserved
from shared.kafka.admin import create_topics
from shared.kafka.client import KafkaClient

TENANT: Final = "riverside"
STORY: Final = Path(__file__).parent / "story"
_TOKEN_LINE: Final = "token "  # noqa: S105 -- the word before the secret
_QUICK: Final = "outreach:\n  confirm_minutes: {urgent: 0, high: 0, routine: 480}\n"


@dataclass(slots=True)
class Stage:
    """A running Peerline with one tenant in live mode.

    `bootstrap` is a broker that answers. `directory` and `units` are the CSV files to import.
    """

    home: Path
    bootstrap: str
    places: Places = field(default_factory=free_places)
    directory: Path = STORY / "directory.csv"
    units: Path = STORY / "units.csv"
    observe: Observer = unobserved
    partitions: int = 6
    token: str = field(default="", repr=False)
    supervisor: Supervisor | None = None

    @property
    def intake_url(self) -> str:
        """Where reports are posted."""
        return f"http://127.0.0.1:{self.places.intake}"

    @property
    def console_url(self) -> str:
        """Where coordinators and supporters look."""
        return f"http://127.0.0.1:{self.places.console}"

    @property
    def mailbox_url(self) -> str:
        """Where the mails are."""
        return f"http://127.0.0.1:{self.places.mailbox}"

    @property
    def mailbox_file(self) -> Path:
        """The mails as the sink received them, one JSON line each."""
        return self.home / "mailbox.jsonl"

    @property
    def kafka(self) -> KafkaClient:
        """A client that reads as an auditor does."""
        return KafkaClient(self.bootstrap, "auditor")

    @property
    def operator(self) -> KafkaClient:
        """A client that may create topics."""
        return KafkaClient(self.bootstrap, "operator")

    def environment(self) -> Mapping[str, str]:
        """Return the environment of every process on this stage."""
        return inherited_environment(
            KAFKA_BOOTSTRAP_SERVERS=self.bootstrap,
            PEERLINE_HOME=str(self.home),
            PEERLINE_CONFIG=str(self.home / "config"),
            PEERLINE_PARTITIONS=str(self.partitions),
            NOTIFIER_SMTP__HOST="127.0.0.1",
            NOTIFIER_SMTP__PORT=str(self.places.smtp),
            NOTIFIER_CONSOLE_URL=self.console_url,
        )

    def peerline(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `peerline ARGUMENTS…` on this stage and return its output and exit code."""
        return subprocess.run(  # noqa: S603 -- our own program with our own arguments
            [sys.executable, "-m", "services.cli", *arguments],
            env=dict(self.environment()),
            capture_output=True,
            text=True,
            check=False,
        )

    def children(self) -> tuple[Child, ...]:
        """Return the processes to run, the mailbox first."""
        environment, places = self.environment(), self.places
        ports = Ports(places.intake, places.console, places.triage_health)
        sink = MailSink(self.mailbox_file, places.smtp, places.mailbox)
        return (mailbox(sink, environment), *product(ports, environment))

    def set_up(self) -> None:
        """Empty the folder, create topics and the tenant, start every process.

        Raises:
            StageError: the tenant could not be created.
            SupervisorError: a service did not come up.
        """
        shutil.rmtree(self.home, ignore_errors=True)
        self.home.mkdir(parents=True, mode=0o700)
        create_topics(self.operator, self.partitions)
        self._create_tenant()
        self.supervisor = Supervisor(self.children(), self.home / "log", observe=self.observe)
        self.supervisor.start()

    def strike(self) -> None:
        """Stop every process; safe to repeat."""
        if self.supervisor is not None:
            self.supervisor.stop()

    def __enter__(self) -> Self:
        """Set up; see `set_up`."""
        self.set_up()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Strike; see `strike`."""
        self.strike()

    def _create_tenant(self) -> None:
        made = self.peerline(
            *("tenant", "create", TENANT, "--title", "Riverside Hospitals (fictional)"),
            *("--zone", "Europe/London", "--source", "main:revision"),
            *("--units", str(self.units), "--directory", str(self.directory), "--mode", "live"),
            *("--from-address", "peer-support@riverside.invalid"),
            *("--telephone", "01632 960100", "--crisis-line", "01632 960199"),
        )
        if made.returncode:
            raise StageError(made.stderr.strip() or made.stdout.strip())
        tokens = [line for line in made.stdout.splitlines() if line.startswith(_TOKEN_LINE)]
        self.token = tokens[0].removeprefix(_TOKEN_LINE).strip()
        settings = self.home / "config" / "tenants" / TENANT / "tenant.yaml"
        with settings.open("a", encoding="utf-8") as file:
            file.write(_QUICK)
