"""The process that takes reports in over Kafka: from publishers' own topics to the raw topic."""

import threading
from collections.abc import Callable, Collection
from contextlib import suppress
from typing import Final

from kafka.errors import KafkaError

from services.intake.bootstrap.parts import kafka_client, key_engine, key_store, status_store
from services.intake.bootstrap.tenants import SiteTenants
from services.intake.bootstrap.watching import health_port, stop_on_signals, watch
from services.intake.domain.tables import Tables
from services.intake.importer import Importer
from services.intake.packs.files import read_tables
from services.intake.settings import IntakeSettings
from shared.clock import SystemClock, monotonic
from shared.contracts.topics import RAW, REJECTED
from shared.kafka.admin import check_topics, partition_counts
from shared.kafka.client import KafkaClient
from shared.kafka.loop import TransactionalLoop
from shared.observability import Metrics, configure_logging, event_log
from shared.site.site import Site
from shared.site.source_topics import SourceBindings, source_bindings

IMPORTER_GROUP: Final = "intake-import"
_NOBODY_BINDS: Final = (
    "waits: no tenant binds a source topic. Set sources.SYSTEM.topic in a tenant.yaml, then run "
    "'peerline kafka topics --create'."
)
_LOG: Final = event_log(IMPORTER_GROUP)


def run_importer(settings: IntakeSettings) -> None:
    """Import until SIGTERM or SIGINT; the transaction of the moment is finished first.

    Where no tenant binds a source topic it says so and waits until one does.

    Raises:
        BrokerUnknownError, KeyStoreError, TopicsError: as for `run_http`.
        KafkaError: Kafka refused or fenced us; start again.
    """
    configure_logging(IMPORTER_GROUP)
    client = kafka_client(settings, IMPORTER_GROUP)
    check_topics(client, settings.partitions, [RAW, REJECTED])
    engine = key_engine(settings)
    clock = SystemClock()
    site = Site(settings.config_folder)
    metrics = Metrics()
    transform = Importer(
        SiteTenants(site, clock, Tables.parse(read_tables())),
        key_store(engine, clock),
        status_store(engine),
        clock,
        settings.partitions,
        metrics,
    )
    own = settings.importer

    def loop_over(topics: Collection[str]) -> TransactionalLoop:
        return TransactionalLoop(
            client,
            IMPORTER_GROUP,
            sorted(topics),
            str(own.slot),
            transform,
            max_records=own.records_per_transaction,
        )

    rounds = Rounds(SourceTopics(site, client), loop_over, own.reread_seconds)
    stop = stop_on_signals()
    progress = settings.data_folder / f"{IMPORTER_GROUP}-{own.slot}.progress"
    watch(progress, own.watchdog_seconds, rounds.progress_at, stop)
    try:
        with health_port(own.health_port, rounds.progress_at, metrics):
            rounds.run(stop)
    finally:
        stop.set()
        engine.dispose()


class SourceTopics:
    """Which source topics there are to read; what is in the way is told once per change."""

    def __init__(self, site: Site, client: KafkaClient) -> None:
        """Take where bindings and topics stand; nothing is read yet."""
        self._site = site
        self._client = client
        self._told: SourceBindings | None = None
        self._missing: frozenset[str] | None = None

    def now(self, known: Collection[str] = ()) -> frozenset[str]:
        """Return the topics that are bound and on the broker; `known` ones are not asked for again.

        Raises:
            KafkaError: the broker does not answer.
        """
        bindings = source_bindings(self._site)
        if bindings != self._told:
            self._told = bindings
            _tell(bindings)
        there = bindings.bound.keys() & set(known)
        unsure = bindings.bound.keys() - there
        found = frozenset(partition_counts(self._client, sorted(unsure))) if unsure else frozenset()
        missing = frozenset(unsure - found)
        if missing != self._missing:
            self._missing = missing
            for name in sorted(missing):
                _LOG.notice("source_topic_missing", topic=name, reason="kafka topics --create")
        return frozenset(there | found)


class Rounds:
    """Runs one loop after the other: each until the topics to be read are others."""

    def __init__(
        self,
        topics: SourceTopics,
        loop_over: Callable[[Collection[str]], TransactionalLoop],
        reread_seconds: float,
    ) -> None:
        """Take what to look at and how to make a loop; nothing is connected before `run`."""
        self._topics = topics
        self._loop_over = loop_over
        self._reread_seconds = reread_seconds
        self._loop: TransactionalLoop | None = None

    def progress_at(self) -> float:
        """Return the monotonic second of the last move; waiting for a binding is moving."""
        return monotonic() if self._loop is None else self._loop.progress_at

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set.

        Raises:
            KafkaError: Kafka refused or fenced us, or does not answer.
            Exception: whatever the transform raised.
        """
        while not stop.is_set():
            topics = self._topics.now()
            if not topics:
                stop.wait(self._reread_seconds)
                continue
            over = threading.Event()
            arguments = (topics, over, stop)
            threading.Thread(
                target=self._look, args=arguments, name="bindings", daemon=True
            ).start()
            self._loop = self._loop_over(topics)
            try:
                self._loop.run(over)
            finally:
                over.set()
                self._loop = None

    def _look(self, topics: frozenset[str], over: threading.Event, stop: threading.Event) -> None:
        """End the round when the topics to be read are others, or everything is to stop."""
        while not stop.wait(self._reread_seconds) and not over.is_set():
            # A broker that does not answer ends the loop by itself, not its bindings.
            with suppress(KafkaError):
                if self._topics.now(topics) != topics:
                    break
        over.set()


def _tell(bindings: SourceBindings) -> None:
    for tenant in bindings.unreadable:
        _LOG.alarm("tenant_unreadable", tenant=tenant, reason="peerline config check")
    for name in sorted(bindings.contested):
        _LOG.alarm("source_topic_contested", topic=name, reason="peerline config check")
    if not bindings.topics:
        _LOG.info("no_source_topic_bound", reason=_NOBODY_BINDS)
