"""The three things that can become of a record; anything else is a bug and stops the process."""

from dataclasses import dataclass
from typing import TypeAlias

from shared.contracts.words import RejectionCode


@dataclass(frozen=True, slots=True)
class Done:
    """The record's work is in the outputs; its offset may be committed with them."""


@dataclass(frozen=True, slots=True)
class RetryLater:
    """Infrastructure failed, never the record: keep the offset, pause the partition, try again.

    `reason` is a short code for logs and metrics; `after_seconds` is a pause of at least that
    length, 0 leaves it to the loop's back-off.
    """

    reason: str
    after_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Reject:
    """The record is wrong: its rejection record is among the outputs, in the same transaction.

    `pointer` is a JSON Pointer to the offending field, never its value.
    """

    code: RejectionCode
    pointer: str | None = None


Outcome: TypeAlias = Done | RetryLater | Reject
