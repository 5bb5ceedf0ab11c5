"""`OutreachRequested` v1.

What triage asks of the notifier. Nothing about the patient or the event.
"""

from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from shared.contracts import words
from shared.contracts.values import Code, Count, Moment, Produced, S, Slug


class PersonSubject(Produced):
    """The person to be offered support, by pseudonym, with what matching needs."""

    kind: Literal["person"] = "person"
    person_ref: Annotated[Code, S]
    sealed: Annotated[str | None, S] = None
    role: words.StaffRole | None = None
    unit_id: Code | None = None


class TeamSubject(Produced):
    """A team whose members are not named; the window is for the coordinator only."""

    kind: Literal["team"] = "team"
    unit_id: Code | None = None
    campus: Code | None = None
    earliest: Moment | None = None
    latest: Moment | None = None
    headcount: Count | None = None


class OutreachRequested(Produced):
    """One step for one case: open, raise, amend or withdraw.

    `respond_by` = received_at + the clock of the priority (urgent 4 h, high 24 h, routine 72 h;
    policy).
    `code` says why: first, risen, retouch, merged, retracted, lowered, second_occurrence,
    shadow_ended, …
    """

    topic: ClassVar[str] = "outreach.requested.v1"

    request_id: UUID
    case_ref: UUID
    tenant: Slug
    subject: Annotated[PersonSubject | TeamSubject, Field(discriminator="kind")]
    action: words.RequestAction
    code: Slug
    replaces: tuple[UUID, ...] = ()
    tier: Annotated[int, Field(ge=0, le=3)]
    priority: words.Priority
    respond_by: Moment
    criteria: tuple[words.Family, ...] = ()
    confirm: bool = False
    follow_up: words.FollowUp = words.FollowUp.STANDARD
    group_support: bool = False
    exclude: Annotated[tuple[Code, ...], S] = ()
