"""The mutation check: which mutants of a rule its examples notice, and which facts would kill."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.triage.domain.closures import Lookup, Test, compile_condition
from services.triage.domain.condition import Condition
from services.triage.domain.enumeration import World, space_of, truth_in, truths_of
from services.triage.domain.fact_table import FactTable
from services.triage.domain.facts import Facts
from services.triage.domain.kleene import Truth
from services.triage.domain.mutants import Mutant, mutants_of
from services.triage.domain.rule_examples import assumed, scene_of_facts
from services.triage.domain.ruleset import Rule


@dataclass(frozen=True, slots=True)
class Survivor:
    """A mutant that no example notices; `killer` are the facts of one that would."""

    mutant: Mutant
    killer: Facts


@dataclass(frozen=True, slots=True)
class Mutation:
    """What became of one rule's mutants; `equivalent` ones mean the same, whatever the facts."""

    rule: Rule
    killed: int
    equivalent: int
    survivors: tuple[Survivor, ...]

    @property
    def share(self) -> str:
        """Say how many of the mutants that can be killed were."""
        return f"{self.killed} of {self.killed + len(self.survivors)}"


@dataclass(frozen=True, slots=True)
class Noticing:
    """Examples as worlds with what the rule says of them; tells whether a mutant differs."""

    worlds: tuple[tuple[Lookup, Truth], ...]

    def kills(self, test: Test) -> bool:
        """Return whether the mutant says something else in one of the worlds."""
        return any(test(lookup) != truth for lookup, truth in self.worlds)


def examine(rule: Rule, facts: FactTable) -> Mutation:
    """Return what the rule's examples make of its mutants."""
    noticing = noticing_of(rule, [example.facts for example in rule.examples], facts)
    killed, equivalent = 0, 0
    survivors: list[Survivor] = []
    for mutant in mutants_of(rule.when, facts):
        if noticing.kills(compile_condition(mutant.condition, facts)):
            killed += 1
            continue
        killer = next(killers(rule.when, mutant.condition, facts), None)
        if killer is None:
            equivalent += 1
        else:
            survivors.append(Survivor(mutant, killer))
    return Mutation(rule, killed, equivalent, tuple(survivors))


def noticing_of(rule: Rule, examples: Sequence[Facts], facts: FactTable) -> Noticing:
    """Return examples with the rule's own verdict on each."""
    lookups = [world_of(example, facts) for example in examples]
    return Noticing(tuple((lookup, rule.verdict(lookup)) for lookup in lookups))


def world_of(example: Facts, facts: FactTable) -> Lookup:
    """Return an example's facts as a rule looks them up; it has one patient."""
    scene = scene_of_facts(example, facts)
    return {**scene.shared, **scene.patients[0]}.get


def killers(original: Condition, mutant: Condition, facts: FactTable) -> Iterator[Facts]:
    """Yield the facts, few of them, of examples that tell the two apart; none when they are equal.

    Worlds in which all is known come first. Leaving out any one fact would change a verdict.
    """
    space = space_of([original, mutant], facts)
    tests = (compile_condition(original, facts), compile_condition(mutant, facts))
    for worlds in space.worlds():
        truths = truths_of(space, worlds)
        if truth_in(original, truths) != truth_in(mutant, truths):
            yield _fewest(worlds, tests, facts)


def facts_giving(condition: Condition, truth: Truth, facts: FactTable) -> Facts:
    """Return few facts under which a condition has a truth that it can have."""
    space = space_of([condition], facts)
    tests = (compile_condition(condition, facts),)
    found = (w for w in space.worlds() if truth_in(condition, truths_of(space, w)) == truth)
    return _fewest(next(found), tests, facts)


def _fewest(worlds: Sequence[World], tests: Sequence[Test], facts: FactTable) -> Facts:
    """Leave out facts while what the tests say stays."""
    usual = assumed(facts)
    given = {name: value for world in worlds for name, value in world.values}
    kept = {n: v for n, v in given.items() if v is not None and usual.get(n) != v}
    wanted = _said(tests, kept, facts)
    for name in sorted(kept):
        without = {other: value for other, value in kept.items() if other != name}
        if _said(tests, without, facts) == wanted:
            kept = without
    return kept


def _said(tests: Sequence[Test], given: Facts, facts: FactTable) -> list[Truth]:
    lookup = world_of(given, facts)
    return [test(lookup) for test in tests]
