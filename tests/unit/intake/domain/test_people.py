"""Staff, reporter, signals: one entry per person, by pseudonym, no symptom kept."""

from typing import Any

import pytest

from services.intake.domain.context import UnitTable
from shared.contracts.words import Involvement, QualityFlag, RejectionCode
from shared.identity import person_ref
from tests.builders.reports import PSEUDONYM_KEY, a_native_report, mapped, refused, some_hints

ANN = {"system": "login", "value": "ann"}
ANN_REF = person_ref(PSEUDONYM_KEY, "login", "ann")


def content_of(**overrides: Any) -> dict[str, Any]:
    return dict(mapped(a_native_report(**overrides)).draft.content)


def fake_seal(system: str, value: str) -> str:
    return f"sealed:{len(system)}:{len(value)}"


def test_an_identifier_becomes_a_pseudonym_and_is_sealed() -> None:
    """Triage sees the pseudonym; only the notifier can open the seal."""
    report = a_native_report(staff=[{"id": ANN}], reporter={"id": ANN})
    content = mapped(report, some_hints(seal=fake_seal)).draft.content

    assert content["staff"] == [{"person_ref": ANN_REF, "sealed": "sealed:5:3"}]
    assert content["reporter"] == {"person_ref": ANN_REF, "sealed": "sealed:5:3"}


def test_without_a_seal_no_identifier_travels() -> None:
    """A dry run seals nothing."""
    assert content_of(staff=[{"id": ANN}])["staff"] == [{"person_ref": ANN_REF}]


def test_a_login_typed_differently_is_one_person() -> None:
    """Case and outer blanks do not make two people; their strongest involvement counts."""
    draft = mapped(
        a_native_report(
            staff=[
                {"id": ANN, "involvement": "informed", "own_act": "no", "harmed": ["threat"]},
                {
                    "id": {"system": "login", "value": " ANN "},
                    "involvement": "direct",
                    "role": "nurse",
                    "own_act": "yes",
                    "harmed": ["violence"],
                },
            ]
        )
    ).draft

    assert draft.content["staff"] == [
        {
            "person_ref": ANN_REF,
            "involvement": "direct",
            "role": "nurse",
            "own_act": True,
            "harmed": ["threat", "violence"],
        }
    ]
    assert QualityFlag.DUPLICATE_IDENTIFIER in draft.flags


def test_a_name_is_the_last_resort() -> None:
    """A display name alone is taken, flagged; with an id it is never read."""
    draft = mapped(a_native_report(staff=[{"name": "Ann Lee"}])).draft

    assert draft.content["staff"][0]["person_ref"] == person_ref(PSEUDONYM_KEY, "name", "Ann Lee")
    assert QualityFlag.STAFF_DISPLAY_ONLY in draft.flags
    assert content_of(staff=[{"name": "Ann Lee", "id": ANN}])["staff"][0]["person_ref"] == ANN_REF


@pytest.mark.parametrize("identifier", ["ann", {"value": "ann"}, {"value": "ann", "system": ""}])
def test_an_identifier_without_a_system_still_tells_people_apart(identifier: object) -> None:
    """Losing the person would be worse; the missing system is noted."""
    draft = mapped(a_native_report(staff=[{"id": identifier}])).draft

    expected = person_ref(PSEUDONYM_KEY, "unspecified", "ann")
    assert draft.content["staff"][0]["person_ref"] == expected
    assert ("/staff/*/id/system") in dict(draft.unmapped)


def test_an_unusable_identifier_falls_back_to_the_name() -> None:
    """An empty id is no id."""
    staff = [{"id": {"system": "login", "value": ""}, "name": "Ann Lee"}]

    assert content_of(staff=staff)["staff"][0]["person_ref"] == person_ref(
        PSEUDONYM_KEY, "name", "Ann Lee"
    )


def test_systems_are_renamed_so_that_one_person_has_one_pseudonym() -> None:
    """An export's URI and the directory's short name mean the same."""
    hints = some_hints(staff_systems={"urn:hospital:login": "login"})
    staff = [{"id": {"system": "urn:hospital:login", "value": "ann"}}]

    content = mapped(a_native_report(staff=staff), hints).draft.content

    assert content["staff"][0]["person_ref"] == ANN_REF


def test_somebody_without_id_or_name_stays_as_a_role() -> None:
    """`A nurse` is worth keeping; an empty entry is not, and is not `known none` either."""
    assert content_of(staff=[{"role": "nurse"}])["staff"] == [{"role": "nurse"}]
    assert "staff" not in content_of(staff=[{}, None])


def test_no_symptom_is_kept() -> None:
    """Of the signals a self request stays, everything else is a concern."""
    signals = ["distress", "self_blame", "isolation", "blamed", "manager_concern", "self_request"]
    content = content_of(staff=[{"id": ANN, "signals": signals}])

    assert content["staff"][0]["signals"] == ["concern", "self_request"]
    assert content_of(staff=[{"id": ANN, "signals": []}])["staff"][0]["signals"] == []


