"""The composition root of triage: plain functions that build the worker and run it."""

import asyncio
from collections.abc import Callable, Collection, Coroutine, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from services.triage.agent.assignment import Assignment
from services.triage.agent.cycle import Cycle
from services.triage.agent.faust_agent import bind
from services.triage.agent.health.endpoints import serve_health
from services.triage.agent.health.fail_stop import FailStop
from services.triage.agent.health.progress import Progress
from services.triage.agent.health.progress_file import write_progress
from services.triage.agent.health.watchdog import Watchdog
from services.triage.agent.stretch import Deciding
from services.triage.agent.worker import Rules, Worker
from services.triage.chunks import ChunkApp, Subscription
from services.triage.domain.decide import decide
from services.triage.domain.state import State
from services.triage.journal.answered import INPUTS
from services.triage.journal.crash_points import CrashPoints, no_crash
from services.triage.journal.partition import JournalPlace
from services.triage.rebuild.errors import RulesUnreadableError
from services.triage.rebuild.rebuilding import Rebuilding, Rebuilt, Wanted
from services.triage.rebuild.reports import how_many, refuse_while_workers_run
from services.triage.rule_admin import INSTALLATION, Order, activate_shipped, connect
from services.triage.ruleset_topic import RuleBook, RuleTopic
from services.triage.settings import TriageSettings
from shared.clock import SystemClock
from shared.contracts.access import topics_of
from shared.contracts.topics import REPORTED, RULESET, STATE, Principal
from shared.contracts.words import RulesMode
from shared.kafka.admin import check_topics
from shared.kafka.client import KafkaClient
from shared.kafka.embedded.server import resolve_bootstrap
from shared.observability import configure_logging
from shared.site.site import Site

GROUP: Final = "triage"
PROGRESS_FILE: Final = "progress.json"
READ_RULES_SECONDS: Final = 60.0


class BrokerUnknownError(RuntimeError):
    """No broker is named, and none of ours runs here."""

    hint = "Set KAFKA_BOOTSTRAP_SERVERS, or start a broker with 'peerline kafka start'."

    def __init__(self) -> None:
        """Say why nothing can run."""
        super().__init__(
            "there is no Kafka to read reports from: KAFKA_BOOTSTRAP_SERVERS is not set and no "
            "embedded broker runs here"
        )


@dataclass(frozen=True, slots=True)
class WorkerPlan:
    """One worker: where it reads and remembers, as whom, how watched; times in seconds."""

    kafka: KafkaClient
    group: str
    instance: str | None
    input_topic: str
    state_topic: str
    folder: Path
    health_port: int | None = None
    watchdog_seconds: float = 60
    reach: CrashPoints = no_crash


async def run_worker(
    plan: WorkerPlan, deciding: Deciding, rules: Rules, progress: Progress
) -> None:
    """Run one worker until it is told to stop.

    Raises:
        Exception: it could not start or its feed died; the caller ends the process.
    """
    plan.folder.mkdir(parents=True, exist_ok=True)
    fail_stop = FailStop()
    client = plan.kafka.aiokafka()
    place = JournalPlace(client, plan.group, plan.input_topic, plan.state_topic, plan.reach)
    assignment = Assignment(place, deciding.new_memory, progress.metrics)
    app = ChunkApp(
        Subscription(
            group=plan.group,
            topic=plan.input_topic,
            instance=plan.instance,
            client=client,
            session_timeout_seconds=plan.kafka.session_timeout_seconds,
        ),
        folder=plan.folder / "faust",
        fail_stop=fail_stop,
    )
    cycle = Cycle(deciding, assignment, progress, fail_stop, plan.reach)
    bind(app, cycle, assignment, fail_stop)
    worker = Worker(
        app,
        assignment,
        progress,
        rules,
        pulse=lambda now: write_progress(plan.folder / PROGRESS_FILE, now),
    )
    watchdog = Watchdog(plan.kafka, plan.input_topic, progress, plan.watchdog_seconds, fail_stop)
    await _watched(plan, worker, watchdog, progress)


async def _watched(
    plan: WorkerPlan, worker: Worker, watchdog: Watchdog, progress: Progress
) -> None:
    health = (
        await serve_health(progress, plan.health_port) if plan.health_port is not None else None
    )
    off = watchdog.start()
    try:
        await worker.run()
    finally:
        off.set()
        if health is not None:
            health.close()


