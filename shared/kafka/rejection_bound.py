"""Bounded rejection: too many records that our own mapper cannot read mean wrong code."""

from collections import deque
from collections.abc import Iterable
from typing import Final

from shared.contracts.words import RejectionCode

WINDOW: Final = 1000
ALLOWED: Final = 50  # 5 % (faults.md section 7)


class TooManyMapperErrorsError(RuntimeError):
    """More than 5 % of the last 1 000 records were rejected as `mapper_error`."""

    def __init__(self, count: int, window: int) -> None:
        """Say how many of how many."""
        super().__init__(
            f"{count} of the last {window} records were rejected as mapper_error. That many wrong "
            "records at once mean that the mapping is wrong, not the data, so this process stops "
            "before it rejects more; their offsets are not committed. Roll back the last release "
            "or mapping pack, then start again."
        )


class RejectionBound:
    """Counts mapper errors among the last `window` settled records of one process."""

    def __init__(self, window: int = WINDOW, allowed: int = ALLOWED) -> None:
        """Start with an empty window."""
        self._recent: deque[bool] = deque(maxlen=window)
        self._allowed = allowed

    def note(self, settled: int, rejected: Iterable[RejectionCode]) -> None:
        """Count one settled stretch: `settled` records, of which `rejected` were refused.

        Raises:
            TooManyMapperErrorsError: the bound is passed; the stretch must not be committed.
        """
        wrong = sum(code is RejectionCode.MAPPER_ERROR for code in rejected)
        self._recent.extend([False] * (settled - wrong) + [True] * wrong)
        count = sum(self._recent)
        if count > self._allowed:
            raise TooManyMapperErrorsError(count, len(self._recent))
