"""What a tenant.yaml says about sources, staff and research reaches the mapping, on both ways."""

from typing import Any

import pytest

from tests.builders.intake_edge import IntakeStage
from tests.builders.intake_import import a_source_record, published
from tests.builders.site import a_tenant_document, a_tenant_file

EVENT = {
    "resourceType": "AdverseEvent",
    "id": "ae-1",
    "actuality": "actual",
    "identifier": {"system": "urn:local", "value": "77"},
}
STUDY = EVENT | {"study": [{"reference": "ResearchStudy/1"}]}
# Nothing in it tells STU3 from R4; as STU3 its seriousness is a level of harm.
VAGUE = {
    "resourceType": "AdverseEvent",
    "id": "ae-2",
    "subject": {"reference": "Patient/1"},
    "seriousness": {"coding": [{"code": "Severe"}]},
}


def configure(intake: IntakeStage, source: dict[str, Any], **tenant: Any) -> None:
    """Write a tenant whose datix has these settings and a topic of its own."""
    document = a_tenant_document(**tenant)
    document["sources"]["datix"] = {"topic": "northwick-datix", **source}
    a_tenant_file(intake.site, document)


def reports(intake: IntakeStage, document: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what a document becomes over HTTP and over Kafka."""
    intake.log.records.clear()
    intake.post(document)
    over_http = intake.outputs("incident.reported.v1")
    over_kafka = published(intake, a_source_record(document))
    return over_http + [each for topic, each in over_kafka if topic == "incident.reported.v1"]


@pytest.mark.parametrize(
    ("rule", "key"),
    [
        ("id", "ae-1"),
        ("identifier:urn:local", "77"),
        ("both", "ae-1|urn:local|77"),
        ("identifier:urn:other", "ae-1|urn:local|77"),
    ],
)
def test_the_source_says_which_of_fhirs_ids_names_a_record(
    intake: IntakeStage, rule: str, key: str
) -> None:
    """A missing one falls back to both, with a flag."""
    configure(intake, {"record_id": rule, "record_id_hmac": False})

    told = reports(intake, EVENT)
    assert [each["incident_key"] for each in told] == [f"northwick|datix|{key}"] * 2
    flags = told[0]["quality"]["flags"]
    assert ("record_id_fallback" in flags) == (rule == "identifier:urn:other")


@pytest.mark.parametrize(
    ("version", "release", "harm"), [("3.0", "STU3", "severe"), ("5.0", "R5", None)]
)
def test_the_source_says_which_release_its_events_are_of(
    intake: IntakeStage, version: str, release: str, harm: str | None
) -> None:
    """Where nothing in the event tells it; nothing is guessed then."""
    configure(intake, {"fhir_version": version})

    for told in reports(intake, VAGUE):
        assert told["source"]["format_version"] == release
        assert "format_guessed" not in told["quality"]["flags"]
        assert [each.get("harm") for each in told["patients"]] == [harm]


def test_a_media_type_that_names_the_release_counts_before_the_setting(
    intake: IntakeStage,
) -> None:
    """The sender knows it of this report, the setting of all."""
    configure(intake, {"fhir_version": "5.0"})
    intake.post(VAGUE, content_type="application/fhir+json; fhirVersion=3.0")

    (told,) = intake.outputs("incident.reported.v1")
    assert told["source"]["format_version"] == "STU3"


def test_one_person_known_to_two_systems_has_one_pseudonym(intake: IntakeStage) -> None:
    """The tenant says that both systems' identifiers are the same kind."""
    staff = [{"id": {"system": name, "value": "jdoe"}} for name in ("urn:rota", "urn:payroll")]
    document = {"record_id": "1", "staff": staff}
    configure(intake, {})
    (apart, *_) = reports(intake, document)
    configure(intake, {}, staff_systems={"urn:rota": "login", "urn:payroll": "login"})
    (together, *_) = reports(intake, document)

    assert len({each["person_ref"] for each in apart["staff"]}) == 2
    assert len({each["person_ref"] for each in together["staff"]}) == 1


def test_a_tenant_may_take_research_as_incidents(intake: IntakeStage) -> None:
    """Refused by default, mapped where the tenant says so."""
    configure(intake, {})
    assert reports(intake, STUDY) == []
    configure(intake, {}, research_accepted=True)

    assert len(reports(intake, STUDY)) == 2


def test_a_profile_on_the_tenants_list_is_research(intake: IntakeStage) -> None:
    """Whatever else the event says."""
    configure(intake, {}, research_profiles=["urn:profile:trial"])

    assert reports(intake, EVENT | {"meta": {"profile": ["urn:profile:trial"]}}) == []


def test_a_tenant_may_lower_a_limit(intake: IntakeStage) -> None:
    """What is over it is refused; what the others may send is not widened by anybody."""
    staff = [{"id": {"system": "login", "value": name}} for name in ("ann", "bob")]
    document = {"record_id": "1", "staff": staff}
    configure(intake, {})
    assert len(reports(intake, document)) == 2
    configure(intake, {}, limits={"staff": 1})

    assert reports(intake, document) == []


@pytest.mark.parametrize("marking", ["privileged", "restricted", "data_sharing_opt_out"])
@pytest.mark.parametrize("setting", ["process", "team_only", "refuse"])
def test_each_confidentiality_row_does_what_its_setting_says(
    intake: IntakeStage, marking: str, setting: str
) -> None:
    """Three markings by three settings: persons stay, a team stays, or nothing is published."""
    configure(intake, {}, privacy={marking: setting})
    staff = [{"id": {"system": "login", "value": "jdoe"}, "involvement": "direct"}]
    document = {"record_id": "1", "staff": staff, "confidentiality": {marking: True}}

    told = [("staff" in each, "team_hint" in each) for each in reports(intake, document)]
    wanted = {"process": (True, False), "team_only": (False, True)}
    assert told == ([] if setting == "refuse" else [wanted[setting]] * 2)
