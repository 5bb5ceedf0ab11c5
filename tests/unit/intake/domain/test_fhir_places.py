"""Where a FHIR event happened: the type of its Location, in HL7's codes or in words."""

import csv
from typing import Any

import pytest

from services.intake.domain.results import Draft
from services.intake.packs.files import read_tables
from shared.contracts.words import PlaceType
from tests.builders.fhir import an_r4_event
from tests.builders.reports import mapped

ROLE_CODES = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"
ROWS = [
    row
    for row in csv.DictReader(read_tables()["fhir_codes.tsv"].splitlines(), delimiter="\t")
    if row["use"] == "place_type"
]


def draft_of(concept: dict[str, Any] | None) -> Draft:
    ward = {"resourceType": "Location", "id": "w", "type": None if concept is None else [concept]}
    return mapped(an_r4_event(contained=[ward], location={"reference": "#w"})).draft


def coded(code: str, system: str | None = ROLE_CODES) -> dict[str, Any]:
    return {"coding": [{"code": code} | ({} if system is None else {"system": system})]}


@pytest.mark.parametrize("row", ROWS, ids=[row["code"] for row in ROWS])
def test_a_role_code_says_what_sort_of_place_it_is(row: dict[str, str]) -> None:
    """Every row of the table is a word of the contract, and read."""
    draft = draft_of(coded(row["code"]))

    assert draft.content["location"]["place_type"] == PlaceType(row["word"])
    assert "/location/place_type" not in dict(draft.unmapped)


@pytest.mark.parametrize(
    "system", [None, "http://hl7.org/fhir/v3/RoleCode", "urn:oid:2.16.840.1.113883.5.111"]
)
def test_a_role_code_is_known_under_each_of_its_names(system: str | None) -> None:
    """STU3 and CDA write the system otherwise."""
    assert draft_of(coded("CCU", system)).content["location"]["place_type"] == "icu"


@pytest.mark.parametrize("concept", [coded("NS", "urn:ours"), coded("HOSP"), {"text": "Attic"}])
def test_a_type_that_no_table_knows_is_noted(concept: dict[str, Any]) -> None:
    """Also a code that means something else in the hospital's own system."""
    draft = draft_of(concept)

    assert "place_type" not in draft.content["location"]
    assert "/location/place_type" in dict(draft.unmapped)


@pytest.mark.parametrize(
    ("concept", "place_type"), [({"text": "Operating Theatre"}, "theatre"), (None, None)]
)
def test_words_of_a_type_are_read_as_everywhere(
    concept: dict[str, Any] | None, place_type: str | None
) -> None:
    """No type at all says nothing, and is not noted."""
    draft = draft_of(concept)

    assert draft.content["location"].get("place_type") == place_type
    assert "/location/place_type" not in dict(draft.unmapped)
