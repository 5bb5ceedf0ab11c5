"""Refusals as answers: RFC 9457 problem+json, or OperationOutcome for FHIR; never a payload value.

One table says, for every code, its status, what happened, why it matters and what to do.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from services.intake.domain.refusals import TEXTS
from shared.contracts.words import RejectionCode

PROBLEM_TYPE: Final = "application/problem+json"
FHIR_TYPE: Final = "application/fhir+json"
DOC: Final = "/docs#"


@dataclass(frozen=True, slots=True)
class Advice:
    """A code's HTTP status, FHIR issue type (R4 value set issue-type) and texts."""

    status: int
    issue: str
    title: str
    detail: str


@dataclass(frozen=True, slots=True)
class Problem:
    """One refusal. `pointer` is a JSON Pointer into the body, `sha256` the hash of the body.

    `detail` is a sentence of ours that replaces the table's; it never repeats what was sent.
    `is_media_problem` makes it a 415 whatever the code: another media type would help.
    """

    code: str
    detail: str | None = None
    pointer: str | None = None
    sha256: str | None = None
    index: int | None = None
    is_media_problem: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def advice(self) -> Advice:
        """Return the row of the table."""
        return ADVICE[self.code]

    @property
    def status(self) -> int:
        """Return the HTTP status."""
        return 415 if self.is_media_problem else self.advice.status

    def to_problem(self) -> dict[str, Any]:
        """Return the members of RFC 9457, and ours: code, pointer, sha256, index, doc."""
        members = {
            "type": f"urn:peerline:problem:{self.code}",
            "title": self.advice.title,
            "status": self.status,
            "detail": self.detail or self.advice.detail,
            "code": self.code,
            "pointer": self.pointer,
            "sha256": self.sha256,
            "index": self.index,
            "doc": DOC + self.code,
        }
        return {name: value for name, value in members.items() if value is not None}

    def to_issue(self) -> dict[str, Any]:
        """Return one issue of an OperationOutcome."""
        issue: dict[str, Any] = {
            "severity": "error",
            "code": self.advice.issue,
            "details": {
                "coding": [{"system": "urn:peerline:problem", "code": self.code}],
                "text": self.advice.title,
            },
            "diagnostics": self._diagnostics(),
        }
        return issue | ({"expression": [_path(self.pointer)]} if self.pointer else {})

    def _diagnostics(self) -> str:
        told = self.detail or self.advice.detail
        return f"{told} (sha256 {self.sha256})" if self.sha256 else told


def _path(pointer: str) -> str:
    # OperationOutcome.expression is a simple FHIRPath: entry[1].resource, not /entry/1/resource.
    steps = pointer.strip("/").split("/")
    return "".join(f"[{s}]" if s.isdecimal() else f".{s}" for s in steps).removeprefix(".")


def operation_outcome(*issues: Mapping[str, Any]) -> dict[str, Any]:
    """Return a FHIR OperationOutcome (the same shape in STU3, R4 and R5)."""
    return {"resourceType": "OperationOutcome", "issue": list(issues)}


_KEPT: Final = " The encrypted original is kept."
_NOT_KEPT: Final = " It is too large to be kept, so only its size was noted."
_FAULT_NOT_KEPT: Final = (
    "This is a fault of Peerline, not of the report." + _NOT_KEPT + " Send it again in smaller "
    "requests, and tell the operator the sha256."
)

