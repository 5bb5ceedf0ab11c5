"""`TriageDecision` v1: the full, explained decision on `triage.decision.v1`, for auditors.

Facts, reasons and history stay here. Reason texts are stored once (`texts`) and persons point to
them.
"""

from typing import Annotated, ClassVar, TypeAlias
from uuid import UUID

from pydantic import Field

from shared.contracts import words
from shared.contracts.values import Code, Count, Moment, Produced, S, Slug

Tier: TypeAlias = Annotated[int, Field(ge=0, le=3)]
FactValue: TypeAlias = bool | int | str | tuple[str, ...] | None


class InputPosition(Produced):
    """The record that was decided."""

    topic: Code
    partition: Annotated[int, Field(ge=0)]
    offset: Annotated[int, Field(ge=0)]


class RuleSetId(Produced):
    """Which rule set decided: name, hash and the id of the semantics (`kleene/1`)."""

    name: Slug
    hash: Code
    semantics: Code


class IssuedRequest(Produced):
    """A request that this decision issued."""

    action: words.RequestAction
    case_ref: UUID
    request_id: UUID


class MergeEvidence(Produced):
    """Why two incidents are one occurrence, or might be (`weak`)."""

    incident_key: Code
    because: Code
    weak: bool = False


class Reason(Produced):
    """One rule that fired or was unknown; `text` is an index into the decision's `texts`."""

    rule_id: Slug
    title: Code
    family: words.Family
    verdict: words.Verdict
    floor_tier: Tier | None = None
    floor_priority: words.Priority | None = None
    points: Annotated[int | None, Field(ge=1, le=100)] = None
    counted: bool = True
    text: Annotated[int, Field(ge=0)]


class Question(Produced):
    """An unknown whose answer could change tier or priority."""

    rule_id: Slug
    field: Code
    text: Code


class WindowValue(Produced):
    """One rule window: its value and the incidents counted."""

    name: Slug
    value: Count
    incident_keys: tuple[Code, ...]


class DecidedPerson(Produced):
    """What was found for one person."""

    person_ref: Annotated[Code | None, S] = None
    role: words.StaffRole | None = None
    involvement: words.Involvement | None = None
    tier: Tier
    priority: words.Priority
    score: Count
    tier_if_unknowns_worst: Tier
    follow_up: words.FollowUp = words.FollowUp.STANDARD
    reasons: tuple[Reason, ...] = ()
    questions: tuple[Question, ...] = ()
    withheld_because: words.WithheldBecause | None = None
    facts: tuple[int, ...] = ()
    history: tuple[WindowValue, ...] = ()


class DecidedTeam(Produced):
    """What was found for the team: its members are not named in the report.

    `unnamed` says that somebody who was close may not be named: the nameless person was assessed.
    """

    unit_id: Code | None = None
    campus: Code | None = None
    earliest: Moment | None = None
    latest: Moment | None = None
    unnamed: bool = False
    tier: Tier
    priority: words.Priority
    score: Count = 0
    tier_if_unknowns_worst: Tier = 0
    follow_up: words.FollowUp = words.FollowUp.STANDARD
    headcount: Count | None = None
    reasons: tuple[Reason, ...] = ()
    questions: tuple[Question, ...] = ()
    withheld_because: words.WithheldBecause | None = None
    facts: tuple[int, ...] = ()
    history: tuple[WindowValue, ...] = ()


class TriageDecision(Produced):
    """Triage's answer for one report.

    `facts` is a table of fact sets (fact name to value, None is unknown); persons and the team
    point into it by index: the sets of their patients. `history` has the windows per unit; persons
    have their own. `decided_for` is received_at of the report, not a clock.
    `output_digest` covers all but itself, the ids, the engine, `input` and `sealed`.
    """

    topic: ClassVar[str] = "triage.decision.v1"

    decision_id: UUID
    engine: Code
    input: InputPosition
    event_id: UUID
    ordinal: Annotated[int, Field(ge=0)]
    incident_key: Code
    occurrence_id: UUID
    tenant: Slug
    supersedes: UUID | None = None
    merge: tuple[MergeEvidence, ...] = ()
    outcome: words.Outcome
    flags: tuple[words.DecisionFlag, ...] = ()
    requests: tuple[IssuedRequest, ...] = ()
    rule_set: RuleSetId
    facts: tuple[dict[str, FactValue], ...] = ()
    texts: tuple[str, ...] = ()
    persons: tuple[DecidedPerson, ...] = ()
    team: DecidedTeam | None = None
    history: tuple[WindowValue, ...] = ()
    group_support: bool = False
    support: dict[str, bool] = Field(default_factory=dict)
    decided_for: Moment
    output_digest: Code


class TriageQuestion(Produced):
    """`TriageQuestion` v1 on `triage.question.v1`.

    What the report leaves open, for its publisher.
    """

    topic: ClassVar[str] = "triage.question.v1"

    tenant: Slug
    incident_key: Code
    event_id: UUID
    field: Code
    text: Code
    would_change: tuple[str, ...]
    asked_for: Moment
