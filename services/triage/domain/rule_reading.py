"""Read one rule: its condition, effect, explanation, evidence and examples, each fully checked."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from services.triage.domain.closures import compile_condition
from services.triage.domain.condition import Condition, facts_of
from services.triage.domain.condition_error import ConditionError
from services.triage.domain.condition_parser import LONGEST, parse_condition
from services.triage.domain.explanation import Explanation, ExplanationError, read_explanation
from services.triage.domain.fact_table import FactTable
from services.triage.domain.rule_effects import read_effect, read_on_unknown
from services.triage.domain.rule_examples import check_examples, read_examples
from services.triage.domain.rule_nodes import Node
from services.triage.domain.rule_problems import Check, StoppedError
from services.triage.domain.ruleset import Evidence, Rule
from services.triage.domain.spelling import nearest
from services.triage.domain.trace import compile_trace
from shared.contracts.words import Family, FollowUp, SubjectKind

REQUIRED: Final = ("id", "title", "family", "for", "when", "explain", "evidence", "examples")
OPTIONAL: Final = (
    "floor",
    "points",
    "follow_up",
    "on_unknown",
    "scope",
    "group",
    "retouch",
    "no_retouch",
    "retired",
)
GRADES: Final = ("high", "moderate", "low", "very-low", "expert-opinion")
REFERENCE: Final = re.compile(
    r"doi:10\.\d{4,9}/\S{1,200}|pmid:\d{1,9}|policy:[a-z0-9][a-z0-9_./-]{0,100}|url:https://\S{1,400}"
)
_PERSONAL: Final = "proceedings.names_this_person"


@dataclass(frozen=True, slots=True)
class RuleReader:
    """Reads the rules of one set over its fact table."""

    facts: FactTable

    def read(self, node: Node) -> Rule | None:
        """Return the rule, or None after its problems have been noted."""
        found = len(node.problems.found)
        rule = None
        with node.problems.part():
            rule = self._rule(node)
        return rule if len(node.problems.found) == found else None

    def _rule(self, node: Node) -> Rule:
        keys = node.keys(REQUIRED, OPTIONAL)
        when = read_condition(keys["when"], self.facts)
        effect = read_effect(node, keys)
        subject = SubjectKind(keys["for"].choice(tuple(SubjectKind)))
        reads = facts_of(when)
        rule = Rule(
            id=keys["id"].name(),
            title=keys["title"].text(120),
            family=Family(keys["family"].choice(tuple(Family))),
            subject=subject,
            when=when,
            effect=effect,
            on_unknown=read_on_unknown(node, keys, when, effect, self.facts),
            follow_up=_follow_up(keys.get("follow_up")),
            retouch="retouch" in keys and keys["retouch"].flag(),
            group="group" in keys and keys["group"].flag(),
            everyone=_everyone(keys.get("scope")),
            explanation=_explanation(keys["explain"], reads),
            evidence=tuple(_evidence(item) for item in _some(keys["evidence"], 8)),
            examples=read_examples(keys["examples"], self.facts),
            reads=reads,
            reads_patient=any(name.startswith("patient.") for name in reads),
            verdict=compile_condition(when, self.facts),
            trace=compile_trace(when, self.facts),
        )
        self._check(node, keys, rule)
        return rule

    def _check(self, node: Node, keys: Mapping[str, Node], rule: Rule) -> None:
        with node.problems.part():
            self._check_subject(keys["when"], rule)
        with node.problems.part():
            _check_retouch(node, keys, rule)
        if not node.problems.draft:
            check_examples(keys["examples"], rule, self.facts)

    def _check_subject(self, node: Node, rule: Rule) -> None:
        personal = {n for n in rule.reads if n.startswith("staff.")} | (rule.reads & {_PERSONAL})
        personal |= rule.reads & self.facts.person_windows()
        teams = {name for name in rule.reads if name.startswith("team.")}
        wrong = personal if rule.subject is SubjectKind.TEAM else teams
        if wrong:
            what = f"a rule `for: {rule.subject}` reads {', '.join(sorted(wrong))}"
            write = "change `for:` or the condition"
            raise node.stop(what, write, check=Check.WRONG_SUBJECT)


def read_condition(node: Node, facts: FactTable) -> Condition:
    """Return a checked condition; its columns count in the text as written."""
    if not isinstance(node.value, str):
        raise node.stop("this is not a condition", "write a condition as text", check=Check.SYNTAX)
    try:
        return parse_condition(node.value[: LONGEST + 1], facts.facts)
    except ConditionError as error:
        check = Check(error.code)
        node.problems.note(
            check, node.path, error.what, error.write, meant=error.meant, column=error.column
        )
    raise StoppedError


def _follow_up(node: Node | None) -> FollowUp:
    if node is None:
        return FollowUp.STANDARD
    return FollowUp(node.choice((FollowUp.EXTENDED,), check=Check.EFFECT))


def _everyone(node: Node | None) -> bool:
    return node is not None and node.choice(("everyone",)) == "everyone"


def _explanation(node: Node, reads: frozenset[str]) -> Explanation:
    try:
        explanation = read_explanation(node.text())
    except ExplanationError as error:
        raise node.stop(str(error), "write facts as {room.fact}", check=Check.EXPLAIN) from None
    for name in explanation.facts:
        if name not in reads:
            raise node.stop(
                f"the explanation prints `{name}`, which the condition does not read",
                f"print one of {', '.join(sorted(reads))}",
                check=Check.EXPLAIN,
                meant=nearest(name, reads),
            )
    return explanation


def _evidence(node: Node) -> Evidence:
    keys = node.keys(("ref", "grade"), ("note",))
    ref = keys["ref"].text()
    if not REFERENCE.fullmatch(ref):
        what = "this is not a reference"
        write = "write doi:10.…, pmid:…, url:https://… or policy:name"
        raise keys["ref"].stop(what, write, check=Check.EVIDENCE)
    note = keys["note"].text() if "note" in keys else ""
    return Evidence(ref, keys["grade"].choice(GRADES, check=Check.EVIDENCE), note)


def _some(node: Node, most: int) -> list[Node]:
    items = list(node.items(most))
    if not items:
        raise node.stop("the rule names no source", "add one reference", check=Check.EVIDENCE)
    return items


def _check_retouch(node: Node, keys: Mapping[str, Node], rule: Rule) -> None:
    on_proceedings = any(name.startswith("proceedings.") for name in rule.reads)
    said = rule.retouch or "no_retouch" in keys
    if "no_retouch" in keys:
        keys["no_retouch"].text()
    if on_proceedings and not said:
        what = "the rule reads proceedings and does not say whether they touch a known case again"
        write = "add `retouch: true`, or `no_retouch:` with the reason"
        raise node.stop(what, write, check=Check.RETOUCH)
