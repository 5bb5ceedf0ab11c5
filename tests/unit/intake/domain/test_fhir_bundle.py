"""Bundles of every type: one unit per event, each with what it references and no more."""

import json
from typing import Any

import pytest

from services.intake.domain.context import SourceSettings
from services.intake.domain.fhir_bundle import deletion
from services.intake.domain.receive import receive
from services.intake.domain.results import Mapped, Membership, Refused, Result
from shared.contracts.words import QualityFlag, RejectionCode
from shared.identity import patient_pseudonym, person_ref
from tests.builders.fhir import a_bundle, a_concept, an_r4_event, an_r5_event
from tests.builders.reports import PSEUDONYM_KEY, mapped, refused, some_hints

PATIENT = {"resourceType": "Patient", "id": "p1", "identifier": [{"system": "mrn", "value": "7"}]}
ROLE = {
    "resourceType": "PractitionerRole",
    "id": "r1",
    "practitioner": {"reference": "Practitioner/deep"},
}
DEEP = {
    "resourceType": "Practitioner",
    "id": "deep",
    "identifier": [{"system": "login", "value": "ann"}],
}
FHIR = some_hints("application/fhir+json")


def results_of(bundle: dict[str, Any]) -> tuple[Result, ...]:
    return receive(json.dumps(bundle).encode(), FHIR)


@pytest.mark.parametrize(
    "kind", ["collection", "batch", "transaction", "searchset", "message", None]
)
def test_every_type_of_bundle_gives_its_events(kind: str | None) -> None:
    """Other resources are context, not reports."""
    bundle = a_bundle(PATIENT, an_r4_event(), an_r4_event(id="ae-2"), kind=kind or "")

    results = results_of(bundle)

    assert [type(result) for result in results] == [Mapped, Mapped]
    assert [result.index for result in results] == [0, 1]


def test_a_history_is_read_oldest_first() -> None:
    """It is written newest first; arrival would turn it round."""
    bundle = a_bundle(
        an_r4_event(meta={"versionId": "2"}), an_r4_event(meta={"versionId": "1"}), kind="history"
    )

    results = results_of(bundle)

    assert [each.draft.revision for each in results if isinstance(each, Mapped)] == ["1", "2"]


def test_an_event_alone_and_in_a_bundle_is_one_record() -> None:
    """POST, PUT and Bundle entries alike."""
    alone = mapped(an_r4_event(), FHIR).draft
    bundled = mapped(a_bundle(an_r4_event()), FHIR).draft

    assert bundled.event_id == alone.event_id
    assert bundled.content == alone.content


def test_references_are_resolved_within_the_bundle() -> None:
    """By type and id, by full URL, by urn; two steps deep."""
    event = an_r4_event(contributor=[{"reference": "PractitionerRole/r1"}])
    content = mapped(a_bundle(event, PATIENT, ROLE, DEEP), FHIR).draft.content

    assert content["staff"] == [{"person_ref": person_ref(PSEUDONYM_KEY, "login", "ann")}]
    assert patient_pseudonym(PSEUDONYM_KEY, "mrn", "7") in content["patients"][0]["pseudonyms"]


def test_a_urn_leads_to_its_entry() -> None:
    """Bundles that are to be stored name their entries by uuid."""
    event = {"resource": an_r4_event(subject={"reference": "urn:uuid:5"})}
    patient = {"fullUrl": "urn:uuid:5", "resource": PATIENT | {"id": None}}
    bundle = {"resourceType": "Bundle", "type": "batch", "entry": [event, patient]}

    patients = mapped(bundle, FHIR).draft.content["patients"]

    assert patients[0]["pseudonyms"] == [patient_pseudonym(PSEUDONYM_KEY, "mrn", "7")]


def test_a_unit_holds_what_it_references_and_nothing_else() -> None:
    """Another patient's data does not come along; the unit maps to the same report again."""
    stranger = PATIENT | {"id": "stranger"}
    event = an_r4_event(contributor=[{"reference": "PractitionerRole/r1"}])
    unit = mapped(a_bundle(stranger, event, PATIENT, ROLE, DEEP), FHIR)

    kept = [entry["resource"]["id"] for entry in json.loads(unit.body)["entry"]]
    assert kept[0] == "ae-1"
    assert sorted(kept[1:]) == ["deep", "p1", "r1"]
    assert b"stranger" not in unit.body
    assert mapped(unit.body, some_hints(unit.content_type)).draft == unit.draft


def test_one_bad_entry_of_a_batch_refuses_itself_only() -> None:
    """The pointer leads to the entry."""
    good, bad = results_of(a_bundle(an_r4_event(), an_r5_event(study=[{}]), kind="batch"))

    assert isinstance(good, Mapped)
    assert isinstance(bad, Refused)
    assert (bad.code, bad.pointer) == (RejectionCode.NOT_AN_INCIDENT, "/entry/1")


def test_one_bad_entry_of_a_transaction_refuses_them_all() -> None:
    """All or nothing; each keeps its bytes and says because of whom."""
    nameless = an_r4_event(id=None, identifier=None)
    bundle = a_bundle(an_r4_event(), nameless, an_r4_event(id="3"), kind="transaction")
    bundle["entry"][1].pop("fullUrl")

    results = [each for each in results_of(bundle) if isinstance(each, Refused)]

    assert [each.code for each in results] == [RejectionCode.NO_RECORD_ID] * 3
    assert [each.because_of for each in results] == [1, None, 1]
    assert len({each.body for each in results}) == 3


