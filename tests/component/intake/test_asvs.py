"""Rows of OWASP ASVS 5.0 (operations.md section 2) that intake's HTTP edge has to keep."""

import csv
import gzip
import json
import zlib
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from fastapi.routing import APIRoute

from services.intake.bootstrap.serving import edge_health
from services.intake.http.app import Edge, create_app
from services.intake.http.health import Readiness
from services.tenants.tokens import revoke_token
from shared.observability import JsonLines
from shared.site.credentials import read_credentials, write_credentials
from tests.builders.intake_edge import AppClient, IntakeStage, an_intake
from tests.builders.site import a_token

REPORT = b'{"record_id": "1"}'


def routes(intake: IntakeStage) -> list[tuple[str, str]]:
    """Return method and path of everything that the application serves."""
    ids = {"event_id": str(UUID(int=1)), "fhir_id": "1"}
    return [
        (method, route.path.format(**ids))
        for route in intake.client.app.routes
        if isinstance(route, APIRoute)
        for method in sorted(route.methods or ())
    ]


def ask(intake: IntakeStage, method: str, path: str, **headers: str) -> httpx.Response:
    """Send a small body, or none, to a route."""
    body = None if method == "GET" else REPORT
    return intake.client.request(method, path, content=body, headers=headers)


def test_every_route_that_moves_data_asks_for_a_credential(intake: IntakeStage) -> None:
    """8.x, default deny: whatever lies under /v1/ is a 401 without, and keeps nothing."""
    guarded = [(method, path) for method, path in routes(intake) if path.startswith("/v1/")]

    assert len(guarded) == 8
    assert {ask(intake, *route).status_code for route in guarded} == {401}
    assert intake.log.records == []


def test_every_answer_forbids_sniffing_and_caching(intake: IntakeStage) -> None:
    """3.4.x: on every route, answered or refused."""
    for method, path in [*routes(intake), ("GET", "/nowhere"), ("DELETE", "/v1/incidents")]:
        for headers in ({}, intake.headers):
            answer = ask(intake, method, path, **headers)
            assert answer.headers["x-content-type-options"] == "nosniff", path
            assert answer.headers["cache-control"] == "no-store", path


def test_a_method_that_an_address_has_not_is_told_which_it_has(intake: IntakeStage) -> None:
    """RFC 9110: a 405 names the allowed methods."""
    answer = ask(intake, "DELETE", "/v1/incidents", **intake.headers)

    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    answer = ask(intake, "POST", "/v1/fhir/AdverseEvent/1", **intake.headers)
    assert (answer.status_code, answer.headers["allow"]) == (405, "DELETE, PUT")


def an_edge(intake: IntakeStage, *, is_documented: bool) -> Edge:
    """Return an edge of which no request gets to the gate."""
    return Edge(
        None,  # type: ignore[arg-type]
        None,  # type: ignore[arg-type]
        Readiness({}, lambda: 0.0),
        intake.metrics,
        intake.clock,
        "0",
        is_documented=is_documented,
    )


def test_documents_and_numbers_can_be_switched_off(intake: IntakeStage) -> None:
    """13.4.5, 13.4.6: where the port is open to the internet, it tells of itself to nobody."""
    client = AppClient(create_app(an_edge(intake, is_documented=False)))

    for path in ("/docs", "/openapi.json", "/metrics"):
        assert client.get(path).status_code == 404, path
    assert client.get("/readyz").status_code == 200


def test_the_numbers_are_then_on_loopback(intake: IntakeStage) -> None:
    """As those of the other processes."""
    intake.post(REPORT)
    with edge_health(an_edge(intake, is_documented=False), 0) as port:
        told = {
            path: httpx.get(f"http://127.0.0.1:{port}{path}")
            for path in ("/healthz", "/startupz", "/readyz", "/metrics")
        }
    assert {answer.status_code for answer in told.values()} == {200}
    assert "intake_answers_total" in told["/metrics"].text


@pytest.mark.parametrize(
    ("encoding", "packed", "status"),
    [
        ("gzip", gzip.compress(REPORT), 202),
        ("gzip", gzip.compress(gzip.compress(REPORT)), 400),
        ("gzip, gzip", gzip.compress(gzip.compress(REPORT)), 415),
        ("gzip", gzip.compress(REPORT)[:-4], 400),
        ("gzip", gzip.compress(b" " * 1_000_000 + REPORT), 413),
        ("gzip", gzip.compress(gzip.compress(b" " * 10_000_000)), 413),
        ("deflate", zlib.compress(REPORT), 415),
    ],
    ids=["once", "twice", "twice, said so", "cut off", "bomb", "bomb in a gzip", "deflate"],
)
def test_what_is_packed_is_unpacked_once_and_within_limits(
    intake: IntakeStage, encoding: str, packed: bytes, status: int
) -> None:
    """2.4.1: a refused body is kept as it was sent; of one over a limit only the size."""
    assert intake.post(packed, content_encoding=encoding).status_code == status
    assert len(intake.log.of("incident.raw.v1")) == (status != 413)


