"""One FHIR AdverseEvent: every row of the table in formats.md section 4."""

from typing import Any

import pytest

from shared.contracts.words import QualityFlag
from tests.builders.fhir import a_concept, an_r4_event, an_r5_event, an_stu3_event
from tests.builders.reports import mapped, some_hints


def content_of(event: dict[str, Any], hints: Any = None) -> dict[str, Any]:
    return dict(mapped(event, hints).draft.content)


def flags_of(event: dict[str, Any]) -> tuple[QualityFlag, ...]:
    return mapped(event).draft.flags


@pytest.mark.parametrize(
    ("content_type", "release"),
    [
        ("application/fhir+json; fhirVersion=5.0", "R5"),
        ("application/fhir+json; fhirversion=4.3", "R4"),
        ('application/fhir+json; charset=utf-8; fhirVersion="3.0"', "STU3"),
        ("application/fhir+json; fhirVersion=9.9", "R4"),
    ],
)
def test_the_media_type_may_name_the_release(content_type: str, release: str) -> None:
    """It beats the fields; a release we do not know does not."""
    assert mapped(an_r4_event(), some_hints(content_type)).draft.format_version == release


def test_a_release_that_cannot_be_told_is_guessed_and_flagged() -> None:
    """A tie is R4."""
    bare = {"resourceType": "AdverseEvent", "id": "1", "subject": {"reference": "Patient/1"}}

    draft = mapped(bare).draft

    assert draft.format_version == "R4"
    assert QualityFlag.FORMAT_GUESSED in draft.flags


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        (an_r4_event(actuality="actual"), "incident"),
        (an_r4_event(actuality="potential"), "near_miss"),
        (
            an_r4_event(actuality="potential", category=[a_concept("unsafe-physical-environment")]),
            "unsafe_condition",
        ),
        (an_stu3_event(category="AE"), "incident"),
        (an_stu3_event(category="pae"), "near_miss"),
        (an_r5_event(actuality="potential", outcome=None), "near_miss"),
    ],
    ids=["actual", "potential", "unsafe", "STU3 AE", "STU3 PAE", "R5 potential"],
)
def test_actuality_gives_the_kind(event: dict[str, Any], kind: str) -> None:
    """Kind is separate from harm."""
    assert content_of(event)["kind"] == kind


@pytest.mark.parametrize("actuality", [None, "perhaps", 7])
def test_missing_actuality_is_flagged(actuality: object) -> None:
    """Degrade, never refuse."""
    event = an_r4_event(actuality=actuality)

    assert "kind" not in content_of(event)
    assert QualityFlag.ACTUALITY_MISSING in flags_of(event)


@pytest.mark.parametrize(
    ("event", "patient"),
    [
        (an_r4_event(severity=a_concept("severe")), {"harm": "severe"}),
        (an_r4_event(severity=None, outcome=None), {}),
        (an_r4_event(severity=a_concept("mild"), outcome=a_concept("fatal")), {"harm": "death"}),
        (an_r5_event(), {"harm": "death"}),
        (an_r5_event(outcome=[a_concept("resolved")]), {}),
        (an_stu3_event(seriousness=a_concept("Moderate")), {"harm": "moderate"}),
        (an_r4_event(severity=None, actuality="potential"), {"harm": "none"}),
        (an_r4_event(severity=None, seriousness=a_concept("Serious")), {}),
        (an_r5_event(outcome=None, seriousness=a_concept("C48275")), {}),
    ],
    ids=[
        "severity",
        "nothing",
        "fatal beats mild",
        "R5 death",
        "R5 no level",
        "STU3 seriousness",
        "potential",
        "R4 seriousness is none",
        "a criterion is no outcome",
    ],
)
def test_severity_and_outcome_give_the_level(
    event: dict[str, Any], patient: dict[str, Any]
) -> None:
    """R4 and R5 seriousness never is a level; an outcome of death is a death."""
    found = content_of(event)["patients"][0]

    assert found.get("harm") == patient.get("harm")
    assert found.get("died") is (True if patient.get("harm") == "death" else None)


@pytest.mark.parametrize(
    ("outcome", "duration"),
    [("resolvedWithSequelae", "permanent"), ("recovering", "temporary"), ("ongoing", None)],
)
def test_the_outcome_gives_the_duration(outcome: str, duration: str | None) -> None:
    """A judgement on published codes."""
    patient = content_of(an_r4_event(outcome=a_concept(outcome)))["patients"][0]

    assert patient.get("harm_duration") == duration


def test_an_unknown_outcome_is_noted() -> None:
    """Its hash is counted, its text stays."""
    draft = mapped(an_r4_event(outcome=a_concept("exploded"))).draft

    assert ("/patients/*/outcomes") in dict(draft.unmapped)


