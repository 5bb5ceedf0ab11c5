"""Requests: opened once, raised, amended, withdrawn, withheld with a code."""

from typing import Any

import pytest

from services.triage.domain.activation import ActiveRules
from services.triage.domain.ruleset_loader import rule_set_from_document
from services.triage.domain.state import State
from shared.contracts.ruleset import UnitActivation
from shared.contracts.words import DecisionFlag, Family, RequestAction, RulesMode
from tests.builders.canonical import DAY, NOON, a_canonical, a_nurse, a_patient, fold
from tests.builders.fold_rules import a_rule_document, some_rules

SEVERE: list[dict[str, Any]] = [a_patient(harm="severe")]


def _actions(*revisions: dict[str, Any], **rules: Any) -> list[list[tuple[str, str]]]:
    """Return action and code of each revision's requests; all else is alike."""
    reports = [a_canonical(revision=n, **fields) for n, fields in enumerate(revisions, 1)]
    steps = fold(reports, some_rules(**rules))
    return [[(request.action.value, request.code) for request in step.requests] for step in steps]


def test_the_first_offer_opens_and_the_same_again_asks_nothing() -> None:
    """A revision that changes nothing for the person issues no request."""
    facts: dict[str, Any] = {"patients": SEVERE, "staff": [a_nurse()]}

    assert _actions(facts, {**facts, "narrative_present": True}) == [[("open", "first")], []]


def test_a_more_urgent_result_raises_and_a_lower_one_is_only_recorded() -> None:
    """Severe, then death, then severe again: open, raise, nothing."""
    staff = [a_nurse()]

    actions = _actions(
        {"patients": SEVERE, "staff": staff},
        {"patients": [a_patient(harm="death")], "staff": staff},
        {"patients": SEVERE, "staff": [a_nurse(), a_nurse("p_author", involvement="author")]},
    )

    assert actions[:2] == [[("open", "first")], [("raise", "risen")]]
    assert {action for action, _ in actions[2]} == {"amend"}


def test_nothing_left_to_offer_withdraws() -> None:
    """Tier 0 after an offer is a withdrawal, with the code lowered."""
    staff = [a_nurse(own_act=False, trainee=False)]

    actions = _actions(
        {"patients": SEVERE, "staff": staff}, {"patients": [a_patient(harm="none")], "staff": staff}
    )

    assert actions[1] == [("withdraw", "lowered")]


def test_a_person_who_is_no_longer_named_is_withdrawn() -> None:
    """A revision corrects the name: one case ends, another begins."""
    actions = _actions(
        {"patients": SEVERE, "staff": [a_nurse("p_wrong")]},
        {"patients": SEVERE, "staff": [a_nurse("p_right")]},
    )

    assert sorted(actions[1]) == [("open", "first"), ("withdraw", "not_named")]


def test_everyone_involved_is_excluded_as_supporter() -> None:
    """Staff, the reporter and investigators may not be the supporter."""
    report = a_canonical(
        patients=SEVERE,
        staff=[a_nurse("p_a"), a_nurse("p_b", involvement="informed")],
        reporter={"person_ref": "p_rep", "type": "staff", "involvement": "author"},
        investigators=["p_inv"],
    )

    (step,) = fold([report], some_rules())

    assert step.requests[0].exclude == ("p_a", "p_b", "p_inv", "p_rep")


def test_a_new_investigator_amends_the_open_case() -> None:
    """Only `exclude` changed, so the request is an amend."""
    facts: dict[str, Any] = {"patients": SEVERE, "staff": [a_nurse()]}

    assert _actions(facts, {**facts, "investigators": ["p_inv"]})[1] == [("amend", "exclude")]


@pytest.mark.parametrize("held_back", [{"late": "none"}, {"mode": RulesMode.SHADOW}])
def test_a_new_investigator_is_excluded_from_a_case_that_only_goes_on(
    held_back: dict[str, Any],
) -> None:
    """Late or in shadow nothing else is amended, but whom the events involve now may not help."""
    grave: dict[str, Any] = {"patients": SEVERE, "staff": [a_nurse()]}
    late = NOON + 40 * DAY
    worse = {**grave, "patients": [a_patient(harm="death", died=True)]}
    opened = a_canonical(revision=1, **grave)
    named = a_canonical(revision=2, received_at=late, investigators=["p_inv"], **grave)
    state, rules = State(), some_rules(**held_back)
    fold([opened], some_rules(late=held_back.get("late", "confirm")), state)

    steps = fold(
        [named, a_canonical(revision=3, received_at=late, investigators=["p_inv"], **worse)],
        rules,
        state,
    )

    (request,) = steps[0].requests
    assert (request.action.value, request.code) == ("amend", "exclude")
    assert request.exclude == ("p_inv", "p_nurse")
    assert (request.tier, steps[1].requests) == (2, ())