def test_one_tenant_s_flood_is_another_s_nothing(tmp_path: Path) -> None:
    """2.4.1, API4: 429 with Retry-After on every route, also for wrong bodies and questions."""
    intake = an_intake(tmp_path, rate=0.1, burst=1)
    intake.post(REPORT)
    for method, path in routes(intake):
        if path.startswith("/v1/"):
            answer = ask(intake, method, path, **intake.headers)
            assert (answer.status_code, int(answer.headers["retry-after"]) > 0) == (429, True)
    intake.token = a_token(intake.site, "southmoor")
    assert intake.post(REPORT).status_code == 202


def test_a_body_cannot_set_what_only_we_set(intake: IntakeStage) -> None:
    """15.3.3, API3: fields of the canonical report in a publisher's body are flagged, not taken."""
    ours = {
        "tenant": "northwick",
        "event_id": str(UUID(int=7)),
        "incident_key": "southmoor|datix|9",
        "mapping_generation": 9,
        "received_at": "1999-01-01T00:00:00Z",
        "quality": {"flags": []},
    }
    intake.post({"record_id": "1", **ours})

    (report,) = intake.outputs("incident.reported.v1")
    assert report["incident_key"] == "northwick|datix|1"
    assert (report["event_id"], report["mapping_generation"]) != (ours["event_id"], 9)
    assert report["mapping_generation"] == 0
    assert "field_unknown" in report["quality"]["flags"]


def test_every_row_of_the_table_that_concerns_intake_has_its_tests() -> None:
    """operations.md section 2; a test that is renamed takes its row along."""
    with (Path(__file__).parent / "asvs.tsv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))

    assert len(rows) >= 12
    for row in rows:
        for test in row["tests"].split():
            path, _, name = test.partition("::")
            text = (Path(__file__).parents[2] / path).read_text(encoding="utf-8")
            assert f"def {name}(" in text, test


def test_a_revoked_token_opens_nothing_from_the_next_request_on(intake: IntakeStage) -> None:
    """13.2.1: without a restart; the other of the two goes on."""
    old, new = intake.token, a_token(intake.site)
    first = intake.site.credentials()[0]
    assert intake.post(REPORT).status_code == 202
    revoke_token(intake.site, "northwick", first.id)

    assert intake.post(REPORT).status_code == 401
    intake.token = new
    assert intake.post(REPORT).status_code == 202
    assert old != new


def test_a_token_of_another_installation_opens_nothing(intake: IntakeStage) -> None:
    """13.2.1, wrong audience: the same id with another secret is a stranger's."""
    known = intake.site.credentials()[0]
    intake.token = f"plt_{known.id}_{'x' * 43}"

    assert intake.post(REPORT).status_code == 401


def test_a_format_that_a_credential_is_not_for_is_refused(intake: IntakeStage) -> None:
    """8.x: narrowed to FHIR, it cannot send native reports; what it sent is durable."""
    file = intake.site.credentials_file
    narrowed = [each.model_copy(update={"formats": ("fhir",)}) for each in read_credentials(file)]
    write_credentials(file, narrowed)
    event = b'{"resourceType": "AdverseEvent", "id": "1"}'

    assert [intake.post(body).status_code for body in (REPORT, event)] == [422, 202]


def test_refused_credentials_are_logged_without_them(
    intake: IntakeStage, caplog: pytest.LogCaptureFixture
) -> None:
    """16.x: that somebody knocked, and why not; never with what, and never over two lines."""
    for token in ("Bearer plt_canary", "Basic canary", f"Bearer plt_0123456789_{'canary' * 8}"):
        ask(intake, "POST", "/v1/incidents?canary=%0Aevent", authorization=token)
    ours = [each for each in caplog.records if each.name.startswith("peerline.")]

    written = "\n".join(JsonLines("intake-http").format(each) for each in ours)
    lines = [json.loads(line) for line in written.splitlines()]
    assert [line["reason"] for line in lines] == ["malformed", "malformed", "unknown"]
    assert {line["event"] for line in lines} == {"token_refused"}
    assert "canary" not in written


def test_settings_that_cannot_be_read_close_the_door(intake: IntakeStage, tmp_path: Path) -> None:
    """16.5.3, fail closed: a damaged credentials file is a 503 for everybody, not an open edge."""
    intake.site.credentials_file.write_text("[")

    answer = intake.post(REPORT)
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert intake.log.records == []
