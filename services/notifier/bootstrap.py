"""Builds the notifier: the one place where settings become parts."""

import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from sqlalchemy import Engine

from services.notifier import directory
from services.notifier.channels.smtp import SmtpChannel, SmtpServer
from services.notifier.claiming import Claims
from services.notifier.dispatcher import Bells, Pulse, run_sender, run_timers
from services.notifier.domain.errors import DirectoryRefusedError
from services.notifier.inbox import Inbox
from services.notifier.relay import Relay
from services.notifier.sender import Sender
from services.notifier.settings import NotifierSettings
from services.notifier.store.engine import Store
from services.notifier.store.opening import open_migrated
from services.notifier.store.schema import is_current
from services.notifier.tenants import policies_of
from shared.clock import Clock, SystemClock, monotonic
from shared.contracts.access import topics_of
from shared.contracts.topics import Principal
from shared.health import serve_health
from shared.identity import derive_id, new_token, person_ref
from shared.kafka.admin import check_topics
from shared.kafka.client import KafkaClient
from shared.observability import Metrics, configure_logging, event_log
from shared.site.site import Site

ALIVE_WITHIN_SECONDS: Final = 60.0
STOP_SECONDS: Final = 30.0
log = event_log("notifier")


class NoKafkaError(RuntimeError):
    """No broker is known."""

    hint = "Start one with 'peerline kafka start', or set KAFKA_BOOTSTRAP_SERVERS."

    def __init__(self) -> None:
        """Say so."""
        super().__init__("no Kafka is known, so no request can be read")


@dataclass(slots=True)
class Parts:
    """Everything that runs, built once."""

    engine: Engine
    store: Store
    inbox: Inbox
    sender: Sender
    relay: Relay
    clock: Clock
    metrics: Metrics
    bells: Bells = field(default_factory=Bells)
    stop: threading.Event = field(default_factory=threading.Event)
    pulses: dict[str, Pulse] = field(default_factory=dict)


def run(settings: NotifierSettings) -> int:
    """Run inbox, dispatcher and relay until SIGTERM; return the exit code.

    One thread each, several for sending. A thread that ends by an exception ends the process
    (exit code 1): its supervisor starts the next life, and everything it had begun is in SQL.
    """
    configure_logging("notifier")
    parts = build(settings)
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signal_number, lambda *_: _stop(parts))
    health = None
    if settings.health_port is not None:
        health = serve_health(settings.health_port, _checks(parts), parts.metrics.text)
    code = work(parts, settings.sending.workers)
    if health is not None:
        health.shutdown()
    return code


def build(settings: NotifierSettings) -> Parts:
    """Return the parts; the database is brought up to date and the topics are checked.

    Raises:
        NoKafkaError: no broker is set and none of ours runs.
        TopicsError: the broker is not as installed.
    """
    client = _kafka(settings)
    check_topics(client, settings.partitions, topics_of(Principal.NOTIFIER))
    site = Site(settings.config_folder)
    store = open_store(settings)
    clock, metrics = SystemClock(), Metrics()
    lease = derive_id("lease", "notifier", str(settings.slot))
    take_back(store, lease, clock)
    slot = str(settings.slot)
    inbox = Inbox(store, client, clock, policies_of(site), metrics, slot)
    sender = Sender(
        store, SmtpChannel(_smtp(settings)), clock, _claims(settings, site, lease), metrics
    )
    relay = Relay(store, client, clock, settings.partitions, lease)
    return Parts(store.engine, store, inbox, sender, relay, clock, metrics)


def open_store(settings: NotifierSettings) -> Store:
    """Open the database and apply missing migrations; a SQLite file is made with its folder."""
    return open_migrated(settings.database, settings.database_password_file)


def take_back(store: Store, lease: UUID, clock: Clock) -> None:
    """End the leases of this slot's last life: it is dead, or we would not be its successor.

    Supporters' messages go out again at once; those to affected persons become doubts.
    """
    with store.begin() as unit:
        at = clock.now()
        unit.messages.take_back(lease, at)
        unit.attempts.take_back(lease, at)
        unit.outbox.release(lease)


