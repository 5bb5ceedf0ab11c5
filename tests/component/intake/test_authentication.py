"""Who may send: a token decides it before a byte of the body is read."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.builders.intake_edge import IntakeStage, an_intake
from tests.builders.site import a_token

REPORT = b'{"record_id": "1"}'
JSON = {"content-type": "application/json"}
STRANGER = "plt_0123456789_" + "x" * 43


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("authorization", "Bearer")],
        [("authorization", f"Basic {STRANGER}")],
        [("authorization", "Bearer plt_short")],
        [("authorization", f"Bearer {STRANGER}")],
        [("authorization", f"Bearer {STRANGER}"), ("authorization", f"Bearer {STRANGER}")],
    ],
    ids=["none", "empty", "basic", "malformed", "unknown", "twice"],
)
def test_no_valid_token_is_a_401_with_a_challenge(
    intake: IntakeStage, headers: list[tuple[str, str]]
) -> None:
    """Nothing is kept, and the answer does not say which part was wrong."""
    answer = intake.client.request("POST", "/v1/incidents", content=REPORT, headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert answer.headers["www-authenticate"].startswith("Bearer ")
    assert (intake.log.records, intake.keys.keys) == ([], {})


def test_a_body_without_a_token_is_never_read(intake: IntakeStage) -> None:
    """The limits cost a stranger nothing to test, and us nothing to keep."""

    async def poisoned() -> AsyncIterator[bytes]:
        raise AssertionError
        yield b""

    answer = intake.client.request("POST", "/v1/incidents", content=poisoned(), headers=JSON)

    assert answer.status_code == 401


def test_an_expired_token_is_refused(intake: IntakeStage) -> None:
    """180 days are the longest."""
    intake.clock.move(timedelta(days=91))

    assert intake.post(REPORT).status_code == 401


def test_a_token_works_as_soon_as_its_file_has_it(intake: IntakeStage) -> None:
    """Rotation needs no restart; two tokens are valid at once."""
    old, intake.token = intake.token, a_token(intake.site)

    assert intake.post(REPORT).status_code == 202
    intake.token = old
    assert intake.post(REPORT).status_code == 202


def test_the_tenant_comes_from_the_token(intake: IntakeStage) -> None:
    """The same body with another hospital's token is another hospital's report."""
    first = intake.post(REPORT).json()
    intake.token = a_token(intake.site, "southmoor")

    second = intake.post(REPORT).json()

    assert first["incident_key"] == "northwick|datix|1"
    assert second["incident_key"] == "southmoor|datix|1"
    assert [record.key for record in intake.log.records] == [b"northwick", b"southmoor"]


def test_a_token_whose_tenant_is_gone_is_refused(intake: IntakeStage) -> None:
    """A valid token for nobody: 403, nothing kept."""
    intake.token = a_token(intake.site, "closedown")

    answer = intake.post(REPORT)

    assert (answer.status_code, answer.json()["code"]) == (403, "tenant_unknown")
    assert intake.log.records == []


def test_a_body_may_name_only_a_source_system_of_its_token(intake: IntakeStage) -> None:
    """Another system's name is not taken over: no one writes into another system's records."""
    own = intake.post({"record_id": "1", "source_system": "fhir-hub"}).json()
    other = intake.post({"record_id": "1", "source_system": "payroll"}).json()

    assert own["incident_key"] == "northwick|fhir-hub|1"
    assert other["incident_key"] == "northwick|datix|1"


def test_too_many_requests_wait(tmp_path: Path) -> None:
    """429 with the seconds to wait; another tenant does not notice."""
    intake = an_intake(tmp_path, rate=0.1, burst=2)
    answers = [intake.post(REPORT) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [202, 202, 429]
    assert 1 <= int(answers[2].headers["retry-after"]) <= 10
    assert answers[2].json()["code"] == "rate_limited"
    intake.token = a_token(intake.site, "southmoor")
    assert intake.post(REPORT).status_code == 202
