"""What follows from the outcomes of one poll: what to commit and what to read again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias, assert_never

from shared.contracts.words import RejectionCode
from shared.kafka.outcomes import Done, Outcome, Reject, RetryLater
from shared.kafka.records import Incoming, Outgoing

Place: TypeAlias = tuple[str, int]  # topic and partition
Result: TypeAlias = tuple[Sequence[Outgoing], Outcome]


class ResultCountError(RuntimeError):
    """A transform did not answer once per record: which one is meant is unknown."""

    def __init__(self, records: int, results: int) -> None:
        """Say both numbers."""
        super().__init__(
            f"The transform was given {records} records and answered for {results}. It owes one "
            "result per record, in order; nothing was committed. This is a bug: please report it."
        )


@dataclass(frozen=True, slots=True)
class Retry:
    """Where to read a partition again, and why."""

    offset: int
    later: RetryLater


@dataclass(frozen=True, slots=True)
class Settlement:
    """One transaction: `outgoing` in order, `offsets` next to read; `retries` stay outside."""

    outgoing: tuple[Outgoing, ...]
    offsets: Mapping[Place, int]
    retries: Mapping[Place, Retry]
    settled: int
    rejected: tuple[RejectionCode, ...]


def settle(records: Sequence[Incoming], results: Sequence[Result]) -> Settlement:
    """Return what to commit and what to read again.

    A RetryLater holds back its record and everything after it in that partition, so that order is
    kept; other partitions go on.

    Raises:
        ResultCountError: there is not one result per record.
    """
    if len(records) != len(results):
        raise ResultCountError(len(records), len(results))
    outgoing: list[Outgoing] = []
    offsets: dict[Place, int] = {}
    retries: dict[Place, Retry] = {}
    settled: list[Outcome] = []
    for record, (outputs, outcome) in zip(records, results, strict=True):
        place = (record.topic, record.partition)
        if place in retries:
            continue
        match outcome:
            case RetryLater():
                retries[place] = Retry(record.offset, outcome)
            case Done() | Reject():
                outgoing.extend(outputs)
                offsets[place] = record.offset + 1
                settled.append(outcome)
            case _:
                assert_never(outcome)
    rejected = tuple(outcome.code for outcome in settled if isinstance(outcome, Reject))
    return Settlement(tuple(outgoing), offsets, retries, len(settled), rejected)
