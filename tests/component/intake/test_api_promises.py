"""Every answer that the OpenAPI document promises can be had, and is of the promised shape."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from services.intake.http import examples
from services.intake.http.limits import Limits
from tests.builders.intake_edge import IntakeStage, an_intake
from tests.builders.site import a_token

DOCUMENT: dict[str, Any] = json.loads(
    (Path(__file__).parents[3] / "docs" / "openapi.json").read_text()
)
BY_URI = Registry().with_resource(
    "urn:openapi", Resource.from_contents(DOCUMENT, default_specification=DRAFT202012)
)
PROMISED = [
    (method, path, int(status))
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
    for status in operation["responses"]
]
NATIVE, FHIR, XML = "application/json", "application/fhir+json", "application/xml"
TINY = Limits(request_bytes=2000, body_seconds=0.05)
Ask = Callable[["Client"], httpx.Response]


class Client:
    """Asks one address of a stage; what is not said is as it should be."""

    def __init__(self, stage: IntakeStage, method: str, path: str) -> None:
        self.stage = stage
        self.method = method
        event_id = self._event_id() if "event_id" in path else ""
        self.path = path.format(event_id=event_id, fhir_id="ae-1")
        self.is_fhir = "fhir" in path
        self.has_body = method != "get"

    def ask(self, body: Any = None, query: str = "", **headers: str) -> httpx.Response:
        """Send a body: a document, bytes or chunks; `content_type="…"` names a header."""
        given = {"content-type": FHIR if self.is_fhir else NATIVE} | self.stage.headers
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        content = orjson.dumps(body) if isinstance(body, dict | list) else body
        if body is None and self.has_body:
            content = orjson.dumps(self.good)
        return self.stage.client.request(
            self.method.upper(), self.path + query, content=content, headers=given
        )

    @property
    def good(self) -> Any:
        """A body that is taken."""
        kind, name = (FHIR, "event") if self.is_fhir else (NATIVE, "one")
        return examples.REPORTS[kind][name][1]

    def _event_id(self) -> str:
        if self.stage.log.is_down or self.stage.statuses.is_down:
            return "0"
        return str(self.stage.post({"record_id": "0"}).json()["event_id"])


def partly(client: Client) -> httpx.Response:
    """One of two reports is good."""
    nameless = {**client.good, "id": None, "record_id": None, "identifier": None}
    if not client.is_fhir:
        return client.ask([client.good, nameless])
    entries = [{"resource": each} for each in (client.good, nameless)]
    return client.ask({"resourceType": "Bundle", "type": "batch", "entry": entries})


def slowly(client: Client) -> httpx.Response:
    """The body does not end."""

    async def chunks() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(5)

    return client.ask(chunks())


def nameless(client: Client) -> httpx.Response:
    """There is no id, or one that no resource can have."""
    if client.method == "delete":
        client.path += "x" * 200
    return client.ask({"resourceType": "AdverseEvent"} if client.is_fhir else {"record_id": ""})


def often(client: Client) -> httpx.Response:
    """The tenant has used up what it may."""
    while client.ask().status_code != 429:
        pass
    return client.ask()


ASKS: dict[int, Ask] = {
    202: Client.ask,
    400: lambda client: client.ask(b"{") if client.has_body else client.ask(query="?since=x"),
    401: lambda client: client.ask(authorization="Bearer plt_wrong"),
    403: lambda client: client.ask(authorization=f"Bearer {a_token(client.stage.site, 'nowhere')}"),
    404: lambda client: Client(client.stage, "get", "/v1/incidents/7").ask(),
    408: slowly,
    413: lambda client: client.ask(b" " * 3000),
    415: lambda client: client.ask(b"<a/>", content_type=XML),
    422: nameless,
    429: often,
    500: Client.ask,
    503: Client.ask,
}


def respond(stage: IntakeStage, method: str, path: str, status: int) -> httpx.Response:
    """Bring about an answer with a status."""
    client = Client(stage, method, path)
    if status == 503:
        stage.log.is_down = stage.statuses.is_down = True
        if path.endswith(":validate"):
            stage.clock.move(timedelta(days=60))  # past the last month key
    if status == 200:
        is_many = method == "post" and not path.endswith(":validate")
        return partly(client) if is_many else client.ask()
    return ASKS[status](client)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> IntakeStage:
    """An intake in order, for whatever leaves it so."""
    return an_intake(tmp_path_factory.mktemp("site"), limits=TINY)


@pytest.mark.parametrize(
    ("method", "path", "status"), PROMISED, ids=[f"{m} {p} {s}" for m, p, s in PROMISED]
)
def test_a_promised_answer_can_be_had_and_is_as_promised(
    whole: IntakeStage,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    path: str,
    status: int,
) -> None:
    """Status, media type and shape; a refusal that asks to wait says how long."""
    if status == 500:
        monkeypatch.setattr("services.intake.domain.receive.divide", lambda *_: 1 / 0)
    if status == 429:
        whole = an_intake(tmp_path, limits=TINY, rate=0.01, burst=3)
    elif status == 503:
        whole = an_intake(tmp_path, limits=TINY)
    answer = respond(whole, method, path, status)

    assert answer.status_code == status, answer.text
    promised = DOCUMENT["paths"][path][method]["responses"][str(status)].get("content", {})
    media_type = answer.headers["content-type"].partition(";")[0]
    if promised:
        assert media_type in promised
    if promised and media_type.endswith("json"):
        place = f"/paths/{path.replace('/', '~1')}/{method}/responses/{status}/content/"
        address = f"urn:openapi#{place}{media_type.replace('/', '~1')}/schema"
        schema = {"$ref": address.replace("{", "%7B").replace("}", "%7D").replace("+", "%2B")}
        Draft202012Validator(schema, registry=BY_URI).validate(answer.json())
    if status in {429, 503} and path.startswith("/v1/"):
        assert int(answer.headers["retry-after"]) >= 1


@pytest.mark.parametrize("path", ["/v1/incidents", "/v1/incidents:validate", "/v1/fhir"])
def test_every_example_is_taken(intake: IntakeStage, path: str) -> None:
    """As it stands, by whoever copies it."""
    shown = DOCUMENT["paths"][path]["post"]["requestBody"]["content"]
    for media_type, body in shown.items():
        for name, example in body["examples"].items():
            value = example["value"]
            sent = value.encode() if isinstance(value, str) else value
            query = "?pack=generic" if media_type == "text/csv" else ""
            answer = intake.post(sent, path + query, content_type=media_type)
            wanted = 200 if path.endswith(":validate") else 202
            assert answer.status_code == wanted, (media_type, name, answer.text)
            assert "problem" not in answer.text


def test_a_deletion_retracts_what_was_put(intake: IntakeStage) -> None:
    """Where the source goes by id, it is a revision of the same record."""
    from tests.builders.site import a_tenant_document, a_tenant_file

    document = a_tenant_document()
    document["sources"]["datix"]["record_id"] = "id"
    a_tenant_file(intake.site, document)
    one = "/v1/fhir/AdverseEvent/ae-1"
    put = intake.send("PUT", examples.EVENTS["event"][1], one, content_type=FHIR)
    gone = intake.client.request("DELETE", one, headers=intake.headers)

    assert [put.status_code, gone.status_code] == [202, 202]
    first, last = intake.outputs("incident.reported.v1")
    assert first["incident_key"] == last["incident_key"]
    assert [first["status"], last["status"]] == ["reported", "retracted"]
