"""Rows over HTTP and over Kafka: the same reports, the same refusals, nothing lost."""

import re
from typing import Any

import pytest

from services.intake.domain.refusals import TEXTS
from shared.contracts.words import RejectionCode
from tests.builders.guides import DOCS, steps_of
from tests.builders.intake_edge import IntakeStage
from tests.builders.intake_import import TOPIC, a_source_record, published
from tests.builders.site import a_tenant_document, a_tenant_file

EXPORT = (DOCS / "examples" / "northwick-datix.csv").read_bytes()
PACK = (DOCS / "examples" / "northwick-datix.yaml").read_text()
CSV = {"content_type": "text/csv"}


@pytest.fixture
def northwick(intake: IntakeStage) -> IntakeStage:
    """An intake whose northwick has the guide's pack, and a topic for its datix."""
    folder = intake.site.packs_folder("northwick")
    folder.mkdir()
    (folder / "northwick-datix.yaml").write_text(PACK)
    document = a_tenant_document()
    document["sources"]["datix"] |= {"pack": "northwick-datix", "topic": "northwick-datix"}
    a_tenant_file(intake.site, document)
    return intake


def comparable(document: dict[str, Any]) -> dict[str, Any]:
    """Return a report without what differs by design: seals, arrival, where it lies."""
    staff = [{**member, "sealed": None} for member in document.get("staff", ())]
    source = {**document["source"], "raw_ref": None}
    return {**document, "staff": staff, "source": source, "received_at": None}


def test_the_upload_of_the_guide_is_taken_row_by_row(northwick: IntakeStage) -> None:
    """The very command of docs/publishers.md, its address, header and file."""
    (command,) = (s.commands for s in steps_of("publishers.md") if s.commands.startswith("curl"))
    path = re.search(r'"http://127\.0\.0\.1:8080([^"]+)"', command)
    media = re.search(r'"Content-Type: ([^"]+)"', command)
    file = re.search(r"@docs/(\S+)", command)
    assert path is not None and media is not None and file is not None  # noqa: PT018 - one command

    answer = northwick.post((DOCS / file[1]).read_bytes(), path[1], content_type=media[1])

    assert answer.status_code == 202
    keys = [each["incident_key"] for each in answer.json()["reports"]]
    assert keys == [f"northwick|datix|{n}" for n in range(1001, 1009)]


def test_what_is_published_is_what_was_answered(northwick: IntakeStage) -> None:
    """The normaliser maps each row's own raw record by the pack that the request named."""
    answer = northwick.post(EXPORT, "/v1/incidents?pack=northwick-datix", **CSV)

    reports = northwick.outputs("incident.reported.v1")

    assert [report["event_id"] for report in reports] == [
        each["event_id"] for each in answer.json()["reports"]
    ]
    assert {report["quality"]["mapping_id"] for report in reports} == {"northwick-datix"}
    assert northwick.outputs("incident.rejected.v1") == []


def test_http_and_kafka_give_the_same_reports(northwick: IntakeStage) -> None:
    """A topic of the source needs no pack in the record: the source's counts."""
    northwick.post(EXPORT, "/v1/incidents?pack=northwick-datix", **CSV)
    over_http = northwick.outputs("incident.reported.v1")

    record = a_source_record(EXPORT, {"content-type": "text/csv"}, topic=TOPIC)
    over_kafka = published(northwick, record)

    assert {topic for topic, _ in over_kafka} == {"incident.reported.v1"}
    assert [comparable(report) for _, report in over_kafka] == [
        comparable(report) for report in over_http
    ]


def test_a_row_that_does_not_fit_is_refused_and_the_others_are_taken(
    northwick: IntakeStage,
) -> None:
    """The refusal is durable, and says which row."""
    body = b"recordid,inc_unit\n1,NWH\n2,NWH,shifted\n3,NWH\n"

    answer = northwick.post(body, "/v1/incidents?pack=northwick-datix", **CSV)

    assert answer.status_code == 200
    assert [each["status"] for each in answer.json()["reports"]] == [202, 400, 202]
    (rejected,) = northwick.outputs("incident.rejected.v1")
    assert rejected["code"] == "undecodable"


def test_a_dry_run_shows_the_canonical_report(northwick: IntakeStage) -> None:
    """Nothing is stored."""
    path = "/v1/incidents:validate?pack=northwick-datix"

    answer = northwick.post(EXPORT, path, **CSV).json()

    assert answer["stored"] is False
    assert answer["reports"][0]["report"]["patients"][0]["harm"] == "death"
    assert northwick.log.records == []


def test_rows_without_a_pack_are_refused_with_the_remedy(intake: IntakeStage) -> None:
    """415: another media type, or a pack, would help."""
    for path in ("/v1/incidents", "/v1/incidents?pack=northwick-datix"):
        answer = intake.post(EXPORT, path, **CSV)
        assert answer.status_code in {400, 415}
        assert "pack" in answer.json()["detail"]


def test_a_pack_that_does_not_load_takes_nothing_until_it_is_corrected(
    northwick: IntakeStage,
) -> None:
    """503: the sender sends again; nothing is mapped by half a pack."""
    file = northwick.site.packs_folder("northwick") / "northwick-datix.yaml"
    file.write_text(PACK + "nonsense: 1\n")
    refused = northwick.post(EXPORT, "/v1/incidents?pack=northwick-datix", **CSV)
    file.write_text(PACK)
    taken = northwick.post(EXPORT, "/v1/incidents?pack=northwick-datix", **CSV)

    assert (refused.status_code, taken.status_code) == (503, 202)


def test_no_word_of_a_person_is_in_what_is_published(northwick: IntakeStage) -> None:
    """Names, numbers, birth dates and the narrative of the example stay behind."""
    northwick.post(EXPORT, "/v1/incidents?pack=northwick-datix", **CSV)

    text = repr(northwick.outputs("incident.reported.v1"))

    for private in ("Example", "9990000018", "1950-01-01", "swab", "nhale", "northwick.example"):
        assert private not in text


def test_a_native_report_is_one_where_the_source_sends_rows_too(northwick: IntakeStage) -> None:
    """The programs of docs/publishers.md, with the very token of the export: HTTP and Kafka."""
    body = b'{"record_id": "42", "kind": "incident", "patients": [{"age_years": 4}]}'

    answer = northwick.post(body, "/v1/incidents")
    (over_kafka,) = published(northwick, a_source_record(body, topic=TOPIC))

    assert answer.status_code == 202
    (over_http,) = northwick.outputs("incident.reported.v1")
    assert over_http["source"]["record_id"] == "42"
    assert over_http["source"]["format"] == "native"
    assert over_kafka[1]["content_hash"] == over_http["content_hash"]


@pytest.mark.parametrize("path", ["/v1/incidents", "/v1/incidents?pack=northwick-datix"])
def test_a_row_in_json_without_its_id_is_told_the_column_and_the_pack(
    northwick: IntakeStage, path: str
) -> None:
    """Whoever meant a native report learns that a pack stood in its way."""
    answer = northwick.post(b'{"inc_unit": "NWH"}', path)

    assert answer.status_code == 422
    assert "recordid" in answer.json()["detail"]
    assert "the pack 'northwick-datix'" in answer.json()["detail"]


@pytest.mark.parametrize("code", ["undecodable", "unknown_format", "no_record_id"])
def test_the_reasons_without_a_payload_fit_rows_too(code: str) -> None:
    """`/v1/rejections` has no more than the code, and over Kafka it is the only voice."""
    assert "rows" in TEXTS[RejectionCode(code)]
