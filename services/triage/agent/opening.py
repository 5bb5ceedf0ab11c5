"""Opens one record of incident.reported.v1: a report, or the reason why it cannot be read."""

from dataclasses import dataclass
from typing import TypeAlias

from pydantic import ValidationError

from shared.contracts import IncidentReported
from shared.contracts.cloudevents import Attributes, CloudEventInvalidError
from shared.contracts.words import RejectionCode
from shared.kafka.cloudevents import from_headers
from shared.kafka.records import Incoming


@dataclass(frozen=True, slots=True)
class Opened:
    """A report and the CloudEvents context it came in."""

    report: IncidentReported
    attributes: Attributes


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Poison: what is wrong with it and where, never what was in it."""

    code: RejectionCode
    pointer: str | None = None


Opening: TypeAlias = Opened | Unreadable


def open_record(record: Incoming) -> Opening:
    """Return the report in `record`, or why there is none; never raises."""
    try:
        attributes = from_headers(record.headers)
    except CloudEventInvalidError as problem:
        return Unreadable(RejectionCode.CLOUDEVENT_INVALID, problem.attribute)
    if attributes.type != IncidentReported.topic:
        return Unreadable(RejectionCode.CLOUDEVENT_INVALID, "type")
    if record.value is None:
        return Unreadable(RejectionCode.UNDECODABLE)
    return _read(record.value, attributes)


def _read(value: bytes, attributes: Attributes) -> Opening:
    try:
        # A newer intake may already send a field that this version does not know.
        report = IncidentReported.model_validate_json(value, extra="ignore")
    except ValidationError as problem:
        return Unreadable(RejectionCode.UNDECODABLE, _pointer(problem))
    if attributes.id != str(report.event_id):
        return Unreadable(RejectionCode.CLOUDEVENT_INVALID, "id")
    return Opened(report, attributes)


def _pointer(problem: ValidationError) -> str | None:
    first = problem.errors(include_url=False, include_context=False, include_input=False)[0]
    return "".join(f"/{step}" for step in first["loc"])[:256] or None
