"""What a bad payload gets (formats.md section 11), as a table; `canary` must never be told."""

from dataclasses import dataclass, field
from typing import Any

import orjson

STUDY = {"resourceType": "AdverseEvent", "id": "1", "study": [{"reference": "ResearchStudy/1"}]}
_EVENT = {"id": "e-1", "source": "urn:canary", "type": "org.example.incident", "specversion": "1.0"}
_FHIR = {"content-type": "application/fhir+json"}
_XML = {"content-type": "application/xml"}
_STRUCTURED = {"content-type": "application/cloudevents+json"}


@dataclass(frozen=True)
class BadPayload:
    """One row: what is sent, the HTTP status, the code everywhere, how loud it is."""

    name: str
    body: Any
    status: int
    code: str
    headers: dict[str, str] = field(default_factory=dict)
    severity: str = "normal"
    is_http_only: bool = False

    @property
    def sent(self) -> bytes:
        """Return the bytes that go over the wire."""
        return self.body if isinstance(self.body, bytes) else orjson.dumps(self.body)


def _event(**changed: Any) -> dict[str, Any]:
    event = {**_EVENT, "data": {"record_id": "canary"}} | changed
    return {name: value for name, value in event.items() if value is not None}


def _binary(**changed: str | None) -> dict[str, str]:
    headers = _EVENT | changed
    return {f"ce-{name}": value for name, value in headers.items() if value is not None}


def _resource(kind: str, **fields: Any) -> dict[str, Any]:
    return {"resourceType": kind, "id": "canary", **fields}


def _bundle(kind: str, *resources: dict[str, Any]) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": kind, "entry": [{"resource": r} for r in resources]}


_ICSR = b"<?xml version='1.0'?><ichicsr lang='en'><canary/></ichicsr>"
_HL7_ICSR = b'<MCCI_IN200100UV01 xmlns="urn:hl7-org:v3"><canary/></MCCI_IN200100UV01>'
_FHIR_XML = b'<AdverseEvent xmlns="http://hl7.org/fhir"><canary/></AdverseEvent>'
_CDA = b'<ClinicalDocument xmlns="urn:hl7-org:v3"><canary/></ClinicalDocument>'
_MARKED = {"record_id": "canary", "confidentiality": {"restricted": True}}
_GZIP = {"content-encoding": "gzip"}

BAD_PAYLOADS = (
    BadPayload("not JSON", b'{"record_id": "canary"', 400, "undecodable"),
    BadPayload("empty", b"", 400, "undecodable"),
    BadPayload("bad UTF-8", b'{"record_id": "canary\xff"}', 400, "undecodable"),
    BadPayload("NUL", b"\x01canary", 400, "undecodable", is_http_only=True),
    BadPayload("bad gzip", b"canary", 400, "undecodable", _GZIP, is_http_only=True),
    BadPayload(
        "unknown encoding",
        b"canary",
        415,
        "unknown_format",
        {"content-encoding": "br"},
        is_http_only=True,
    ),
    BadPayload("unknown type", b"canary", 415, "unknown_format", {"content-type": "image/png"}),
    BadPayload("unknown shape", {"canary": 1}, 415, "unknown_format"),
    BadPayload("a number", b"7", 415, "unknown_format"),
    BadPayload("FHIR in XML", _FHIR_XML, 415, "unknown_format", _XML),
    BadPayload("CDA", _CDA, 415, "unknown_format", _XML),
    BadPayload("drug-safety case", _ICSR, 415, "not_an_incident", _XML, "low"),
    BadPayload("HL7 v3 case report", _HL7_ICSR, 415, "not_an_incident", _XML, "low"),
    *(
        BadPayload(
            f"CloudEvent without {name}",
            _event(**{name: None}),
            400,
            "cloudevent_invalid",
            _STRUCTURED,
        )
        for name in _EVENT
    ),
    BadPayload("CloudEvent 2.0", _event(specversion="2.0"), 400, "cloudevent_invalid", _STRUCTURED),
    BadPayload("CloudEvent, empty id", _event(id=""), 400, "cloudevent_invalid", _STRUCTURED),
    BadPayload(
        "binary CloudEvent without source",
        {"record_id": "canary"},
        400,
        "cloudevent_invalid",
        _binary(source=None),
    ),
    BadPayload("no record id", {"record_id": " ", "kind": "incident"}, 422, "no_record_id"),
    BadPayload(
        "no id in FHIR",
        {"resourceType": "AdverseEvent", "actuality": "actual"},
        422,
        "no_record_id",
        _FHIR,
    ),
    BadPayload("other resource", _resource("Patient"), 422, "not_supported"),
    BadPayload(
        "Bundle without event",
        _bundle("collection", _resource("Patient")),
        422,
        "not_supported",
        _FHIR,
    ),
    BadPayload("research", STUDY, 422, "not_an_incident", {}, "low"),
    BadPayload("policy", _MARKED, 422, "refused_by_policy", {}, "low"),
    BadPayload(
        "another tenant",
        {"record_id": "canary", "tenant": "southmoor"},
        403,
        "tenant_mismatch",
        {},
        "high",
    ),
)
