"""What goes out: CloudEvents on the input's partition, rejections without payload."""

import json
from dataclasses import replace

import pytest

from services.triage.agent.opening import Unreadable
from services.triage.agent.outputs import outputs_of, parked, poison, too_large
from shared.contracts import TriageQuestion
from shared.contracts.cloudevents import Attributes
from shared.contracts.triage_decision import InputPosition
from shared.contracts.words import RejectionCode
from shared.kafka.cloudevents import from_headers
from shared.kafka.records import Incoming
from tests.builders.triage_edges import (
    NOON,
    FakeMemory,
    FakeStep,
    a_reported,
    a_reported_record,
    an_incoming,
    fake_decide,
)

REPORT = a_reported()
PLACE = InputPosition(topic="incident.reported.v1", partition=3, offset=7)
CONTEXT = Attributes(
    id="1", source="urn:x", type="t", extensions={"traceparent": "00-ab", "sequence": "1"}
)


def a_record(key: bytes | None = b"k") -> Incoming:
    """Return a record of partition 3 at offset 7."""
    written = a_reported_record(REPORT, partition=3)
    return replace(an_incoming(written, offset=7), key=key)


def test_a_decision_goes_to_the_inputs_partition_as_a_cloudevent() -> None:
    """Key and subject are the incident, the id is the decision's, the trace goes on."""
    step = fake_decide(FakeMemory(), REPORT, None, PLACE)

    (record,) = outputs_of(step, REPORT, CONTEXT, 3)

    context = from_headers(record.headers)
    assert (record.topic, record.partition) == ("triage.decision.v1", 3)
    assert (record.key.decode(), context.subject) == (REPORT.incident_key, REPORT.incident_key)
    assert context.source == "urn:peerline:triage:alpha"
    assert context.id == json.loads(record.value or b"")["decision_id"]
    assert (context.time, dict(context.extensions)) == (NOON, {"traceparent": "00-ab"})


def test_two_questions_of_one_report_have_ids_of_their_own() -> None:
    """Questions are told apart, and the same question always has the same id."""
    questions = tuple(
        TriageQuestion(
            tenant="alpha",
            incident_key=REPORT.incident_key,
            event_id=REPORT.event_id,
            field=field,
            text="Was it?",
            would_change=("tier",),
            asked_for=NOON,
        )
        for field in ("/a", "/b")
    )
    step = FakeStep(questions=questions)

    ids = [from_headers(o.headers).id for o in outputs_of(step, REPORT, CONTEXT, 0)]
    again = [from_headers(o.headers).id for o in outputs_of(step, REPORT, CONTEXT, 0)]

    assert len(set(ids)) == 2
    assert ids == again


def test_poison_is_rejected_with_code_and_place_only() -> None:
    """The rejection names coordinates, code and pointer; it does not repeat the value."""
    rejection = poison(a_record(), Unreadable(RejectionCode.UNDECODABLE, "/tenant"))

    told = json.loads(rejection.value or b"")
    assert (told["code"], told["pointer"], told["stage"]) == ("undecodable", "/tenant", "triage")
    assert (told["input_topic"], told["partition"], told["offset"]) == (
        "incident.reported.v1",
        3,
        7,
    )
    assert "tenant" not in told
    assert rejection.partition == 3


@pytest.mark.parametrize("key", [None, b"", b"\xff", b"x" * 300])
def test_a_key_that_cannot_be_shown_is_replaced_by_the_place(key: bytes | None) -> None:
    """No key, no text, or far too long: the coordinates are the key."""
    rejection = poison(a_record(key), Unreadable(RejectionCode.UNDECODABLE))

    assert rejection.key == b"incident.reported.v1/3/7"


def test_the_same_poison_is_rejected_the_same_way() -> None:
    """No clock and no random id: byte for byte equal."""
    why = Unreadable(RejectionCode.UNDECODABLE)

    assert poison(a_record(), why) == poison(a_record(), why)


def test_what_is_parked_tells_how_often_it_was_tried() -> None:
    """Attempts, the type of the error and the report it was; severity pages."""
    told = json.loads(parked(a_record(), REPORT, 3, "KeyError").value or b"")

    assert (told["code"], told["attempts"], told["error_type"]) == ("decide_error", 3, "KeyError")
    assert (told["severity"], told["tenant"]) == ("high", "alpha")
    assert told["event_id"] == str(REPORT.event_id)


def test_what_is_too_large_names_its_report() -> None:
    """The report can be found and redriven."""
    told = json.loads(too_large(a_record(), REPORT).value or b"")

    assert (told["code"], told["incident_key"]) == ("too_large", REPORT.incident_key)
