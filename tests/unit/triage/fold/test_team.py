"""The team: who is reached when nobody, or not everybody, is named."""

from typing import Any

import pytest

from services.triage.domain.activation import ActiveRules
from services.triage.domain.ruleset_loader import rule_set_from_document
from services.triage.domain.state import Step
from shared.contracts.outreach_requested import TeamSubject
from tests.builders.canonical import HOUR, NOON, a_canonical, a_nurse, a_patient, fold
from tests.builders.fold_rules import a_rule_document, some_rules

SEVERE: list[dict[str, Any]] = [a_patient(harm="severe")]
HINT: dict[str, Any] = {
    "unit_id": "ward-1",
    "earliest": NOON - HOUR,
    "latest": NOON,
    "headcount": 4,
    "reason": "no_staff_named",
}


def _teams(step: Step) -> list[TeamSubject]:
    return [r.subject for r in step.requests if isinstance(r.subject, TeamSubject)]


def _step(**fields: Any) -> Step:
    return fold([a_canonical(**{"patients": SEVERE, **fields})], some_rules())[0]


def test_nobody_named_asks_for_the_team_of_the_unit() -> None:
    """The nameless person's tier becomes the team's; period and headcount come from the hint."""
    step = _step(team_hint=HINT)

    (team,) = _teams(step)
    assert (team.unit_id, team.headcount, team.earliest) == ("ward-1", 4, NOON - HOUR)
    assert step.decision is not None
    assert step.decision.team is not None
    assert step.decision.team.tier == 2


def test_a_named_reporter_does_not_suppress_the_team() -> None:
    """The reporter is a candidate of their own, and the team is asked for as well."""
    step = _step(reporter={"person_ref": "p_rep", "type": "staff", "involvement": "direct"})

    assert [r.subject.kind for r in step.requests] in (["person", "team"], ["team", "person"])


def test_somebody_named_who_was_close_suppresses_the_team() -> None:
    """One direct nurse is named: no team."""
    step = _step(staff=[a_nurse()])

    assert step.decision is not None
    assert step.decision.team is None


def test_a_reporter_among_the_staff_does_not_suppress_the_team_either() -> None:
    """Intake puts a reporter who helped provide the care among the staff, and hints at the team."""
    reporter = {"person_ref": "p_rep", "type": "staff", "involvement": "direct"}
    hint = HINT | {"headcount": None, "reason": "reporter_only"}

    step = _step(staff=[a_nurse("p_rep")], reporter=reporter, team_hint=hint)
    others = _step(staff=[a_nurse("p_rep"), a_nurse("p_b")], reporter=reporter)
    alone = _step(staff=[a_nurse("p_rep")], reporter=reporter, team_headcount=1)

    assert [len(_teams(each)) for each in (step, others, alone)] == [1, 0, 0]


def test_unnamed_staff_of_two_units_suggest_group_support() -> None:
    """Two reports of one occurrence, of two units, nobody named: more than one unit."""
    group = [{"system": "datix", "value": "E-7"}]
    reports = [
        a_canonical("r1", patients=SEVERE, group_ids=group),
        a_canonical("r2", patients=SEVERE, group_ids=group, unit="ward-2"),
    ]

    first, second = fold(reports, some_rules())

    assert first.decision is not None
    assert second.decision is not None
    assert (first.decision.group_support, second.decision.group_support) == (False, True)


def test_a_person_known_to_be_only_the_author_does_not_suppress_the_team() -> None:
    """Whoever only wrote or heard of it is not the care team."""
    step = _step(staff=[a_nurse(involvement="author")])

    assert len(_teams(step)) == 1


def test_a_larger_headcount_reaches_the_rest() -> None:
    """Two are named, five were there."""
    step = _step(staff=[a_nurse("p_a"), a_nurse("p_b")], team_headcount=5)

    assert len(_teams(step)) == 1
    assert len(step.requests) == 3


def test_as_many_named_as_there_were_leaves_no_team() -> None:
    """Two are named and two were there."""
    step = _step(staff=[a_nurse("p_a"), a_nurse("p_b")], team_headcount=2)

    assert _teams(step) == []


@pytest.mark.parametrize(
    ("location", "place"),
    [
        ({"unit_id": "ward-1", "campus": "main"}, "ward-1"),
        ({"campus": "main"}, "main"),
        (None, None),
    ],
)
def test_without_a_unit_the_campus_and_at_last_the_tenant_is_asked(
    location: dict[str, str] | None, place: str | None
) -> None:
    """Nothing with a tier reaches no human."""
    (team,) = _teams(_step(location=location))

    assert (team.unit_id or team.campus) == place


def test_whom_nobody_can_name_counts_into_the_team() -> None:
    """A staff entry without person_ref is withheld as unresolvable and reached through the team."""
    step = _step(staff=[a_nurse(None), a_nurse("p_known", involvement="witness")])

    assert step.decision is not None
    assert [p.withheld_because for p in step.decision.persons] == [None, "unresolvable"]
    assert len(_teams(step)) == 1