_SHAPES: Final[Mapping[RejectionCode, tuple[int, str, str]]] = {
    RejectionCode.UNDECODABLE: (400, "structure", "The body cannot be decoded"),
    RejectionCode.UNKNOWN_FORMAT: (415, "not-supported", "The format is not known"),
    RejectionCode.CLOUDEVENT_INVALID: (400, "structure", "The CloudEvent is not valid"),
    RejectionCode.NO_RECORD_ID: (422, "required", "The report has no record id"),
    RejectionCode.NOT_SUPPORTED: (422, "not-supported", "This is no report that Peerline takes"),
    RejectionCode.NOT_AN_INCIDENT: (422, "business-rule", "This is no patient-safety incident"),
    RejectionCode.REFUSED_BY_POLICY: (422, "suppressed", "The tenant does not process these"),
    RejectionCode.TENANT_MISMATCH: (403, "forbidden", "It is for another tenant or source"),
}
_OWN: Final[Mapping[str, Advice]] = {
    RejectionCode.LIMIT: Advice(
        413,
        "too-long",
        "A limit is passed",
        "The request or one of its reports is larger, deeper or longer than intake takes; only its "
        "size was noted, so this report is not in Peerline. Send fewer reports at a time, or "
        "shorten it: 1 MiB a report, 10 MiB and 1 000 reports a request, 64 levels.",
    ),
    RejectionCode.MAPPER_ERROR: Advice(
        500,
        "exception",
        "The mapping failed",
        "This is a fault of Peerline, not of the report, and the report is already durable: it "
        "will be mapped again after the fault is corrected. Do not send it again; tell the "
        "operator the sha256.",
    ),
    RejectionCode.SCHEMA_REGISTRY_REQUIRED: Advice(
        415,
        "not-supported",
        "The encoding needs a schema registry",
        "The body is framed for a schema registry and is not JSON inside, so it cannot be read "
        "here. Send JSON." + _KEPT,
    ),
    "unauthenticated": Advice(
        401,
        "login",
        "The token is not accepted",
        "The request carries no valid token, so it belongs to no tenant; nothing was read or kept. "
        "Send 'Authorization: Bearer plt_...'; the operator makes tokens.",
    ),
    "tenant_unknown": Advice(
        403,
        "forbidden",
        "The token's tenant is not on this site",
        "The token is valid, but its tenant is not configured here; nothing was kept. Ask the "
        "operator ('peerline config check' names the mistake).",
    ),
    "rate_limited": Advice(
        429,
        "throttled",
        "Too many requests",
        "This tenant sent more requests than agreed, and others need the service too; nothing was "
        "read or kept. Wait as long as Retry-After says, or send many reports in one request.",
    ),
    "too_slow": Advice(
        408,
        "timeout",
        "The body did not arrive in time",
        "The connection was open too long without the whole body; nothing was kept. Send it again.",
    ),
    "unavailable": Advice(
        503,
        "transient",
        "The report could not be made durable",
        "Kafka, the key store or a key is not there, and Peerline accepts no report it could lose; "
        "count this report as not sent. Send it again after the time in Retry-After.",
    ),
    "report_unknown": Advice(
        404,
        "not-found",
        "This token has no report with that event id",
        "No report that this token may see has that event_id: it was never accepted, is another "
        "tenant's or system's, or was received longer ago than statuses are kept. Ask with the "
        "event_id of the 202 answer, or send the report again: it gets the same event_id.",
    ),
    "query_invalid": Advice(
        400,
        "value",
        "The query cannot be read",
        "A parameter has another form than it must, so it is not certain what is asked. Write "
        "since as a moment with its zone (2026-03-10T09:00:00Z) or as the 'next' of an earlier "
        "answer, and limit as a number from 1 to 500.",
    ),
    "status_unavailable": Advice(
        503,
        "transient",
        "Statuses cannot be read now",
        "The database of statuses does not answer; reports are not affected, what was accepted is "
        "durable. Ask again after the time in Retry-After.",
    ),
    "not_found": Advice(
        404,
        "not-found",
        "There is nothing at this address",
        "Reports go to POST /v1/incidents or /v1/fhir, their status is at GET "
        "/v1/incidents/{event_id}. GET /docs lists every address.",
    ),
    "method_not_allowed": Advice(
        405,
        "not-supported",
        "This address has other methods",
        "The address exists, but not for this method. GET /docs lists every address.",
    ),
}
ADVICE: Final[Mapping[str, Advice]] = MappingProxyType(
    {code.value: Advice(*shape, TEXTS[code] + _KEPT) for code, shape in _SHAPES.items()}
    | {str(code): advice for code, advice in _OWN.items()}
)


def without_promise(code: str, detail: str = "") -> str:
    """Return a refusal's sentence, or the table's, where nothing was stored: none says it was."""
    return (detail or ADVICE[code].detail).removesuffix(_KEPT)


def size_only(code: str, detail: str = "") -> str:
    """Return a refusal's sentence, or the table's, where of what was sent only the size is noted.

    Of a limit both say so anyway.
    """
    if code == RejectionCode.LIMIT:
        return detail or ADVICE[code].detail
    if code == RejectionCode.MAPPER_ERROR:
        return _FAULT_NOT_KEPT
    return without_promise(code, detail) + _NOT_KEPT
