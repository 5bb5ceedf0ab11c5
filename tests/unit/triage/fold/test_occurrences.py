"""Occurrences: what merges, what only looks alike, and what becomes of cases."""

from typing import Any

import pytest

from services.triage.domain import occurrence
from services.triage.domain.state import State, Step
from shared.contracts import IncidentReported
from shared.contracts.words import DecisionFlag, RequestAction
from tests.builders.canonical import HOUR, NOON, a_canonical, a_nurse, a_patient, fold
from tests.builders.fold_rules import some_rules

GROUP = [{"system": "datix", "value": "77"}]
SEVERE: list[dict[str, Any]] = [a_patient(harm="severe")]


def _last(*reports: IncidentReported) -> Step:
    return fold(reports, some_rules())[-1]


def _merged(step: Step) -> list[str]:
    assert step.decision is not None
    return [item.because for item in step.decision.merge if not item.weak]


def test_a_shared_group_id_makes_two_incidents_one() -> None:
    """Whatever else they say, the source says they are one."""
    step = _last(
        a_canonical("r1", group_ids=GROUP, unit="ward-1"),
        a_canonical("r2", group_ids=GROUP, unit="ward-9", at=NOON + 90 * HOUR),
    )

    assert _merged(step) == ["group_id"]


def test_patient_unit_category_and_time_together_make_two_incidents_one() -> None:
    """All four agree; the evidence names them."""
    step = _last(
        a_canonical("r1", patients=SEVERE),
        a_canonical("r2", patients=[a_patient(harm="none")], at=NOON + 24 * HOUR),
    )

    assert _merged(step) == ["patient_unit_category"]


@pytest.mark.parametrize(
    "other",
    [
        {"unit": "ward-2"},
        {"unit": None},
        {"categories": ["fall"]},
        {"categories": None},
    ],
)
def test_anything_weaker_is_only_flagged(other: dict[str, Any]) -> None:
    """The same patient within a day is a possible duplicate, no more."""
    step = _last(a_canonical("r1", patients=SEVERE), a_canonical("r2", patients=SEVERE, **other))

    assert step.decision is not None
    assert _merged(step) == []
    assert [item.weak for item in step.decision.merge] == [True]
    assert DecisionFlag.POSSIBLE_DUPLICATE in step.decision.flags


def test_a_day_and_a_minute_apart_is_neither_merged_nor_flagged() -> None:
    """Time alone separates them."""
    step = _last(
        a_canonical("r1", patients=SEVERE),
        a_canonical("r2", patients=SEVERE, at=NOON + 24 * HOUR + HOUR / 60),
    )

    assert step.decision is not None
    assert step.decision.merge == ()


def test_compatible_categories_of_the_rule_set_merge() -> None:
    """`merge.compatible` lists deterioration with airway."""
    step = _last(
        a_canonical("r1", patients=SEVERE, categories=["deterioration"]),
        a_canonical("r2", patients=SEVERE, categories=["airway"]),
    )

    assert _merged(step) == ["patient_unit_category"]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0), (0, 2, 1)])
def test_a_chain_does_not_merge_beyond_a_day_in_any_order(order: tuple[int, ...]) -> None:
    """Three incidents twenty hours apart: the first two are one, the third is flagged."""
    chain = [
        a_canonical(f"r{n}", patients=SEVERE, at=NOON + n * 20 * HOUR, received_at=NOON + 99 * HOUR)
        for n in range(3)
    ]
    state = State()
    fold([chain[n] for n in order], some_rules(), state)

    final = [
        fold(
            [
                a_canonical(
                    f"r{n}",
                    revision=2,
                    patients=SEVERE,
                    at=NOON + n * 20 * HOUR,
                    received_at=NOON + 99 * HOUR,
                    narrative_present=True,
                )
            ],
            some_rules(),
            state,
        )[0]
        for n in range(3)
    ]

    assert [_merged(step) for step in final] == [
        ["patient_unit_category"],
        ["patient_unit_category"],
        [],
    ]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_merge_asks_once_per_person_whichever_report_came_first(order: tuple[int, int]) -> None:
    """The person named in both has one case; the other is opened under the same occurrence."""
    reports = [
        a_canonical("r1", patients=SEVERE, staff=[a_nurse("p_a")]),
        a_canonical("r2", patients=SEVERE, staff=[a_nurse("p_a"), a_nurse("p_b")]),
    ]

    steps = fold([reports[n] for n in order], some_rules())

    opened = [r for step in steps for r in step.requests if r.action is RequestAction.OPEN]
    persons = sorted(r.subject.person_ref for r in opened if r.subject.kind == "person")
    assert persons == ["p_a", "p_b"]


