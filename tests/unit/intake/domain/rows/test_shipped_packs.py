"""Each shipped pack on a row of its own kind of export, and the tables that go with them."""

import json
from typing import Any

import pytest

from services.intake.domain.context import SourceSettings
from services.intake.domain.results import Mapped
from services.intake.domain.rows.fields import REPORT, Field, Group
from services.intake.domain.tables import normal
from services.intake.packs.files import read_headers
from services.intake.packs.pack_files import shipped_packs, shipped_tables
from shared.contracts.words import QualityFlag
from tests.builders.rows import a_table, draft_of, results_of, table_hints

CONTACTS = [
    {"con_type": "PATC", "con_dob": "2020-05-04", "link_deceased": "Y"},
    {"con_type": "EMPC", "login": "n.hale", "con_jobtitle": "Staff Nurse", "link_harassment": "Y"},
    {"con_type": "EMPC", "con_email": "d.okafor@x.org", "con_jobtitle": "Registrar"},
]
DATIX = {
    "recordid": "77",
    "updateddate": "02/03/2026 09:15",
    "rep_approved": "FA",
    "inc_name": "Somebody",
    "inc_dincident": "01/03/2026",
    "inc_time": "2210",
    "inc_severity": "5",
    "inc_investigator": "i.morris; k.lee",
    "contacts": json.dumps(CONTACTS),
}
BY_NRLS = {"sources": {"native": SourceSettings(harm_scale="nrls")}}


@pytest.mark.parametrize(
    ("pack", "place", "unit"),
    [("datixweb", "inc_locactual", "W7"), ("dciq", "location_id", "L-9")],
)
def test_datix_gives_people_out_of_its_contacts(pack: str, place: str, unit: str) -> None:
    """One patient with an age, two members of staff, and what befell one of them."""
    draft = draft_of(pack, BY_NRLS, **DATIX | {place: unit})

    content = draft.content
    assert (draft.record_id, content["status"]) == ("77", "closed")
    assert content["occurred"]["earliest"] == "2026-03-01T22:10:00.000000Z"
    assert content["location"]["unit_id"] == unit
    (patient,) = content["patients"]
    assert (patient["age_years"], patient["died"], patient["harm"]) == (5, True, "death")
    assert [member["role"] for member in content["staff"]] == ["nurse", "resident"]


@pytest.mark.parametrize("pack", ["datixweb", "dciq"])
def test_a_colleague_who_died_is_not_written_to(pack: str) -> None:
    """Whoever else is listed is."""
    dead = {"con_type": "EMPC", "login": "e.ash", "link_deceased": "Y"}
    row = DATIX | {"contacts": json.dumps([*CONTACTS, dead])}

    assert draft_of(pack, **row).content["staff"] == draft_of(pack, **DATIX).content["staff"]


@pytest.mark.parametrize("pack", ["datixweb", "dciq"])
def test_datix_knows_harassed_staff_and_several_investigators(pack: str) -> None:
    """A cell may hold several logins."""
    content = draft_of(pack, **DATIX).content

    assert content["staff"][0]["harmed"] == ["threat"]
    assert len(content["investigators"]) == 2


def test_rl6_reads_an_american_date_and_keeps_event_types_to_be_mapped() -> None:
    """Its forms are each site's own."""
    draft = draft_of(
        "rl6",
        {"sources": {"native": SourceSettings(harm_scale="rl6-example")}},
        **{
            "File ID": "F-1",
            "File State": "Closed",
            "Event Date  (yyyy/mm/dd)": "2026/03/01",
            "Event Time": "10:10 PM",
            "Specific Event Type(s)": "Fall; Something local",
            "Severity Level (Reported)": "Near Miss (minor)",
            "Program": "ICU",
        },
    )

    assert (draft.content["status"], draft.content["categories"]) == ("closed", ["fall"])
    assert draft.content["occurred"]["latest"] == "2026-03-01T22:10:00.000000Z"
    assert (draft.content["kind"], draft.unmapped[0][0]) == ("near_miss", "/categories")


def test_nrls_numbers_harm_the_other_way_round() -> None:
    """1 is no harm there."""
    draft = draft_of("nrls", RP07="N-1", IN01="01/03/2026", PD02="44", PD09="1", IN07="words")

    (patient,) = draft.content["patients"]
    assert (patient["harm"], patient["age_years"]) == ("none", 44)
    assert draft.content["narrative_present"] is True


