"""Requests that come together: one commit, one wait for Kafka, and no one's fault is another's."""

import orjson
import pytest

from services.intake.http.submission import Submission, TenantMissingError, UnavailableError
from services.intake.status.store import State
from tests.builders.intake_edge import IntakeStage


def _submissions(intake: IntakeStage, *records: str) -> list[Submission]:
    (credential,) = intake.site.credentials()
    bodies = [orjson.dumps({"record_id": record}) for record in records]
    return [Submission(credential, body, "application/json") for body in bodies]


def test_what_comes_together_is_one_commit_and_a_record_each(intake: IntakeStage) -> None:
    """Every report has its own key all the same."""
    accepted = intake.acceptance.accept(_submissions(intake, "1", "2", "3"))

    assert [len(results) for results in accepted if not isinstance(results, Exception)] == [1] * 3
    assert (intake.keys.commits, len(intake.keys.keys), len(intake.log.records)) == (1, 3, 3)
    assert {each.state for each in intake.statuses.statuses.values()} == {State.RECEIVED}


def test_a_tenant_that_is_missing_is_no_others_failure(intake: IntakeStage) -> None:
    """The one is refused; the others are durable."""
    one, other, third = _submissions(intake, "1", "2", "3")
    gone = other.credential.model_copy(update={"tenant": "nowhere"})

    accepted = intake.acceptance.accept([one, Submission(gone, other.body), third])

    assert [isinstance(each, TenantMissingError) for each in accepted] == [False, True, False]
    assert len(intake.log.records) == 2


@pytest.mark.parametrize("missing", ["kafka", "key_store"])
def test_without_kafka_or_the_key_store_nobody_is_told_yes(
    intake: IntakeStage, missing: str
) -> None:
    """All of them send their reports again."""
    intake.log.is_down, intake.keys.is_down = missing == "kafka", missing == "key_store"

    accepted = intake.acceptance.accept(_submissions(intake, "1", "2"))

    assert [type(each) for each in accepted] == [UnavailableError] * 2
    assert (intake.log.records, intake.statuses.statuses) == ([], {})


def test_what_is_refused_is_durable_beside_what_is_taken(intake: IntakeStage) -> None:
    """A body that nobody can read is a raw record like the others of its round."""
    (credential,) = intake.site.credentials()
    broken = Submission(credential, b"{", "application/json")

    intake.acceptance.accept([*_submissions(intake, "1"), broken])

    assert len(intake.log.of("incident.raw.v1")) == 2
    assert [told["code"] for told in intake.outputs("incident.rejected.v1")] == ["undecodable"]


def test_a_record_that_kafka_finds_too_large_is_no_others_failure(intake: IntakeStage) -> None:
    """Its sender alone is told to send again; nothing of it is noted as received."""
    intake.log.most_bytes = 1000
    one, other, third = _submissions(intake, "1", "2" * 1000, "3")

    accepted = intake.acceptance.accept([one, other, third])

    assert [isinstance(each, UnavailableError) for each in accepted] == [False, True, False]
    assert (intake.keys.commits, len(intake.log.records)) == (1, 2)
    assert len(intake.statuses.statuses) == 2
