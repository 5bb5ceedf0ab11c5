"""The process that maps raw records."""

from datetime import timedelta
from typing import Final

from services.intake.bootstrap.forgetting import forget_old_statuses
from services.intake.bootstrap.parts import kafka_client, key_engine, key_store, status_store
from services.intake.bootstrap.tenants import SiteTenants
from services.intake.bootstrap.watching import health_port, stop_on_signals, watch
from services.intake.domain.tables import Tables
from services.intake.normaliser import Normaliser
from services.intake.packs.files import read_tables
from services.intake.settings import IntakeSettings
from shared.clock import SystemClock
from shared.contracts.topics import RAW, REJECTED, REPORTED
from shared.kafka.admin import check_topics
from shared.kafka.loop import TransactionalLoop
from shared.observability import Metrics, configure_logging
from shared.site.site import Site

NORMALISER_GROUP: Final = "intake-normalise"


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
    statuses, metrics = status_store(engine), Metrics()
    transform = Normaliser(
        SiteTenants(site, clock, Tables.parse(read_tables())),
        key_store(engine, clock),
        statuses,
        clock,
        settings.partitions,
        metrics,
    )
    loop = TransactionalLoop(
        client,
        NORMALISER_GROUP,
        RAW.name,
        str(settings.normaliser.slot),
        transform,
        max_records=settings.normaliser.records_per_transaction,
    )
    stop = stop_on_signals()
    forget_old_statuses(statuses, clock, timedelta(days=settings.status.keep_days), stop)
    progress = f"{NORMALISER_GROUP}-{settings.normaliser.slot}.progress"
    watch(
        settings.data_folder / progress,
        settings.normaliser.watchdog_seconds,
        lambda: loop.progress_at,
        stop,
    )
    try:
        with health_port(settings.normaliser.health_port, lambda: loop.progress_at, metrics):
            loop.run(stop)
    finally:
        stop.set()
        engine.dispose()
