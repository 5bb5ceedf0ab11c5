"""The books notice a report that is missing, one too much, and another code than was answered."""

from collections import Counter

import orjson
import pytest

from tests.builders.canaries.accounts import Ledger, kept_promises
from tests.builders.canaries.answers import Answer, Told, told_by
from tests.builders.intake_edge import IntakeStage, arrived

TWO = [{"record_id": "1"}, {"record_id": "2"}]
BATCH = [*TWO, TWO[0], {"kind": "incident"}]  # the third repeats the first, the fourth has no id


def answer_to(intake: IntakeStage, document: object) -> Told:
    """Post a document and return what its answer says."""
    response = intake.post(document)
    return told_by(Answer(response.status_code, (), response.content))


def books_of(intake: IntakeStage, *, without: int = 0) -> Ledger:
    """Return the books over what the edge and the normaliser wrote, the last reports lost."""
    raw = [arrived(r, n) for n, r in enumerate(intake.log.of("incident.raw.v1"))]
    written = [arrived(record) for records, _ in intake.normalise(*raw) for record in records]
    reported = [record for record in written if record.topic == "incident.reported.v1"]
    rejected = [record for record in written if record.topic == "incident.rejected.v1"]
    return Ledger.read(raw, reported[: len(reported) - without], rejected)


def test_what_was_answered_and_what_became_of_it_agree(intake: IntakeStage) -> None:
    """Two accepted, one repeated and so without a record, one refused by its code and hash."""
    told = answer_to(intake, BATCH)
    books = books_of(intake)

    (batch,) = books.batches
    assert (told.accepted.total(), told.refused.total()) == (2, 1)
    assert list(kept_promises([told], books.became(batch[0], over_kafka=False))) == []
    assert {kept.outcomes for kept in books.kept.values()} == {1}


@pytest.mark.parametrize("lost", [1, 2])
def test_a_lost_report_is_noticed(intake: IntakeStage, lost: int) -> None:
    """It was promised and is not reported; its raw record has no outcome."""
    told = answer_to(intake, TWO)
    books = books_of(intake, without=lost)

    (batch,) = books.batches
    faults = list(kept_promises([told], books.became(batch[0], over_kafka=False)))
    assert [fault.startswith("missing 1 x") for fault in faults] == [True] * lost
    assert Counter(kept.outcomes for kept in books.kept.values())[0] == lost


def test_another_code_than_was_answered_is_noticed() -> None:
    """Both ways: what was promised is missing, what came is too much."""
    told = Told(refused=Counter({("undecodable", "00"): 1}))

    faults = list(kept_promises([told], Counter({("not_supported", "00"): 1})))
    assert [fault.split(" 1 x ")[0] for fault in faults] == ["missing", "too much"]


def test_answers_in_fhir_are_read_entry_by_entry(intake: IntakeStage) -> None:
    """An accepted one by its event, a refused one by code and hash; repeats are not told apart."""
    event = {"resourceType": "AdverseEvent", "id": "1", "actuality": "actual"}
    entries = [{"resource": each} for each in (event, event, {"resourceType": "AdverseEvent"})]
    bundle = {"resourceType": "Bundle", "type": "batch", "entry": entries}
    response = intake.post(bundle, "/v1/fhir", content_type="application/fhir+json")

    told = told_by(Answer(response.status_code, (), response.content))

    assert told.hides_repeats
    assert list(told.accepted.values()) == [2]
    assert [code for code, _ in told.refused] == ["no_record_id"]
    books = books_of(intake)
    (batch,) = books.batches
    assert list(kept_promises([told], books.became(batch[0], over_kafka=False))) == []
    assert orjson.loads(response.content)["type"] == "batch-response"