def test_an_lfpse_row_per_patient_is_one_report() -> None:
    """Mother and baby of one incident; outcomes of the first row count for the report."""
    row = {"Reference": "R-9", "Revision": "3", "T005": "2026-03-01", "A001": "4 {~@~} 3"}
    rows = [
        row | {"EntityId": "1", "P004": "11160", "OT001": "2", "OT002": "4", "OT008": "9 {~@~} 5"},
        row | {"EntityId": "2", "P004": "0", "OT001": "5", "OT002": "", "OT008": ""},
    ]

    (result,) = results_of(a_table(*rows), table_hints("lfpse-extract"))

    assert isinstance(result, Mapped)
    content = result.draft.content
    mother, baby = content["patients"]
    assert (mother["age_years"], mother["harm"]) == (30, "severe")
    assert mother["harm_psychological"] == "none"
    assert mother["outcomes"] == ["pph", "return_to_theatre"]
    assert (baby["age_group"], baby["harm"]) == ("neonate", "none")
    assert content["categories"] == ["medication", "device"]
    assert result.draft.revision == "3"


def test_a_death_unrelated_to_care_is_an_outcome_without_an_error() -> None:
    """LFPSE's outcome type 1."""
    content = draft_of("lfpse-extract", Reference="R-1", OT008="1").content

    assert (content["kind"], content["patients"][0]["died"]) == ("outcome", True)
    assert content["circumstances"]["error"] is False


@pytest.mark.parametrize(("column", "system"), [("OT008", "outcome-type"), ("A001", "agent-type")])
def test_the_extract_reads_every_code_as_the_events_of_lfpse_do(column: str, system: str) -> None:
    """One table for both; a known code that says nothing leaves no note."""
    codes = {
        c: row for (s, c), row in shipped_tables().lfpse.items() if s == system and c.isdigit()
    }
    assert codes
    for code, row in codes.items():
        draft = draft_of("lfpse-extract", Reference="R-1", **{column: code})
        patients = draft.content.get("patients") or [{}]
        said = {
            "category": draft.content.get("categories"),
            "outcome": patients[0].get("outcomes"),
            "unrelated_death": ["yes"] if patients[0].get("died") else None,
        }
        assert [value[0] for value in said.values() if value] == ([row.word] if row.word else [])
        assert draft.unmapped == (), code


@pytest.mark.parametrize("column", ["OT008", "A001"])
@pytest.mark.parametrize("cell", ["99", "7;9", "3 {~@~} 99"])
def test_an_unknown_code_of_the_extract_is_noted_once(column: str, cell: str) -> None:
    """Also where another sign stands between the codes than the extract's own."""
    draft = draft_of("lfpse-extract", Reference="R-1", **{column: cell})

    assert len(draft.unmapped) == 1
    assert QualityFlag.VALUE_UNMAPPED in draft.flags


def test_generic_takes_up_to_three_members_of_staff() -> None:
    """Columns named as our own fields."""
    draft = draft_of(
        "generic",
        record_id="G-1",
        occurred_date="2026-03-01",
        categories="fall; medication",
        staff_login="a",
        staff2_email="b@x.org",
        staff3_login="c",
        staff3_own_act="yes",
        patient_died="no",
        death_expected="unknown",
    )

    assert [m.get("own_act") for m in draft.content["staff"]] == [None, None, True]
    assert draft.content["categories"] == ["fall", "medication"]
    assert draft.content["patients"][0]["died"] is False


@pytest.mark.parametrize("name", sorted(shipped_packs()))
def test_a_shipped_pack_is_named_as_its_file_and_says_what_it_is_for(name: str) -> None:
    """And its harm has a scale, or it would not have loaded."""
    pack = shipped_packs()[name]

    assert pack.title
    assert pack.version >= 1
    assert pack.ids


def test_every_heading_that_drafts_know_leads_to_a_field() -> None:
    """In the form in which headings are compared, each once."""
    for heading, path in read_headers().items():
        assert heading == normal(heading)
        assert path == "drop" or isinstance(_field(path), Field), path


def _field(path: str) -> Any:
    found: Any = Group(REPORT)
    for step in path.split("."):
        found = found.fields[step]
    return found
