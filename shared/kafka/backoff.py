"""How long to wait before the next try in place: doubling from 0.2 s to 30 s, with jitter."""

import zlib
from typing import Final

FIRST_SECONDS: Final = 0.2
LONGEST_SECONDS: Final = 30.0
_DOUBLINGS: Final = 8  # 0.2 s * 2**8 is beyond the longest pause
_CRC_VALUES: Final = 2**32


def pause_seconds(attempt: int, who: str, at_least: float = 0.0) -> float:
    """Return the pause after failed `attempt` (1, 2, …): between half and all of the doubled step.

    The jitter is a function of `who` and `attempt`: slots that failed together do not come back
    together, and a test sees the same pause twice. `at_least` seconds are always kept.
    """
    step = min(LONGEST_SECONDS, FIRST_SECONDS * (1 << min(attempt - 1, _DOUBLINGS)))
    share = zlib.crc32(f"{who}|{attempt}".encode()) / _CRC_VALUES
    return max(at_least, step * (1 + share) / 2)
