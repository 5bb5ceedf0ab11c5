"""LFPSE events and AHRQ forms over HTTP and Kafka: taken with flags, or refused as FHIR does."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.intake.bootstrap.tenants import mapper
from services.intake.domain.context import Hints
from services.intake.packs.pack_files import shipped_tables
from shared.identity import record_pseudonym
from shared.site.models import Tenant
from tests.builders.ahrq import a_form
from tests.builders.intake_edge import IntakeStage
from tests.builders.intake_import import a_source_record, bind, published
from tests.builders.lfpse import an_lfpse_event
from tests.builders.reports import PSEUDONYM_KEY, mapped

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples"
REPORTED = "incident.reported.v1"
FHIR = "application/fhir+json"
CANARY = "Zz9Quokka"
DOCUMENTS: dict[str, dict[str, Any]] = {
    "lfpse 5": an_lfpse_event(),
    "lfpse 6": an_lfpse_event(version="6"),
    "lfpse as published": json.loads((EXAMPLES / "lfpse-v6.json").read_text()),
    "ahrq": a_form(),
    "ahrq as published": json.loads((EXAMPLES / "ahrq-event-form.json").read_text()),
}
# What two ways of sending cannot have in common.
OWN = ("received_at", "ordering", "source", "sealed")
ROUTES = (("/v1/incidents", "application/json"), ("/v1/incidents", FHIR), ("/v1/fhir", FHIR))


def facts(node: Any) -> Any:
    """Return a report without what differs between two ways of sending it."""
    if isinstance(node, dict):
        return {name: facts(value) for name, value in node.items() if name not in OWN}
    return [facts(each) for each in node] if isinstance(node, list) else node


@pytest.mark.parametrize("name", DOCUMENTS)
@pytest.mark.parametrize(("route", "content_type"), ROUTES)
def test_each_is_taken_on_every_route_and_published(
    intake: IntakeStage, name: str, route: str, content_type: str
) -> None:
    """202, and the normaliser publishes it in its own format."""
    answer = intake.post(DOCUMENTS[name], route, content_type=content_type)

    assert answer.status_code == 202
    (report,) = intake.outputs(REPORTED)
    assert report["source"]["format"] == name.split(maxsplit=1)[0]
    assert report["event_id"] in answer.text


@pytest.mark.parametrize("name", DOCUMENTS)
def test_http_and_kafka_publish_the_same_report(intake: IntakeStage, name: str) -> None:
    """But for when and whence it came, and seals, which are random."""
    bind(intake)
    intake.post(DOCUMENTS[name], content_type=FHIR)
    (over_http,) = intake.outputs(REPORTED)
    ((_, over_kafka),) = published(intake, a_source_record(DOCUMENTS[name]))

    assert facts(over_http) == facts(over_kafka)


def test_quality_flags_are_warnings_of_an_operation_outcome(intake: IntakeStage) -> None:
    """What could not be read is told at once, in FHIR's own words."""
    bare = an_lfpse_event(patients=[], contained=None)
    answer = intake.post(bare, "/v1/fhir/AdverseEvent", content_type=FHIR)

    assert (answer.status_code, answer.json()["resourceType"]) == (202, "OperationOutcome")
    warnings = [i["diagnostics"] for i in answer.json()["issue"] if i["severity"] == "warning"]
    assert "Quality: harm_missing." in warnings


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (an_lfpse_event(id=None, extension=[], description=CANARY), "no_record_id"),
        (a_form(event_id=None, id=None, answers={"74554-7": [{"valueString": CANARY}]}),
         "no_record_id"),
        ({"resourceType": "QuestionnaireResponse", "id": CANARY}, "not_supported"),
    ],
)  # fmt: skip
def test_a_refusal_is_an_operation_outcome_without_the_payload(
    intake: IntakeStage, document: dict[str, Any], code: str
) -> None:
    """422, the code, and no word of what was sent; durable all the same."""
    answer = intake.post(document, content_type=FHIR)
    (issue,) = answer.json()["issue"]

    assert (answer.status_code, issue["severity"]) == (422, "error")
    assert issue["details"]["coding"][0]["code"] == code
    assert CANARY not in answer.text
    assert [told["code"] for told in intake.outputs("incident.rejected.v1")] == [code]


def test_an_update_under_its_url_is_a_revision(intake: IntakeStage) -> None:
    """PUT with the id of the resource: the same record, another event."""
    first = an_lfpse_event()
    again = first | {"meta": first["meta"] | {"versionId": "3"}}
    for document in (first, again):
        path = "/v1/fhir/AdverseEvent/7f0c"
        assert intake.send("PUT", document, path, content_type=FHIR).status_code == 202

    one, other = intake.outputs(REPORTED)
    assert one["incident_key"] == other["incident_key"]
    assert one["event_id"] != other["event_id"]


def test_the_settings_printed_for_operators_find_unit_and_record() -> None:
    """The snippet of docs/operator.md, as it stands, on the example of docs/sending-reports.md."""
    page = (EXAMPLES.parent / "operator.md").read_text()
    (snippet,) = re.findall(r"```yaml\n(sources:  # of tenant.yaml\n.*?)```", page, re.DOTALL)
    tenant = Tenant(tenant="northwick", title="Northwick", **yaml.safe_load(snippet))
    context = replace(mapper(shipped_tables(), tenant, PSEUDONYM_KEY), source_system="lfpse")
    body = (EXAMPLES / "lfpse-v6.json").read_bytes()

    draft = mapped(body, Hints(context, FHIR, pinned_format=tenant.sources["lfpse"].format)).draft

    assert draft.content["location"]["unit_id"] == draft.content["team_hint"]["unit_id"] == "picu"
    assert draft.record_id == record_pseudonym(PSEUDONYM_KEY, "W-20417")
    assert tenant.sources["pso"].format == "ahrq"
