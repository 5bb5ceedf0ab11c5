"""What triage says: priorities, families, flags, verdicts."""

from enum import StrEnum

from shared.contracts.words.ordinal import Ordinal


class Priority(Ordinal):
    """How soon a supporter or coordinator must have taken the case.

    Policy, as the default rules say (docs/default-rules.md).
    """

    NONE = "none"
    ROUTINE = "routine"
    HIGH = "high"
    URGENT = "urgent"


class Family(StrEnum):
    """The families of criteria: all that leaves triage about why."""

    CRITICAL_EVENT = "critical_event"
    OWN_INVOLVEMENT = "own_involvement"
    NEW_TO_THIS = "new_to_this"
    CUMULATIVE = "cumulative"
    PROCEEDINGS = "proceedings"
    CONCERN = "concern"
    STAFF_SAFETY = "staff_safety"


class FollowUp(Ordinal):
    """Length of the check-in calendar that a rule may ask for."""

    STANDARD = "standard"
    EXTENDED = "extended"


class Outcome(StrEnum):
    """Outcome of a decision: does anybody have a tier of at least 1?"""

    OFFER = "offer"
    NONE = "none"


class DecisionFlag(StrEnum):
    """What else an auditor must know about a decision."""

    WITHDRAWN = "withdrawn"
    LATE = "late"
    STALE = "stale"
    SHADOW = "shadow"
    POSSIBLE_DUPLICATE = "possible_duplicate"
    CONFLICT = "conflict"
    TIME_ASSUMED = "time_assumed"


class WithheldBecause(StrEnum):
    """Why a person with a tier gets no request of their own."""

    OPTED_OUT = "opted_out"
    ANONYMOUS_REPORTER = "anonymous_reporter"
    ALREADY_SUPPORTED = "already_supported"
    UNRESOLVABLE = "unresolvable"
    LATE = "late"
    MERGED = "merged"
    SHADOW = "shadow"


class Verdict(StrEnum):
    """Third truth value made visible: what a rule said of one person or team."""

    FIRES = "fires"
    SILENT = "silent"
    UNKNOWN = "unknown"


class RulesMode(StrEnum):
    """Shadow decides and shows, requests nothing."""

    SHADOW = "shadow"
    LIVE = "live"
