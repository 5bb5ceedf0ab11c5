"""Read what a rule does: a floor or points, and what it does while it is unknown."""

from collections.abc import Mapping
from typing import Final

from services.triage.domain.condition import Condition
from services.triage.domain.enumeration import reachable, unknown_causes
from services.triage.domain.fact_table import FactTable
from services.triage.domain.kleene import FALSE, TRUE, UNKNOWN
from services.triage.domain.rule_nodes import Node
from services.triage.domain.rule_problems import Check, StoppedError
from services.triage.domain.ruleset import Effect, Floor, OnUnknown, Points
from services.triage.domain.ruleset_header import URGENCIES
from services.triage.domain.spelling import nearest
from shared.contracts.words import Priority

IGNORE: Final = "ignore"
_LONGEST_QUESTION: Final = 200


def read_effect(owner: Node, keys: Mapping[str, Node]) -> Effect:
    """Return the one effect of a rule."""
    both = [name for name in ("floor", "points") if name in keys]
    if len(both) != 1:
        what = f"the rule has {'both a floor and points' if both else 'neither a floor nor points'}"
        raise owner.stop(what, "write either `floor:` or `points:`", check=Check.EFFECT)
    return _effect(keys)


def read_on_unknown(
    owner: Node, keys: Mapping[str, Node], when: Condition, effect: Effect, facts: FactTable
) -> OnUnknown | None:
    """Return what the rule does while unknown; mandatory where it can be, forbidden where not."""
    truths = reachable(when, facts)
    _refuse_constant(keys["when"], truths)
    node = keys.get("on_unknown")
    causes = unknown_causes(when, facts) if UNKNOWN in truths else frozenset()
    if UNKNOWN not in truths:
        if node is not None:
            what = "the condition is never unknown"
            raise node.stop(what, "remove `on_unknown`", check=Check.ON_UNKNOWN_SUPERFLUOUS)
        return None
    if node is None:
        what = f"the rule can be unknown because of {', '.join(sorted(causes))}"
        write = "add `on_unknown: ignore` or `on_unknown: {ask: {field: question}}`"
        raise owner.stop(what, write, check=Check.ON_UNKNOWN_MISSING)
    return _on_unknown(node, causes, effect)


def _on_unknown(node: Node, causes: frozenset[str], effect: Effect) -> OnUnknown:
    if node.value == IGNORE:
        return OnUnknown(None, {})
    keys = node.keys(("ask",), ("floor", "points"))
    ask = _ask(keys["ask"], causes)
    given = [name for name in ("floor", "points") if name in keys]
    if not given:
        return OnUnknown(None, ask)
    if len(given) > 1:
        raise node.stop("both a floor and points", "write one of them", check=Check.EFFECT)
    weaker = _effect(keys)
    _refuse_stronger(node, weaker, effect)
    return OnUnknown(weaker, ask)


def _effect(keys: Mapping[str, Node]) -> Effect:
    if "points" in keys:
        return Points(keys["points"].whole(1, 100, check=Check.EFFECT))
    floor = keys["floor"].keys(("tier", "priority"))
    tier = floor["tier"].whole(1, 3, check=Check.EFFECT)
    return Floor(tier, Priority(floor["priority"].choice(URGENCIES, check=Check.EFFECT)))


def _ask(node: Node, causes: frozenset[str]) -> dict[str, str]:
    questions = node.entries()
    for name in sorted(causes - set(questions)):
        what = f"`{name}` can leave the rule unknown and has no question"
        node.problems.note(Check.ASK_INCOMPLETE, node.path, what, f'add `{name}: "…?"`')
    for name in sorted(set(questions) - causes):
        what = f"`{name}` cannot leave the rule unknown"
        meant = nearest(name, causes)
        node.problems.note(
            Check.ASK_INCOMPLETE, questions[name].path, what, "remove the question", meant=meant
        )
    if set(questions) != causes:
        raise StoppedError
    return {name: question.text(_LONGEST_QUESTION) for name, question in questions.items()}


def _refuse_stronger(node: Node, weaker: Effect, effect: Effect) -> None:
    write = "write an effect of the same form that is not above the rule's own"
    match weaker, effect:
        case Floor(), Floor():
            above = weaker.tier > effect.tier or weaker.priority.rank > effect.priority.rank
        case Points(), Points():
            above = weaker.points > effect.points
        case _:
            what = "the effect while unknown is of the other form than the rule's"
            raise node.stop(what, write, check=Check.ON_UNKNOWN_TOO_STRONG)
    if above:
        what = "the effect while unknown is above the rule's own"
        raise node.stop(what, write, check=Check.ON_UNKNOWN_TOO_STRONG)


def _refuse_constant(node: Node, truths: frozenset[int]) -> None:
    for truth, word in ((TRUE, "true"), (FALSE, "false")):
        if truth not in truths:
            what = f"the condition is never {word}"
            raise node.stop(what, "change the condition, or remove the rule", check=Check.CONSTANT)
