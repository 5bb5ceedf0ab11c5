"""Reads one record of `outreach.requested.v1`, strictly: a request, or why it is none."""

from dataclasses import dataclass

from pydantic import ValidationError

from shared.contracts import OutreachRequested
from shared.contracts.cloudevents import CloudEventInvalidError
from shared.contracts.words import RejectionCode
from shared.kafka.cloudevents import from_headers
from shared.kafka.records import Incoming


@dataclass(frozen=True, slots=True)
class Poison:
    """A record that cannot be read: `pointer` names the field or attribute, never a value."""

    code: RejectionCode
    pointer: str | None = None


def read_request(record: Incoming) -> OutreachRequested | Poison:
    """Return the request, or the reason why the record is none."""
    try:
        attributes = from_headers(record.headers)
    except CloudEventInvalidError as problem:
        return Poison(RejectionCode.CLOUDEVENT_INVALID, problem.attribute)
    if attributes.type != OutreachRequested.topic:
        return Poison(RejectionCode.NOT_SUPPORTED, "type")
    if record.value is None:
        return Poison(RejectionCode.UNDECODABLE)
    try:
        return OutreachRequested.model_validate_json(record.value, extra="ignore")
    except ValidationError as problem:
        return _poison(problem)


def _poison(problem: ValidationError) -> Poison:
    first = problem.errors(include_url=False, include_context=False, include_input=False)[0]
    if first["type"] == "json_invalid":
        return Poison(RejectionCode.UNDECODABLE)
    # Names of fields are ours; what a stranger calls a field is not repeated.
    known = (str(part) for part in first["loc"] if part in OutreachRequested.model_fields)
    return Poison(RejectionCode.UNKNOWN_FORMAT, "/" + "/".join(known))
