"""Refusals: why a record went no further, never what was in it."""

from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from shared.contracts import words
from shared.contracts.values import Code, Moment, Produced, Slug


class _Refusal(Produced):
    rejected_id: UUID
    tenant: Slug | None = None
    code: words.RejectionCode
    stage: Slug
    pointer: Code | None = None
    input_topic: Code
    partition: int
    offset: int
    index: Annotated[int, Field(ge=0)] = 0
    attempts: Annotated[int, Field(ge=1)] = 1
    severity: Literal["low", "normal", "high"] = "normal"
    at: Moment


class IncidentRejected(_Refusal):
    """A payload that intake refused; `raw_ref` tells where its encrypted bytes lie."""

    topic: ClassVar[str] = "incident.rejected.v1"

    event_id: UUID | None = None
    raw_sha256: Code | None = None
    raw_ref: Code | None = None
    size_bytes: int | None = None
    mapping_id: Slug | None = None
    mapping_version: int | None = None


class TriageRejected(_Refusal):
    """A report that triage did not decide.

    A duplicate, or one that could not be read or decided.
    """

    topic: ClassVar[str] = "triage.rejected.v1"

    event_id: UUID | None = None
    incident_key: Code | None = None
    error_type: Code | None = None