@pytest.mark.parametrize("involvement", ["direct", "witness"])
def test_a_reporter_who_was_there_is_one_of_the_staff(involvement: str) -> None:
    """Direct involvement and witnessing make the reporter one of those affected."""
    reporter = {"id": ANN, "type": "staff", "role": "nurse", "involvement": involvement}

    content = content_of(staff=None, reporter=reporter)

    assert content["staff"] == [
        {"person_ref": ANN_REF, "role": "nurse", "involvement": involvement}
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"involvement": "informed"},
        {"involvement": None},
        {"type": "relative"},
        {"type": None},
        {"id": None},
        {"anonymous": "yes"},
    ],
)
def test_any_other_reporter_is_not(change: dict[str, Any]) -> None:
    """Not staff, not there, not named, or anonymous: no entry in staff."""
    reporter = {"id": ANN, "type": "staff", "involvement": "direct"} | change

    assert "staff" not in content_of(staff=None, reporter=reporter)


def test_a_reporter_already_named_is_merged_not_repeated() -> None:
    """One entry per person, the strongest involvement."""
    reporter = {"id": ANN, "type": "staff", "involvement": "direct"}

    content = content_of(staff=[{"id": ANN, "involvement": "informed"}], reporter=reporter)

    assert content["staff"] == [{"person_ref": ANN_REF, "involvement": "direct"}]


@pytest.mark.parametrize("asked", [True, "yes", "Ja"])
def test_an_anonymous_reporter_is_not_found_among_the_staff_either(asked: object) -> None:
    """No outreach to them, ever, whichever list names them; their colleagues stay."""
    bob = {"id": {"system": "login", "value": "bob"}}
    reporter = {"id": ANN, "type": "staff", "anonymous": asked}
    assert ANN_REF not in str(content_of(staff=[{"id": ANN}, bob], reporter=reporter)["staff"])
    alone = content_of(staff=[{"id": ANN, "involvement": "direct"}], reporter=reporter)
    assert ANN_REF not in str(alone)
    assert alone["team_hint"]["reason"] == "no_staff_named"


def test_an_anonymous_reporter_leaves_no_pseudonym() -> None:
    """No outreach to an anonymous reporter, ever: the identifier is dropped at the door."""
    reporter = {"id": ANN, "name": "Ann Lee", "type": "staff", "anonymous": True}

    assert content_of(reporter=reporter)["reporter"] == {"type": "staff", "anonymous": True}


def test_nobody_can_be_named_more_often_than_the_limit() -> None:
    """200 members of staff are a report, 201 are refused."""
    many = [{"id": {"system": "login", "value": str(number)}} for number in range(201)]

    assert len(content_of(staff=many[:200])["staff"]) == 200
    refusal = refused(a_native_report(staff=many))
    assert (refusal.code, refusal.pointer) == (RejectionCode.LIMIT, "/staff")


def test_the_reporter_may_be_one_more_than_the_limit() -> None:
    """The contract leaves room for the reporter beside 200 named."""
    many = [{"id": {"system": "login", "value": str(number)}} for number in range(200)]
    reporter = {"id": ANN, "type": "staff", "involvement": "witness"}

    assert len(content_of(staff=many, reporter=reporter)["staff"]) == 201


def test_every_involvement_has_a_strength() -> None:
    """A new word of the contract must be ranked here before it is merged."""
    for involvement in Involvement:
        twice = [
            {"id": ANN, "involvement": involvement.value},
            {"id": ANN, "involvement": "author"},
        ]
        assert content_of(staff=twice)["staff"][0]["involvement"] == involvement.value


def test_the_unit_of_a_person_goes_through_the_table_too() -> None:
    """A known alias becomes the unit_id, an unknown code stays and is flagged."""
    units = UnitTable.of({"ward-7": ("main", {"native": ("W7",)})})
    staff = [{"id": ANN, "unit_id": "w7"}, {"role": "nurse", "unit_id": "X"}]

    place = {"unit_id": "W7"}
    draft = mapped(a_native_report(staff=staff, location=place), some_hints(units=units)).draft

    assert [member["unit_id"] for member in draft.content["staff"]] == ["ward-7", "X"]
    assert QualityFlag.UNIT_UNKNOWN in draft.flags


@pytest.mark.parametrize("asked", ["1", "Ja", "anonym", 7, ["yes"]])
def test_a_reporter_whose_wish_cannot_be_read_leaves_no_pseudonym(asked: object) -> None:
    """Whoever may have asked not to be known is not, and stays out of the staff."""
    reporter = {"id": ANN, "type": "staff", "involvement": "direct", "anonymous": asked}
    content = content_of(staff=None, reporter=reporter)

    assert "person_ref" not in content["reporter"]
    assert "staff" not in content


@pytest.mark.parametrize("asked", ["0", False, "no", "unknown", "", None])
def test_a_reporter_who_did_not_ask_is_named(asked: object) -> None:
    """Unknown is not yes."""
    reporter = {"id": ANN, "type": "staff", "involvement": "direct", "anonymous": asked}

    assert content_of(staff=None, reporter=reporter)["staff"][0]["person_ref"] == ANN_REF


def test_the_name_of_an_identifier_system_has_no_case() -> None:
    """Two spellings would make two people of one, and two messages."""
    staff = [{"id": {"system": "Login", "value": "ann"}}, {"id": ANN}]

    assert [each["person_ref"] for each in content_of(staff=staff)["staff"]] == [ANN_REF]


@pytest.mark.parametrize(("tick", "died"), [(1, True), ("1 ", True), (0, False), ("0 ", False)])
def test_a_tick_box_of_a_database_is_yes_or_no(tick: object, died: bool) -> None:  # noqa: FBT001
    """1 and 0; any other number is not guessed."""
    assert content_of(patients=[{"died": tick}])["patients"][0]["died"] is died
    assert "died" not in content_of(patients=[{"died": 2}])["patients"][0]
