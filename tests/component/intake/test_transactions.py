"""A transaction that was refused is mapped again whole, after a setting was corrected, or not."""

from typing import Any

import orjson
import pytest

from services.intake.bootstrap.operating import Operations
from services.intake.domain.regularise import regularise
from services.intake.domain.results import Draft
from services.intake.domain.translation import Piece, Translation
from services.intake.operations.again import Verdict
from services.intake.operations.erasing import Selection
from services.intake.operations.rejections import Wanted
from shared.contracts.words import RejectionCode
from shared.kafka.outcomes import Done, Reject
from shared.site.credentials import read_credentials, write_credentials
from tests.builders.ahrq import a_form
from tests.builders.fhir import a_bundle, an_r4_event
from tests.builders.intake_edge import IntakeStage
from tests.builders.intake_import import a_source_record, imported, raw_records
from tests.builders.intake_operations import MemoryTopic, operated
from tests.builders.site import NOW, a_tenant_document, a_tenant_file

FHIR = "application/fhir+json"
ALL = Wanted(tenant="northwick")
EVENTS = [an_r4_event(id=f"ae-{number}") for number in (1, 2)]
# The form counts as privileged; the events may be anybody's.
TRANSACTION = a_bundle(EVENTS[0], a_form(), EVENTS[1], kind="transaction")
Stage = tuple[IntakeStage, MemoryTopic, Operations]


@pytest.fixture
def stage(intake: IntakeStage) -> Stage:
    """An intake whose tenant refuses privileged reports, and the operators' commands on it."""
    a_tenant_file(intake.site, a_tenant_document(privacy={"privileged": "refuse"}))
    return intake, *operated(intake)


def refused(stage: Stage, document: Any = TRANSACTION, content_type: str = FHIR) -> None:
    """Send a transaction that is refused, and let the normaliser catch up."""
    intake, topic, _ = stage
    answer = intake.post(document, "/v1/fhir", content_type=content_type)
    assert answer.status_code in {413, 422}
    topic.take()


def correct(stage: Stage) -> None:
    """Take privileged reports from now on."""
    a_tenant_file(stage[0].site, a_tenant_document())


def redriven(stage: Stage, wanted: Wanted = ALL) -> dict[Verdict, int]:
    """Redrive, let the normaliser catch up, return the verdicts."""
    _, topic, operations = stage
    told = operations.redrive(wanted, is_written=True)
    topic.take()
    return dict(told.verdicts)


def failing_once(translation: Translation, piece: Piece, *rest: Any) -> Draft:
    """Map as ever, but fail on the first event."""
    if b'"ae-1"' in piece.body:
        raise RuntimeError
    return regularise(translation, piece, *rest)


