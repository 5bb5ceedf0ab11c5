"""A rule set as people read it: an overview, and one page per rule."""

from collections.abc import Iterator

from services.triage.domain.condition import Both, Condition, write_condition
from services.triage.domain.fact_model import FACTS, Fact
from services.triage.domain.rule_examples import values_as_json
from services.triage.domain.ruleset import Effect, Floor, OnUnknown, Rule, RuleSet
from shared.contracts.words import FollowUp

_TIERS = ("none", "local: the unit looks after its people", "peer", "expedited: peer and lead")


def overview(rule_set: RuleSet) -> Iterator[str]:
    """Yield the set's name and one line per active rule, by family."""
    yield f"{rule_set.name} version {rule_set.version}   {rule_set.hash}"
    for family in sorted({rule.family for rule in rule_set.rules}):
        yield ""
        yield family.value
        for rule in rule_set.rules:
            if rule.family is family:
                yield f"  {rule.id:<30} {write_effect(rule.effect):<22} {rule.title}"


def rule_page(rule: Rule) -> Iterator[str]:
    """Yield all there is to say of one rule."""
    yield f"{rule.id}: {rule.title}"
    yield f"  family      {rule.family}, for one {rule.subject}"
    yield from _condition(rule.when)
    yield f"  effect      {write_effect(rule.effect)}{_meaning(rule.effect)}"
    yield from _unknown(rule.on_unknown)
    yield from (f"  also        {extra}" for extra in _extras(rule))
    yield f"  says        {_template(rule)}"
    for evidence in rule.evidence:
        yield f"  source      {evidence.ref} ({evidence.grade}) {evidence.note}".rstrip()
    for example in rule.examples:
        facts = ", ".join(f"{k} {_value(v)}" for k, v in values_as_json(example.facts).items())
        yield f"  example     {example.expect:<8} {example.name}: {facts or 'nothing known'}"


def fact_page() -> Iterator[str]:
    """Yield the fact model: name, type, codes."""
    for fact in FACTS.values():
        codes = f": {', '.join(fact.codes)}" if fact.codes else ""
        yield f"{fact.name:<38} {fact.shape}{_limits(fact)}{codes}"


def write_effect(effect: Effect) -> str:
    """Return an effect in few words."""
    if isinstance(effect, Floor):
        return f"tier {effect.tier}, {effect.priority}"
    return f"{effect.points} points"


def _condition(when: Condition) -> Iterator[str]:
    parts = when.children if isinstance(when, Both) else (when,)
    for index, part in enumerate(parts):
        yield f"  {'when' if index == 0 else ' and':<11} {write_condition(part)}"


def _meaning(effect: Effect) -> str:
    return f" ({_TIERS[effect.tier]})" if isinstance(effect, Floor) else ""


def _unknown(on_unknown: OnUnknown | None) -> Iterator[str]:
    if on_unknown is None:
        yield "  unknown     cannot be"
        return
    yield f"  unknown     {write_effect(on_unknown.effect) if on_unknown.effect else 'no effect'}"
    for field, question in sorted(on_unknown.ask.items()):
        yield f"  asks        {field}: {question}"


def _extras(rule: Rule) -> Iterator[str]:
    if rule.follow_up is FollowUp.EXTENDED:
        yield "asks for the extended follow-up"
    if rule.group:
        yield "suggests group support"
    if rule.retouch:
        yield "touches a known case again"
    if rule.everyone:
        yield "concerns everyone, also who was only informed"


def _template(rule: Rule) -> str:
    pieces = rule.explanation.pieces
    return "".join(f"{{{piece}}}" if i % 2 else piece for i, piece in enumerate(pieces))


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return f"[{', '.join(map(str, value))}]"
    return str(value)


def _limits(fact: Fact) -> str:
    return f" {fact.low} to {fact.high}" if fact.name.endswith(("concern", "age_years")) else ""
