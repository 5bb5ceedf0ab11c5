"""The published samples: what HL7, QI-Core and US Quality Core send as AdverseEvent."""

from pathlib import Path
from typing import Any

import pytest

from services.intake.domain.finish import finish
from shared.contracts.incident_reported import IncidentReported
from shared.contracts.words import QualityFlag
from tests.builders.reports import RAW_REF, RECEIVED_AT, mapped, some_hints

SAMPLES = Path(__file__).parents[5] / "shared" / "samples"
FHIR_JSON = "application/fhir+json"
RELEASES = {
    "fhir-stu3/AdverseEvent-example.json": "STU3",
    "fhir-r4/AdverseEvent-example.json": "R4",
    "fhir-r4b/AdverseEvent-example.json": "R4",
}
QUALITY_CORE = (
    "fhir-r4/AdverseEvent-example-qicore.json",
    "fhir-r4/AdverseEvent-example-us-quality-core.json",
    "fhir-r4/tests-AdverseEvent-bundle-qicore.json",
    "fhir-r4/tests-AdverseEvent-bundle-us-quality-core.json",
)

pytestmark = pytest.mark.skipif(
    not SAMPLES.is_dir(), reason="the shared samples are not here: no published FHIR was mapped"
)


def report_of(name: str, content_type: str | None = FHIR_JSON) -> IncidentReported:
    draft = mapped((SAMPLES / name).read_bytes(), some_hints(content_type)).draft
    return finish(draft, received_at=RECEIVED_AT, raw_ref=RAW_REF)


@pytest.mark.parametrize(("name", "release"), RELEASES.items())
def test_each_release_is_recognised_without_being_told(name: str, release: str) -> None:
    """By its fields alone, under FHIR's media type or plain JSON."""
    for content_type in (FHIR_JSON, "application/json", None):
        report = report_of(name, content_type)

        assert (report.source.format, report.source.format_version) == ("fhir", release)
        assert QualityFlag.FORMAT_GUESSED not in report.quality.flags


def test_the_same_event_in_three_releases_is_the_same_report() -> None:
    """STU3, R4 and R4B agree on all that triage reads."""
    facts: list[Any] = []
    for name in RELEASES:
        document = report_of(name).to_document()
        for patient in document["patients"]:
            del patient["harm_source"]
        names = ("kind", "occurred", "patients", "staff", "reporter", "categories", "team_hint")
        facts.append({field: document.get(field) for field in names})

    assert facts[0] == facts[1] == facts[2]
    assert facts[0]["kind"] == "incident"
    assert facts[0]["categories"] == ["medication"]
    assert facts[0]["patients"][0]["harm"] == "mild"
    assert facts[0]["occurred"]["latest"] == "2017-01-29T12:34:56.000000Z"


@pytest.mark.parametrize("name", QUALITY_CORE)
def test_profiles_and_bundles_of_one_event_have_one_event_id(name: str) -> None:
    """PUT in a transaction or sent alone: one record, one revision."""
    report = report_of(name)

    assert report.event_id == report_of(QUALITY_CORE[0]).event_id
    assert report.patients is not None
    assert report.patients[0].harm is None  # seriousness is never a level
    assert QualityFlag.HARM_MISSING in report.quality.flags


@pytest.mark.parametrize("name", [*RELEASES, *QUALITY_CORE])
def test_nobody_named_in_a_sample_leaves_intake(name: str) -> None:
    """Patients and practitioners of the examples appear in no field."""
    told = report_of(name).to_json().decode().casefold()

    canaries = ("chalmers", "careful", "rash", "itchy", "patient/example", "practitioner/example")
    assert [word for word in canaries if word in told] == []
    assert "49476534" not in told


def test_the_reporter_alone_leaves_a_hint_for_the_team() -> None:
    """The recorder is staff, and nobody else is named."""
    report = report_of("fhir-r4/AdverseEvent-example.json")

    assert report.team_hint is not None
    assert report.team_hint.reason == "reporter_only"
    assert _without_none(report.reporter) == {"type", "person_ref"}


def _without_none(model: Any) -> set[str]:
    return set(model.model_dump(exclude_none=True))
