"""The recipes of deploy/kafka-connect on a real Connect, from the source to the reports."""

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import Engine, make_url, text

from shared.kafka.admin import create_topics
from shared.kafka.client import KafkaClient
from shared.site.source_topics import source_bindings
from tests.builders.datix import a_datix
from tests.builders.fhir_server import FhirServer, fhir_server
from tests.builders.guides import DOCS
from tests.builders.intake_processes import IntakeProcesses, eventually
from tests.builders.kafka_connect import README, Worker, connect_worker, readme_settings
from tests.builders.relay import tcp_port_of
from tests.builders.site import a_tenant_document, a_tenant_file

pytestmark = [pytest.mark.connect, pytest.mark.timeout(600)]
RECIPES = DOCS.parent / "deploy" / "kafka-connect"
PLUGINS = os.environ.get("PEERLINE_CONNECT_PLUGINS")
needs_plugins = pytest.mark.skipif(
    PLUGINS is None,
    reason="NOT TESTED: the connectors of the recipes, which are not on Maven Central. Name a "
    "folder with Aiven's JDBC and castorm's HTTP connector in PEERLINE_CONNECT_PLUGINS.",
)
REPORTED = "incident.reported.v1"
CONFLUENT = "io.confluent.connect.jdbc.JdbcSourceConnector"
TOKEN = "a-token-of-the-api"
CHANGED = "updateddate = :moment"


@pytest.fixture
def bound(processes: IntakeProcesses) -> IntakeProcesses:
    """Intake with the sources of the README, word for word, and its workers running."""
    readme = README.read_text(encoding="utf-8")
    sources = yaml.safe_load(readme.partition("```yaml\n")[2].partition("```")[0])
    a_tenant_file(processes.site, a_tenant_document(processes.tenant) | sources)
    create_topics(processes.kafka, extra=source_bindings(processes.site).topics)
    for name in ("import", "normalise"):
        processes.start(name)
    return processes


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory, lonely_kafka: KafkaClient) -> Iterator[Worker]:
    """A worker with the connectors that PEERLINE_CONNECT_PLUGINS names, if any."""
    settings = readme_settings(tmp_path_factory.getbasetemp())
    settings |= {"plugin.path": PLUGINS} if PLUGINS else {}
    home = tmp_path_factory.mktemp("connect")
    with connect_worker(home, lonely_kafka.bootstrap, settings) as running:
        yield running


def recipe(name: str, secrets: Path, **changed: str) -> dict[str, Any]:
    """Return a recipe as shipped, but for where its secrets are and what `changed` says."""
    shipped = (RECIPES / name).read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(shipped.replace("/etc/kafka-connect", str(secrets)))
    document["config"] |= {key.replace("__", "."): value for key, value in changed.items()}
    return document


def reports(processes: IntakeProcesses) -> list[dict[str, Any]]:
    """Return the canonical reports of this test's tenant, in the order of arrival."""
    return [each for each in processes.documents(REPORTED) if each["tenant"] == processes.tenant]


@pytest.fixture
def datix(postgresql_url: str, tmp_path: Path) -> Iterator[Engine]:
    """A Datix-like database; where it is, and for whom, stands in the file of the recipe."""
    engine = a_datix(postgresql_url)
    url = make_url(engine.url)
    socket_folder = Path(str(url.query.get("host") or url.host))
    with tcp_port_of(next(socket_folder.glob(".s.PGSQL.*[0-9]"))) as port:
        (tmp_path / "northwick-datix.properties").write_text(
            f"url=jdbc:postgresql://127.0.0.1:{port}/{url.database}\n"
            f"user={url.username}\npassword=unused-here\n"
        )
        yield engine
    engine.dispose()


def touch(database: Engine, record: int, minutes_ago: int, more: str = CHANGED) -> None:
    """Change a row of the database as Datix does, by its own wall clock."""
    moment = datetime.now(UTC).replace(tzinfo=None, microsecond=0) - timedelta(minutes=minutes_ago)
    with database.begin() as connection:
        statement = text(f"update incidents_main set {more} where recordid = :record")
        connection.execute(statement, {"moment": moment, "record": record})


def with_confluents_source(given: dict[str, Any]) -> dict[str, Any]:
    """Return the recipe with what the README says of Confluent's JDBC source."""
    config = dict(given["config"])
    del config["sql.quote.identifiers"]
    config |= {
        "connector.class": CONFLUENT,
        "quote.sql.identifiers": "never",
    }
    assert all(f"`{text}`" in README.read_text(encoding="utf-8") for text in (CONFLUENT, "never"))
    return {**given, "config": config}


