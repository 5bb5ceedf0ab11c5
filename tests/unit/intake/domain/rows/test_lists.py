"""Lists of a pack: patients and staff out of a cell, and what counts where a list is empty."""

import json
from typing import Any

import pytest

from services.intake.domain.results import Mapped
from services.intake.domain.rows.problems import PackError
from shared.contracts.words import QualityFlag
from shared.identity import person_ref
from tests.builders.reports import PSEUDONYM_KEY
from tests.builders.rows import a_pack, a_table, draft_of, results_of, table_hints


def a_datix_row(*contacts: dict[str, Any], **cells: str) -> dict[str, str]:
    """Return an incident of DatixWeb with its contacts; nobody is listed by default."""
    row = {"recordid": "7", "inc_dincident": "2026-03-01", "contacts": json.dumps(contacts)}
    return row | cells


def refs(*logins: str) -> list[str]:
    return [person_ref(PSEUDONYM_KEY, "login", login) for login in logins]


@pytest.mark.parametrize("contacts", [[], [{"con_type": "EMPC", "login": "ann"}]])
def test_a_death_without_a_listed_patient_is_still_a_death(contacts: list[dict[str, Any]]) -> None:
    """The severity is the incident's; whose it was is often entered days later."""
    row = a_datix_row(*contacts, inc_severity="death")

    assert draft_of("datixweb", **row).content["patients"] == [{"pseudonyms": [], "harm": "death"}]


def test_a_table_without_a_column_of_contacts_keeps_the_grade() -> None:
    """The first export of a hospital often has none."""
    draft = draft_of("datixweb", recordid="7", inc_severity="death")

    assert draft.content["patients"] == [{"pseudonyms": [], "harm": "death"}]
    assert "staff" not in draft.content


def test_an_incident_without_a_grade_invents_no_patient() -> None:
    """Nothing is known of anybody."""
    assert "patients" not in draft_of("datixweb", **a_datix_row()).content


def test_a_listed_patient_is_the_only_one() -> None:
    """The grade goes to whom the incident happened, once."""
    row = a_datix_row({"con_type": "PATC", "link_deceased": "Y"}, inc_severity="death")

    (patient,) = draft_of("datixweb", **row).content["patients"]
    assert (patient["harm"], patient["died"]) == ("death", True)


@pytest.mark.parametrize("yes", ["Y", "Yes", "1", "true"])
def test_ticks_of_a_contact_are_read_however_they_were_exported(yes: str) -> None:
    """A view gives Y, a tool Yes, a database 1."""
    assault = {"con_type": "EMPC", "login": "ann", "link_attempted_assault": yes}
    row = a_datix_row({"con_type": "PATC", "link_req_resuscitation": yes}, assault)
    content = draft_of("datixweb", **row).content

    assert content["patients"][0]["outcomes"] == ["resuscitation"]
    assert content["staff"][0]["harmed"] == ["violence"]


@pytest.mark.parametrize("pack", ["datixweb", "dciq"])
@pytest.mark.parametrize(
    "contact",
    [
        {},
        {"con_type": ""},
        {"con_type": None},
        {"con_type": "REL"},
        {"con_type": "C of E chaplaincy, C"},
        {"con_type": ["EMPC"]},
        {"con_type": 7},
        {"link_deceased": "Y"},
    ],
)
def test_a_contact_of_an_unknown_type_is_not_written_to_and_flagged(
    pack: str, contact: dict[str, Any]
) -> None:
    """It may be the patient's mother; the nurse beside it is found all the same."""
    nurse = {"con_type": "empc ", "login": "ann"}
    draft = draft_of(pack, **a_datix_row(contact | {"con_email": "mum@home.example"}, nurse))

    assert [member["person_ref"] for member in draft.content["staff"]] == refs("ann")
    assert QualityFlag.VALUE_UNMAPPED in draft.flags
    assert [field for field, _ in draft.unmapped] == ["/staff/*/where"]


def test_known_contacts_leave_no_flag() -> None:
    """Patients, the dead, and staff whose record of being alive nobody has filled in."""
    patient, dead = {"con_type": "PATC"}, {"con_type": "EMPC", "login": "eve", "link_deceased": "1"}
    nurse = {"con_type": "EMPC", "login": "ann"}
    draft = draft_of("datixweb", **a_datix_row(patient, dead, nurse))

    assert [member["person_ref"] for member in draft.content["staff"]] == refs("ann")
    assert QualityFlag.VALUE_UNMAPPED not in draft.flags


def test_a_site_says_who_else_is_staff_and_who_is_known_not_to_be() -> None:
    """By the endings of its own codes, and by name."""
    pack = a_pack(
        "staff: {from: people, where: {type: {ends: [C, STF]}}, where_not: {type: [PATC, REL]},"
        " id: {column: login, system: login}}\n"
    )
    people = [
        {"type": kind, "login": kind.lower()} for kind in ("PATC", "REL", "BANKSTF", "EMPC", "VIS")
    ]
    draft = draft_of(pack, people=json.dumps(people))

    assert [member["person_ref"] for member in draft.content["staff"]] == refs("bankstf", "empc")
    assert [field for field, _ in draft.unmapped] == ["/staff/*/where"]


def test_several_people_in_one_cell_are_all_kept() -> None:
    """Merged columns of an export: nobody is lost."""
    pack = a_pack(
        'staff: {from: {column: people, split: [",", "/"]}, id: {column: value, system: login}}\n'
    )
    staff = draft_of(pack, people="ann, bob / cem").content["staff"]

    assert [member["person_ref"] for member in staff] == refs("ann", "bob", "cem")


def test_a_json_list_of_plain_values_is_a_list_of_people() -> None:
    """What a database aggregates without names of members."""
    pack = a_pack("staff: {from: people, id: {column: value, system: login}}\n")
    staff = draft_of(pack, people='["ann", "bob"]').content["staff"]

    assert [member["person_ref"] for member in staff] == refs("ann", "bob")


def test_a_pack_that_would_lose_all_but_the_first_person_does_not_load() -> None:
    """It says how to keep them all."""
    with pytest.raises(PackError, match=r"all but the first would be lost[\s\S]*from: \{column"):
        a_pack('staff: {id: {column: people, split: ","}}\n')


def test_a_coding_whose_cell_is_blank_is_none() -> None:
    """A constant system alone codes nothing, and is no fault of the source."""
    draft = draft_of("datixweb", **a_datix_row())

    assert "codings" not in draft.content or draft.content["codings"] == []
    assert QualityFlag.CODING_WITHOUT_CODE not in draft.flags


def test_lists_of_all_rows_of_a_record_count_each_once() -> None:
    """A row per role with several people in a cell, or the same list in every row."""
    pack = a_pack(
        "together: [id]\n"
        'staff: {from: {column: people, split: ","}, role: job,'
        " id: {column: value, system: login}}\n"
        "patients: {from: contacts, died: dead}\n"
    )
    contacts = '[{"dead": "yes"}]'
    rows = [("ann,bob", "nurse", contacts), ("cem", "physician", contacts)]
    table = a_table(
        *({"id": "1", "people": who, "job": job, "contacts": of} for who, job, of in rows)
    )
    (result,) = results_of(table, table_hints(pack))

    assert isinstance(result, Mapped)
    staff = result.draft.content["staff"]
    assert [each["person_ref"] for each in staff] == refs("ann", "bob", "cem")
    assert [each["role"] for each in staff] == ["nurse", "nurse", "physician"]
    assert [each["died"] for each in result.draft.content["patients"]] == [True]