def test_two_occurrences_that_prove_to_be_one_go_on_under_the_earlier_one() -> None:
    """The survivor's requests name the other cases, so that nobody is asked twice."""
    first = a_canonical("r1", patients=SEVERE, staff=[a_nurse("p_a"), a_nurse("p_b")])
    other = a_canonical(
        "r2", unit="ward-2", patients=SEVERE, staff=[a_nurse("p_b"), a_nurse("p_c")]
    )
    moved = a_canonical("r2", revision=2, patients=SEVERE, staff=[a_nurse("p_b"), a_nurse("p_c")])

    before, apart, joined = fold([first, other, moved], some_rules())

    by_person = {r.subject.person_ref: r for r in joined.requests if r.subject.kind == "person"}
    old = {r.subject.person_ref: r for r in apart.requests if r.subject.kind == "person"}
    assert (by_person["p_b"].action, by_person["p_b"].code) == ("amend", "merged")
    assert (by_person["p_c"].action, by_person["p_c"].code) == ("open", "merged")
    assert by_person["p_b"].replaces == (old["p_b"].case_ref,)
    assert by_person["p_c"].replaces == (old["p_c"].case_ref,)
    assert before.decision is not None
    assert joined.decision is not None
    assert joined.decision.occurrence_id == before.decision.occurrence_id


def test_a_revision_can_undo_a_merge_and_every_person_keeps_a_case() -> None:
    """Whoever belongs to the incident that leaves goes with it, and the case with them."""
    first = a_canonical("r1", patients=SEVERE, staff=[a_nurse("p_a")])
    other = a_canonical("r2", patients=SEVERE, staff=[a_nurse("p_b")])
    leaves = a_canonical("r2", revision=2, unit="ward-2", patients=SEVERE, staff=[a_nurse("p_b")])

    _, joined, parted = fold([first, other, leaves], some_rules())

    old = {r.subject.person_ref: r for r in joined.requests if r.subject.kind == "person"}
    new = {r.subject.person_ref: r for r in parted.requests if r.subject.kind == "person"}
    assert (new["p_b"].action, new["p_b"].code) == ("open", "unmerged")
    assert new["p_b"].replaces == (old["p_b"].case_ref,)
    assert new["p_a"].action is RequestAction.AMEND


def test_when_the_naming_incident_leaves_those_who_stay_get_their_own_case() -> None:
    """The occurrence that stays behind is settled in the same step."""
    first = a_canonical("r1", patients=SEVERE, staff=[a_nurse("p_a")])
    other = a_canonical("r2", patients=SEVERE, staff=[a_nurse("p_b")])
    leaves = a_canonical("r1", revision=2, unit="ward-2", patients=SEVERE, staff=[a_nurse("p_a")])

    _, joined, parted = fold([first, other, leaves], some_rules())

    old = {r.subject.person_ref: r for r in joined.requests if r.subject.kind == "person"}
    new = {r.subject.person_ref: r for r in parted.requests if r.subject.kind == "person"}
    assert (new["p_b"].action, new["p_b"].code) == ("open", "unmerged")
    assert new["p_b"].replaces == (old["p_b"].case_ref,)


def test_incidents_that_part_and_join_again_never_open_a_second_case() -> None:
    """Joining, parting and joining again only amends, or opens with what it replaces."""
    first = a_canonical("r1", patients=SEVERE, staff=[a_nurse("p_a")])
    units = ("ward-1", "ward-2", "ward-1", "ward-2")
    others = [
        a_canonical("r2", revision=n, unit=unit, patients=SEVERE, staff=[a_nurse("p_b")])
        for n, unit in enumerate(units, 1)
    ]

    steps = fold([first, *others], some_rules())

    bare = [
        request
        for step in steps
        for request in step.requests
        if request.action is RequestAction.OPEN and not request.replaces
    ]
    assert sorted(r.subject.person_ref for r in bare if r.subject.kind == "person") == [
        "p_a",
        "p_b",
    ]
    assert all(r.action != RequestAction.WITHDRAW for step in steps for r in step.requests)


def test_the_more_serious_fact_wins_and_the_conflict_is_flagged() -> None:
    """One report says mild, the other death; one expected, the other unexpected."""
    step = _last(
        a_canonical(
            "r1", patients=[a_patient(harm="mild")], circumstances={"death_expected": True}
        ),
        a_canonical(
            "r2", patients=[a_patient(harm="death")], circumstances={"death_expected": False}
        ),
    )

    assert step.decision is not None
    assert DecisionFlag.CONFLICT in step.decision.flags
    assert step.decision.facts[0]["circumstances.death_expected"] is False
    assert step.decision.facts[1]["patient.harm"] == "death"


def test_known_beats_unknown_without_a_conflict() -> None:
    """Two incomplete reports complete each other."""
    step = _last(
        a_canonical("r1", patients=[a_patient(harm="severe")]),
        a_canonical("r2", patients=[a_patient(age_years=3)]),
    )

    assert step.decision is not None
    assert DecisionFlag.CONFLICT not in step.decision.flags
    assert step.decision.facts[1]["patient.harm"] == "severe"
    assert step.decision.facts[1]["patient.age_group"] == "child"


def test_the_closest_involvement_wins_and_an_injury_stays_beside_it() -> None:
    """Direct beats witness; injured is kept as harm done to the person."""
    step = _last(
        a_canonical("r1", patients=SEVERE, staff=[a_nurse(involvement="witness")]),
        a_canonical("r2", patients=SEVERE, staff=[a_nurse(involvement="injured")]),
        a_canonical("r3", patients=SEVERE, staff=[a_nurse(involvement="direct")]),
    )

    assert step.decision is not None
    person = step.decision.persons[0]
    own = step.decision.facts[person.facts[-1]]
    assert person.involvement == "direct"
    assert own["staff.harmed"] == ("injury",)


