"""When something is missing nothing is acknowledged: 503, and the sender sends it again."""

from datetime import timedelta

import pytest

from services.intake.keystore.cipher import StoredKey
from tests.builders.intake_edge import IntakeStage

REPORTS = [{"record_id": "1"}, {"record_id": "2"}]


def test_without_kafka_a_report_is_not_accepted(intake: IntakeStage) -> None:
    """503 with Retry-After; a key without a record harms nobody."""
    intake.log.is_down = True

    answer = intake.post(REPORTS)

    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert int(answer.headers["retry-after"]) > 0
    assert intake.log.records == []


def test_without_the_key_store_nothing_is_produced(intake: IntakeStage) -> None:
    """A record whose key was never stored could never be read."""
    intake.keys.is_down = True

    assert intake.post(REPORTS).status_code == 503
    assert intake.log.records == []


def test_without_a_month_key_nothing_is_accepted(intake: IntakeStage) -> None:
    """Staff identifiers could not be sealed."""
    intake.clock.move(timedelta(days=60))

    assert intake.post(REPORTS).status_code == 503
    assert (intake.log.records, intake.keys.keys) == ([], {})


@pytest.mark.parametrize("name", ["raw.key", "pseudonym.key"])
def test_without_a_key_of_the_tenant_nothing_is_accepted(intake: IntakeStage, name: str) -> None:
    """A lost key file is an outage, not a reason to lose reports."""
    (intake.site.tenant_folder("northwick") / "keys" / name).unlink()

    assert intake.post(REPORTS).status_code == 503
    assert intake.log.records == []


def test_a_damaged_credentials_file_lets_nobody_in(intake: IntakeStage) -> None:
    """Fail closed: 503, not 401, since the sender's token may be right."""
    intake.site.credentials_file.write_text("[{")

    assert intake.post(REPORTS).status_code == 503


def test_a_body_over_the_limit_is_not_refused_before_that_is_noted(intake: IntakeStage) -> None:
    """Even the size-only rejection is durable first."""
    intake.log.is_down = True

    assert intake.post(b"[" * 10_485_761).status_code == 503


def test_after_the_outage_the_same_request_is_accepted(intake: IntakeStage) -> None:
    """Sent again, it has the ids that it always has."""
    promised = intake.post(REPORTS).json()
    intake.log.is_down = True
    intake.post(REPORTS)
    intake.log.is_down = False

    assert intake.post(REPORTS).json() == promised


def test_the_keys_are_stored_before_the_records(intake: IntakeStage) -> None:
    """At the moment of producing every key can be found."""
    seen: list[bool] = []
    append = intake.log.append

    def watched(records: object) -> None:
        seen.append(len(intake.keys.keys) == 2)
        append(records)  # type: ignore[arg-type] # handed through

    intake.log.append = watched  # type: ignore[method-assign] # looks inside
    intake.post(REPORTS)

    assert seen == [True]
    assert all(isinstance(key, StoredKey) for key in intake.keys.keys.values())


@pytest.mark.parametrize("missing", ["kafka", "key_store", "month_key"])
def test_readiness_names_what_is_missing(intake: IntakeStage, missing: str) -> None:
    """Ready only when a report could be accepted now; alive all the same."""
    intake.log.is_down = missing == "kafka"
    intake.keys.is_down = missing == "key_store"
    intake.clock.move(timedelta(days=60 if missing == "month_key" else 0))

    answer = intake.client.get("/readyz")

    assert answer.status_code == 503
    assert set(answer.json()["failed"]) == {missing}
    assert intake.client.get("/healthz").status_code == 200


def test_a_whole_intake_is_ready(intake: IntakeStage) -> None:
    """Nothing is missing."""
    answer = intake.client.get("/readyz")

    assert (answer.status_code, answer.json()) == (200, {"state": "ready", "failed": {}})
    assert intake.client.get("/startupz").status_code == 200