def test_a_transaction_counts_once_against_a_mapper_that_failed_on_it_once(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fifty siblings would else pass the bound of mapper errors and stop the process for ever."""
    intake, topic, _ = stage
    bundle = a_bundle(*EVENTS, an_r4_event(id="ae-3"), kind="transaction")
    with monkeypatch.context() as patched:
        patched.setattr("services.intake.domain.receive.regularise", failing_once)
        intake.post(bundle, "/v1/fhir", content_type=FHIR)
        while_broken = [outcome for _, outcome in intake.normalise()]
    after_repair = [outcome for _, outcome in intake.normalise()]
    topic.take()

    assert while_broken == [Reject(RejectionCode.MAPPER_ERROR), Done(), Done()]
    assert after_repair == [Done()] * 3
    assert redriven(stage) == {Verdict.MAPS_NOW: 3}
    assert len(topic.reports) == 3


def keys(stage: Stage) -> list[str]:
    """Return the formats of what was published."""
    return [report["source"]["format"] for report in stage[1].reports]


def test_a_transaction_is_mapped_again_as_a_whole(stage: Stage) -> None:
    """First nothing, because of one; after the correction all of it, and only once."""
    refused(stage)
    assert redriven(stage) == {Verdict.STILL_REFUSED: 1, Verdict.SIBLING_REFUSED: 2}
    assert keys(stage) == []
    correct(stage)

    assert redriven(stage) == {Verdict.MAPS_NOW: 3}
    assert keys(stage) == ["fhir", "ahrq", "fhir"]
    assert redriven(stage) == {}
    assert len(stage[1].reports) == 3


def test_whoever_names_one_report_means_its_transaction(stage: Stage) -> None:
    """The last one, so that the others lie before it on the topic."""
    refused(stage)
    correct(stage)
    last = stage[2].rejected(ALL)[-1].rejected_id

    assert redriven(stage, Wanted(ids=frozenset({last}))) == {Verdict.MAPS_NOW: 3}


def test_the_reports_are_those_that_the_transaction_would_have_been(stage: Stage) -> None:
    """Same events, same time of receipt."""
    refused(stage)
    correct(stage)
    redriven(stage)
    published = {each["event_id"]: each for each in stage[1].reports}
    answer = stage[0].post(TRANSACTION, "/v1/fhir", content_type=FHIR)
    stage[1].take()

    assert answer.status_code == 202
    assert {each["event_id"] for each in stage[1].reports} == published.keys()
    assert {each["received_at"] for each in stage[1].reports} == {"2026-03-10T09:00:01.234000Z"}


def test_a_correction_before_the_normaliser_came_publishes_no_part_of_it(stage: Stage) -> None:
    """The sender was told that nothing was taken."""
    intake, topic, operations = stage
    intake.post(TRANSACTION, "/v1/fhir", content_type=FHIR)
    correct(stage)
    topic.take()

    told = operations.rejected(ALL)
    assert keys(stage) == []
    assert {each.code for each in told} == {RejectionCode.REFUSED_BY_POLICY}
    assert len(told) == 3


def test_the_cause_keeps_its_place_in_the_rejection(stage: Stage) -> None:
    """Publishers on Kafka learn it nowhere else."""
    nameless = an_r4_event(id=None, identifier=None)
    bundle = a_bundle(EVENTS[0], nameless, kind="transaction")
    bundle["entry"][1].pop("fullUrl")
    refused(stage, bundle)

    pointers = [each.pointer for each in stage[2].rejected(ALL)]
    assert sum(pointer is not None for pointer in pointers) == 1


def test_an_interrupted_run_is_finished_by_the_next(stage: Stage) -> None:
    """One copy was appended, then the power failed: the rest follows."""
    _, topic, operations = stage
    refused(stage)
    correct(stage)
    append = topic.append
    topic.append = lambda records: append(list(records)[:1])  # type: ignore[method-assign]
    assert redriven(stage) == {Verdict.MAPS_NOW: 3}
    topic.append = append  # type: ignore[method-assign]

    assert redriven(stage) == {Verdict.MAPS_NOW: 2}
    assert keys(stage) == ["fhir", "ahrq", "fhir"]
    assert operations.redrive(ALL, is_written=True).written == 0


def test_a_transaction_of_which_a_report_is_gone_is_left_alone(stage: Stage) -> None:
    """Erased: the rest of it would be a part."""
    _, _, operations = stage
    refused(stage)
    correct(stage)
    found = operations.erasable(Selection("northwick", before=NOW.replace(year=2030)))
    operations.eraser.keys.erase([found.reports[0].key_id])

    assert redriven(stage) == {Verdict.ERASED: 1, Verdict.SIBLING_REFUSED: 2}


def test_a_transaction_of_which_a_report_was_too_large_is_left_alone(stage: Stage) -> None:
    """Only its size was kept."""
    large = an_r4_event(id="large", note=[{"text": "x" * 60_000}] * 20)
    refused(stage, a_bundle(EVENTS[0], large, EVENTS[1], kind="transaction"))

    assert redriven(stage) == {Verdict.INCOMPLETE: 2}
    assert keys(stage) == []


def test_two_transactions_of_one_request_are_two(stage: Stage) -> None:
    """One maps now, the other still does not: it stays where it is."""
    nameless = a_bundle(an_r4_event(id=None, identifier=None), EVENTS[1], kind="transaction")
    nameless["entry"][0].pop("fullUrl")
    body = orjson.dumps(TRANSACTION) + b"\n" + orjson.dumps(nameless)
    refused(stage, body, "application/fhir+ndjson")
    correct(stage)

    assert redriven(stage) == {
        Verdict.MAPS_NOW: 3, Verdict.STILL_REFUSED: 1, Verdict.SIBLING_REFUSED: 1,
    }  # fmt: skip
    assert keys(stage) == ["fhir", "ahrq", "fhir"]


def test_a_transaction_that_was_sent_twice_is_published_as_one(stage: Stage) -> None:
    """Both copies map to the same events, which triage takes once."""
    refused(stage)
    refused(stage)
    correct(stage)

    assert redriven(stage) == {Verdict.MAPS_NOW: 6}
    assert len({each["event_id"] for each in stage[1].reports}) == 3


def test_a_transaction_over_kafka_is_no_different(stage: Stage) -> None:
    """The importer writes the same raw records."""
    intake, topic, _ = stage
    document = a_tenant_document(privacy={"privileged": "refuse"})
    document["sources"]["datix"] = {"topic": "northwick-datix"}
    a_tenant_file(intake.site, document)
    settled = imported(intake, a_source_record(TRANSACTION, {"content-type": FHIR}))
    intake.log.records += [each for records, _ in settled for each in records]
    assert len(raw_records(settled)) == 3
    topic.take()
    correct(stage)

    assert redriven(stage) == {Verdict.MAPS_NOW: 3}


def test_a_remap_leaves_it_to_the_redrive(stage: Stage) -> None:
    """It would map report by report."""
    refused(stage)
    correct(stage)

    told = stage[2].remap("northwick", None, is_written=True)
    assert (told.verdicts, told.written) == ({Verdict.REFUSED_TOGETHER: 3}, 0)


def test_what_a_token_may_not_send_takes_its_transaction_along(intake: IntakeStage) -> None:
    """Narrowed to FHIR, it may send no form: none of it is taken, now or later."""
    topic, operations = operated(intake)
    file = intake.site.credentials_file
    narrowed = [each.model_copy(update={"formats": ("fhir",)}) for each in read_credentials(file)]
    write_credentials(file, narrowed)
    refused((intake, topic, operations))

    assert redriven((intake, topic, operations)) == {Verdict.REFUSED_BY_EDGE: 3}
    batch = {**TRANSACTION, "type": "batch"}
    answer = intake.post(batch, "/v1/fhir", content_type=FHIR)
    codes = [each["response"]["status"] for each in answer.json()["entry"]]
    assert codes == ["202", "422", "202"]
