"""What a check of the configuration found: ok, note (before going live) or fail, and what to do."""

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """How much a finding matters; only `fail` makes the check fail."""

    OK = "ok"
    NOTE = "note"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report; `subject` is a tenant or `site`, `topic` what was looked at."""

    status: Status
    subject: str
    topic: str
    says: str
    do: str = ""


@dataclass(frozen=True, slots=True)
class Reporter:
    """Makes the findings of one topic of one subject."""

    subject: str
    topic: str

    def ok(self, says: str) -> Finding:
        """Return a finding that all is well."""
        return Finding(Status.OK, self.subject, self.topic, says)

    def note(self, says: str, do: str) -> Finding:
        """Return something that works and should be settled before going live."""
        return Finding(Status.NOTE, self.subject, self.topic, says, do)

    def fail(self, says: str, do: str) -> Finding:
        """Return something that will not work."""
        return Finding(Status.FAIL, self.subject, self.topic, says, do)


def has_failed(findings: tuple[Finding, ...]) -> bool:
    """Say whether any finding is a failure."""
    return any(finding.status is Status.FAIL for finding in findings)
