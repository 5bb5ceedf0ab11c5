"""Every real FHIR sample is taken: accepted, or answered entry by entry; never a fault of ours."""

from pathlib import Path

import pytest

from tests.builders.intake_edge import IntakeStage


@pytest.mark.parametrize("route", ["/v1/incidents", "/v1/fhir"])
def test_every_r4_sample_gets_an_answer_that_the_normaliser_keeps(
    intake: IntakeStage, samples: Path, route: str
) -> None:
    """As many reported as were accepted, under the same ids."""
    files = sorted(samples.glob("fhir-r4*/**/*.json"))
    assert files
    for file in files:
        answer = intake.post(file.read_bytes(), route, content_type="application/fhir+json")
        assert answer.status_code in (200, 202), f"{file.name}: {answer.text}"

    promised = answer_count(intake)
    assert promised > 0
    assert len(intake.outputs("incident.reported.v1")) == promised


def answer_count(intake: IntakeStage) -> int:
    """Return how many raw records the edge wrote that no refusal explains."""
    refused = len(intake.outputs("incident.rejected.v1"))
    return len(intake.log.of("incident.raw.v1")) - refused
