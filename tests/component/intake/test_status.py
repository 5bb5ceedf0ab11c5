"""What a publisher may ask: where its own report is, and what was refused, page by page."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from services.intake.domain.context import MappingContext
from services.intake.domain.results import Result
from services.intake.http.enquiries import Enquiries
from services.intake.http.schemas import RejectionPage, ReportStatus
from services.intake.keystore.sql import open_engine
from services.intake.raw.mapping import results_of
from services.intake.raw.record import Parcel
from services.intake.status.sql import SqlStatusStore
from services.intake.status.store import Rejection
from shared.clock import FixedClock
from shared.contracts.words import RejectionCode
from shared.kafka.outcomes import RetryLater
from tests.builders.intake_edge import IntakeStage
from tests.builders.intake_import import a_source_record, bind, imported, raw_records
from tests.builders.site import NOW, a_token

REPORT = {"record_id": "1", "kind": "incident", "narrative": "canary"}
STUDY = {"resourceType": "AdverseEvent", "id": "canary", "study": [{"reference": "Study/1"}]}


@pytest.fixture
def database(tmp_path: Path) -> Iterator[SqlStatusStore]:
    """The store that intake has unless another is configured."""
    engine = open_engine(f"sqlite:///{tmp_path}/statuses.db")
    store = SqlStatusStore(engine)
    store.prepare()
    yield store
    engine.dispose()


def refused_at(at: datetime) -> Rejection:
    """Give a refusal of northwick's that was noted then."""
    return Rejection(UUID(int=7), "northwick", ("datix",), RejectionCode.UNDECODABLE, at, at)


def status_of(intake: IntakeStage, event_id: str) -> ReportStatus:
    """Return the answer to one question, checked against what OpenAPI promises."""
    answer = intake.ask(f"/v1/incidents/{event_id}")
    assert answer.status_code == 200
    assert "canary" not in answer.text
    return ReportStatus.model_validate_json(answer.content)


def refusals(intake: IntakeStage, query: str = "") -> RejectionPage:
    """Return one page of refusals."""
    answer = intake.ask(f"/v1/rejections{query}")
    assert answer.status_code == 200
    assert "canary" not in answer.text
    return RejectionPage.model_validate_json(answer.content)


def test_a_report_is_received_and_then_mapped_with_its_flags(intake: IntakeStage) -> None:
    """The id of the 202 answer is all that the publisher needs."""
    answer = intake.post(REPORT).json()
    before = status_of(intake, answer["event_id"])
    intake.normalise()
    after = status_of(intake, answer["event_id"])

    assert (before.state, after.state) == ("received", "mapped")
    assert after.incident_key == "northwick|datix|1"
    assert after.flags == answer["quality"]["flags"] != []
    assert after.rejection is None


def test_sending_a_mapped_report_again_leaves_it_mapped(intake: IntakeStage) -> None:
    """The same report has the same id, and nothing is forgotten."""
    event_id = intake.post(REPORT).json()["event_id"]
    intake.normalise()
    intake.post(REPORT)

    assert status_of(intake, event_id).state == "mapped"


def test_a_promised_report_that_is_refused_later_says_why(intake: IntakeStage) -> None:
    """The tenant's settings changed in between: the publisher is not left in the dark."""
    from tests.builders.site import a_tenant_document, a_tenant_file

    marked = REPORT | {"confidentiality": {"restricted": True}}
    event_id = intake.post(marked).json()["event_id"]
    a_tenant_file(intake.site, a_tenant_document(privacy={"restricted": "refuse"}))
    intake.normalise()

    told = status_of(intake, event_id)
    assert told.state == "rejected"
    assert told.rejection is not None
    assert (told.rejection.code, told.rejection.pointer) == (
        "refused_by_policy",
        "/confidentiality",
    )


@pytest.mark.parametrize("asked", ["nonsense", str(UUID(int=7)), "..%2Fmetrics", "%00"])
def test_an_id_that_nobody_has_is_not_found(intake: IntakeStage, asked: str) -> None:
    """Whatever stands there: 404 with advice."""
    answer = intake.ask(f"/v1/incidents/{asked}")

    assert answer.status_code == 404
    assert answer.json()["code"] in {"report_unknown", "not_found"}


@pytest.mark.parametrize(
    ("tenant", "systems"), [("southmoor", ("datix", "fhir-hub")), ("northwick", ("fhir-hub",))]
)
def test_another_tenants_or_systems_token_sees_nothing(
    intake: IntakeStage, tenant: str, systems: tuple[str, ...]
) -> None:
    """The answer is that of an id that does not exist, byte for byte."""
    event_id = intake.post(REPORT).json()["event_id"]
    intake.post(STUDY, content_type="application/fhir+json")
    intake.normalise()
    intake.clock.move(timedelta(seconds=6))
    intake.token = a_token(intake.site, tenant, *systems)

    answer, nothing = (intake.ask(f"/v1/incidents/{each}") for each in (event_id, str(UUID(int=1))))
    assert (answer.status_code, answer.content) == (404, nothing.content)
    assert refusals(intake).rejections == []


def test_refusals_come_in_pages_and_none_is_missed_or_told_twice(intake: IntakeStage) -> None:
    """Going on from `next` until a page is empty sees each refusal once."""
    for number in range(7):
        intake.post({"canary": number})
    intake.normalise()
    intake.clock.move(timedelta(seconds=6))

    seen, place = [], ""
    while page := refusals(intake, f"?limit=3{place}").rejections:
        seen += page
        place = f"&since={refusals(intake, f'?limit=3{place}').next}"
    assert len(seen) == len({each.rejected_id for each in seen}) == 7
    assert {(each.code, each.sha256 is not None) for each in seen} == {("unknown_format", True)}


