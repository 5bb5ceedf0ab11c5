"""`OutreachCaseEvent` v1.

What happened to a case, pseudonymous, enough for every programme metric.
"""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from shared.contracts import words
from shared.contracts.values import Code, Moment, Produced, Slug


class OutreachCaseEvent(Produced):
    """One event of one case; `seq` runs 1…n per case without a gap."""

    topic: ClassVar[str] = "outreach.case.v1"

    case_ref: UUID
    tenant: Slug
    seq: Annotated[int, Field(ge=1)]
    at: Moment
    event: words.CaseEvent
    reason: Slug | None = None
    tier: Annotated[int, Field(ge=0, le=3)]
    priority: words.Priority
    respond_by: Moment | None = None
    channel: Slug | None = None
    subject_kind: words.SubjectKind
    origin: words.Origin
    role_group: Slug | None = None
    unit_id: Code | None = None
    actor_role: words.ActorRole
