"""A small rule set for the tests of the fold: each rule exercises one part of the decision."""

from datetime import datetime
from functools import lru_cache
from typing import Any

from services.triage.domain.activation import ActiveRules
from services.triage.domain.ruleset import RuleSet
from services.triage.domain.ruleset_loader import rule_set_from_document
from shared.contracts.ruleset import UnitActivation
from shared.contracts.words import Family, RulesMode

EVIDENCE = [{"ref": "policy:test/v1", "grade": "low", "note": "for tests"}]


def some_rules(
    *,
    mode: RulesMode = RulesMode.LIVE,
    live_from: datetime | None = None,
    units: tuple[UnitActivation, ...] = (),
    families_off: tuple[Family, ...] = (),
    late: str = "confirm",
) -> ActiveRules:
    """Return the test rules as activated."""
    return ActiveRules(a_rule_set(late), mode, live_from, units, families_off)


@lru_cache
def a_rule_set(late: str = "confirm") -> RuleSet:
    """Return the loaded set; `late` says what becomes of a late report."""
    return rule_set_from_document(a_rule_document(late))


@lru_cache
def a_rule_set_without_windows() -> RuleSet:
    """Return the set without its windows and the rules that read them."""
    document = a_rule_document()
    del document["windows"]
    document["rules"] = [rule for rule in document["rules"] if "windows." not in rule["when"]]
    return rule_set_from_document(document)


def a_rule_document(late: str = "confirm") -> dict[str, Any]:
    """Return the rule set as plain JSON types."""
    return {
        "rule_set": "fold-test",
        "version": 1,
        "schema": "triage-facts/1",
        "semantics": "kleene/1",
        "scope": {"skip_involvement": ["author", "informed"]},
        "points_to_tier": [
            {"at": 30, "tier": 1, "priority": "routine"},
            {"at": 50, "tier": 2, "priority": "routine"},
        ],
        "group_support": {"persons_over": 5, "units_over": 1},
        "late": {"after": "30 days", "then": late},
        "merge": {"within": "24 hours", "compatible": [["deterioration", "airway"]]},
        "windows": {
            "harms_30d": {
                "per": "person",
                "within": "30 days",
                "where": "patient.harm >= moderate and patient.harm is known",
            },
            "unit_severe_14d": {
                "per": "unit",
                "within": "14 days",
                "where": "patient.harm >= severe and patient.harm is known",
            },
        },
        "rules": [
            _rule(
                "severe_harm",
                "critical_event",
                "patient.harm >= severe",
                {"floor": {"tier": 2, "priority": "high"}},
                {"patient.harm": ("severe", "moderate")},
                on_unknown={
                    "floor": {"tier": 1, "priority": "routine"},
                    "ask": {"patient.harm": "How severe was the harm?"},
                },
                explain="A patient came to harm: {patient.harm}.",
            ),
            _rule(
                "unexpected_death",
                "critical_event",
                "patient.died",
                {"floor": {"tier": 2, "priority": "urgent"}},
                {"patient.died": (True, False)},
                follow_up="extended",
            ),
            _rule(
                "own_act",
                "own_involvement",
                "staff.own_act",
                {"points": 30},
                {"staff.own_act": (True, False)},
            ),
            _rule(
                "trainee",
                "new_to_this",
                "staff.trainee",
                {"points": 20},
                {"staff.trainee": (True, False)},
            ),
            _rule(
                "third_exposure",
                "cumulative",
                "windows.harms_30d >= 3",
                {"points": 30},
                {"windows.harms_30d": (3, 2)},
                known=True,
            ),
            _rule(
                "litigation",
                "proceedings",
                "litigation in proceedings.types",
                {"floor": {"tier": 1, "priority": "routine"}},
                {"proceedings.types": (["litigation"], ["police"])},
                retouch=True,
            ),
            _rule(
                "police",
                "proceedings",
                "police in proceedings.types",
                {"floor": {"tier": 1, "priority": "routine"}},
                {"proceedings.types": (["police"], ["litigation"])},
                retouch=True,
            ),
            _rule(
                "named_in_proceedings",
                "proceedings",
                "proceedings.names_this_person",
                {"floor": {"tier": 1, "priority": "routine"}},
                {"proceedings.names_this_person": (True, False)},
                retouch=True,
            ),
            _rule(
                "self_request",
                "concern",
                "self_request in staff.signals",
                {"floor": {"tier": 2, "priority": "high"}},
                {"staff.signals": (["self_request"], ["concern"])},
                scope="everyone",
            ),
            _rule(
                "unit_cluster",
                "cumulative",
                "windows.unit_severe_14d >= 3",
                {"floor": {"tier": 1, "priority": "routine"}},
                {"windows.unit_severe_14d": (3, 2)},
                known=True,
                subject="team",
            ),
            _rule(
                "suicide",
                "critical_event",
                "self_harm_suicide in incident.categories",
                {"floor": {"tier": 1, "priority": "routine"}},
                {"incident.categories": (["self_harm_suicide"], ["fall"])},
                group=True,
            ),
        ],
    }


def _rule(
    rule_id: str,
    family: str,
    when: str,
    effect: dict[str, Any],
    cases: dict[str, tuple[Any, Any]],
    *,
    known: bool = False,
    subject: str = "person",
    explain: str | None = None,
    **keys: Any,
) -> dict[str, Any]:
    examples = []
    for fact, (fires, silent) in cases.items():
        examples.append({"name": "fires", "facts": {fact: fires}, "expect": "fires"})
        examples.append({"name": "silent", "facts": {fact: silent}, "expect": "silent"})
    if not known:
        keys.setdefault("on_unknown", "ignore")
        examples.append({"name": "unknown", "facts": {}, "expect": "unknown"})
    return {
        "id": rule_id,
        "title": rule_id.replace("_", " ").capitalize(),
        "family": family,
        "for": subject,
        "when": when,
        **effect,
        "explain": explain or f"{rule_id.replace('_', ' ').capitalize()}.",
        "evidence": EVIDENCE,
        "examples": examples,
        **keys,
    }
