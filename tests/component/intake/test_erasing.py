"""What `peerline intake erase` finds, what it makes unreadable, and what it says of the rest."""

from contextlib import nullcontext
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from click.testing import CliRunner

from services.intake.bootstrap import operating
from services.intake.bootstrap.operating import Operations
from services.intake.cli import group
from services.intake.keystore.errors import ErasedKeyLingersError, KeyStoreUnavailableError
from services.intake.operations.again import Verdict
from services.intake.operations.erasing import Selection, cautions, erased_lines
from services.intake.operations.opening import Opened, labelled
from services.intake.operations.rejections import Wanted
from tests.builders.intake_edge import IntakeStage
from tests.builders.intake_import import TOPIC, a_source_record, imported
from tests.builders.intake_operations import MemoryTopic, operated
from tests.builders.site import NOW, a_tenant_document, a_tenant_file, a_token

REPORT = {"record_id": "1", "narrative": "canary"}
RECORD_1 = Selection("northwick", incident_keys=frozenset({"northwick|datix|1"}))
EVERYTHING = Selection("northwick", before=NOW + timedelta(days=1))
TABLE = b"record_id,kind\n1,incident\n2,incident\n,incident\n"
NAMELESS = {"kind": "incident", "categories": ["fall"]}
FHIR = {"resourceType": "AdverseEvent", "actuality": "actual"}
Stage = tuple[IntakeStage, MemoryTopic, Operations]


@pytest.fixture
def stage(intake: IntakeStage) -> Stage:
    """An intake and the operators' commands on it."""
    return intake, *operated(intake)


def configure(intake: IntakeStage, **source: Any) -> None:
    """Give datix these settings and no others."""
    document = a_tenant_document()
    document["sources"]["datix"] = source
    a_tenant_file(intake.site, document)


def readable(stage: Stage) -> int:
    """Return how many raw records can still be read."""
    _, topic, operations = stage
    found = operations.eraser.opener(labelled(topic.raw))
    return sum(isinstance(each, Opened) for each in found)


def a_table_refused(stage: Stage) -> None:
    """Send a table that no edge could cut, then say what it is; one of its rows has no id."""
    intake, topic, _ = stage
    intake.post(TABLE, content_type="text/csv")
    topic.take()
    configure(intake, pack="generic")


def redriven(stage: Stage) -> dict[Verdict, int]:
    """Redrive all that was refused, and let the normaliser follow."""
    _, topic, operations = stage
    told = operations.redrive(Wanted(tenant="northwick"), is_written=True)
    topic.take()
    return dict(told.verdicts)


@pytest.mark.parametrize("selection", [RECORD_1, EVERYTHING, None], ids=["record", "before", "id"])
def test_an_erased_report_and_its_copies_are_unreadable(
    stage: Stage, selection: Selection | None
) -> None:
    """Every copy shares the key; what is left cannot be redriven, remapped or erased again."""
    intake, topic, operations = stage
    event_id = UUID(intake.post(REPORT | {"harm": {"level": "none"}}).json()["event_id"])
    topic.take()
    topic.append(intake.log.of("incident.raw.v1"))
    wanted = selection or Selection("northwick", frozenset({event_id}))

    found = operations.erasable(wanted)
    assert [str(event_id) in line for line in erased_lines(found.reports)] == [True]
    assert operations.eraser.erase(found) == 1
    assert operations.remap(None, None, is_written=True).verdicts == {Verdict.ERASED: 1}
    assert operations.erasable(wanted).reports == ()


def test_only_the_chosen_reports_are_erased(stage: Stage) -> None:
    """Not another record, not another tenant's of the same id."""
    intake, topic, operations = stage
    intake.post([REPORT, {"record_id": "3"}])
    intake.token = a_token(intake.site, "southmoor")
    intake.post(REPORT)
    topic.take()

    assert operations.eraser.erase(operations.erasable(RECORD_1)) == 1
    told = operations.remap(None, None, is_written=False).verdicts
    assert told == {Verdict.ERASED: 1, Verdict.UNCHANGED: 2}


def test_a_report_that_is_erased_before_it_is_mapped_says_so(stage: Stage) -> None:
    """The normaliser skips and counts it; its publisher is told."""
    intake, topic, operations = stage
    event_id = intake.post(REPORT).json()["event_id"]
    topic.append(intake.log.of("incident.raw.v1"))
    intake.log.records.clear()

    operations.eraser.erase(operations.erasable(RECORD_1))
    topic.take()
    assert not topic.reports
    assert not topic.rejected
    assert intake.metrics.value("intake_rejected_total", tenant="northwick", reason="erased") == 1
    assert intake.ask(f"/v1/incidents/{event_id}").json()["state"] == "erased"


def test_revisions_that_a_setting_refused_are_erased_with_their_record(stage: Stage) -> None:
    """The most confidential ones are among them: they would have stayed readable."""
    intake, topic, operations = stage
    people = [{"identifiers": [{"system": "login", "value": name}]} for name in "ab"]
    for more in ({}, {"confidentiality": {"restricted": True}}, {"staff": people}):
        intake.post(REPORT | more)
    strict = a_tenant_document(privacy={"restricted": "refuse"}, limits={"staff": 1})
    a_tenant_file(intake.site, strict)
    topic.take()
    assert len(topic.rejected) == 2

    found = operations.erasable(RECORD_1)
    assert (operations.eraser.erase(found), found.unattributed) == (3, 0)
    assert readable(stage) == 0


