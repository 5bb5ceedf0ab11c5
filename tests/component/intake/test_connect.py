"""The recipes of deploy/kafka-connect: what their converters write becomes a report."""

import json
import re
from pathlib import Path
from typing import Any

import orjson
import pytest

from shared.contracts.topics import SOURCE_PREFIX
from tests.builders.guides import DOCS
from tests.builders.intake_edge import IntakeStage
from tests.builders.intake_import import a_source_record, published
from tests.builders.site import a_tenant_document, a_tenant_file

RECIPES = DOCS.parent / "deploy" / "kafka-connect"
FILES = sorted(RECIPES.glob("*.json"))
README = (RECIPES / "README.md").read_text(encoding="utf-8")
JSON_CONVERTER = "org.apache.kafka.connect.json.JsonConverter"
STRING_CONVERTER = "org.apache.kafka.connect.storage.StringConverter"
PRIVATE = re.compile(r"password|user|token|secret|authorization|connection\.url", re.IGNORECASE)
PROVIDED = re.compile(r"\$\{file:[^:}]+:\w+\}")
CONTACTS = [
    {"con_type": "PATC", "con_dob": "2022-05-04", "link_deceased": "Y"},
    {"con_type": "EMPC", "login": "nhale", "con_jobtitle": "Staff Nurse", "link_role": "direct"},
]
# A row of the view as the JDBC source and the recipe's transforms hand it to the converter.
ROW = {
    "recordid": 1,
    "updateddate": "2026-03-02 09:15:00",
    "rep_approved": None,
    "inc_dincident": "2026-03-01",
    "inc_time": "22:10",
    "inc_dreported": "2026-03-01",
    "inc_unit": "NWH",
    "inc_locactual": "PICU",
    "inc_specialty": None,
    "inc_type": "fall",
    "inc_severity": "death",
    "inc_investigator": None,
    "contacts": json.dumps(CONTACTS),
}
EVENT = {"resourceType": "AdverseEvent", "id": "ae-1", "actuality": "actual", "date": "2026-03-01"}


def recipe(name: str) -> dict[str, str]:
    """Return the settings of one connector."""
    document = json.loads((RECIPES / name).read_text(encoding="utf-8"))
    assert set(document) == {"name", "config"}
    config: dict[str, str] = document["config"]
    return config


def topic_of(config: dict[str, str]) -> str:
    """Return the topic that a connector writes; with a query, JDBC's prefix is its whole name."""
    return config.get("kafka.topic") or config["topic.prefix"]


def as_json(row: dict[str, Any], *, schemas: bool) -> bytes:
    """Return a row as Connect's JsonConverter writes a struct, with or without its schema."""
    if not schemas:
        return orjson.dumps(row)
    fields = [
        {
            "type": "int32" if isinstance(value, int) else "string",
            "optional": name != "recordid",
            "field": name,
        }
        for name, value in row.items()
    ]
    return orjson.dumps(
        {"schema": {"type": "struct", "fields": fields, "optional": False}, "payload": row}
    )


@pytest.fixture
def bound(intake: IntakeStage) -> IntakeStage:
    """An intake whose tenant has the sources of the README, word for word."""
    document = a_tenant_document()
    document["sources"] = {
        "datix": {
            "ordering": "updated_at",
            "harm_scale": "nrls",
            "pack": "datixweb",
            "topic": "northwick-datix",
        },
        "fhir-hub": {"format": "fhir", "topic": "northwick-fhir"},
    }
    a_tenant_file(intake.site, document)
    return intake