@pytest.mark.parametrize(
    ("changes", "categories"),
    [
        ({"category": [a_concept("medication-mishap")], "suspectEntity": None}, ["medication"]),
        ({"category": [a_concept("wrong-patient")], "suspectEntity": None}, ["identification"]),
        ({"category": [a_concept("wrong-dose")]}, ["medication"]),
        ({"category": [a_concept("product-use-error")], "suspectEntity": None}, ["other"]),
        ({"category": [a_concept("hospital-aquired-infection")]}, ["infection", "medication"]),
        ({"category": None, "suspectEntity": None}, None),
        ({"category": [a_concept("zebra")], "suspectEntity": None}, ["other"]),
        (
            {"category": None, "suspectEntity": None, "event": a_concept("370927008")},
            ["violence"],
        ),
        (
            {
                "category": None,
                "suspectEntity": [{"instance": {"reference": "Device/1"}}],
            },
            ["device"],
        ),
        ({"category": [{"text": "Medication error"}], "suspectEntity": None}, ["medication"]),
        (
            {"category": [{"coding": [{"code": "L7", "display": "Fall"}]}], "suspectEntity": None},
            ["fall"],
        ),
        ({"category": [a_concept("370910000")], "suspectEntity": None}, ["medication"]),
    ],
    ids=[
        "code",
        "patient",
        "child",
        "no suspect",
        "misspelt",
        "none",
        "unknown",
        "SNOMED",
        "device",
        "text",
        "display",
        "SNOMED category",
    ],
)
def test_categories_come_from_codes_and_suspects(
    changes: dict[str, Any], categories: list[str] | None
) -> None:
    """By code, whatever the system; a category we do not know is other."""
    assert content_of(an_r4_event(**changes)).get("categories") == categories


def test_a_category_that_is_known_is_not_noted_as_unmapped() -> None:
    """Whichever of its codings said it."""
    both = {"coding": [{"code": "L7"}, {"code": "medication-mishap"}]}

    assert mapped(an_r4_event(category=[both])).draft.unmapped == ()


def test_a_concept_of_many_translations_costs_no_report() -> None:
    """Only so many codings go on; the rest is noted."""
    many = {"coding": [{"system": "urn:x", "code": f"c{n}"} for n in range(40)]}
    draft = mapped(an_r4_event(event=many)).draft

    assert len(draft.content["codings"]) == 32
    assert "/codings" in dict(draft.unmapped)


def test_codings_keep_their_role_and_lose_their_display() -> None:
    """Category and event are told apart; one without a code leaves a flag."""
    event = an_r4_event(
        category=[{"coding": [{"system": "s", "code": "device", "display": "Peter's pump"}]}],
        event=a_concept(None),
    )
    draft = mapped(event).draft

    assert draft.content["codings"] == [{"code": "device", "system": "s", "role": "category"}]
    assert QualityFlag.CODING_WITHOUT_CODE in draft.flags


@pytest.mark.parametrize(
    ("changes", "earliest", "latest"),
    [
        ({"occurrenceDateTime": "2026-03-01"}, "2026-03-01T00:00:00.0", "2026-03-01T23:59:59.9"),
        (
            {
                "occurrenceDateTime": None,
                "occurrencePeriod": {
                    "start": "2026-03-01T10:00:00Z",
                    "end": "2026-03-01T12:00:00Z",
                },
            },
            "2026-03-01T10:00:00.0",
            "2026-03-01T12:00:00.0",
        ),
        (
            {
                "occurrenceDateTime": None,
                "occurrencePeriod": {},
                "occurrenceTiming": {"event": ["2026-03-02T10:00:00Z", "2026-03-01T10:00:00Z"]},
            },
            "2026-03-01T10:00:00.0",
            "2026-03-02T10:00:00.0",
        ),
    ],
    ids=["day", "period", "timing"],
)
def test_every_kind_of_occurrence_is_an_interval(
    changes: dict[str, Any], earliest: str, latest: str
) -> None:
    """dateTime, Period and Timing of R5."""
    occurred = content_of(an_r5_event(**changes))["occurred"]

    assert occurred["earliest"].startswith(earliest)
    assert occurred["latest"].startswith(latest)


@pytest.mark.parametrize("timing", [{}, {"event": []}, {"event": [7]}, "daily", {"start": None}])
def test_a_timing_without_moments_is_no_time(timing: object) -> None:
    """Nor is an empty period."""
    event = an_r5_event(occurrenceDateTime=None, occurrenceTiming=timing, occurrencePeriod={})

    assert "occurred" not in content_of(event)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("in-progress", "reported"),
        ("completed", "closed"),
        ("entered-in-error", "retracted"),
        ("odd", "reported"),
        (None, "reported"),
    ],
)
def test_the_life_cycle_of_r5_gives_the_status(status: str | None, expected: str) -> None:
    """entered-in-error withdraws."""
    assert content_of(an_r5_event(status=status))["status"] == expected


def test_times_of_finding_and_recording_are_kept() -> None:
    """Detected and recordedDate have fields of their own."""
    content = content_of(an_r4_event())

    assert content["detected_at"] == "2026-03-01T13:00:00.000000Z"
    assert content["reported_at"] == "2026-03-01T14:00:00.000000Z"


@pytest.mark.parametrize(
    "event",
    [an_r4_event(), an_r5_event(), an_r5_event(note=None, code={"text": "x"}), an_stu3_event()],
    ids=["event.text", "note", "code.text", "description"],
)
def test_a_narrative_is_only_known_to_be_there(event: dict[str, Any]) -> None:
    """Its words never go on; the generated text.div is none."""
    generated = {"text": {"status": "generated", "div": "<div>words</div>"}}
    silent = an_r4_event(event=a_concept("1"), **generated)

    assert content_of(event)["narrative_present"] is True
    assert content_of(silent)["narrative_present"] is False
