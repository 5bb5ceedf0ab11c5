"""What operators do to reports that are in: list refusals, redrive, remap, erase."""

import csv
from contextlib import nullcontext
from datetime import timedelta

import pytest
from click.testing import CliRunner

from services.intake.bootstrap import operating
from services.intake.bootstrap.operating import Operations
from services.intake.cli import group
from services.intake.operations.again import SAYS, Verdict
from services.intake.operations.rejections import COLUMNS, Wanted, as_csv, table
from shared.contracts.words import RejectionCode
from shared.site.refusals import TenantUnknownError
from tests.builders.intake_edge import IntakeStage
from tests.builders.intake_operations import MemoryTopic, operated
from tests.builders.site import NOW, a_tenant_document, a_tenant_file, a_token

REPORT = {
    "record_id": "1",
    "kind": "incident",
    "narrative": "canary",
    "location": {"unit_name": "Ward 9"},
}
RESTRICTED = {"record_id": "2", "confidentiality": {"restricted": True}}
DAY = "2030-01-01"
POLICY = RejectionCode.REFUSED_BY_POLICY
Stage = tuple[IntakeStage, MemoryTopic, Operations]


@pytest.fixture
def stage(intake: IntakeStage) -> Stage:
    """An intake whose tenant refuses restricted reports, and the operators' commands on it."""
    a_tenant_file(intake.site, a_tenant_document(privacy={"restricted": "refuse"}))
    return intake, *operated(intake)


def correct(intake: IntakeStage) -> None:
    """Set the tenant right: restricted reports are for the team, and Ward 9 is a unit."""
    units = {"nine": {"campus": "main", "aliases": {"datix": ["Ward 9"]}}}
    a_tenant_file(intake.site, a_tenant_document(units=units))


def test_refusals_are_listed_and_counted(stage: Stage) -> None:
    """By tenant and reason; never a payload."""
    intake, topic, operations = stage
    for report in (RESTRICTED, {"canary": 1}, {"canary": 2}):
        intake.post(report)
    topic.take()

    lines = list(table(operations.rejected(Wanted(tenant="northwick"))))
    assert [line.split() for line in lines[-3:]] == [
        ["1", "northwick", "refused_by_policy"],
        ["2", "northwick", "unknown_format"],
        ["3", "refused"],
    ]
    assert "canary" not in "".join(lines)
    assert operations.rejected(Wanted(tenant="southmoor")) == []
    with pytest.raises(TenantUnknownError, match="northwich"):
        operations.rejected(Wanted(tenant="northwich"))
    assert operations.rejected(Wanted(since=NOW + timedelta(days=1))) == []
    assert len(operations.rejected(Wanted(reason=POLICY))) == 1


def test_csv_has_every_column_and_no_formula(stage: Stage) -> None:
    """A cell that a spreadsheet would run gets an apostrophe (ASVS 1.2.10)."""
    intake, topic, operations = stage
    intake.post(RESTRICTED)
    topic.take()
    (told,) = operations.rejected(Wanted())
    evil = told.model_copy(update={"pointer": "=HYPERLINK(1)"})

    (heading, row) = csv.reader(as_csv([evil]).splitlines())
    assert tuple(heading) == COLUMNS
    assert row[COLUMNS.index("field")] == "'=HYPERLINK(1)"
    assert row[COLUMNS.index("record")] == f"incident.raw.v1/{told.partition}/0"


def test_a_redrive_first_tells_and_then_maps_what_maps_now(stage: Stage) -> None:
    """After the setting was corrected; the report keeps the time at which it was received."""
    intake, topic, operations = stage
    intake.post(RESTRICTED)
    topic.take()
    wanted = Wanted(reason=POLICY)
    assert operations.redrive(wanted, is_written=True).verdicts == {Verdict.STILL_REFUSED: 1}
    correct(intake)

    told = operations.redrive(wanted, is_written=False)
    assert (told.verdicts, told.written, len(topic.raw)) == ({Verdict.MAPS_NOW: 1}, 0, 1)
    assert operations.redrive(wanted, is_written=True).written == 1
    topic.take()
    (report,) = topic.reports
    assert report["incident_key"] == "northwick|datix|2"
    assert report["received_at"] == "2026-03-10T09:00:01.234000Z"
    assert intake.ask(f"/v1/incidents/{report['event_id']}").json()["state"] == "mapped"


def test_a_second_redrive_finds_nothing_to_do(stage: Stage) -> None:
    """Before and after the normaliser came to it."""
    intake, topic, operations = stage
    intake.post(RESTRICTED)
    topic.take()
    correct(intake)
    operations.redrive(Wanted(reason=POLICY), is_written=True)

    assert operations.redrive(Wanted(reason=POLICY), is_written=True).written == 0
    topic.take()
    assert operations.redrive(Wanted(reason=POLICY), is_written=True).written == 0
    assert len(topic.reports) == 1