@pytest.mark.parametrize("schemas", [False, True], ids=["plain", "with its schema"])
def test_a_row_of_the_view_is_a_report(bound: IntakeStage, *, schemas: bool) -> None:
    """Both settings of `schemas.enable` give the report that the pack makes of the row."""
    config = recipe("jdbc-datix.json")
    record = a_source_record(as_json(ROW, schemas=schemas), topic=topic_of(config))

    ((topic, report),) = published(bound, record)

    assert topic == "incident.reported.v1"
    assert (report["source"]["record_id"], report["quality"]["mapping_id"]) == ("1", "datixweb")
    assert report["occurred"]["latest"] == "2026-03-01T22:10:00.000000Z"
    assert (report["patients"][0]["age_years"], report["patients"][0]["died"]) == (3, True)
    assert [member["role"] for member in report["staff"]] == ["nurse"]


def test_the_schema_around_a_row_is_no_part_of_the_report(bound: IntakeStage) -> None:
    """A connector that is switched over between two revisions sends the same events."""
    topic = topic_of(recipe("jdbc-datix.json"))
    (_, plain), (_, enveloped) = (
        published(bound, a_source_record(as_json(ROW, schemas=schemas), topic=topic))[0]
        for schemas in (False, True)
    )

    for name in ("event_id", "content_hash", "incident_key"):
        assert plain[name] == enveloped[name]


def test_a_later_change_of_a_row_is_a_revision(bound: IntakeStage) -> None:
    """The wall clock of the database is the tenant's: the second change orders after the first."""
    topic = topic_of(recipe("jdbc-datix.json"))
    later = ROW | {"updateddate": "2026-07-02 09:15:00"}

    ((_, first),) = published(bound, a_source_record(as_json(ROW, schemas=False), topic=topic))
    ((_, second),) = published(bound, a_source_record(as_json(later, schemas=False), topic=topic))

    assert first["incident_key"] == second["incident_key"]
    assert first["event_id"] != second["event_id"]
    assert second["ordering"]["value"] == "2026-07-02T08:15:00.000000Z"  # British Summer Time


@pytest.mark.parametrize("payload", [None, {}, [], [ROW], "text", 7])
def test_an_envelope_around_no_row_is_rejected(bound: IntakeStage, payload: Any) -> None:
    """It is not guessed at, and it is not lost."""
    topic = topic_of(recipe("http-fhir.json"))
    body = orjson.dumps({"schema": {"type": "struct"}, "payload": payload})

    ((written, refusal),) = published(bound, a_source_record(body, topic=topic))

    assert written == "incident.rejected.v1"
    assert refusal["code"] in {"unknown_format", "not_supported"}


def test_a_resource_of_the_api_is_a_report(bound: IntakeStage) -> None:
    """As the string converter writes it, with the header that the recipe's transform adds."""
    config = recipe("http-fhir.json")
    header = {config["transforms.media.header"]: config["transforms.media.value.literal"]}
    record = a_source_record(EVENT, header, topic=topic_of(config))

    ((topic, report),) = published(bound, record)

    assert topic == "incident.reported.v1"
    assert (report["source"]["format"], report["source_system"]) == ("fhir", "fhir-hub")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_no_recipe_holds_a_secret(file: Path) -> None:
    """Whatever may be private is a reference to a file on the Connect worker."""
    found = {name: text for name, text in recipe(file.name).items() if PRIVATE.search(name + text)}

    assert found
    for text in found.values():
        assert PROVIDED.search(text)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_recipe_writes_to_a_source_topic_what_intake_can_read(file: Path) -> None:
    """JSON without a registry, keyed by the record in text, nothing skipped in silence."""
    config = recipe(file.name)

    assert re.fullmatch(re.escape(SOURCE_PREFIX) + r"[a-z0-9-]+\.v1", topic_of(config))
    assert config["key.converter"] == STRING_CONVERTER
    assert config["value.converter"] in {JSON_CONVERTER, STRING_CONVERTER}
    assert (config["errors.tolerance"], config["tasks.max"]) == ("none", "1")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_setting_that_a_site_changes_is_explained(file: Path) -> None:
    """The README names each file, and each of its settings that is not a converter's."""
    assert file.name in README
    own = [name for name in recipe(file.name) if not name.startswith("transforms.")]
    assert [name for name in own if f"`{name}`" not in README] == []
