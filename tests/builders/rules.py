"""Rule files for tests: a small set that loads, to be broken in one place."""

import copy
from collections.abc import Mapping
from typing import Any

from services.triage.domain.facts import Facts, Scene, complete_patient
from services.triage.domain.ruleset import RuleSet
from services.triage.domain.ruleset_flatten import Base
from services.triage.domain.ruleset_loader import load_document

RULE: dict[str, Any] = {
    "id": "child_death",
    "title": "A child died",
    "family": "critical_event",
    "for": "person",
    "when": "patient.died and patient.age_group <= adolescent",
    "floor": {"tier": 2, "priority": "high"},
    "on_unknown": {
        "floor": {"tier": 1, "priority": "routine"},
        "ask": {"patient.died": "Did the patient die?", "patient.age_group": "How old?"},
    },
    "explain": "A patient in the age group {patient.age_group} died.",
    "evidence": [{"ref": "policy:test", "grade": "low"}],
    "examples": [
        {
            "name": "17",
            "facts": {"patient.age_years": 17, "patient.harm": "death"},
            "expect": "fires",
        },
        {
            "name": "18",
            "facts": {"patient.age_years": 18, "patient.harm": "death"},
            "expect": "silent",
        },
        {"name": "age missing", "facts": {"patient.harm": "death"}, "expect": "unknown"},
        {
            "name": "survived",
            "facts": {"patient.age_years": 4, "patient.harm": "severe"},
            "expect": "silent",
        },
    ],
}
POINTS: dict[str, Any] = {
    "id": "third_exposure",
    "title": "Third within 30 days",
    "family": "cumulative",
    "for": "person",
    "when": "windows.exposures_30d >= 3",
    "points": 30,
    "explain": "{windows.exposures_30d} within 30 days.",
    "evidence": [{"ref": "policy:test", "grade": "low"}],
    "examples": [
        {"name": "three", "facts": {"windows.exposures_30d": 3}, "expect": "fires"},
        {"name": "two", "facts": {"windows.exposures_30d": 2}, "expect": "silent"},
    ],
}
HEADER: dict[str, Any] = {
    "rule_set": "test-set",
    "version": 1,
    "schema": "triage-facts/1",
    "semantics": "kleene/1",
    "scope": {"skip_involvement": ["author", "informed"]},
    "points_to_tier": [
        {"at": 30, "tier": 1, "priority": "routine"},
        {"at": 50, "tier": 2, "priority": "high"},
    ],
    "group_support": {"persons_over": 5, "units_over": 1},
    "late": {"after": "30 days", "then": "confirm"},
    "merge": {"within": "24 hours", "compatible": [["airway", "resuscitation"]]},
    "windows": {
        "exposures_30d": {
            "per": "person",
            "within": "30 days",
            "where": "patient.harm >= mild or patient.harm is unknown",
        },
        "unit_severe_14d": {
            "per": "unit",
            "within": "14 days",
            "where": "patient.harm >= severe and patient.harm is known",
        },
    },
}
Missing = object()


def a_rule(**overrides: Any) -> dict[str, Any]:
    """Return a rule that loads, keys replaced (`for_` is `for`) or, by `Missing`, left out."""
    return _changed(RULE, overrides)


def a_points_rule(**overrides: Any) -> dict[str, Any]:
    """Return a points rule that loads, with keys replaced."""
    return _changed(POINTS, overrides)


def a_flag_rule(rule_id: str, fact: str, **overrides: Any) -> dict[str, Any]:
    """Return a rule on one yes/no fact with a floor of tier 2, high, unless overridden."""
    rule = {
        **a_rule(),
        "id": rule_id,
        "when": fact,
        "explain": f"{{{fact}}}",
        "on_unknown": "ignore",
        "examples": [
            {"name": "yes", "facts": {fact: True}, "expect": "fires"},
            {"name": "no", "facts": {fact: False}, "expect": "silent"},
            {"name": "open", "facts": {}, "expect": "unknown"},
        ],
    }
    return _changed(rule, overrides)


def a_document(*rules: Mapping[str, Any], **overrides: Any) -> dict[str, Any]:
    """Return a rule file as parsed; without rules it has the two of this module."""
    document = _changed(HEADER, overrides)
    document["rules"] = [dict(rule) for rule in rules or (RULE, POINTS)]
    return document


def a_rule_set(*rules: Mapping[str, Any], base: Base | None = None, **overrides: Any) -> RuleSet:
    """Return a loaded rule set."""
    return load_document(a_document(*rules, **overrides), file="test.yaml", places={}, base=base)


def a_scene(person: Facts | None = None, *patients: Facts, **shared: Any) -> Scene:
    """Return a scene; keyword `circumstances__error` is the fact `circumstances.error`."""
    return Scene(
        shared={name.replace("__", "."): value for name, value in shared.items()},
        patients=tuple(complete_patient(patient) for patient in patients) or ({},),
        person=person or {},
    )


def _changed(original: Mapping[str, Any], overrides: Mapping[str, Any]) -> dict[str, Any]:
    changed = copy.deepcopy(dict(original))
    for key, value in overrides.items():
        name = key.rstrip("_")
        if value is Missing:
            changed.pop(name, None)
        else:
            changed[name] = value
    return changed
