"""Forms of AHRQ's in Bundles: cut and mapped like events, alone and mixed with them."""

import json
from typing import Any

import pytest

from services.intake.domain.receive import receive
from services.intake.domain.results import Mapped, Refused, Result
from shared.contracts.words import QualityFlag, RejectionCode
from shared.identity import patient_pseudonym, person_ref
from tests.builders.ahrq import EVENT, MEDICATION, PATIENT, a_form
from tests.builders.fhir import a_bundle, an_r4_event, an_r5_event
from tests.builders.reports import PSEUDONYM_KEY, mapped, refused, some_hints

FHIR = some_hints("application/fhir+json")
NURSE = {
    "resourceType": "Practitioner",
    "id": "n1",
    "identifier": [{"system": "login", "value": "ann"}],
}
SICK = {"resourceType": "Patient", "id": "123", "identifier": [{"system": "mrn", "value": "7"}]}
STRANGER = {"resourceType": "Patient", "id": "stranger"}
DEPRESSION = {
    "resourceType": "QuestionnaireResponse",
    "id": "phq",
    "item": [{"linkId": "PHQ-9/44250-9"}],
}


def results_of(bundle: dict[str, Any], hints: Any = FHIR) -> tuple[Result, ...]:
    return receive(json.dumps(bundle).encode(), hints)


def records(results: tuple[Result, ...]) -> list[str]:
    """Return format and record id, without a patient's, of what was mapped; else the code."""
    return [
        f"{each.draft.format} {each.draft.record_id}".partition("/r_")[0]
        if isinstance(each, Mapped)
        else each.code
        for each in results
    ]


@pytest.mark.parametrize("kind", ["collection", "batch", "transaction", "searchset", "message", ""])
def test_every_type_of_bundle_gives_its_forms(kind: str) -> None:
    """One record per form, in one group."""
    forms = [a_form(form) for form in (EVENT, MEDICATION, PATIENT)]

    results = results_of(a_bundle(SICK, *forms, NURSE, kind=kind))

    assert records(results) == ["ahrq 456/74495-3", "ahrq 456/74080-3", "ahrq 456/74502-6"]


def test_a_history_of_forms_is_read_oldest_first() -> None:
    """It is written newest first."""
    newer, older = (a_form(meta={"versionId": version}) for version in "21")

    results = results_of(a_bundle(newer, older, kind="history"))

    assert [each.draft.revision for each in results if isinstance(each, Mapped)] == ["1", "2"]


def test_a_form_alone_and_in_a_bundle_is_one_record() -> None:
    """However it was sent."""
    alone = mapped(a_form(), FHIR).draft
    bundled = mapped(a_bundle(a_form()), FHIR).draft

    assert bundled.event_id == alone.event_id
    assert bundled.content == alone.content
    assert (bundled.format, bundled.format_version) == ("ahrq", "1.2")


def test_a_form_finds_patient_and_reporter_in_its_bundle() -> None:
    """And takes along what it references, nobody else."""
    unit = mapped(a_bundle(STRANGER, a_form(), SICK, NURSE), FHIR)
    content = unit.draft.content

    assert content["reporter"]["person_ref"] == person_ref(PSEUDONYM_KEY, "login", "ann")
    assert patient_pseudonym(PSEUDONYM_KEY, "mrn", "7") in content["patients"][0]["pseudonyms"]
    kept = [entry["resource"]["id"] for entry in json.loads(unit.body)["entry"]]
    assert (kept[0], sorted(kept[1:])) == ("qr-1", ["123", "n1"])
    assert mapped(unit.body, some_hints(unit.content_type)).draft == unit.draft


def test_events_and_forms_of_one_bundle_are_each_read_as_what_they_are() -> None:
    """In the order of the Bundle; a questionnaire of somebody else is context."""
    bundle = a_bundle(a_form(), an_r4_event(), DEPRESSION, an_r5_event(), kind="batch")

    formats = [row.split()[0] for row in records(results_of(bundle))]

    assert formats == ["ahrq", "fhir", "fhir"]


def test_an_event_does_not_take_a_form_along() -> None:
    """Both are reports of their own, whoever references whom."""
    event = an_r4_event(suspectEntity=[{"instance": {"reference": "QuestionnaireResponse/qr-1"}}])

    first, second = results_of(a_bundle(event, a_form()))

    assert b"QuestionnaireResponse/qr-1" in first.body
    assert b"74495-3" not in first.body
    assert b"AdverseEvent" not in second.body


def test_a_mixed_transaction_stands_or_falls_as_one() -> None:
    """A form that cannot be taken refuses the events with it."""
    nameless = a_form(event_id=None, id=None)
    bundle = a_bundle(an_r4_event(), nameless, a_form(MEDICATION), kind="transaction")
    bundle["entry"][1].pop("fullUrl")

    results = [each for each in results_of(bundle) if isinstance(each, Refused)]

    assert [each.code for each in results] == [RejectionCode.NO_RECORD_ID] * 3
    assert [each.because_of for each in results] == [1, None, 1]


def test_one_form_twice_is_one_report_and_a_repeat() -> None:
    """As for events."""
    first, again = results_of(a_bundle(a_form(), a_form()))

    assert isinstance(first, Mapped)
    assert isinstance(again, Mapped)
    assert (first.repeats, again.repeats) == (None, 0)


def test_a_full_url_is_a_forms_id_of_last_resort() -> None:
    """Losing the report would be worse; it is flagged."""
    bundle = a_bundle(a_form(event_id=None, id=None))
    bundle["entry"][0]["fullUrl"] = "urn:uuid:9"
    draft = mapped(bundle, FHIR).draft

    assert draft.record_id == "urn:uuid:9/74495-3"
    assert QualityFlag.RECORD_ID_FALLBACK in draft.flags


@pytest.mark.parametrize(
    ("pinned", "told"),
    [("ahrq", ["ahrq 456/74495-3"]), ("fhir", ["fhir"]), (None, ["ahrq 456/74495-3", "fhir"])],
)
def test_a_pinned_format_narrows_what_a_bundle_holds(pinned: str | None, told: list[str]) -> None:
    """The other kind is context then; nothing is read as what the source does not send."""
    hints = some_hints("application/fhir+json", pinned_format=pinned)
    found = records(results_of(a_bundle(a_form(), an_r4_event()), hints))

    assert [row if row.startswith("ahrq") else row.split()[0] for row in found] == told


@pytest.mark.parametrize(
    ("resources", "pinned"),
    [((DEPRESSION,), None), ((SICK, NURSE), None), ((a_form(),), "fhir"), ((a_form(),), "lfpse"),
     ((an_r4_event(),), "ahrq")],
)  # fmt: skip
def test_a_bundle_without_any_report_is_not_supported(
    resources: tuple[dict[str, Any], ...], pinned: str | None
) -> None:
    """There is nothing to map, or nothing that this source may send."""
    hints = some_hints("application/fhir+json", pinned_format=pinned)
    refusal = refused(a_bundle(*resources), hints)

    assert (refusal.code, refusal.pointer) == (RejectionCode.NOT_SUPPORTED, "/entry")
