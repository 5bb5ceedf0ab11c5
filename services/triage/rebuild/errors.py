"""Why a memory is not rebuilt; nothing was written for the partition named.

RebuildError
├── WorkersRunError        somebody is in the group: two writers of one memory
├── AnswersMissingError    the group has passed reports that no decision and no rejection records
├── HistoryCutError        the reports kept do not reach back far enough
├── AnswersDifferError     recomputed decisions are not the recorded ones
├── RulesUnreadableError   the rule topic does not answer
├── RulesGoneError         no rule set is in force for a report that was decided
└── FoldFailedError        deciding a report raised
"""

from typing import Final

ANYWAY: Final = "--accept-differences"


class RebuildError(RuntimeError):
    """A partition's memory was not rebuilt; `hint` says what to do."""

    hint = ""


class WorkersRunError(RebuildError):
    """Workers are in the group."""

    hint = "Stop every 'peerline triage run' first; one that was killed counts for 6 s more."

    def __init__(self, group: str, members: int) -> None:
        """Say how many there are."""
        super().__init__(
            f"{members} worker(s) are in the group {group}: they would decide with a memory that "
            "is being written under them; nothing was rebuilt"
        )


class AnswersMissingError(RebuildError):
    """The group's offset is ahead of everything that is recorded."""

    def __init__(self, partition: int, committed: int, answered: int) -> None:
        """Name both offsets."""
        super().__init__(
            f"partition {partition}: the group has passed offset {committed}, but decisions and "
            f"rejections are recorded up to offset {answered} only; reports between the two would "
            "never be decided"
        )
        self.hint = (
            "If the decisions were lost, restore triage.decision.v1 and triage.rejected.v1 first. "
            f"If somebody moved the group's offset, set it back to {answered} and rebuild again."
        )


class HistoryCutError(RebuildError):
    """The oldest report kept is younger than triage's memory."""

    def __init__(self, partition: int, oldest: str) -> None:
        """Say where history begins and what that means."""
        super().__init__(
            f"partition {partition}: the reports kept begin with {oldest}, and triage remembers "
            "400 days: what older reports led to cannot be recomputed. Counts over time would be "
            "too low, and a later report on an older incident would open its case as if it were "
            "new (the notifier still refuses a second case for the same person and occurrence)"
        )
        self.hint = f"Restore the older reports from the archive, or accept this: {ANYWAY}."


class AnswersDifferError(RebuildError):
    """Recomputed answers differ from the recorded ones."""

    def __init__(self, partition: int, different: int, compared: int, first: int) -> None:
        """Say how many and where the first is."""
        super().__init__(
            f"partition {partition}: {different} of {compared} recomputed answers differ from the "
            f"recorded ones, the first at offset {first}: the memory would not be the one that was "
            "lost, and what was requested might be requested again"
        )
        self.hint = (
            "Rebuild with the version and the rule topic that decided ('peerline audit replay' "
            f"shows each difference), or accept them: {ANYWAY}."
        )


class RulesUnreadableError(RebuildError):
    """The rule topic was not read to its end in time."""

    hint = "Look at 'peerline kafka status' and at the rights of triage's principal; try again."

    def __init__(self, topic: str) -> None:
        """Name the topic."""
        super().__init__(f"{topic} could not be read to its end: nothing can be recomputed")


class RulesGoneError(RebuildError):
    """The rule topic no longer says what was in force."""

    hint = "Restore triage.ruleset.v1, which is kept for ever, from its archive."

    def __init__(self, partition: int, offset: int) -> None:
        """Name the report."""
        super().__init__(
            f"partition {partition}, offset {offset}: the report was decided, but no rule set is "
            "in force for it on triage.ruleset.v1; without it nothing can be recomputed"
        )


class FoldFailedError(RebuildError):
    """Deciding raised; the type is kept, never the text."""

    hint = "Rebuild with the version that decided it, and report this as a defect."

    def __init__(self, partition: int, offset: int, error_type: str) -> None:
        """Name the report and the type."""
        super().__init__(
            f"partition {partition}, offset {offset}: deciding raised {error_type}, although the "
            "report was decided once"
        )
