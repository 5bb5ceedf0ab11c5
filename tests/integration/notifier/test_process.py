"""The notifier as a process of its own on real Kafka and real SMTP, killed at the worst moments."""

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.notifier import links
from services.notifier.bootstrap import import_directory, open_store
from services.notifier.desk import Order, act
from services.notifier.domain.case import Actor, Case
from services.notifier.domain.states import Action, State
from services.notifier.settings import NotifierSettings
from services.notifier.store.engine import Store
from shared.clock import SystemClock, monotonic
from shared.contracts import OutreachRequested
from shared.contracts.topics import CASE, REQUESTED
from shared.contracts.words import ActorRole
from shared.identity import derive_id, new_token, person_ref
from shared.kafka.client import KafkaClient
from shared.kafka.cloudevents import outgoing
from shared.kafka.partitions import partition_of
from shared.kafka.reader import read_range
from tests.builders.mail import Behaviour, a_mail_server
from tests.builders.notifier import TENANT, a_request
from tests.builders.site import a_site

PATIENCE_SECONDS = 60
PARTITIONS = 6
STAFF = """identifier_system,identifier,given_name,family_name,email,roles,role,quiet_hours
ad,ada,Ada,Lane,ada@northwick.example,staff,nurse,00:00-00:00
ad,sue,Sue,Hill,sue@northwick.example,supporter,nurse,
ad,cora,Cora,Dale,cora@northwick.example,coordinator,,
ad,lea,Lea,Rook,lea@northwick.example,programme_lead,,
"""


@dataclass(slots=True)
class Host:
    """One host: a site folder, a database, a mail server, a broker."""

    home: Path
    kafka: KafkaClient
    port: int
    behaviour: Behaviour
    key: bytes
    store: Store = field(init=False)

    def __post_init__(self) -> None:
        """Import the directory; the database is made on the way."""
        file = self.home / "staff.csv"
        file.write_text(STAFF)
        import_directory(self.settings(), TENANT, file)
        self.store = open_store(self.settings())

    def settings(self) -> NotifierSettings:
        """Return the settings that the process has too."""
        return NotifierSettings(home=self.home, config=self.home / "config")

    @contextmanager
    def running(self, *, kill: bool = False) -> Iterator[subprocess.Popen[bytes]]:
        """Run the notifier; at the end ask it to stop and expect a clean exit, or kill it."""
        environment = os.environ | {
            "PEERLINE_HOME": str(self.home),
            "PEERLINE_CONFIG": str(self.home / "config"),
            "KAFKA_BOOTSTRAP_SERVERS": self.kafka.bootstrap,
            "NOTIFIER_SMTP__PORT": str(self.port),
        }
        command = [sys.executable, "-m", "services.cli", "notifier", "run"]
        with (self.home / "notifier.log").open("ab") as log:
            process = subprocess.Popen(command, env=environment, stderr=log, stdout=log)
        try:
            yield process
        finally:
            process.send_signal(signal.SIGKILL if kill else signal.SIGTERM)
            code = process.wait(PATIENCE_SECONDS)
        assert code == (-signal.SIGKILL if kill else 0)

    def request(self, name: str, **overrides: Any) -> OutreachRequested:
        """Publish a request about ada, as triage does."""
        ref = person_ref(self.key, "ad", "ada")
        respond_by = datetime.now(UTC) + timedelta(hours=4)
        request = a_request(case=name, person=ref, respond_by=respond_by, **overrides)
        producer = self.kafka.producer()
        record = outgoing(
            request,
            key=str(request.case_ref),
            event_id=request.request_id,
            source=f"urn:peerline:triage:{TENANT}",
            subject=None,
            time=respond_by,
            partition=partition_of(TENANT, PARTITIONS),
        )
        producer.send(
            REQUESTED.name,
            value=record.value,
            key=record.key,
            headers=list(record.headers),
            partition=record.partition,
        ).get(timeout=PATIENCE_SECONDS)
        producer.close()
        return request

    def case(self, name: str) -> Case | None:
        """Return a case as it stands in SQL."""
        with self.store.read() as unit:
            return unit.pages.case(TENANT, derive_id("case", name))

    def mails(self, who: str) -> list[Any]:
        """Return the mails that the server took for somebody."""
        return [mail for mail in self.behaviour.received if str(mail["To"]).startswith(who)]

    def accept(self, mail: Any) -> None:
        """Press accept behind the link of a mail, as the console does."""
        text = mail.get_payload(decode=True).decode()
        token = text.partition("/l/")[2][:32]
        with self.store.begin() as unit:
            links.answer(unit, token, "accept", SystemClock().now())

    def invite(self, name: str) -> None:
        """Let the supporter write to the person, as the console does."""
        case = self.case(name)
        assert case is not None
        actor = Actor(ActorRole.SUPPORTER, case.supporter)
        order = Order(TENANT, case.case_ref, Action.SEND_INVITATION, actor)
        with self.store.begin() as unit:
            act(unit, order, SystemClock().now())


