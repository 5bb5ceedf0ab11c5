"""What more rules and more knowledge may do to a decision: raise it, complete it, never bend it."""

from collections.abc import Mapping
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from services.triage.domain.activation import ActiveRules
from services.triage.domain.assess import verdict_on
from services.triage.domain.kleene import UNKNOWN, Truth
from services.triage.domain.recorded import scene_of
from services.triage.domain.ruleset_loader import rule_set_from_document
from shared.contracts import IncidentReported, TriageDecision
from shared.contracts.triage_decision import DecidedPerson, DecidedTeam
from shared.contracts.words import DecisionFlag
from tests.builders.canonical import a_canonical, fold
from tests.builders.fold_rules import a_rule_document, a_rule_set_without_windows, some_rules
from tests.builders.stories import RECEIVED
from tests.unit.triage.fold.histories import decisions_of, histories, revisions_of

DOCUMENT = a_rule_document()
QUIET = a_rule_set_without_windows()  # a window counts what is known so far, so it may grow
# What somebody may leave out and fill in later; who took part and what joins incidents stays.
OPEN = [
    ("patients", "harm"),
    ("patients", "died"),
    ("staff", "own_act"),
    ("staff", "trainee"),
    ("staff", "signals"),
    ("proceedings", "persons"),
]


@given(histories(), st.sampled_from(DOCUMENT["rules"]))
def test_one_more_rule_never_lowers_a_tier_nor_makes_a_priority_less_urgent(
    history: list[IncidentReported], extra: dict[str, Any]
) -> None:
    """With the rule and without it, decision by decision, person by person."""
    fewer = {**DOCUMENT, "rules": [rule for rule in DOCUMENT["rules"] if rule is not extra]}

    less = decisions_of(fold(history, ActiveRules(rule_set_from_document(fewer))))
    more = decisions_of(fold(history, some_rules()))

    for before, after in zip(less, more, strict=True):
        risen = _subjects(after)
        for who, found in _subjects(before).items():
            assert risen[who].tier >= found.tier
            assert risen[who].priority.rank >= found.priority.rank
            assert risen[who].score >= found.score


@given(revisions_of(), st.sets(st.sampled_from(OPEN)))
def test_learning_a_fact_never_contradicts_a_definite_verdict(
    fields: dict[str, Any], unsaid: set[tuple[str, str]]
) -> None:
    """Rule by rule, person by person; and no tier ends above the range that was told before."""
    guessing, knowing = (_decision(facts) for facts in (_without(fields, unsaid), fields))
    assume(DecisionFlag.CONFLICT not in knowing.flags)

    learned = _subjects(knowing)
    for who, before in _subjects(guessing).items():
        after = learned.get(who)
        if after is not None:
            assert after.tier <= before.tier_if_unknowns_worst
            told = zip(_verdicts(guessing, before), _verdicts(knowing, after), strict=True)
            assert all(old in (new, UNKNOWN) for old, new in told)


def _decision(fields: Mapping[str, Any]) -> TriageDecision:
    report = a_canonical(received_at=RECEIVED, **{**fields, "status": "updated"})
    (decision,) = decisions_of(fold([report], ActiveRules(QUIET)))
    return decision


def _verdicts(decision: TriageDecision, found: DecidedPerson | DecidedTeam) -> list[Truth]:
    scene = scene_of(decision, found)
    return [verdict_on(rule, scene) for rule in QUIET.rules]


def _without(fields: Mapping[str, Any], unsaid: set[tuple[str, str]]) -> dict[str, Any]:
    """Return the fields with some facts of each patient and member of staff left open."""
    less = dict(fields)
    for part, _ in OPEN:
        gone = {name for owner, name in unsaid if owner == part}
        if isinstance(less.get(part), list):
            less[part] = [{k: v for k, v in item.items() if k not in gone} for item in less[part]]
    return less


def _subjects(decision: TriageDecision) -> dict[str, DecidedPerson | DecidedTeam]:
    """Return persons and the team; nameless entries are told apart by their place."""
    found: dict[str, DecidedPerson | DecidedTeam] = {
        person.person_ref or f"nameless {n}": person for n, person in enumerate(decision.persons)
    }
    if decision.team is not None:
        found["team"] = decision.team
    return found
