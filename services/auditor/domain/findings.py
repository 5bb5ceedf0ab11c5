"""What a replay found: counts, and each difference by its coordinates; never a payload."""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

from shared.contracts.triage_decision import InputPosition


class Difference(StrEnum):
    """How topics and replay can disagree about one report."""

    MISSING = "missing"
    DOUBLED = "doubled"
    DIFFERENT = "different"
    UNEXPECTED = "unexpected"
    WITHOUT_REPORT = "without_report"


SAYS = {
    Difference.MISSING: "the report has neither a decision nor a rejection",
    Difference.DOUBLED: "the report was answered more than once",
    Difference.DIFFERENT: "today's code decides otherwise",
    Difference.UNEXPECTED: "the answer is of another sort than today's code gives",
    Difference.WITHOUT_REPORT: "an answer names a report that is not there",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference; `path` is the first field that differs, where both sides have a decision."""

    difference: Difference
    position: InputPosition
    path: str | None = None


@dataclass(slots=True)
class Tally:
    """Counts of a replay and its findings, in the order of discovery."""

    counts: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)

    def count(self, what: str) -> None:
        """Add one to a count."""
        self.counts[what] += 1

    def find(self, difference: Difference, position: InputPosition, path: str | None) -> None:
        """Note a difference."""
        self.findings.append(Finding(difference, position, path))

    @property
    def compared(self) -> int:
        """How many reports were compared."""
        return self.counts["compared"]
