"""Assess one person or team: evaluate every rule that concerns them and combine what fires."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Literal, TypeAlias

from services.triage.domain.closures import Lookup
from services.triage.domain.combine import combine
from services.triage.domain.facts import FactValue, Scene
from services.triage.domain.finding import Finding, Ruling
from services.triage.domain.kleene import FALSE, TRUE, UNKNOWN, Truth, verdict_of
from services.triage.domain.ruleset import Gate, Rule, RuleSet
from services.triage.domain.rulings import ruling_of
from services.triage.domain.trace import TraceNode, unknown_facts

Worlds: TypeAlias = Sequence[Lookup]
Subject: TypeAlias = Literal["person", "nameless", "team"]
Audience: TypeAlias = Subject | Literal["everyone"]


def assess(rule_set: RuleSet, scene: Scene, subject: Subject) -> Finding:
    """Return the finding for one subject.

    `nameless` is the person nobody named: pass a scene without person facts; rules that read a
    window per person are not asked. `team` evaluates the rules `for: team` only; `join` joins both.
    """
    common = {**scene.shared, **scene.person}
    nobody: Worlds = (common.get,)
    patients: Worlds = [{**common, **facts}.get for facts in scene.patients]
    rulings: list[Ruling] = []
    met = audience(rule_set, subject, common.get("staff.involvement"))
    for gate in gates_of(rule_set)[met]:
        for world in patients if gate.reads_patient else nobody:
            if gate.test(world) != FALSE:
                rulings += _open(gate, patients, nobody)
                break
    return combine(rule_set, rulings)


def join(rule_set: RuleSet, *findings: Finding) -> Finding:
    """Combine findings of one subject (nameless and team) as if evaluated together."""
    return combine(rule_set, (ruling for finding in findings for ruling in finding.rulings))


def rule_on(rule: Rule, worlds: Worlds) -> Ruling | None:
    """Return the ruling of one rule, None where it is silent; `worlds` are those it is asked in."""
    truth = _any_patient(rule, worlds)
    return None if truth == FALSE else _ruling(rule, truth, worlds)


def audience(rule_set: RuleSet, subject: Subject, involvement: FactValue) -> Audience:
    """Return which rules a subject meets; who only wrote or heard of it meets few."""
    if subject == "person" and involvement in rule_set.skip_involvement:
        return "everyone"
    return subject


def gates_of(rule_set: RuleSet) -> dict[Audience, tuple[Gate, ...]]:
    """Return the rules for each audience, behind their gates."""
    return {
        "person": rule_set.person_gates,
        "everyone": rule_set.everyone_gates,
        "nameless": rule_set.nameless_gates,
        "team": rule_set.team_gates,
    }


def verdict_on(rule: Rule, scene: Scene) -> Truth:
    """Return what one rule says of a scene."""
    common = {**scene.shared, **scene.person}
    if not rule.reads_patient:
        return rule.verdict(common.get)
    return _any_patient(rule, [{**common, **facts}.get for facts in scene.patients])


def trace_rule(rule: Rule, scene: Scene) -> TraceNode:
    """Return the trace that decided a rule, also a silent one (`--why-not`).

    Of several patients the one with the strongest verdict is shown; without patients their facts
    are unknown.
    """
    common = {**scene.shared, **scene.person}
    worlds: Worlds = [common.get]
    if rule.reads_patient and scene.patients:
        worlds = [{**common, **facts}.get for facts in scene.patients]
    strongest = max(rule.verdict(world) for world in worlds)
    return rule.trace(_telling(rule, strongest, worlds)[0])


def _open(gate: Gate, patients: Worlds, nobody: Worlds) -> Iterator[Ruling]:
    for rule in gate.rules:
        ruling = rule_on(rule, patients if rule.reads_patient else nobody)
        if ruling is not None:
            yield ruling


def _any_patient(rule: Rule, patients: Worlds) -> Truth:
    greatest = FALSE
    for patient in patients:
        truth = rule.verdict(patient)
        if truth == TRUE:
            return TRUE
        if truth == UNKNOWN:
            greatest = UNKNOWN
    return greatest


def _ruling(rule: Rule, truth: Truth, worlds: Worlds) -> Ruling:
    telling = _telling(rule, truth, worlds)
    values = rule.explanation.values(telling[0])
    ruling = ruling_of(rule, verdict_of(truth), values)
    if truth == UNKNOWN and rule.on_unknown and rule.on_unknown.ask:
        unknown = {name for world in telling for name in unknown_facts(rule.trace(world))}
        return replace(ruling, unknown=tuple(sorted(unknown)))
    return ruling


def _telling(rule: Rule, truth: Truth, worlds: Worlds) -> Worlds:
    """Return the patients with this verdict, first whose words come first: no order of patients."""
    if len(worlds) == 1:
        return worlds
    explanation = rule.explanation
    told = [world for world in worlds if rule.verdict(world) == truth]
    return sorted(told, key=lambda world: explanation.render(explanation.values(world)))
