"""The answers of the API as models: published in OpenAPI, compared with real ones in tests."""

from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


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


class PreviewedReport(AcceptedReport):
    """What would be accepted, with the canonical report as `incident.reported.v1` would have it."""

    report: dict[str, Any]


class Preview(_Answer):
    """The answer of a dry run: nothing was stored."""

    stored: Literal[False]
    reports: list[PreviewedReport | ProblemDocument]
