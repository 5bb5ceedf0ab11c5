"""Named steps where the fault tests end the process; in production nothing happens there."""

from collections.abc import Callable
from enum import StrEnum
from typing import TypeAlias


class Step(StrEnum):
    """The steps of one chunk, in order (faults.md section 3)."""

    AFTER_READ = "triage.after_read"
    AFTER_DECIDE = "triage.after_decide"
    AFTER_PRODUCE = "triage.after_produce"
    BEFORE_COMMIT = "triage.before_commit"
    AFTER_COMMIT = "triage.after_commit"


CrashPoints: TypeAlias = Callable[[Step], None]


def no_crash(_step: Step) -> None:
    """Do nothing: the only implementation outside of tests."""
