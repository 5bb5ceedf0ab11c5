"""No answer claims more than was kept: of what is too large only the size is noted."""

from datetime import timedelta
from uuid import UUID

import orjson
import pytest

from services.intake.domain.results import Refused, Result
from services.intake.http.kept import as_kept
from services.intake.http.submission import Submission, UnavailableError
from services.intake.raw.rejection import Refusal
from services.intake.status.store import Rejection
from shared.contracts.words import RejectionCode
from tests.builders.fhir import a_bundle, an_r4_event
from tests.builders.intake_edge import IntakeStage
from tests.builders.site import NOW

KEPT = "The encrypted original is kept."
NOT_KEPT = "only its size was noted"
LARGE = 3_000_000
GZIP = {"content_encoding": "gzip"}
BROTLI = {"content_encoding": "br"}
LOST = [Refusal("northwick", RejectionCode.LIMIT, index=0)]


def refused_details(intake: IntakeStage) -> list[str]:
    """Return what the list of refusals says of each."""
    intake.clock.move(timedelta(seconds=6))
    return [each["detail"] for each in intake.ask("/v1/rejections").json()["rejections"]]


def results_of(intake: IntakeStage, body: bytes, media_type: str) -> tuple[Result, ...]:
    """Return what a request of northwick's maps to."""
    (credential,) = intake.site.credentials()
    return intake.acceptance.map(Submission(credential, body, media_type))


@pytest.mark.parametrize("headers", [GZIP, BROTLI, {}], ids=["broken gzip", "brotli", "no JSON"])
def test_what_was_refused_and_not_kept_is_not_said_to_be(
    intake: IntakeStage, headers: dict[str, str]
) -> None:
    """Neither in the answer nor in the list of refusals."""
    answer = intake.post(b"x" * LARGE, **headers)

    assert answer.json()["code"] in {"undecodable", "unknown_format"}
    assert intake.log.of("incident.raw.v1") == []
    for told in (answer.json()["detail"], *refused_details(intake)):
        assert (NOT_KEPT in told, KEPT in told) == (True, False)


def test_what_was_kept_is_said_to_be(intake: IntakeStage) -> None:
    """The operator can map it again."""
    answer = intake.post(b"x", **GZIP)
    intake.normalise()

    assert len(intake.log.of("incident.raw.v1")) == 1
    for told in (answer.json()["detail"], *refused_details(intake)):
        assert (NOT_KEPT in told, KEPT in told) == (False, True)


def test_a_trial_keeps_nothing_and_says_so(intake: IntakeStage) -> None:
    """What is only validated is stored nowhere."""
    (told,) = intake.post(b"x", "/v1/incidents:validate", **GZIP).json()["reports"]

    assert (told["code"], KEPT in told["detail"]) == ("undecodable", False)


def test_a_fault_of_ours_over_a_large_message_asks_for_smaller_ones(intake: IntakeStage) -> None:
    """The importer noted its size; it is not in the raw topic, so nothing will map it again."""
    code = RejectionCode.MAPPER_ERROR
    noted = Rejection(UUID(int=7), "northwick", ("datix",), code, NOW, NOW, size_bytes=LARGE)
    intake.statuses.settle((), [noted])

    (told,) = refused_details(intake)
    assert (NOT_KEPT in told, "durable" in told) == (True, False)


def test_what_repeats_a_report_that_was_not_kept_is_not_accepted(intake: IntakeStage) -> None:
    """It would be kept as that report alone; the third is."""
    lines = b'{"record_id": "1"}\n{"record_id": "1"}\n{"record_id": "2"}\n'
    results = results_of(intake, lines, "application/x-ndjson")

    told = as_kept(results, LOST)

    assert [isinstance(each, Refused) and each.code for each in told] == ["limit", "limit", False]
    assert as_kept(results, []) is results


def test_of_a_transaction_nothing_is_taken_where_a_part_was_not_kept(intake: IntakeStage) -> None:
    """Whole or not at all: it may be sent again."""
    bundle = a_bundle(an_r4_event(id="1"), an_r4_event(id="2"), kind="transaction")
    results = results_of(intake, orjson.dumps(bundle), "application/fhir+json")

    with pytest.raises(UnavailableError):
        as_kept(results, LOST)
