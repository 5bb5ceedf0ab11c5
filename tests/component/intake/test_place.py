"""A publisher whose records have no id may let their place on Kafka name them; nobody else may."""

from typing import Any

import orjson
import pytest

from services.intake.operations.again import Verdict
from services.intake.operations.rejections import Wanted
from services.intake.raw.record import read_label
from shared.contracts.words import RejectionCode
from tests.builders.intake_edge import IntakeStage
from tests.builders.intake_import import (
    TOPIC,
    a_source_record,
    imported,
    published,
    raw_records,
)
from tests.builders.intake_operations import operated
from tests.builders.site import a_tenant_document, a_tenant_file

REPORTED = "incident.reported.v1"
NAMELESS = {"categories": ["fall"]}
FHIR = {"resourceType": "AdverseEvent", "actuality": "actual"}
OTHERS = FHIR | {"actuality": "potential"}
BUNDLE = {
    "resourceType": "Bundle",
    "type": "batch",
    "entry": [
        {"resource": event, "request": {"method": "POST", "url": "AdverseEvent"}}
        for event in (FHIR, OTHERS)
    ],
}
LINES = b"\n".join(orjson.dumps(NAMELESS | {"team_headcount": n}) for n in (1, 2, 3))
TABLE = b"kind,categories\nincident,fall\nincident,medication\nincident,fall\n"
WITHOUT_ID = {
    "native": (NAMELESS, {}, 1),
    "array": ([NAMELESS, {"record_id": "1"}, NAMELESS], {}, 3),
    "lines": (LINES, {"content-type": "application/x-ndjson"}, 3),
    "FHIR": (FHIR, {}, 1),
    "FHIR Bundle": (BUNDLE, {}, 2),
    "row": ({"kind": "incident"}, {}, 1),
    "table without the column": (TABLE, {"content-type": "text/csv"}, 3),
    "table with an empty cell": (
        b"record_id,kind\n,incident\n5,incident\n,incident\n",
        {"content-type": "text/csv"},
        3,
    ),
}


def configure(intake: IntakeStage, **source: Any) -> None:
    """Bind datix to its topic, with these settings of its own."""
    document = a_tenant_document()
    document["sources"]["datix"] = {"topic": "northwick-datix", **source}
    a_tenant_file(intake.site, document)


def packed(kind: str) -> dict[str, str]:
    """Return the setting that makes rows of what a source sends."""
    return {"pack": "generic"} if kind.startswith(("row", "table")) else {}


@pytest.mark.parametrize("kind", WITHOUT_ID)
def test_a_message_without_an_id_is_named_by_its_place_where_the_source_says_so(
    intake: IntakeStage, kind: str
) -> None:
    """Each report has a name of its own, the same at the edge and whenever it is mapped again."""
    value, headers, count = WITHOUT_ID[kind]
    configure(intake, without_record_id="place", **packed(kind))
    record = a_source_record(value, headers, offset=7)

    labels = [read_label(raw).event_id for raw in raw_records(imported(intake, record))]
    first, again = published(intake, record), published(intake, record)
    assert [topic for topic, _ in first] == [REPORTED] * count
    reports = [report for _, report in first]
    assert [report["event_id"] for report in reports] == [str(each) for each in labels]
    assert [report["event_id"] for _, report in again] == [str(each) for each in labels]
    own = [each for each in reports if "record_id_fallback" in each["quality"]["flags"]]
    assert len({each["incident_key"] for each in reports}) == count
    assert all(f"|{TOPIC}-0-7" in each["incident_key"] for each in own)
    assert len(own) == sum(TOPIC in each["incident_key"] for each in reports) > 0


@pytest.mark.parametrize("kind", WITHOUT_ID)
def test_nobody_is_named_by_a_place_who_did_not_ask_for_it(intake: IntakeStage, kind: str) -> None:
    """By default a report without an id is refused; what has one goes on."""
    value, headers, count = WITHOUT_ID[kind]
    configure(intake, **packed(kind))

    told = published(intake, a_source_record(value, headers, offset=7))
    codes = [each["code"] for topic, each in told if topic != REPORTED]
    assert set(codes) == {"no_record_id"}
    is_whole = kind == "table without the column"
    assert len(told) == (1 if is_whole else count)


def test_the_same_words_at_two_places_are_two_records(intake: IntakeStage) -> None:
    """Nobody can know whether one repeats the other, and a report too many is the lesser harm."""
    configure(intake, without_record_id="place")

    told = published(intake, *(a_source_record(NAMELESS, offset=n) for n in (7, 8)))
    keys = [each["incident_key"] for _, each in told]
    assert keys == [f"northwick|datix|{TOPIC}-0-{n}" for n in (7, 8)]


def test_http_has_no_place(intake: IntakeStage) -> None:
    """A request sent again after a lost answer would be another report."""
    configure(intake, without_record_id="place")

    answer = intake.post(NAMELESS)
    assert (answer.status_code, answer.json()["code"]) == (422, "no_record_id")


@pytest.mark.parametrize("kind", ["native", "table without the column"])
def test_what_was_refused_before_the_source_said_so_is_redriven(
    intake: IntakeStage, kind: str
) -> None:
    """Under the names that it would have had."""
    value, headers, count = WITHOUT_ID[kind]
    record = a_source_record(value, headers, offset=7)
    configure(intake, **packed(kind))
    topic, operations = operated(intake)
    topic.append(written for records, _ in imported(intake, record) for written in records)
    topic.take()
    assert not topic.reports

    configure(intake, without_record_id="place", **packed(kind))
    wanted = Wanted(reason=RejectionCode.NO_RECORD_ID)
    assert operations.redrive(wanted, is_written=True).verdicts == {Verdict.MAPS_NOW: 1}
    topic.take()
    expected = [report["incident_key"] for _, report in published(intake, record)]
    assert [report["incident_key"] for report in topic.reports] == expected
    assert len(set(expected)) == count