def test_what_an_edge_refused_is_erased_with_the_record_that_it_names(stage: Stage) -> None:
    """A resource under another id in the URL: the mapping alone would have taken it."""
    intake, topic, operations = stage
    sent = FHIR | {"id": "b"}
    intake.send("PUT", sent, "/v1/fhir/AdverseEvent/a", content_type="application/fhir+json")
    key = intake.post(sent).json()["incident_key"]
    topic.take()

    wanted = Selection("northwick", incident_keys=frozenset({key}))
    assert operations.eraser.erase(operations.erasable(wanted)) == 2


def test_what_cannot_be_attributed_to_a_record_is_counted(stage: Stage) -> None:
    """Nobody must take an erasure for complete that could not look everywhere."""
    intake, topic, operations = stage
    for sent in (b"{", {"kind": "incident"}, REPORT, {"record_id": "3"}):
        intake.post(sent)
    topic.take()
    intake.keys.keys.pop(list(intake.keys.keys)[-1])

    found = operations.erasable(RECORD_1)
    assert (len(found.reports), found.unattributed) == (1, 3)
    (caution,) = cautions(found, "northwick", ())
    assert caution.startswith("3 more records of northwick cannot be attributed")


def test_reports_that_share_a_record_are_told_before_they_go(stage: Stage) -> None:
    """A table that no edge could cut has one key for all its rows."""
    a_table_refused(stage)
    _, _, operations = stage

    found = operations.erasable(RECORD_1)
    (line,) = erased_lines(found.reports)
    assert line.endswith("with 2 other reports")
    (caution,) = cautions(found, "northwick", ())
    assert "2 other reports become unreadable too" in caution


def test_a_report_within_a_record_is_found_by_its_own_event_id(stage: Stage) -> None:
    """The record's label bears another one: that of the table, or of the refusal."""
    a_table_refused(stage)
    assert redriven(stage) == {Verdict.MAPS_NOW: 1}
    _, topic, operations = stage
    event_id = UUID(topic.reports[0]["event_id"])

    (found,) = operations.erasable(Selection("northwick", frozenset({event_id}))).reports
    assert (found.event_id != event_id, found.others) == (True, 2)


def test_an_erasure_that_was_interrupted_is_finished_by_the_next(stage: Stage) -> None:
    """The keys were gone already; the publisher had still been told that the report waits."""
    intake, topic, operations = stage
    event_id = intake.post(REPORT).json()["event_id"]
    topic.append(intake.log.of("incident.raw.v1"))
    found = operations.erasable(RECORD_1)
    intake.statuses.is_down = True
    with pytest.raises(KeyStoreUnavailableError):
        operations.eraser.erase(found)
    intake.statuses.is_down = False

    again = operations.erasable(RECORD_1)
    assert (again.reports, operations.eraser.erase(again)) == ((), 0)
    assert intake.ask(f"/v1/incidents/{event_id}").json()["state"] == "erased"


def test_a_key_that_lingers_in_a_file_is_asked_for_again(stage: Stage) -> None:
    """Until it is gone: the second run erases nothing new, and says what the first one said."""
    intake, topic, operations = stage
    intake.post(REPORT)
    topic.take()
    intake.keys.is_read = True

    for _ in range(2):
        with pytest.raises(ErasedKeyLingersError):
            operations.eraser.erase(operations.erasable(RECORD_1))
    intake.keys.is_read = False
    assert operations.eraser.erase(operations.erasable(RECORD_1)) == 0


@pytest.mark.parametrize(
    ("source", "sent", "record"),
    [
        ({}, FHIR | {"id": "ae-1"}, "ae-1"),
        ({"format": "fhir", "without_record_id": "place"}, FHIR, f"{TOPIC}-0-7"),
        (
            {"record_id_hmac": True, "without_record_id": "place"},
            NAMELESS,
            f"{TOPIC}-0-7",
        ),
        ({"record_id_hmac": True}, {"record_id": "1"}, "1"),
        ({}, {"record_id": "x" * 200}, "x" * 200),
    ],
    ids=["format not pinned", "FHIR without id", "place beside pseudonyms", "pseudonym", "long id"],
)
def test_a_record_is_found_however_its_id_travels(
    stage: Stage,
    source: dict[str, Any],
    sent: dict[str, Any],
    record: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Plain, hashed, as a pseudonym or as a place, which no operator need know."""
    intake, topic, operations = stage
    configure(intake, topic="northwick-datix", **source)
    kafka_record = a_source_record(sent, offset=7)
    topic.append(written for records, _ in imported(intake, kafka_record) for written in records)
    topic.take()
    monkeypatch.setattr(operating, "operations", lambda *_: nullcontext(operations))
    asked = ("erase", "--tenant", "northwick", "--source", "datix", "--record", record, "--yes")

    runner = CliRunner(env={"PEERLINE_CONFIG": str(intake.site.root)})
    output = runner.invoke(group, asked, catch_exceptions=False).output
    assert "1 reports are unreadable now." in output
    assert f"publishers' own topics ({TOPIC})" in output
