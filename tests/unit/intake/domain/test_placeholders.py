"""Words that only fill a gap name nobody and nothing, in every place that takes an identifier."""

from typing import Any

import orjson
import pytest

from services.intake.domain.context import UnitTable
from services.intake.domain.readers import PLACEHOLDERS
from shared.contracts.words import QualityFlag, RejectionCode
from shared.identity import person_ref
from tests.builders.reports import PSEUDONYM_KEY, a_native_report, mapped, refused, some_hints
from tests.builders.rows import draft_of

GAPS = [
    *sorted(PLACEHOLDERS - {""}),
    *("-", "--", "?", ".", "NULL", "N/A", " Unknown ", "ANONYMOUS"),
]
ANN = {"system": "login", "value": "ann"}


def content_of(**overrides: Any) -> dict[str, Any]:
    return dict(mapped(a_native_report(**overrides)).draft.content)


@pytest.mark.parametrize("gap", GAPS)
def test_a_placeholder_is_no_person(gap: str) -> None:
    """The team is looked for as if nobody were named; the value is noted as unmapped."""
    for member in ({"id": {"system": "login", "value": gap}}, {"name": gap}):
        draft = mapped(
            a_native_report(
                staff=[member],
            )
        ).draft
        assert "staff" not in draft.content or draft.content["staff"] == []
        assert draft.content["team_hint"]["reason"] == "no_staff_named"
        assert QualityFlag.VALUE_UNMAPPED in draft.flags
        assert QualityFlag.STAFF_DISPLAY_ONLY not in draft.flags


@pytest.mark.parametrize("gap", GAPS)
def test_a_placeholder_joins_no_events_patients_or_investigators(gap: str) -> None:
    """Two deaths that share `N/A` are not one occurrence."""
    named = {"system": "mortality-review", "value": gap}
    content = content_of(
        group_ids=[named, {"system": "mortality-review", "value": "7"}],
        patients=[{"ids": [named], "harm": "death"}],
        investigators=[named],
    )
    assert content["group_ids"] == [{"system": "mortality-review", "value": "7"}]
    assert not content["patients"][0].get("ids")
    assert content["investigators"] == []


@pytest.mark.parametrize("gap", GAPS)
def test_a_placeholder_is_no_record_id(gap: str) -> None:
    """All reports without an id would be revisions of one record."""
    assert refused(a_native_report(record_id=gap)).code is RejectionCode.NO_RECORD_ID


def test_a_name_stands_in_for_a_placeholder_id() -> None:
    """The next best identifier counts, and is flagged as such."""
    draft = mapped(
        a_native_report(staff=[{"id": {"system": "login", "value": "n/a"}, "name": "A. Person"}])
    ).draft
    assert "person_ref" in draft.content["staff"][0]
    assert QualityFlag.STAFF_DISPLAY_ONLY in draft.flags


def test_a_placeholder_is_no_unit_unless_the_table_has_it() -> None:
    """A hospital may well call a unit NA; where it does not, nothing happened in `N/A`."""
    report = a_native_report(location={"unit_id": "NA"}, staff=[{"id": ANN, "unit_id": "NA"}])
    unknown = mapped(report).draft.content
    assert "unit_id" not in unknown.get("location", {})
    assert "unit_id" not in unknown["staff"][0]
    units = UnitTable.of({"neonatal": (None, {"native": ("NA",)})})
    known = mapped(report, some_hints(units=units)).draft.content
    assert (known["location"]["unit_id"], known["staff"][0]["unit_id"]) == ("neonatal", "neonatal")


@pytest.mark.parametrize("gap", ["N/A", "unknown", "-"])
def test_in_fhir_the_next_identifier_counts_after_a_placeholder(gap: str) -> None:
    """It names neither a person, while an address is at hand, nor the event."""
    nurse = {
        "resourceType": "Practitioner",
        "id": "n",
        "identifier": [{"system": "urn:employee", "value": gap}],
        "telecom": [{"system": "email", "value": "ann@northwick.example"}],
    }
    event = {
        "resourceType": "AdverseEvent",
        "id": "ae-1",
        "actuality": "actual",
        "contained": [nurse],
        "contributor": [{"reference": "#n"}],
        "identifier": {"system": "urn:mortality-review", "value": gap},
    }
    content = mapped(event, some_hints("application/fhir+json")).draft.content
    reference = person_ref(PSEUDONYM_KEY, "email", "ann@northwick.example")
    assert [each["person_ref"] for each in content["staff"]] == [reference]
    assert content["group_ids"] == []


def test_a_pack_goes_on_to_the_next_column_after_a_placeholder() -> None:
    """A contact whose login is `N/A` is known by the address beside it."""
    contact = {"con_type": "STFC", "login": "N/A", "con_email": "ann@northwick.example"}
    content = draft_of("datixweb", recordid="1", contacts=orjson.dumps([contact]).decode()).content
    reference = person_ref(PSEUDONYM_KEY, "email", "ann@northwick.example")
    assert [each["person_ref"] for each in content["staff"]] == [reference]
