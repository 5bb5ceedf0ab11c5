"""Importing a directory again: people stay who they are."""

from dataclasses import replace

import pytest

from services.notifier.directory import Imported, check_entries, import_entries, read_entries
from services.notifier.directory_entries import person_id_of
from services.notifier.domain.errors import DirectoryRefusedError
from services.notifier.domain.states import State
from tests.builders.notifier import NOON, TENANT, Stage, a_request

HEADER = (
    "identifier_system,identifier,other_identifiers,given_name,family_name,email,manager,paused\n"
)
EVE = "ad,eve,payroll=7,Eve,East,eve@northwick.example,,\n"
SWAPPED = "payroll,7,ad=eve,Eve,East,eve@northwick.example,,\n"
EVE_ID = person_id_of(TENANT, "p_ad_eve")


@pytest.fixture
def stage() -> Stage:
    """Give a notifier that knows Eve by two identifiers."""
    there = Stage()
    again(there, EVE)
    return there


def again(stage: Stage, *rows: str) -> Imported:
    """Import rows."""
    entries = read_entries(HEADER + "".join(rows), TENANT, lambda system, id_: f"p_{system}_{id_}")
    with stage.store.begin() as unit:
        return import_entries(unit, TENANT, entries, "sha", NOON)


def refused(stage: Stage, *rows: str) -> tuple[str, ...]:
    """Return why rows are not imported, which a check finds as well."""
    entries = read_entries(HEADER + "".join(rows), TENANT, lambda system, id_: f"p_{system}_{id_}")
    with stage.store.read() as unit, pytest.raises(DirectoryRefusedError) as checked:
        check_entries(unit, TENANT, entries)
    with pytest.raises(DirectoryRefusedError) as found:
        again(stage, *rows)
    assert checked.value.findings == found.value.findings
    return found.value.findings


def test_another_first_identifier_is_no_other_person(stage: Stage) -> None:
    """An opt-out outlives the change of the identifier that comes first."""
    with stage.store.begin() as unit:
        unit.directory.opt_out(TENANT, EVE_ID, NOON)

    done = again(stage, SWAPPED)
    stage.receive(a_request(person="p_payroll_7"))

    assert (done.new, stage.case().code) == (0, "opted_out")


def test_a_row_that_would_make_two_people_one_is_refused(stage: Stage) -> None:
    """By row number; nothing has been written."""
    again(stage, "ad,max,,Max,Moor,max@northwick.example,,\n")

    (finding,) = refused(stage, "ad,max,payroll=7,Max,Moor,max@northwick.example,,\n")

    assert finding.startswith("Row 2: an identifier belongs to somebody else in the directory.")


def test_nobody_is_renamed_into_somebody_else(stage: Stage) -> None:
    """An identifier that was matched with the wrong person does not give her another name."""
    mia = "payroll,7,,Mia,Moor,mia@northwick.example,,\n"

    assert len(refused(stage, mia)) == 1
    assert again(stage, "ad,eve,,Eve,East,eve@northwick.example,,\n", mia).new == 1

    with stage.store.read() as unit:
        found = unit.directory.resolve(TENANT, ["p_ad_eve", "p_payroll_7"])
    assert found == {"p_ad_eve": EVE_ID, "p_payroll_7": person_id_of(TENANT, "p_payroll_7")}


def test_one_person_cannot_have_two_rows(stage: Stage) -> None:
    """The second row is named with the first."""
    rows = (
        "payroll,7,,Eve,East,eve@northwick.example,,\n",
        "mail,eve,payroll=7,Eve,East,eve@northwick.example,,\n",
    )
    apart = read_entries(HEADER + rows[0], TENANT, lambda system, id_: f"p_{system}_{id_}")
    twice = [*apart, replace(apart[0], row=3, refs=("p_mail_eve", "p_ad_eve"))]
    twice[1] = replace(twice[1], person=replace(twice[1].person, person_id="other"))

    with stage.store.read() as unit, pytest.raises(DirectoryRefusedError) as found:
        check_entries(unit, TENANT, twice)

    assert found.value.findings == ("Row 3: an identifier belongs to the person of row 2.",)


@pytest.mark.parametrize("manager", ["leo", "eve"])
def test_a_manager_is_found_by_any_identifier(stage: Stage, manager: str) -> None:
    """In the file or in the directory: a line manager is never asked to support."""
    leo = "payroll,9,ad=leo,Leo,Marsh,leo@northwick.example,,\n"
    again(stage, SWAPPED)
    again(stage, f"ad,amy,,Amy,Ash,amy@northwick.example,{manager},\n", leo)

    with stage.store.read() as unit:
        amy = unit.directory.find(TENANT, person_id_of(TENANT, "p_ad_amy"))

    expected = {"leo": person_id_of(TENANT, "p_payroll_9"), "eve": EVE_ID}
    assert amy is not None
    assert amy.manager == expected[manager]


def test_a_manager_who_is_imported_later_is_met_by_any_identifier(stage: Stage) -> None:
    """The order of files does not decide who may be asked."""
    again(stage, "ad,amy,,Amy,Ash,amy@northwick.example,leo,\n")

    again(stage, "payroll,9,ad=leo,Leo,Marsh,leo@northwick.example,,\n")

    with stage.store.read() as unit:
        amy = unit.directory.find(TENANT, person_id_of(TENANT, "p_ad_amy"))
    assert amy is not None
    assert amy.manager == person_id_of(TENANT, "p_payroll_9")


@pytest.mark.parametrize(("cell", "paused"), [("", True), ("no", False), ("yes", True)])
def test_an_import_ends_a_pause_only_when_it_says_so(
    stage: Stage, cell: str, *, paused: bool
) -> None:
    """A supporter's own pause is theirs."""
    with stage.store.begin() as unit:
        eve = unit.directory.find(TENANT, EVE_ID)
        assert eve is not None
        unit.directory.put(replace(eve, paused=True), ())

    again(stage, EVE.replace(",,\n", f",,{cell}\n"))

    with stage.store.read() as unit:
        now = unit.directory.find(TENANT, EVE_ID)
    assert now is not None
    assert now.paused is paused


def test_two_unresolved_cases_of_one_person_both_go_on_at_once(stage: Stage) -> None:
    """One joins the other, which goes on at once and does not wait for a second import."""
    stage.receive(a_request(person="p_ad_zoe"), a_request(case="two", person="p_payroll_8"))

    done = again(stage, "ad,zoe,payroll=8,Zoe,Zorn,zoe@northwick.example,,\n")
    stage.settle()

    assert done.resolved == 1
    assert {stage.case().state, stage.case("two").state} == {State.CLOSED, State.OFFERED}