def work(parts: Parts, workers: int) -> int:
    """Run all loops; return 0 when told to stop, 1 when one of them broke."""
    broken: list[BaseException] = []
    threads = [
        threading.Thread(target=_guarded, args=(name, loop, parts, broken), name=name)
        for name, loop in _loops(parts, workers).items()
    ]
    for thread in threads:
        thread.start()
    log.info("notifier_started")
    for thread in threads:
        thread.join()
    log.info("notifier_stopped")
    return 1 if broken else 0


def import_directory(
    settings: NotifierSettings, tenant: str, path: Path, *, check: bool = False
) -> directory.Imported:
    """Import a directory CSV, all rows or none; `check` only says what would happen.

    Raises:
        DirectoryRefusedError: rows that cannot be used, by number and column.
        TenantUnknownError, KeyMissingError: the site has no such tenant or key.
    """
    site = Site(settings.config_folder)
    site.tenant(tenant)
    key = site.pseudonym_key(tenant)
    text = _text(path)
    entries = directory.read_entries(
        text, tenant, lambda system, value: person_ref(key, system, value)
    )
    store = open_store(settings)
    if check:
        with store.read() as unit:
            return directory.check_entries(unit, tenant, entries)
    with store.begin() as unit:
        now = SystemClock().now()
        return directory.import_entries(unit, tenant, entries, directory.digest(text), now)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise DirectoryRefusedError(["The file is not UTF-8; save it as 'CSV UTF-8'."]) from None


def _guarded(
    name: str, loop: Callable[[], None], parts: Parts, broken: list[BaseException]
) -> None:
    try:
        loop()
    except Exception as error:  # noqa: BLE001 - the one place: a bug ends the process
        log.alarm("loop_broken", error, reason=name)
        broken.append(error)
    finally:
        _stop(parts)


def _loops(parts: Parts, workers: int) -> dict[str, Callable[[], None]]:
    def pulse(name: str) -> Pulse:
        return parts.pulses.setdefault(name, Pulse(monotonic()))

    bells, stop = parts.bells, parts.stop
    parts.inbox.pulse = pulse("inbox")
    loops: dict[str, Callable[[], None]] = {
        "inbox": lambda: parts.inbox.run(bells, stop),
        "relay": lambda: parts.relay.run(bells.relay, pulse("relay"), stop),
        "timers": lambda: run_timers(parts.store, parts.sender, bells, pulse("timers"), stop),
    }
    for number in range(workers):
        name = f"sender-{number}"
        loops[name] = lambda name=name: run_sender(parts.sender, bells, pulse(name), stop)  # type: ignore[misc]
    return loops


def _stop(parts: Parts) -> None:
    parts.stop.set()
    parts.bells.ring()


def _checks(parts: Parts) -> dict[str, Callable[[], bool]]:
    def alive() -> bool:
        return all(monotonic() - pulse.at < ALIVE_WITHIN_SECONDS for pulse in parts.pulses.values())

    def started() -> bool:
        return is_current(parts.engine)

    return {"/healthz": alive, "/startupz": started, "/readyz": lambda: alive() and started()}


def _kafka(settings: NotifierSettings) -> KafkaClient:
    from shared.kafka.embedded.server import resolve_bootstrap  # noqa: PLC0415 - only to try out

    bootstrap = resolve_bootstrap(settings.bootstrap_servers, settings.home)
    if bootstrap is None:
        raise NoKafkaError
    return KafkaClient(bootstrap, "notifier", **settings.kafka.model_dump())


def _smtp(settings: NotifierSettings) -> SmtpServer:
    return SmtpServer(**settings.smtp.model_dump())


def _claims(settings: NotifierSettings, site: Site, lease: UUID) -> Claims:
    return Claims(
        policies=policies_of(site),
        message_id_key=site.message_id_key(),
        base_url=settings.console_url.rstrip("/"),
        lease=lease,
        new_token=new_token,
        sending_on=lambda: settings.sending.switch == "on",
        lease_time=timedelta(seconds=settings.sending.lease_seconds),
    )