def test_a_redrive_leaves_alone_what_an_edge_refused(intake: IntakeStage) -> None:
    """The id in the URL was another: the mapping alone would take it, nobody may."""
    topic, operations = operated(intake)
    sent = {"resourceType": "AdverseEvent", "id": "b"}
    intake.send("PUT", sent, "/v1/fhir/AdverseEvent/a", content_type="application/fhir+json")
    topic.take()

    told = operations.redrive(Wanted(reason=RejectionCode.NO_RECORD_ID), is_written=True)
    assert (told.verdicts, told.written) == ({Verdict.REFUSED_BY_EDGE: 1}, 0)


def test_a_table_is_redriven_once_though_one_of_its_rows_stays_refused(
    intake: IntakeStage,
) -> None:
    """What maps of it is out: only another row that maps now would be a reason to append it."""
    topic, operations = operated(intake)
    intake.post(b"record_id,kind\n1,incident\n2,incident\n,incident\n", content_type="text/csv")
    topic.take()
    document = a_tenant_document()
    document["sources"]["datix"] = {"pack": "generic"}
    a_tenant_file(intake.site, document)
    told = []
    for _ in range(3):
        told.append(operations.redrive(Wanted(tenant="northwick"), is_written=True).verdicts)
        topic.take()

    again = {Verdict.STILL_REFUSED: 1}
    assert told == [{Verdict.MAPS_NOW: 1}, again, again]
    assert (len(topic.reports), len(topic.rejected)) == (2, 2)


@pytest.mark.parametrize("kind", ["report", "table"])
def test_the_event_id_of_a_refusal_tells_of_the_redrive(stage: Stage, kind: str) -> None:
    """It is all that its publisher knows of the report, which is published under another one."""
    intake, topic, operations = stage
    table = b"record_id,kind\n1,incident\n2,incident\n"
    content_type = "text/csv" if kind == "table" else "application/json"
    intake.post(table if kind == "table" else RESTRICTED, content_type=content_type)
    topic.take()
    intake.clock.move(timedelta(minutes=1))
    refused = intake.ask("/v1/rejections").json()["rejections"][0]["event_id"]
    document = a_tenant_document()
    document["sources"]["datix"] = {"pack": "generic"}
    a_tenant_file(intake.site, document)
    operations.redrive(Wanted(tenant="northwick"), is_written=True)
    topic.take()

    told = intake.ask(f"/v1/incidents/{refused}").json()
    assert told["state"] == "mapped"
    assert told["event_id"] == refused != topic.reports[0]["event_id"]
    assert told.get("incident_key") == {"report": "northwick|datix|2", "table": None}[kind]
    assert operations.remap(None, None, is_written=True).verdicts == {Verdict.UNCHANGED: 1}


def test_a_remap_writes_only_what_changed(stage: Stage) -> None:
    """A unit alias was added: one report gets a new revision, the other is left alone."""
    intake, topic, operations = stage
    intake.post([REPORT, {"record_id": "3"}])
    topic.take()
    correct(intake)

    told = operations.remap("northwick", None, is_written=True)
    topic.take()
    assert told.verdicts == {Verdict.CHANGED: 1, Verdict.UNCHANGED: 1}
    first, _, again = topic.reports
    assert (first["mapping_generation"], again["mapping_generation"]) == (0, 1)
    assert first["incident_key"] == again["incident_key"] == "northwick|datix|1"
    assert first["event_id"] != again["event_id"]
    assert first["received_at"] == again["received_at"]
    assert again["location"]["unit_id"] == "nine"


def test_a_remap_with_the_same_mapping_writes_nothing(stage: Stage) -> None:
    """However often it is run."""
    intake, topic, operations = stage
    intake.post(REPORT)
    topic.take()

    for _ in range(2):
        told = operations.remap(None, None, is_written=True)
        assert (told.verdicts, told.written) == ({Verdict.UNCHANGED: 1}, 0)


def test_a_second_remap_waits_for_the_normaliser_and_then_finds_nothing(stage: Stage) -> None:
    """An interrupted run is simply run again."""
    intake, topic, operations = stage
    intake.post(REPORT)
    topic.take()
    correct(intake)
    operations.remap(None, None, is_written=True)

    assert operations.remap(None, None, is_written=True).verdicts == {Verdict.WAITING: 1}
    topic.take()
    assert operations.remap(None, None, is_written=True).verdicts == {Verdict.UNCHANGED: 1}