def test_a_refusal_is_listed_once_nothing_before_it_can_still_come(intake: IntakeStage) -> None:
    """A reader that goes on from its last place must not overtake a slow writer."""
    intake.post({"canary": 1})
    intake.normalise()

    assert refusals(intake).rejections == []
    intake.clock.move(timedelta(seconds=6))
    assert len(refusals(intake).rejections) == 1
    assert refusals(intake, "?since=2026-03-10T09:00:01Z").rejections == []
    assert len(refusals(intake, "?since=2026-03-10T10:00:00+02:00").rejections) == 1


def test_a_refusal_is_noted_when_all_of_its_poll_is_mapped(
    intake: IntakeStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A poll may take longer than readers wait: they would have passed its mapping."""

    def slow(parcel: Parcel, context: MappingContext) -> tuple[Result, ...]:
        intake.clock.move(timedelta(minutes=1))
        return results_of(parcel, context)

    intake.post({"canary": 1})
    intake.post(REPORT)
    monkeypatch.setattr("services.intake.normaliser.results_of", slow)
    intake.normalise()

    assert [told.noted_at for told in intake.statuses.refused.values()] == [intake.clock.now()]


def test_what_an_edge_refused_by_its_size_is_listed_too(intake: IntakeStage) -> None:
    """Nothing but its size was kept, over HTTP and over Kafka."""
    bind(intake)
    intake.post(b"[" * 10_485_761)
    imported(intake, a_source_record(REPORT | {"narrative": "x" * 70_000}))
    intake.clock.move(timedelta(seconds=6))

    told = refusals(intake).rejections
    assert [each.code for each in told] == ["limit", "limit"]
    assert sorted(each.size_bytes or 0 for each in told)[1] == 10_485_761


def test_what_was_refused_over_kafka_is_listed_for_the_bound_system(intake: IntakeStage) -> None:
    """Whoever has a token for that system sees it: Kafka itself answers nobody."""
    bind(intake)
    intake.normalise(*raw_records(imported(intake, a_source_record(b"{"))))
    intake.clock.move(timedelta(seconds=6))

    assert [each.code for each in refusals(intake).rejections] == ["undecodable"]
    intake.token = a_token(intake.site, "northwick", "fhir-hub")
    assert refusals(intake).rejections == []


@pytest.mark.parametrize(
    ("since", "count"),
    [
        ("2026-03-10T09:59:59+01:00", 1),
        ("2026-03-10T04:59:59-04:00", 1),
        ("2026-03-10T10:00:01+01:00", 0),
        ("2026-03-10T05:00:01-04:00", 0),
    ],
)
def test_a_moment_may_be_written_in_any_zone(
    intake: IntakeStage, database: SqlStatusStore, since: str, count: int
) -> None:
    """In a database, too, that compares moments as they are written."""
    database.settle((), [refused_at(NOW)])
    enquiries = Enquiries(database, FixedClock(NOW + timedelta(hours=5)))
    (credential,) = intake.site.credentials()

    told = enquiries.rejections(credential, since, None).document

    assert len(told["rejections"]) == count


@pytest.mark.parametrize(
    "query",
    [
        "since=yesterday",
        "since=2026-03-10T09:00:00",
        "since=~",
        "since=0001-01-01T00:00:00%2B14:00",
        "limit=0",
        "limit=501",
        "limit=x",
    ],
)
def test_a_query_that_cannot_be_read_is_refused(intake: IntakeStage, query: str) -> None:
    """A moment without zone would be guessed; the answer repeats nothing of the query."""
    answer = intake.ask(f"/v1/rejections?{query}")

    assert (answer.status_code, answer.json()["code"]) == (400, "query_invalid")


@pytest.mark.parametrize("path", ["/v1/rejections", f"/v1/incidents/{UUID(int=1)}"])
def test_questions_need_a_token_and_count_as_requests(intake: IntakeStage, path: str) -> None:
    """401 without; 503 with advice when the database does not answer."""
    assert intake.client.get(path).status_code == 401
    intake.statuses.is_down = True

    answer = intake.ask(path)
    assert (answer.status_code, answer.json()["code"]) == (503, "status_unavailable")
    assert int(answer.headers["retry-after"]) > 0


def test_a_status_that_cannot_be_noted_breaks_no_promise(intake: IntakeStage) -> None:
    """202 all the same: the report is durable, and the normaliser notes it again."""
    intake.statuses.is_down = True
    answer = intake.post(REPORT)
    intake.statuses.is_down = False
    intake.normalise()

    assert answer.status_code == 202
    assert status_of(intake, answer.json()["event_id"]).state == "mapped"


def test_what_is_not_committed_is_not_told(intake: IntakeStage) -> None:
    """A record behind one that is held waits with it: it stays received."""
    held, behind = (intake.post({"record_id": number}).json()["event_id"] for number in "12")
    first_key = next(iter(intake.keys.keys))
    kept = intake.keys.keys.pop(first_key)
    intake.normalise()
    states = [status_of(intake, event_id).state for event_id in (held, behind)]

    assert states == ["received", "received"]
    intake.keys.keys[first_key] = kept
    intake.normalise()
    assert status_of(intake, behind).state == "mapped"


def test_a_normaliser_that_cannot_note_commits_nothing(intake: IntakeStage) -> None:
    """Otherwise a crash later would leave a report received for ever."""
    intake.post(REPORT)
    intake.statuses.is_down = True

    assert intake.normalise() == [((), RetryLater("key_store_unavailable"))]
