"""Too many mapper errors stop the process; wrong data alone never does."""

import pytest

from shared.contracts.words import RejectionCode
from shared.kafka.rejection_bound import RejectionBound, TooManyMapperErrorsError

WRONG = RejectionCode.MAPPER_ERROR


def test_five_percent_of_a_thousand_are_borne() -> None:
    """Exactly the bound is not above it."""
    RejectionBound().note(1000, [WRONG] * 50)


def test_one_more_stops() -> None:
    """The code is wrong, not the data."""
    bound = RejectionBound()
    bound.note(950, [WRONG] * 50)

    with pytest.raises(TooManyMapperErrorsError, match="51 of the last 951"):
        bound.note(1, [WRONG])


def test_old_errors_are_forgotten() -> None:
    """Only the last thousand records count."""
    bound = RejectionBound()
    bound.note(50, [WRONG] * 50)

    bound.note(1000, [])
    bound.note(50, [WRONG] * 50)


def test_wrong_data_never_stops_the_process() -> None:
    """A publisher that sends rubbish is its own problem."""
    RejectionBound().note(1000, [RejectionCode.UNDECODABLE] * 1000)
