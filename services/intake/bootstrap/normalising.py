"""The process that maps raw records."""

import os
import signal
import threading
from typing import Final

from services.intake.bootstrap.parts import kafka_client, key_engine, key_store
from services.intake.bootstrap.tenants import SiteTenants
from services.intake.domain.tables import Tables
from services.intake.normaliser import Normaliser
from services.intake.packs.files import read_tables
from services.intake.settings import IntakeSettings
from shared.clock import SystemClock, monotonic
from shared.contracts.topics import RAW, REJECTED, REPORTED
from shared.kafka.admin import check_topics
from shared.kafka.loop import TransactionalLoop
from shared.observability import Metrics, configure_logging, event_log
from shared.site.site import Site

NORMALISER_GROUP: Final = "intake-normalise"
_WATCH_SECONDS: Final = 1.0


def run_normaliser(settings: IntakeSettings) -> None:
    """Map raw records until SIGTERM or SIGINT; the transaction of the moment is finished first.

    Raises:
        BrokerUnknownError, KeyStoreError, TopicsError: as for `run_http`.
        KafkaError: Kafka refused or fenced us; start again.
    """
    configure_logging("intake")
    client = kafka_client(settings, "intake")
    check_topics(client, settings.partitions, [RAW, REPORTED, REJECTED])
    engine = key_engine(settings)
    clock = SystemClock()
    site = Site(settings.config_folder)
    transform = Normaliser(
        SiteTenants(site, clock, Tables.parse(read_tables())),
        key_store(engine, clock),
        settings.partitions,
        Metrics(),
    )
    loop = TransactionalLoop(
        client,
        NORMALISER_GROUP,
        RAW.name,
        str(settings.normaliser.slot),
        transform,
        max_records=settings.normaliser.records_per_transaction,
    )
    stop = _stop_on_signals()
    _watch(loop, settings, stop)
    try:
        loop.run(stop)
    finally:
        stop.set()
        engine.dispose()


def _stop_on_signals() -> threading.Event:
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    return stop


def _watch(loop: TransactionalLoop, settings: IntakeSettings, stop: threading.Event) -> None:
    """Keep a file fresh while the loop turns, and end the process when it stands still."""
    folder = settings.data_folder
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    progress = folder / f"{NORMALISER_GROUP}-{settings.normaliser.slot}.progress"
    limit = settings.normaliser.watchdog_seconds

    def watch() -> None:
        while not stop.wait(_WATCH_SECONDS):
            if monotonic() - loop.progress_at > limit:
                event_log("intake").alarm("standstill", state="ended")
                os._exit(1)
            progress.touch()

    threading.Thread(target=watch, name="watchdog", daemon=True).start()