@pytest.mark.parametrize("places", [("inpatient", "theatre"), ("theatre", "inpatient")])
def test_theatre_stands_whichever_report_names_it(places: tuple[str, str]) -> None:
    """An event in theatre is urgent; that another report names the ward does not take it away."""
    step = _last(
        *(
            a_canonical(f"r{n}", group_ids=GROUP, location={"unit_id": "w", "place_type": place})
            for n, place in enumerate(places)
        )
    )

    assert step.decision is not None
    assert step.decision.facts[0]["incident.place_type"] == "theatre"
    assert DecisionFlag.CONFLICT in step.decision.flags


@pytest.fixture
def largest_tie(monkeypatch: pytest.MonkeyPatch) -> int:
    """Give a limit that few reports reach."""
    monkeypatch.setattr(occurrence, "LARGEST_TIE", 12)
    return 12


def test_a_placeholder_for_a_group_id_joins_nobody(largest_tie: int) -> None:
    """A source that writes one value into every record does not make them one occurrence."""
    reports = [
        a_canonical(f"r{n}", group_ids=[{"system": "x", "value": "0"}])
        for n in range(largest_tie + 1)
    ]

    steps = fold(reports, some_rules())

    assert len(_merged(steps[-2])) == largest_tie - 1
    assert _merged(steps[-1]) == []


def test_a_placeholder_for_a_patient_joins_nobody(largest_tie: int) -> None:
    """The same dummy number on many incidents of a ward is nobody's patient number."""
    reports = [a_canonical(f"r{n}", patients=SEVERE) for n in range(largest_tie + 1)]

    steps = fold(reports, some_rules())

    assert len(_merged(steps[-2])) == largest_tie - 1
    assert _merged(steps[-1]) == []


def test_a_case_that_moves_back_with_its_incident_is_never_withdrawn() -> None:
    """The notifier has both references as one case, so withdrawing either would end both."""
    mild: dict[str, Any] = {"patients": [a_patient(harm="none")], "staff": [a_nurse()]}
    grave: dict[str, Any] = {"patients": SEVERE, "staff": [a_nurse()]}

    steps = fold(
        [
            a_canonical("r1", revision=1, unit="ward-2", **mild),
            a_canonical("r2", revision=1, **grave),
            a_canonical("r1", revision=2, **mild),
            a_canonical("r2", revision=2, at=NOON + 30 * HOUR, **grave),
        ],
        some_rules(),
    )

    codes = [[(r.action.value, r.code) for r in step.requests] for step in steps]
    assert codes == [[], [("open", "first")], [("open", "merged")], [("amend", "unmerged")]]


def test_a_case_shared_by_two_occurrences_ends_only_with_the_last_of_them() -> None:
    """Joined and parted again, both references lead to one case, which either may still need."""
    grave: dict[str, Any] = {"patients": SEVERE, "staff": [a_nurse()]}
    mild: dict[str, Any] = {"patients": [a_patient(harm="none")], "staff": [a_nurse()]}

    steps = fold(
        [
            a_canonical("r1", revision=1, **grave),
            a_canonical("r2", revision=1, unit="ward-2", **grave),
            a_canonical("r2", revision=2, **grave),
            a_canonical("r2", revision=3, unit="ward-2", **grave),
            a_canonical("r1", revision=2, **mild),
            a_canonical("r2", revision=4, unit="ward-2", **mild),
        ],
        some_rules(),
    )

    codes = [[(r.action.value, r.code) for r in step.requests] for step in steps]
    assert codes[2:] == [
        [("amend", "merged")],
        [("raise", "restored")],
        [],
        [("withdraw", "lowered")],
    ]


@pytest.mark.parametrize(
    ("said", "code"),
    [({"opted_out": True}, "opted_out"), ({"support_offered": True}, "already_supported")],
)
def test_what_one_report_says_of_a_person_ends_every_case_of_the_merged_occurrence(
    said: dict[str, Any], code: str
) -> None:
    """A no said in one report holds for the case that another report of it opened."""
    steps = fold(
        [
            a_canonical("r1", patients=SEVERE, staff=[a_nurse()]),
            a_canonical("r2", unit="ward-2", patients=SEVERE, staff=[a_nurse()]),
            a_canonical("r2", revision=2, patients=SEVERE, staff=[a_nurse(**said)]),
        ],
        some_rules(),
    )

    opened = {step.requests[0].case_ref for step in steps[:2]}
    assert {(r.case_ref, r.action.value, r.code) for r in steps[2].requests} == {
        (ref, "withdraw", code) for ref in opened
    }


def test_tenants_never_merge() -> None:
    """The same group id at two tenants means two occurrences."""
    step = _last(
        a_canonical("r1", group_ids=GROUP), a_canonical("r1", tenant="beta", group_ids=GROUP)
    )

    assert _merged(step) == []
