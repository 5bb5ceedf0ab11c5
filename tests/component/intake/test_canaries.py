"""What must never leave intake leaves it nowhere: not by topics, keys, logs or answers."""

import base64
from typing import Any
from urllib.parse import quote

import orjson
import pytest

from shared.observability import JsonLines
from tests.builders.canaries.words import LOGIN, NAME, NUMBER
from tests.builders.canaries.words import TELLING as WORDS
from tests.builders.intake_edge import IntakeStage

BORN = "1987-04-23"
CANARIES = (NUMBER, NAME, WORDS, LOGIN, BORN)

NATIVE = {
    "record_id": "2026-1",
    "kind": f"{WORDS}",
    "narrative": f"{NAME} {WORDS}",
    "immediate_actions": WORDS,
    "location": {"unit_name": NAME},
    "codings": [{"system": "local", "code": "7", "display": NAME}],
    "patients": [{"ids": [{"system": "nhs", "value": NUMBER}], "birth_date": BORN}],
    "staff": [
        {"id": {"system": "login", "value": LOGIN}, "involvement": "direct"},
        {"name": NAME},
    ],
    "reporter": {"id": {"system": "login", "value": LOGIN}},
    "investigators": [{"system": "login", "value": LOGIN}],
    "ext": {WORDS: NAME},
    NAME: NUMBER,
}
FHIR = {
    "resourceType": "AdverseEvent",
    "id": NUMBER,
    "identifier": {"system": "nhs", "value": NUMBER},
    "actuality": "actual",
    "event": {"text": WORDS, "coding": [{"code": "7", "display": NAME}]},
    "subject": {"reference": f"Patient/{NUMBER}", "display": NAME},
    "contained": [{"resourceType": "Patient", "id": "p", "birthDate": BORN}],
    "recorder": {"reference": f"Practitioner/{LOGIN}", "display": NAME},
    "contributor": [{"display": NAME}],
    "text": {"status": "generated", "div": WORDS},
}
BODIES: dict[str, Any] = {
    "native": NATIVE,
    "native without id": {k: v for k, v in NATIVE.items() if k != "record_id"},
    "array": [NATIVE, {NAME: WORDS}, NUMBER],
    "FHIR": FHIR,
    "FHIR without id": {"resourceType": "AdverseEvent", "event": {"text": WORDS}},
    "bundle": {"resourceType": "Bundle", "type": "transaction", "entry": [{"resource": FHIR}, {}]},
    "other resource": {"resourceType": NAME, "id": NUMBER},
    "broken": orjson.dumps(NATIVE)[:-2],
    "not UTF-8": orjson.dumps(NATIVE) + b"\xff",
    "XML": f"<AdverseEvent><id value='{NUMBER}'/>{WORDS}</AdverseEvent>".encode(),
    "too deep": b"[" * 99 + orjson.dumps(NATIVE) + b"]" * 99,
}


def _forms(canary: str) -> tuple[bytes, ...]:
    raw = canary.encode()
    return (
        raw,
        raw.lower(),
        raw.upper(),
        base64.b64encode(raw).rstrip(b"=")[:-1],
        raw.hex().encode(),
    )


def _leaks(seen: bytes) -> list[str]:
    return [canary for canary in CANARIES if any(form in seen for form in _forms(canary))]


@pytest.mark.parametrize("path", ["/v1/incidents", "/v1/incidents:validate", "/v1/fhir"])
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_no_canary_is_in_a_topic_an_answer_or_a_log(
    intake: IntakeStage, caplog: pytest.LogCaptureFixture, body: Any, path: str
) -> None:
    """Every kind of body, good and bad, with canaries in every place that a name can stand."""
    caplog.set_level("DEBUG", "peerline")
    headers = {
        "ce_subject": quote(NAME),
        "content_type": f"application/json; name={NAME}",
        "x_patient": NUMBER,
    }

    answers = [intake.post(body, path), intake.post(body, path, **headers)]
    written = [record for records, _ in intake.normalise() for record in records]

    topics = b"".join(
        record.key + (record.value or b"") + repr(record.headers).encode()
        for record in (*intake.log.records, *written)
    )
    assert _leaks(topics) == []
    told = b"".join(answer.content + repr(answer.headers).encode() for answer in answers)
    assert _leaks(told) == []
    lines = "".join(JsonLines("intake").format(line) for line in caplog.records)
    assert _leaks((lines + caplog.text).encode()) == []


def test_the_canaries_would_be_found(intake: IntakeStage) -> None:
    """The search sees what it looks for: each canary is in what was sent."""
    sent = orjson.dumps([NATIVE, FHIR])

    assert set(_leaks(sent)) == set(CANARIES)
    assert _leaks(base64.b64encode(NAME.encode())) == [NAME]
