"""Intake as it is operated, to be measured: its processes on one core, Kafka on the others."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from services.intake.bootstrap.tenants import SiteTenants
from services.intake.domain.tables import Tables
from services.intake.http.acceptance import Acceptance, Accepted
from services.intake.http.raw_log import KafkaRawLog, Patience
from services.intake.http.submission import Submission
from services.intake.keystore.sql import SqlKeyStore, open_engine
from services.intake.packs.files import read_tables
from services.intake.status.sql import SqlStatusStore
from shared.clock import SystemClock
from shared.kafka.client import KafkaClient
from shared.observability import Metrics
from tests.bench.machine import Cores, cores, kept_to
from tests.bench.mixture import bodies
from tests.builders.broker import own_broker
from tests.builders.intake_processes import IntakeProcesses

PARTITIONS: Final = 6
# The rate limit protects tenants from each other; here one tenant is all there is.
_UNLIMITED: Final = {
    "INTAKE_HTTP__REQUESTS_PER_SECOND": "100000",
    "INTAKE_HTTP__BURST": "1000000",
}


@dataclass(frozen=True, slots=True)
class Stores:
    """The site's tenants and intake's database."""

    tenants: SiteTenants
    keys: SqlKeyStore
    statuses: SqlStatusStore


@dataclass(frozen=True, slots=True)
class IntakeStage:
    """A broker that answers, and intake's processes, none started yet."""

    processes: IntakeProcesses
    cores: Cores
    home: Path

    def start(self, name: str) -> int:
        """Start `http`, `import` or `normalise` on the measured core; return its process id."""
        with kept_to(self.cores.measured):
            return self.processes.start(name).pid

    def fill(self, reports: int) -> int:
        """Put reports of every format into the raw topic, as the edge does; return how many."""
        credential = self.processes.site.credentials()[0]
        submissions = [
            Submission(credential, body.content, body.media_type, pack=body.pack)
            for body in bodies(reports, datetime.now(UTC))
        ]
        log = KafkaRawLog(self.processes.kafka, PARTITIONS, Patience(30, 60))
        with self.stores() as made:
            acceptance = Acceptance(
                made.tenants, made.keys, made.statuses, log, SystemClock(), PARTITIONS, Metrics()
            )
            count = sum(_count(acceptance.accept([each])) for each in submissions)
        log.close()
        return count

    @contextmanager
    def stores(self) -> Iterator[Stores]:
        """Open what the processes have, in this one."""
        engine = open_engine(f"sqlite:///{self.home}/data/intake/keys.db")
        clock = SystemClock()
        keys, statuses = SqlKeyStore(engine, clock), SqlStatusStore(engine)
        keys.prepare()
        statuses.prepare()
        tables = Tables.parse(read_tables())
        yield Stores(SiteTenants(self.processes.site, clock, tables), keys, statuses)
        engine.dispose()


def _count(accepted: Sequence[Accepted]) -> int:
    (results,) = accepted
    assert not isinstance(results, Exception), results
    return len(results)


@contextmanager
def intake_stage() -> Iterator[IntakeStage]:
    """Set up a broker and a site with one tenant, in a folder that is gone afterwards."""
    apart = cores()
    with tempfile.TemporaryDirectory() as name, kept_to(apart.others):
        folder = Path(name)
        home = folder / "home"
        (home / "data" / "intake").mkdir(parents=True)
        with own_broker(folder / "broker") as broker:
            client = KafkaClient(broker.start(), "bench")
            processes = IntakeProcesses(home, client, **_UNLIMITED)
            try:
                yield IntakeStage(processes, apart, home)
            finally:
                processes.close()
