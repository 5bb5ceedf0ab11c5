"""The answers of the API as models: published in OpenAPI, compared with real ones in tests."""

from typing import Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class UnmappedValue(_Answer):
    """A value that no table knew: where, and a keyed hash to count equal ones by."""

    field: str
    value_hash: str


class QualityNote(_Answer):
    """What intake assumed or could not read, and by which mapping."""

    flags: list[str]
    unmapped: list[UnmappedValue]
    mapping_id: str
    mapping_version: int


class AcceptedReport(_Answer):
    """One report that is durable; the same report always gets the same `event_id`.

    `repeats` is the index of an equal report earlier in this request.
    """

    status: Literal[202]
    index: int = Field(ge=0)
    event_id: UUID
    incident_key: str
    quality: QualityNote
    repeats: int | None = None


class ProblemDocument(_Answer):
    """RFC 9457 problem details; no value of the payload is ever in it."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    pointer: str | None = None
    sha256: str | None = None
    index: int | None = None
    doc: str


class ReportAnswers(_Answer):
    """What became of each report of a request that may hold several."""

    reports: list[AcceptedReport | ProblemDocument]


class RejectionNote(_Answer):
    """Why a report went no further, in the words of its refusal; no value of the payload."""

    code: str
    title: str
    detail: str
    pointer: str | None = None


class ReportStatus(_Answer):
    """Where one report is.

    `received`: durable, not mapped yet. `mapped`: published. `rejected`: see `rejection`. `erased`:
    made unreadable on request before it was mapped.
    """

    event_id: UUID
    state: Literal["received", "mapped", "rejected", "erased"]
    received_at: AwareDatetime
    incident_key: str | None = None
    flags: list[str] | None = None
    rejection: RejectionNote | None = None


class RejectedReport(RejectionNote):
    """One refusal; the same one always has the same `rejected_id`.

    `index` is the report's place in its request, `sha256` the hash of its bytes as sent.
    """

    rejected_id: UUID
    received_at: AwareDatetime
    index: int
    event_id: UUID | None = None
    sha256: str | None = None
    size_bytes: int | None = None


class RejectionPage(_Answer):
    """Refusals in the order in which they were noted; ask again with `since` = `next`."""

    rejections: list[RejectedReport]
    next: str


class PreviewedReport(AcceptedReport):
    """What would be accepted, with the canonical report as `incident.reported.v1` would have it."""

    report: dict[str, Any]


class Preview(_Answer):
    """The answer of a dry run: nothing was stored."""

    stored: Literal[False]
    reports: list[PreviewedReport | ProblemDocument]