@pytest.fixture
def host(tmp_path: Path, lonely_kafka: KafkaClient) -> Iterator[Host]:
    """Give a host with a directory and nothing else."""
    site = a_site(tmp_path / "config", now=datetime.now(UTC))
    behaviour = Behaviour()
    with a_mail_server(behaviour) as port:
        host = Host(tmp_path, lonely_kafka, port, behaviour, site.pseudonym_key(TENANT))
        yield host
        host.store.engine.dispose()


def until(holds: Callable[[], object]) -> None:
    """Wait until something holds, at most a minute."""
    ends = monotonic() + PATIENCE_SECONDS
    while not holds():
        assert monotonic() < ends, "it never happened"
        threading.Event().wait(0.05)


def test_a_request_reaches_the_supporter_and_the_person_hears_from_them(host: Host) -> None:
    """Request, offer, accept, invitation, events on the topic, a clean log, SIGTERM exits 0."""
    name = new_token()
    with host.running():
        host.request(name)
        until(lambda: host.mails("sue"))
        host.accept(host.mails("sue")[0])
        host.invite(name)
        until(lambda: host.mails("ada"))
        until(lambda: _in_state(host, name, State.INVITED))
        until(lambda: len(_events(host, name)) == 6)

    assert len(host.mails("ada")) == 1
    log = (host.home / "notifier.log").read_text()
    assert not any(word in log for word in ("WARN", "ERROR", "Traceback", "Lane", "northwick.ex"))


def test_killed_while_writing_to_the_person_nobody_is_written_to_twice(host: Host) -> None:
    """Kill -9 between the claim and the answer: the message becomes a doubt before a human."""
    name = new_token()
    with host.running(kill=True):
        host.request(name)
        until(lambda: host.mails("sue"))
        host.accept(host.mails("sue")[0])
        until(lambda: len(host.mails("sue")) == 2)
        host.behaviour.tarpit_seconds = 5
        host.invite(name)
        until(lambda: host.mails("ada"))
        assert _attempts(host, name)["first_contact", "sending"] == 1
    host.behaviour.tarpit_seconds = 0

    with host.running():
        until(lambda: _in_state(host, name, State.ATTENTION))
        # Of this case: the broker still holds what other tests asked of other hosts.
        until(lambda: _attempts(host, name)["escalation", "sent"] == len(("cora", "lea")))

    case = host.case(name)
    assert case is not None
    assert case.code == "uncertain"
    assert len(host.mails("ada")) == 1
    assert _attempts(host, name)["first_contact", "uncertain"] == 1


def test_killed_while_asking_a_supporter_the_repeat_has_the_same_message_id(host: Host) -> None:
    """At least once to supporters; a repeat can be recognised."""
    name = new_token()
    host.behaviour.tarpit_seconds = 5
    with host.running(kill=True):
        host.request(name)
        until(lambda: host.mails("sue"))
        assert _attempts(host, name)["supporter_offer", "sending"] == 1
    host.behaviour.tarpit_seconds = 0

    with host.running():
        until(lambda: _attempts(host, name)["supporter_offer", "sent"])
        until(lambda: len(host.mails("sue")) == 2)

    ids = {mail["Message-ID"] for mail in host.mails("sue")}
    assert len(ids) == 1
    host.accept(host.mails("sue")[0])
    assert _in_state(host, name, State.ASSIGNED)


def _in_state(host: Host, name: str, state: State) -> bool:
    case = host.case(name)
    return case is not None and case.state is state


def _attempts(host: Host, name: str) -> Counter[tuple[str, str]]:
    with host.store.read() as unit:
        attempts = unit.attempts.of_case(TENANT, derive_id("case", name))
    return Counter((one.key.kind.value, one.state.value) for one in attempts)


def _events(host: Host, name: str) -> list[Any]:
    key = str(derive_id("case", name)).encode()
    return [record for record in read_range(host.kafka, CASE.name) if record.key == key]
