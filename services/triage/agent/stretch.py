"""Decides one stretch of a partition without awaiting: cut by count, size and time."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Protocol

from services.triage.agent.opening import Unreadable, open_record
from services.triage.agent.outputs import Step, outputs_of, parked, poison, too_large
from services.triage.domain.activation import ActiveRules, RuleSetMissingError
from services.triage.journal.suspicion import DEATHS_ALLOWED, Suspicion, deaths_at
from services.triage.journal.transaction import fits, record_bytes
from shared.clock import monotonic
from shared.contracts import IncidentReported
from shared.contracts.topics import STATE
from shared.contracts.triage_decision import InputPosition
from shared.contracts.words import RejectionCode
from shared.kafka.records import Incoming, Outgoing

SECONDS_PER_STRETCH: Final = 1.0
BYTES_PER_STRETCH: Final = 16_000_000


class Memory(Protocol):
    """The state of one partition: restored from memos, changed by steps."""

    def restore(self, key: str, value: bytes | None) -> None:
        """Take over one record of the changelog; None is a tombstone."""
        ...

    def apply(self, step: Any) -> None:  # noqa: ANN401  # each memory has its own kind of step
        """Remember what a step of the same decider changed."""
        ...


@dataclass(frozen=True, slots=True)
class Deciding:
    """The domain as the agent needs it.

    `choose` returns None where a report must wait for an activation; `decide` is pure.
    """

    decide: Callable[[Any, IncidentReported, ActiveRules, InputPosition], Step]
    new_memory: Callable[[], Memory]
    choose: Callable[[str, datetime], ActiveRules | None]
    seconds: Callable[[], float] = monotonic


@dataclass(frozen=True, slots=True)
class Failure:
    """An exception in deciding, and where."""

    offset: int
    error: Exception

    @property
    def error_type(self) -> str:
        """Return the type's name; the text may hold anything and is never used."""
        return type(self.error).__name__


@dataclass(slots=True)
class Stretch:
    """What was decided so far: to be written as one transaction that ends before `next_offset`."""

    next_offset: int
    outputs: list[Outgoing] = field(default_factory=list)
    memos: dict[str, bytes | None] = field(default_factory=dict)
    taken: int = 0
    size_bytes: int = 0
    decided: int = 0
    paged: list[Outgoing] = field(default_factory=list)
    refused: Counter[RejectionCode] = field(default_factory=Counter)
    waits_for: str | None = None
    failure: Failure | None = None


class _WaitsError(Exception):
    def __init__(self, tenant: str) -> None:
        super().__init__(f"no rules are active for tenant {tenant}: its reports wait")
        self.tenant = tenant


def decide_stretch(
    deciding: Deciding,
    memory: Memory,
    records: Sequence[Incoming],
    suspicion: Suspicion | None,
) -> Stretch:
    """Decide `records` in order until the stretch is full, a report must wait, or deciding fails.

    The memory changes as the stretch grows, because the second report must see the first. That is
    safe: whoever cannot commit the stretch ends the process, and the memory with it.
    """
    stretch = Stretch(next_offset=records[0].offset)
    until = deciding.seconds() + SECONDS_PER_STRETCH
    for record in records:
        if stretch.taken and (
            deciding.seconds() >= until or stretch.size_bytes >= BYTES_PER_STRETCH
        ):
            break
        try:
            _take(stretch, deciding, memory, record, suspicion)
        except _WaitsError as waits:
            stretch.waits_for = waits.tenant
            break
        except Exception as problem:  # noqa: BLE001  # a death: counted, fail-stop
            stretch.failure = Failure(record.offset, problem)
            break
        stretch.taken += 1
        stretch.next_offset = record.offset + 1
    return stretch


def _take(
    stretch: Stretch,
    deciding: Deciding,
    memory: Memory,
    record: Incoming,
    suspicion: Suspicion | None,
) -> None:
    opening = open_record(record)
    if isinstance(opening, Unreadable):
        stretch.refused[opening.code] += 1
        _add(stretch, (poison(record, opening),), {})
        return
    deaths = deaths_at(suspicion, record.offset)
    if deaths >= DEATHS_ALLOWED and suspicion is not None:
        rejection = parked(record, opening.report, deaths, suspicion.error_type)
        _page(stretch, rejection, RejectionCode.DECIDE_ERROR)
        return
    step = deciding.decide(memory, opening.report, _rules(deciding, opening.report), _place(record))
    outputs = outputs_of(step, opening.report, opening.attributes, record.partition)
    # Encoded once: the domain does it at every call.
    memos = step.memos
    if not all(fits(output) for output in (*outputs, *_memo_records(memos, record.partition))):
        _page(stretch, too_large(record, opening.report), RejectionCode.TOO_LARGE)
        return
    memory.apply(step)
    stretch.decided += step.decision is not None
    if step.refused is not None:
        stretch.refused[step.refused.code] += 1
    _add(stretch, outputs, memos)


def _rules(deciding: Deciding, report: IncidentReported) -> ActiveRules:
    try:
        rules = deciding.choose(report.tenant, report.received_at)
    except RuleSetMissingError:
        raise _WaitsError(report.tenant) from None
    if rules is None:
        raise _WaitsError(report.tenant)
    return rules


def _place(record: Incoming) -> InputPosition:
    return InputPosition(topic=record.topic, partition=record.partition, offset=record.offset)


def _memo_records(memos: Mapping[str, bytes | None], partition: int) -> Iterator[Outgoing]:
    for key, value in memos.items():
        yield Outgoing(STATE.name, key.encode(), value, (), partition)


def _page(stretch: Stretch, rejection: Outgoing, code: RejectionCode) -> None:
    stretch.refused[code] += 1
    stretch.paged.append(rejection)
    _add(stretch, (rejection,), {})


def _add(stretch: Stretch, outputs: Sequence[Outgoing], memos: Mapping[str, bytes | None]) -> None:
    stretch.outputs.extend(outputs)
    stretch.memos.update(memos)
    stretch.size_bytes += sum(record_bytes(output) for output in outputs)
    stretch.size_bytes += sum(len(value or b"") for value in memos.values())
