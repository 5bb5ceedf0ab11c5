"""The default rule set as a page that a clinical lead reads in ten minutes."""

from collections.abc import Iterator

from services.triage.domain.requests import CLOCKS
from services.triage.domain.rule_pages import write_effect
from services.triage.domain.ruleset import Floor, Rule, RuleSet
from services.triage.rule_files import load_shipped
from shared.contracts.words import Family, FollowUp, Priority

_HEAD = """\
# The default rules

Generated from `services/triage/rulesets/peerline-default.yaml`; do not edit. They are policy,
written from published criteria: no validated score exists. A site extends, retires and adds;
`peerline rules explain RULE` shows one with its condition and its examples.

Each rule is asked for each person of the event, whatever their role, and once for the people
nobody named. A rule gives either a tier at least, or points; the highest tier counts, points add
up ({steps}). Tier 1: the unit looks after its people, nobody is
written to. Tier 2: an offer of a peer. Tier 3: an offer, with a professional at once. Clocks from
receipt of the report: {clocks}.

Blame, preventability and sex are never read. What a report does not say counts neither as yes nor
as no; the few rules that do not wait for it say so. An expected or palliative death, harm that was
present on arrival and what did not reach the patient keep rules silent, as their conditions say.
Group support is suggested for more than {persons} people, for more than {units} unit, and by rules
marked *group*.
"""


def rules_page() -> str:
    """Return `docs/default-rules.md`."""
    rule_set = load_shipped()
    return "\n".join([_head(rule_set), *_families(rule_set)])


def _head(rule_set: RuleSet) -> str:
    steps = ", ".join(f"{step.at} for tier {step.tier}" for step in rule_set.points_to_tier)
    clocks = ", ".join(
        f"{priority} {CLOCKS[priority].total_seconds() / 3600:.0f} h"
        for priority in (Priority.URGENT, Priority.HIGH, Priority.ROUTINE)
    )
    limits = rule_set.group_support
    return _HEAD.format(
        steps=steps, clocks=clocks, persons=limits.persons_over, units=limits.units_over
    )


def _families(rule_set: RuleSet) -> Iterator[str]:
    for family in Family:
        rules = [rule for rule in rule_set.rules if rule.family is family]
        if rules:
            yield f"## {family.replace('_', ' ').capitalize()}"
            yield ""
            yield "| what | effect | rule | source |"
            yield "|---|---|---|---|"
            yield from (_row(rule) for rule in sorted(rules, key=_strongest_first))
            yield ""


def _row(rule: Rule) -> str:
    effect = ", ".join([write_effect(rule.effect), *_marks(rule)])
    sources = " ".join(_sentence(evidence.note or evidence.ref) for evidence in rule.evidence)
    return f"| {rule.title} | {effect} | `{rule.id}` | {sources} |"


def _marks(rule: Rule) -> Iterator[str]:
    if rule.follow_up is FollowUp.EXTENDED:
        yield "long follow-up"
    if rule.group:
        yield "*group*"
    if rule.retouch:
        yield "touches again"


def _strongest_first(rule: Rule) -> tuple[int, int, str]:
    if isinstance(rule.effect, Floor):
        return -rule.effect.tier, -rule.effect.priority.rank, rule.id
    return 0, -rule.effect.points, rule.id


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."
