"""Pauses grow, end at half a minute, and differ between slots."""

from hypothesis import given
from hypothesis import strategies as st

from shared.kafka.backoff import FIRST_SECONDS, LONGEST_SECONDS, pause_seconds


@given(st.integers(1, 10_000), st.text())
def test_every_pause_is_between_half_the_first_and_the_longest(attempt: int, who: str) -> None:
    """For ever, in place: no attempt is too many."""
    assert FIRST_SECONDS / 2 <= pause_seconds(attempt, who) <= LONGEST_SECONDS


@given(st.text())
def test_pauses_grow(who: str) -> None:
    """Two doublings apart the jitter cannot hide it."""
    pauses = [pause_seconds(attempt, who) for attempt in (1, 3, 5, 7)]

    assert pauses == sorted(pauses)
    assert pause_seconds(20, who) >= LONGEST_SECONDS / 2


def test_slots_that_failed_together_come_back_apart() -> None:
    """Else they would hit what has just recovered at the same moment."""
    assert len({pause_seconds(9, f"slot-{number}") for number in range(20)}) == 20


def test_a_named_pause_is_kept() -> None:
    """`Retry-After` of somebody else is a minimum."""
    assert pause_seconds(1, "a", at_least=12.5) == 12.5