def test_where_no_status_is_known_a_remap_publishes_only_duplicates(stage: Stage) -> None:
    """A lost database: the content hash is the same, so triage decides nothing anew."""
    intake, topic, operations = stage
    intake.post(REPORT)
    topic.take()
    intake.statuses.statuses.clear()

    operations.remap(None, None, is_written=True)
    topic.take()
    before, after = topic.reports
    assert before["content_hash"] == after["content_hash"]
    assert before["event_id"] != after["event_id"]


def test_a_correction_is_published_though_the_report_was_sent_again_meanwhile(stage: Stage) -> None:
    """Under its old event_id triage dropped it as a duplicate; a generation makes it a revision."""
    intake, topic, operations = stage
    intake.post(REPORT | {"revision": "1"})
    topic.take()
    correct(intake)
    intake.post(REPORT | {"revision": "1"})
    topic.take()

    told = operations.remap("northwick", None, is_written=True)
    topic.take()
    first, second, *again = topic.reports
    assert first["event_id"] == second["event_id"]
    assert told.verdicts == {Verdict.CHANGED: 2}
    assert {each["mapping_generation"] for each in again} == {1}
    assert len({each["event_id"] for each in again}) == 1


def test_what_was_mapped_is_not_taken_back_by_a_remap(intake: IntakeStage) -> None:
    """A stricter setting works from now on."""
    topic, operations = operated(intake)
    intake.post(RESTRICTED)
    topic.take()
    a_tenant_file(intake.site, a_tenant_document(privacy={"restricted": "refuse"}))

    told = operations.remap(None, None, is_written=True)
    assert (told.verdicts, told.written) == ({Verdict.WOULD_BE_REFUSED: 1}, 0)


def test_a_remap_is_bounded_by_tenant_and_time(stage: Stage) -> None:
    """Other tenants' reports and older ones are not even counted."""
    intake, topic, operations = stage
    intake.post(REPORT)
    intake.token = a_token(intake.site, "southmoor")
    intake.post(REPORT)
    topic.take()

    assert operations.remap("southmoor", None, is_written=False).verdicts == {Verdict.UNCHANGED: 1}
    late = operations.remap("northwick", NOW + timedelta(days=1), is_written=False)
    assert late.verdicts == {}


def test_a_missing_key_and_a_damaged_record_are_told_apart(stage: Stage) -> None:
    """The one can be restored, the other cannot."""
    from dataclasses import replace

    intake, topic, operations = stage
    intake.post([{"record_id": "1"}, {"record_id": "2"}])
    topic.take()
    intake.keys.keys.pop(next(iter(intake.keys.keys)))
    topic.raw[1] = replace(topic.raw[1], value=b"garbage of some length or other")

    told = operations.remap(None, None, is_written=True)
    assert told.verdicts == {Verdict.KEY_MISSING: 1, Verdict.DAMAGED: 1}


@pytest.mark.parametrize(
    "place",
    ["services.intake.raw.mapping.receive", "services.intake.domain.receive.regularise"],
    ids=["as a whole", "on one report"],
)
def test_a_mapper_that_fails_is_counted_and_nothing_is_written(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """A broken release must not send a thousand copies after each other."""
    intake, topic, operations = stage
    intake.post(REPORT)
    topic.take()

    def broken(*_: object) -> None:
        raise RuntimeError("canary")

    monkeypatch.setattr(place, broken)
    assert operations.remap(None, None, is_written=True).verdicts == {Verdict.MAPPER_ERROR: 1}


def test_every_verdict_is_told_in_words() -> None:
    """No code without a sentence."""
    assert SAYS.keys() == set(Verdict)


def test_the_commands_say_what_they_did_and_what_they_did_not(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As operators read it; a mistyped tenant is told, not counted as nothing."""
    intake, topic, operations = stage
    monkeypatch.setattr(operating, "operations", lambda *_: nullcontext(operations))
    intake.post([REPORT, RESTRICTED])
    topic.take()
    ask = ("redrive", "--tenant", "northwick", "--reason", "refused_by_policy")

    def typed(*arguments: str) -> str:
        return CliRunner().invoke(group, arguments).output

    assert "1  northwick  refused_by_policy" in typed("rejected", "--tenant", "northwick")
    assert "1  would be refused again\nNothing had to be written." in typed(*ask, "--write")
    correct(intake)
    assert "1  would be mapped now\nNothing was written. Add --write" in typed(*ask)
    assert "1 record was appended; the normaliser maps what is new." in typed(*ask, "--write")
    assert "There is no such report, or it was mapped again already." in typed(*ask, "--write")
    assert "Say which ones: ids, --reason or --since." in typed("redrive")
    assert "unreadable for good? [y/N]" in typed("erase", "--tenant", "northwick", "--before", DAY)
    everything = ("erase", "--tenant", "northwick", "--before", DAY, "--yes")
    assert "2 reports are unreadable now." in typed(*everything)
    assert typed(*everything) == "No such report can be read any more.\n"
