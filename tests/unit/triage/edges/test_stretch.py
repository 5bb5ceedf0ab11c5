"""Deciding a stretch: cut by time and size, waiting, poison, size, failure, parking."""

import json
from collections.abc import Sequence
from itertools import count
from typing import Any

from services.triage.agent.stretch import Deciding, Stretch, decide_stretch
from services.triage.domain.activation import RuleSetMissingError
from services.triage.journal.suspicion import Suspicion
from shared.kafka.records import Incoming, Outgoing
from tests.builders.triage_edges import (
    FakeMemory,
    a_reported,
    a_reported_record,
    an_incoming,
    fake_deciding,
    some_headers,
)


def incoming_of(*names: str, first: int = 0, **changes: Any) -> list[Incoming]:
    """Return one record per name from offset `first` on."""
    return [
        an_incoming(a_reported_record(a_reported(name, **changes)), offset=first + number)
        for number, name in enumerate(names)
    ]


def decided(
    records: Sequence[Incoming], suspicion: Suspicion | None = None, **parts: Any
) -> Stretch:
    """Decide the records with a fresh memory, and a clock that stands still unless one is given."""
    return decide_stretch(timeless(**parts), FakeMemory(), records, suspicion)


def timeless(**parts: Any) -> Deciding:
    """Return the fake decider with a clock that stands still: nothing is cut by time."""
    return fake_deciding(**({"seconds": lambda: 0.0} | parts))


def codes(stretch: Stretch) -> list[str | None]:
    """Return the rejection code of each output, None for a decision."""
    return [json.loads(output.value or b"{}").get("code") for output in stretch.outputs]


def test_the_second_report_sees_the_first() -> None:
    """A repeat within one stretch is a duplicate."""
    stretch = decided(incoming_of("r1", "r1", "r2", first=5))

    assert codes(stretch) == [None, "duplicate", None]
    assert (stretch.taken, stretch.next_offset, stretch.decided) == (3, 8, 2)
    assert stretch.memos.keys() == {"alpha|native|r1", "alpha|native|r2"}


def test_a_slow_stretch_is_cut_by_time() -> None:
    """After a second of deciding the rest is left for the next chunk."""
    clock = count(0, 0.4)

    stretch = decided(incoming_of(*"abcdef"), seconds=lambda: next(clock))

    assert stretch.taken == 3
    assert stretch.next_offset == 3


def test_a_stretch_takes_at_least_one_record() -> None:
    """However slow, there is progress."""
    clock = count(0, 100)

    assert decided(incoming_of("a", "b"), seconds=lambda: next(clock)).taken == 1


def test_poison_is_rejected_between_its_neighbours() -> None:
    """A record that is no report costs nobody else anything."""
    first, last = incoming_of("r1", "r2")
    poison = an_incoming(Outgoing("", b"k", b"not json", some_headers(), 0), offset=1)

    stretch = decided([first, poison, last])

    assert codes(stretch) == [None, "undecodable", None]


def test_a_report_without_rules_waits_where_it_is() -> None:
    """What stands before it is decided; it and what follows are not touched."""
    records = incoming_of("r1") + incoming_of("r2", first=1, tenant="unruled")

    stretch = decided(records + incoming_of("r3", first=2))

    assert (stretch.waits_for, stretch.taken, stretch.next_offset) == ("unruled", 1, 1)


def test_an_activation_without_its_set_waits_too() -> None:
    """A missing set is no reason to decide by another."""

    def choose(tenant: str, _received_at: object) -> None:
        raise RuleSetMissingError(tenant, "sha256:0")

    assert decided(incoming_of("r1"), choose=choose).waits_for == "alpha"


def test_an_exception_ends_the_stretch_before_it() -> None:
    """The failing offset and type are told; what was decided before it can be committed."""
    stretch = decided(incoming_of("r1", "raises", "r2", first=4))

    assert stretch.failure is not None
    assert (stretch.failure.offset, stretch.failure.error_type) == (5, "ZeroDivisionError")
    assert (stretch.taken, stretch.next_offset) == (1, 5)


def test_a_record_of_three_deaths_is_parked_unread() -> None:
    """It is not decided again, it pages, and the next record is decided."""
    suspicion = Suspicion(0, 1, deaths=3, error_type="ZeroDivisionError")

    stretch = decided(incoming_of("raises", "r2"), suspicion)

    assert codes(stretch) == ["decide_error", None]
    assert len(stretch.paged) == 1


def test_two_deaths_are_not_three() -> None:
    """The record gets its third chance."""
    assert codes(decided(incoming_of("r1"), Suspicion(0, 1, deaths=2))) == [None]


def test_a_decision_that_no_topic_takes_is_refused_and_forgotten() -> None:
    """An oversized output becomes a rejection before any transaction; memory stays as it was."""
    memory = FakeMemory()

    stretch = decide_stretch(timeless(), memory, incoming_of("bulky", "r2"), None)

    assert codes(stretch) == ["too_large", None]
    assert memory.ordinals.keys() == {"alpha|native|r2"}
    assert len(stretch.paged) == 1


def test_a_stretch_is_cut_by_size() -> None:
    """Large decisions do not pile up in one transaction."""
    stretch = decided(incoming_of(*(f"wordy-{number}" for number in range(40))))

    assert 1 < stretch.taken < 40