@pytest.mark.parametrize("size", [1, 2])
def test_each_report_of_a_transaction_knows_its_place(size: int) -> None:
    """A transaction of a single report is one as well: redriven, it is taken as such."""
    events = [an_r4_event(id=str(number)) for number in range(size)]

    results = results_of(a_bundle(*events, kind="transaction"))

    assert [each.transaction for each in results] == [
        Membership(first=0, place=place, size=size) for place in range(size)
    ]


def test_one_entry_three_times_is_one_report_and_two_repeats() -> None:
    """Zone-less, without a code, thrice: flags, and never an error."""
    event = an_r5_event(occurrenceDateTime="2026-03-01T10:00:00", code=a_concept(None))

    results = results_of(a_bundle(event, event, event))

    assert [isinstance(each, Mapped) and each.repeats for each in results] == [None, 0, 0]
    first = results[0]
    assert isinstance(first, Mapped)
    expected = {QualityFlag.TIME_ZONE_ASSUMED, QualityFlag.CODING_WITHOUT_CODE}
    assert expected <= set(first.draft.flags)


def test_a_study_thrice_is_refused_thrice() -> None:
    """Research in a Bundle."""
    event = an_r5_event(study=[{"reference": "ResearchStudy/1"}])

    codes = [
        each.code for each in results_of(a_bundle(event, event, event)) if isinstance(each, Refused)
    ]

    assert codes == [RejectionCode.NOT_AN_INCIDENT] * 3


@pytest.mark.parametrize(
    "bundle",
    [
        {"resourceType": "Bundle"},
        {"resourceType": "Bundle", "entry": []},
        {"resourceType": "Bundle", "entry": "many"},
        {
            "resourceType": "Bundle",
            "entry": [7, {"resource": 8}, {"request": {"method": "DELETE"}}],
        },
        a_bundle(PATIENT),
        {
            "resourceType": "Bundle",
            "entry": [{"request": {"method": "DELETE", "url": "Patient/1"}}],
        },
    ],
    ids=["no entry", "empty", "no list", "odd entries", "patient only", "another deletion"],
)
def test_a_bundle_without_an_event_is_not_supported(bundle: dict[str, Any]) -> None:
    """There is nothing to map."""
    refusal = refused(bundle, FHIR)

    assert (refusal.code, refusal.pointer) == (RejectionCode.NOT_SUPPORTED, "/entry")


@pytest.mark.parametrize(
    "event",
    [
        {"eventUri": "urn:ihe:icsr-submit"},
        {"eventCoding": {"code": "icsr-report"}},
        {"event": {"code": "ICSR"}},
        {"eventCoding": {"coding": [{"code": "case-safety"}]}},
    ],
    ids=["uri", "coding", "STU3", "concept"],
)
def test_a_drug_safety_message_is_no_incident(event: dict[str, Any]) -> None:
    """Whatever AdverseEvent it carries."""
    header = {"resourceType": "MessageHeader", "id": "h"} | event

    refusal = refused(a_bundle(header, an_r4_event(), kind="message"), FHIR)

    assert refusal.code is RejectionCode.NOT_AN_INCIDENT


@pytest.mark.parametrize(
    "event", [{"eventUri": "urn:incident"}, {"eventCoding": {"code": "adverse-drug-event"}}]
)
def test_another_message_is_read(event: dict[str, Any]) -> None:
    """A header alone makes no drug safety report, nor does a drug that did harm on a ward."""
    header = {"resourceType": "MessageHeader", "id": "h"} | event

    draft = mapped(a_bundle(header, an_r4_event(), kind="message"), FHIR).draft

    assert draft.content["kind"] == "incident"


def test_a_deletion_retracts() -> None:
    """It needs nothing but the id; that identifiers are missing is flagged."""
    draft = mapped(deletion("ae-1"), FHIR).draft

    assert draft.content["status"] == "retracted"
    assert QualityFlag.RECORD_ID_FALLBACK in draft.flags


def test_a_deletion_meets_the_record_where_the_source_goes_by_id() -> None:
    """With `record_id: id` the retraction is of the very record."""
    hints = some_hints("application/fhir+json", sources={"native": SourceSettings(record_id="id")})

    assert mapped(deletion("ae-1"), hints).draft.incident_key == (
        mapped(an_r4_event(), hints).draft.incident_key
    )


def test_a_put_names_the_id_that_the_resource_lacks() -> None:
    """PUT AdverseEvent/ae-1 with a body without id."""
    bundle = a_bundle(an_r4_event(id=None))
    bundle["entry"][0]["request"] = {"method": "put", "url": "AdverseEvent/ae-1"}

    assert mapped(bundle, FHIR).draft.record_id == mapped(an_r4_event(), FHIR).draft.record_id


def test_a_full_url_is_an_id_of_last_resort() -> None:
    """Losing the report would be worse; it is flagged."""
    bundle = a_bundle(an_r4_event(id=None, identifier=None))
    bundle["entry"][0]["fullUrl"] = "urn:uuid:9"

    assert QualityFlag.RECORD_ID_FALLBACK in mapped(bundle, FHIR).draft.flags
