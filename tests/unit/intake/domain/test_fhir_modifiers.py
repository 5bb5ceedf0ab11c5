"""Modifier extensions: what changes the meaning of a FHIR resource is read, or flagged."""

from typing import Any

import pytest

from shared.contracts.words import QualityFlag
from tests.builders.ahrq import a_form
from tests.builders.fhir import a_concept, an_r4_event, an_r5_event
from tests.builders.lfpse import an_lfpse_event
from tests.builders.reports import mapped

CROSS_VERSION = "http://hl7.org/fhir/5.0/StructureDefinition/extension-AdverseEvent.status"
BACKPORT = "http://hl7.org/fhir/uv/ae-research-backport-ig/StructureDefinition/status"
REFUTED = {"url": "https://hospital.example/refuted", "valueBoolean": True}
ACTOR = {"reference": "Practitioner/w1"}


@pytest.mark.parametrize("url", [CROSS_VERSION, BACKPORT])
@pytest.mark.parametrize(
    "value",
    [
        {"valueCode": "entered-in-error"},
        {"valueCodeableConcept": a_concept("entered-in-error")},
    ],
)
def test_a_modifier_retracts_where_the_release_has_no_status(
    url: str, value: dict[str, Any]
) -> None:
    """Nobody is contacted because of what was entered in error."""
    draft = mapped(an_r4_event(modifierExtension=[{"url": url} | value])).draft

    assert draft.content["status"] == "retracted"
    assert QualityFlag.FIELD_UNKNOWN not in draft.flags


def test_a_modifier_retracts_an_event_of_lfpse_too() -> None:
    """It is a FHIR event like others."""
    extension = [{"url": CROSS_VERSION, "valueCode": "entered-in-error"}]
    draft = mapped(an_lfpse_event(modifierExtension=extension)).draft

    assert (draft.format, draft.content["status"]) == ("lfpse", "retracted")


@pytest.mark.parametrize(
    ("status", "modifier", "expected"),
    [
        ("completed", "entered-in-error", "retracted"),
        ("entered-in-error", "completed", "retracted"),
        ("in-progress", "completed", "reported"),
        (None, "completed", "closed"),
    ],
)
def test_a_retraction_wins_over_any_other_status(
    status: str | None, modifier: str, expected: str
) -> None:
    """Else the event's own field does."""
    extension = [{"url": CROSS_VERSION, "valueCode": modifier}]
    event = an_r5_event(status=status, modifierExtension=extension)

    assert mapped(event).draft.content["status"] == expected


@pytest.mark.parametrize("value", [{"valueCode": "zebra"}, {"valueString": "withdrawn"}, {}])
def test_a_status_that_cannot_be_read_is_noted(value: dict[str, str]) -> None:
    """It may have been a withdrawal."""
    draft = mapped(an_r4_event(modifierExtension=[{"url": BACKPORT} | value])).draft

    assert draft.content["status"] == "reported"
    assert "/status" in dict(draft.unmapped)


@pytest.mark.parametrize(
    "document",
    [
        an_r4_event(modifierExtension=[REFUTED]),
        an_r4_event(modifierExtension=REFUTED),
        an_r4_event(contributor=[ACTOR | {"modifierExtension": [REFUTED]}]),
        an_r5_event(participant=[{"actor": ACTOR, "modifierExtension": [REFUTED]}]),
        a_form(modifierExtension=[REFUTED]),
    ],
    ids=["event", "no list", "contributor", "participant", "form"],
)
def test_any_other_modifier_is_flagged(document: dict[str, Any]) -> None:
    """FHIR: what modifies a meaning must not be passed over in silence."""
    assert QualityFlag.FIELD_UNKNOWN in mapped(document).draft.flags


@pytest.mark.parametrize("modifiers", [[], [7], "none"])
def test_modifiers_that_say_nothing_are_none(modifiers: object) -> None:
    """An empty list modifies nothing."""
    flags = mapped(an_r4_event(modifierExtension=modifiers)).draft.flags

    assert QualityFlag.FIELD_UNKNOWN not in flags
