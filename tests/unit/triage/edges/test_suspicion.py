"""Three deaths: what is inherited, what is marked, what is counted."""

import pytest

from services.triage.journal.suspicion import (
    Suspicion,
    after_failure,
    deaths_at,
    inherited,
    mark_before,
    read_suspicion,
)


def test_a_mark_survives_the_changelog() -> None:
    """Writing and reading gives the same mark."""
    mark = Suspicion(offset=3, until=9, deaths=2, is_open=True, error_type="KeyError")

    assert read_suspicion(mark.to_json()) == mark


@pytest.mark.parametrize("next_offset", [9, 10])
def test_a_stretch_that_was_passed_is_no_suspicion(next_offset: int) -> None:
    """Once the next offset is beyond the stretch, nothing is suspected."""
    assert inherited(Suspicion(3, 9, deaths=2, is_open=True), next_offset) is None


def test_no_mark_is_no_suspicion() -> None:
    """A changelog without a mark suspects nobody."""
    assert inherited(None, 0) is None


def test_a_death_in_a_stretch_is_nobodys_yet() -> None:
    """An open mark of several records makes the next life careful but blames no record."""
    assert inherited(Suspicion(3, 9, is_open=True), 3) == Suspicion(3, 9)


def test_a_death_over_one_record_counts() -> None:
    """An open mark of one record at the next offset is a death of that record."""
    assert inherited(Suspicion(3, 4, deaths=1, is_open=True), 3) == Suspicion(3, 4, deaths=2)


def test_a_closed_mark_is_no_death() -> None:
    """A life that ended after deciding, in the commit, is not counted against the record."""
    assert inherited(Suspicion(3, 4, deaths=1), 3) == Suspicion(3, 4, deaths=1)


def test_an_open_mark_before_the_next_offset_is_no_death() -> None:
    """What was committed after all was not killed by its first record."""
    assert inherited(Suspicion(3, 9, deaths=1, is_open=True), 5) == Suspicion(3, 9, deaths=1)


def test_the_first_chunk_of_a_life_is_marked() -> None:
    """A life that begins without suspicion marks what it decides first, then nothing more."""
    assert mark_before(None, 3, 9, is_first=True) == Suspicion(3, 9, is_open=True)
    assert mark_before(None, 3, 9, is_first=False) is None


def test_a_suspected_record_keeps_its_count() -> None:
    """The mark before the suspected record carries its deaths and the type of the last."""
    suspicion = Suspicion(3, 9, deaths=2, error_type="KeyError")
    expected = Suspicion(3, 4, deaths=2, is_open=True, error_type="KeyError")

    assert mark_before(suspicion, 3, 4, is_first=False) == expected


def test_a_neighbour_in_a_suspected_stretch_starts_at_none() -> None:
    """Another record of the stretch is marked without deaths."""
    assert mark_before(Suspicion(3, 9, 2), 4, 5, is_first=False) == Suspicion(4, 5, is_open=True)


def test_an_exception_is_one_death_more() -> None:
    """Exceptions are counted at the very offset, whatever was suspected before."""
    assert after_failure(None, 5, "KeyError") == Suspicion(5, 6, 1, error_type="KeyError")
    assert after_failure(Suspicion(5, 6, 1), 5, "OSError").deaths == 2
    assert after_failure(Suspicion(4, 6, 2), 5, "OSError").deaths == 1


def test_deaths_belong_to_one_offset() -> None:
    """Only the marked offset has deaths."""
    assert deaths_at(Suspicion(5, 9, 2), 5) == 2
    assert deaths_at(Suspicion(5, 9, 2), 6) == 0
    assert deaths_at(None, 5) == 0