@needs_plugins
@pytest.mark.parametrize(
    ("schemas", "confluent"),
    [("false", False), ("true", False), ("false", True)],
    ids=["plain", "with its schema", "Confluent's"],
)
def test_rows_of_the_view_become_reports_and_their_changes_revisions(
    bound: IntakeProcesses,
    worker: Worker,
    datix: Engine,
    tmp_path: Path,
    schemas: str,
    *,
    confluent: bool,
) -> None:
    """Read over JDBC, written as JSON, imported, mapped by the pack; then one row is changed."""
    touch(datix, 1, 300)
    touch(datix, 2, 299)
    given = recipe("jdbc-datix.json", tmp_path, value__converter__schemas__enable=schemas)
    given = with_confluents_source(given) if confluent else given
    worker.need(given["config"]["connector.class"])
    with worker.running(given):
        eventually(lambda: len(reports(bound)) == 2)
        touch(datix, 1, 200, f"{CHANGED}, inc_severity = 'none'")
        eventually(lambda: len(reports(bound)) == 3)

    first, second, third = reports(bound)
    assert [each["source"]["record_id"] for each in (first, second, third)] == ["1", "2", "1"]
    assert (first["occurred"]["latest"], first["categories"]) == (
        "2026-03-01T22:10:00.000000Z",
        ["fall"],
    )
    assert (first["patients"][0]["age_years"], first["patients"][0]["died"]) == (3, True)
    assert [(each["role"], each["harmed"]) for each in first["staff"]] == [("nurse", ["violence"])]
    assert first["incident_key"] == third["incident_key"]
    assert first["event_id"] != third["event_id"]
    assert (first["patients"][0]["harm"], third["patients"][0]["harm"]) == ("death", "none")
    assert first["ordering"]["value"] < third["ordering"]["value"]


def an_adverse_event(name: str, updated: str, **more: Any) -> dict[str, Any]:
    """Return a resource as a server stores it."""
    return {
        "resourceType": "AdverseEvent",
        "id": name,
        "meta": {"lastUpdated": updated},
        "actuality": "actual",
        "date": "2026-03-01",
        "subject": {"reference": "Patient/1"},
        **more,
    }


@pytest.fixture
def fhir(tmp_path: Path) -> Iterator[FhirServer]:
    """A FHIR server; its token stands in the file of the recipe."""
    (tmp_path / "northwick-fhir.properties").write_text(f"token={TOKEN}\n")
    with fhir_server(TOKEN) as server:
        yield server


@needs_plugins
def test_resources_of_an_api_become_reports_and_their_changes_revisions(
    bound: IntakeProcesses, worker: Worker, fhir: FhirServer, tmp_path: Path
) -> None:
    """Searched from the last change on; instants with and without fractions of a second."""
    fhir.resources = [
        an_adverse_event("ae-1", "2026-03-01T10:00:00Z"),
        an_adverse_event("ae-2", "2026-03-01T11:00:00.250Z"),
    ]
    given = recipe("http-fhir.json", tmp_path, http__request__url=fhir.url)
    worker.need(given["config"]["connector.class"])
    with worker.running(given):
        eventually(lambda: len(reports(bound)) >= 2)
        fhir.resources[0] = an_adverse_event("ae-1", "2026-03-01T12:30:00Z", date="2026-02-28")
        eventually(lambda: len({each["event_id"] for each in reports(bound)}) == 3)

    found = {each["event_id"]: each for each in reports(bound)}
    assert {each["source"]["format"] for each in found.values()} == {"fhir"}
    assert len({each["incident_key"] for each in found.values()}) == 2
    assert fhir.searches[0]["_sort"] == ["_lastUpdated"]


def test_lines_pass_a_worker_with_the_converters_of_the_recipe(
    bound: IntakeProcesses, worker: Worker, tmp_path: Path
) -> None:
    """Without those connectors: a file instead of the API, the rest of http-fhir.json as it is."""
    file = tmp_path / "resources.ndjson"
    events = [an_adverse_event(f"line-{number}", "2026-03-01T10:00:00Z") for number in range(3)]
    file.write_text("".join(json.dumps(event) + "\n" for event in events))
    shipped = recipe("http-fhir.json", tmp_path)["config"]
    kept = ("converter", "transforms.media.", "errors.")
    config = {name: value for name, value in shipped.items() if any(k in name for k in kept)}
    config |= {
        "connector.class": "org.apache.kafka.connect.file.FileStreamSourceConnector",
        "file": str(file),
        "topic": shipped["kafka.topic"],
        "transforms": "media",
    }

    with worker.running({"name": "lines", "config": config}):
        eventually(lambda: len(reports(bound)) == 3)

    assert {each["source"]["format"] for each in reports(bound)} == {"fhir"}
    assert {each["source_system"] for each in reports(bound)} == {"fhir-hub"}