def test_a_longer_follow_up_at_an_equal_tier_amends_the_open_case() -> None:
    """A death adds the check-in at six months to a case that is as urgent already."""
    staff = [a_nurse(signals=["self_request"])]
    urgent: dict[str, Any] = {"patients": [a_patient(died=True, harm="severe")], "staff": staff}
    rules = a_rule_document()
    for rule in rules["rules"]:
        if rule["id"] == "self_request":
            rule["floor"] = {"tier": 2, "priority": "urgent"}
    reports = [a_canonical(patients=SEVERE, staff=staff), a_canonical(revision=2, **urgent)]

    steps = fold(reports, ActiveRules(rule_set_from_document(rules)))

    (request,) = steps[1].requests
    assert (request.action, request.code, request.follow_up) == ("amend", "follow_up", "extended")


@pytest.mark.parametrize(
    ("said", "code"),
    [({"opted_out": True}, "opted_out"), ({"support_offered": True}, "already_supported")],
)
def test_what_the_report_says_of_a_person_withholds_the_offer(
    said: dict[str, Any], code: str
) -> None:
    """Tier and reasons stay; no request is made; an open case is withdrawn."""
    first = a_canonical(patients=SEVERE, staff=[a_nurse(**said)])
    (withheld,) = fold([first], some_rules())

    later = _actions(
        {"patients": SEVERE, "staff": [a_nurse()]}, {"patients": SEVERE, "staff": [a_nurse(**said)]}
    )

    assert withheld.decision is not None
    assert withheld.decision.persons[0].withheld_because == code
    assert withheld.decision.persons[0].tier == 2
    assert not withheld.requests
    assert later[1] == [("withdraw", code)]


def test_report_level_support_withholds_nobody() -> None:
    """Only what is said of the person counts."""
    report = a_canonical(
        patients=SEVERE,
        staff=[a_nurse()],
        support={"local_debrief_done": True, "support_offered": True},
    )

    (step,) = fold([report], some_rules())

    assert len(step.requests) == 1
    assert step.decision is not None
    assert step.decision.support == {"local_debrief_done": True, "support_offered": True}


def test_what_holds_an_offer_back_does_not_withdraw_what_was_requested() -> None:
    """A late revision of a set that asks for nothing late leaves the open case alone."""
    facts: dict[str, Any] = {"patients": SEVERE, "staff": [a_nurse()]}

    actions = _actions(
        facts, {**facts, "received_at": NOON + 40 * DAY, "status": "closed"}, late="none"
    )

    assert actions == [[("open", "first")], []]


def test_criteria_are_the_families_of_fired_rules_without_those_switched_off() -> None:
    """Families leave triage, rule ids do not."""
    report = a_canonical(patients=SEVERE, staff=[a_nurse(own_act=True)])

    (whole,) = fold([report], some_rules())
    (part,) = fold([report], some_rules(families_off=(Family.OWN_INVOLVEMENT,)))

    assert whole.requests[0].criteria == (Family.CRITICAL_EVENT, Family.OWN_INVOLVEMENT)
    assert part.requests[0].criteria == (Family.CRITICAL_EVENT,)


def test_shadow_mode_decides_and_requests_nothing_until_it_ends() -> None:
    """Tiers stand, flagged and withheld; going live opens with the next report."""
    facts: dict[str, Any] = {"patients": SEVERE, "staff": [a_nurse()]}
    rules = some_rules(live_from=NOON + DAY)
    shadow, live = fold(
        [
            a_canonical(revision=1, **facts),
            a_canonical(revision=2, received_at=NOON + 2 * DAY, status="updated", **facts),
        ],
        rules,
    )

    assert shadow.decision is not None
    assert DecisionFlag.SHADOW in shadow.decision.flags
    assert shadow.decision.persons[0].withheld_because == "shadow"
    assert not shadow.requests
    assert [(r.action, r.code) for r in live.requests] == [("open", "shadow_ended")]


def test_the_persons_unit_decides_about_shadow_before_the_incidents() -> None:
    """A person of a live unit is asked although the ward is still in shadow."""
    rules = some_rules(
        mode=RulesMode.SHADOW, units=(UnitActivation(unit_id="icu", mode=RulesMode.LIVE),)
    )
    staff = [a_nurse("p_icu", unit_id="icu"), a_nurse("p_ward")]

    (step,) = fold([a_canonical(patients=SEVERE, staff=staff)], rules)

    assert [r.subject.person_ref for r in step.requests if r.subject.kind == "person"] == ["p_icu"]


def test_request_ids_derive_from_decision_case_and_action() -> None:
    """Deciding the same report again gives the same ids."""
    report = a_canonical(patients=SEVERE, staff=[a_nurse()])

    (one,), (other,) = fold([report], some_rules()), fold([report], some_rules(), State())

    assert one.requests == other.requests
    assert one.decision is not None
    assert one.decision.requests[0].request_id == one.requests[0].request_id
    assert one.requests[0].action is RequestAction.OPEN


def test_a_request_carries_nothing_of_the_incident() -> None:
    """No key, category, harm or date of the event stands in a person's request."""
    report = a_canonical("secret-record", patients=SEVERE, staff=[a_nurse(sealed="c2VhbGVk")])

    (step,) = fold([report], some_rules())
    text = step.requests[0].to_json().decode()

    assert "secret-record" not in text
    assert "medication" not in text
    assert "t_one" not in text
    assert "c2VhbGVk" in text