def test_the_teams_range_reaches_as_far_as_that_of_whoever_counts_into_it() -> None:
    """Of somebody nobody can name we do not know how severe it was; neither do we of the team."""
    unknown = _step(staff=[a_nurse(None), a_nurse()], patients=[a_patient()])
    known = _step(staff=[a_nurse(None), a_nurse()], patients=SEVERE)

    before, after = unknown.decision, known.decision
    assert before is not None
    assert after is not None
    assert before.team is not None
    assert after.team is not None
    assert (before.team.tier, before.team.tier_if_unknowns_worst) == (1, 2)
    assert after.team.tier == 2


def test_names_in_a_later_revision_open_persons_and_raise_the_team_once() -> None:
    """The coordinator learns that people are named now; later revisions do not repeat it."""
    first, named, again = fold(
        [
            a_canonical(revision=1, patients=SEVERE, team_hint=HINT),
            a_canonical(revision=2, patients=SEVERE, staff=[a_nurse()]),
            a_canonical(revision=3, patients=SEVERE, staff=[a_nurse()], status="closed"),
        ],
        some_rules(),
    )

    assert [(r.action, r.code) for r in first.requests] == [("open", "first")]
    assert sorted((r.action, r.code) for r in named.requests) == [
        ("open", "first"),
        ("raise", "named"),
    ]
    assert not again.requests


def test_names_in_a_later_revision_tell_the_team_although_a_team_rule_is_unknown() -> None:
    """A team that is offered nothing while a rule cannot know ends no case of its own."""
    rules = a_rule_document()
    rules["rules"].append(
        rules["rules"][-1]
        | {"id": "team_unknown", "for": "team", "when": "self_harm_suicide in incident.categories"}
    )
    hint = a_canonical(revision=1, categories=None, patients=SEVERE, team_hint=HINT)
    names = a_canonical(revision=2, categories=None, patients=SEVERE, staff=[a_nurse()])

    _, named = fold([hint, names], ActiveRules(rule_set_from_document(rules)))

    assert named.decision is not None
    assert named.decision.team is not None
    assert sorted((r.action, r.code) for r in named.requests) == [
        ("open", "first"),
        ("raise", "named"),
    ]


def test_a_unit_that_becomes_known_takes_over_the_case_of_the_campus() -> None:
    """One team case goes on under its place."""
    first, placed = fold(
        [
            a_canonical(revision=1, patients=SEVERE, location={"campus": "main"}),
            a_canonical(revision=2, patients=SEVERE),
        ],
        some_rules(),
    )

    (request,) = placed.requests
    assert (request.action, request.code) == ("open", "place_known")
    assert request.replaces == (first.requests[0].case_ref,)


def test_a_hint_of_another_unit_reaches_its_team_although_somebody_is_named() -> None:
    """The ward named its nurse; the pharmacy's report of the same occurrence names nobody."""
    group = [{"system": "x", "value": "1"}]
    ward = a_canonical("r1", patients=SEVERE, staff=[a_nurse()], group_ids=group)
    pharmacy = a_canonical(
        "r2", unit="pharmacy", group_ids=group, team_hint={**HINT, "unit_id": "pharmacy"}
    )

    _, step = fold([ward, pharmacy], some_rules())

    assert [team.unit_id for team in _teams(step)] == ["pharmacy"]


def test_a_hint_without_a_unit_adds_nothing_to_a_named_person() -> None:
    """It says no more than that a report named nobody."""
    group = [{"system": "x", "value": "1"}]
    named = a_canonical("r1", patients=SEVERE, staff=[a_nurse()], group_ids=group)
    vague = a_canonical("r2", unit=None, group_ids=group, team_hint={"reason": "no_staff_named"})

    _, step = fold([named, vague], some_rules())

    assert _teams(step) == []


def test_an_anonymous_reporter_is_never_reached() -> None:
    """Neither as reporter nor as the staff entry of the same person."""
    reporter = {"person_ref": "p_rep", "type": "staff", "anonymous": True}
    hidden = _step(reporter=reporter, staff=[a_nurse()])
    named = _step(reporter=reporter, staff=[a_nurse("p_rep")])

    assert hidden.decision is not None
    assert named.decision is not None
    assert [p.person_ref for p in hidden.decision.persons] == ["p_nurse"]
    assert [p.withheld_because for p in named.decision.persons] == ["anonymous_reporter"]


def test_a_relative_who_reports_is_no_candidate() -> None:
    """Only staff can be second victims."""
    step = _step(reporter={"person_ref": "p_rel", "type": "relative"}, staff=[a_nurse()])

    assert step.decision is not None
    assert [p.person_ref for p in step.decision.persons] == ["p_nurse"]


@pytest.mark.parametrize(("count", "suggested"), [(5, False), (6, True)])
def test_group_support_is_suggested_for_more_than_five_staff(
    count: int, *, suggested: bool
) -> None:
    """Nationwide Children's: more than five staff."""
    step = _step(staff=[a_nurse(f"p_{n}") for n in range(count)])

    assert step.decision is not None
    assert step.decision.group_support is suggested


def test_group_support_is_suggested_for_several_units_or_a_large_team_or_by_a_rule() -> None:
    """The other three ways to get there."""
    units = _step(staff=[a_nurse("p_a", unit_id="icu"), a_nurse("p_b")])
    team = _step(team_hint={**HINT, "headcount": 6})
    rule = _step(staff=[a_nurse()], categories=["self_harm_suicide"])

    for step in (units, team, rule):
        assert step.decision is not None
        assert step.decision.group_support