def run(settings: TriageSettings) -> None:
    """Run one worker as this process until SIGTERM or SIGINT; all else ends it with code 1.

    Raises:
        BrokerUnknownError: no broker is named and none runs here.
        TopicsError: the broker's topics are not those of this installation.
    """
    configure_logging("triage")
    kafka = _kafka(settings)
    check_topics(kafka, settings.partitions, topics_of(Principal.TRIAGE))
    site = Site(settings.config_folder)
    progress = Progress()
    book = RuleBook(site.rule_public_keys, progress.metrics)
    topic = RuleTopic(kafka.aiokafka(), RULESET.name, book)
    deciding = Deciding(decide=decide, new_memory=State, choose=topic.choose)
    finish(run_worker(_plan(settings, kafka), deciding, topic, progress))


def rebuild(
    settings: TriageSettings,
    partitions: Collection[int],
    wanted: Wanted,
    on_progress: Callable[[int, int], None],
) -> Iterator[Rebuilt]:
    """Rebuild the lost memory of `partitions` (none named: all), yielding each once it is done.

    `on_progress` is told how many records were read since, and an upper bound of how many in all.

    Raises:
        BrokerUnknownError: no broker is named and none runs here.
        TopicsError: the broker's topics are not those of this installation.
        RebuildError: it cannot be done rightly; partitions yielded before stay rebuilt.
    """
    kafka = _kafka(settings)
    check_topics(kafka, settings.partitions, topics_of(Principal.TRIAGE))
    refuse_while_workers_run(kafka, GROUP)
    chosen = sorted(partitions or range(settings.partitions))
    total = how_many(kafka, (REPORTED.name, *INPUTS), chosen)
    rules = asyncio.run(_rules_now(kafka, settings))
    place = JournalPlace(kafka.aiokafka(), GROUP, REPORTED.name, STATE.name)
    run = Rebuilding(
        kafka, place, rules.book.choose, wanted, lambda records: on_progress(records, total)
    )
    for number in chosen:
        yield asyncio.run(run.partition(number))


async def _rules_now(kafka: KafkaClient, settings: TriageSettings) -> RuleBook:
    book = RuleBook(Site(settings.config_folder).rule_public_keys)
    topic = RuleTopic(kafka.aiokafka(), RULESET.name, book)
    try:
        await asyncio.wait_for(topic.read_to_end(), READ_RULES_SECONDS)
    except TimeoutError:
        raise RulesUnreadableError(RULESET.name) from None
    finally:
        await topic.close()
    return book


def finish(life: Coroutine[Any, Any, None]) -> None:
    """Run a worker's life to its end: returns after a wanted stop, else ends the process with 1."""
    try:
        asyncio.run(life)
    except Exception as problem:  # noqa: BLE001  # fail-stop: the supervisor starts the next life
        FailStop()("worker", problem)


def _kafka(settings: TriageSettings) -> KafkaClient:
    bootstrap = resolve_bootstrap(settings.bootstrap_servers, settings.home)
    if bootstrap is None:
        raise BrokerUnknownError
    return KafkaClient(bootstrap, client_id=GROUP, **settings.kafka.model_dump())


def _plan(settings: TriageSettings, kafka: KafkaClient) -> WorkerPlan:
    return WorkerPlan(
        kafka=kafka,
        group=GROUP,
        instance=f"{GROUP}-{settings.slot}",
        input_topic=REPORTED.name,
        state_topic=STATE.name,
        folder=settings.folder,
        health_port=settings.health.port,
        watchdog_seconds=settings.health.watchdog_seconds,
    )


def activate_default(
    settings: TriageSettings, tenant: str, mode: RulesMode, live_from: datetime | None
) -> str:
    """Activate the shipped rules for a tenant (`*`: for all) that has none; return what was done.

    Raises:
        ActivationRefusedError: there is no broker.
        KeyMissingError: the site cannot sign.
    """
    client = connect(settings.bootstrap_servers, settings.home, settings.rules_admin.model_dump())
    order = Order(tenant, mode, INSTALLATION, live_from=live_from)
    site = Site(settings.config_folder)
    written = activate_shipped(client, site, order, SystemClock().now())
    return written or "an activation stands already, nothing changed"
