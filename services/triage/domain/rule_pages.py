"""A rule set as people read it: an overview, and one page per rule."""

from collections.abc import Iterator
from typing import Final

from services.triage.domain.condition import Both, Condition, Either, write_condition
from services.triage.domain.condition_words import in_words, span_in_words
from services.triage.domain.fact_model import FACTS, Fact
from services.triage.domain.rule_examples import values_as_json
from services.triage.domain.ruleset import Effect, Floor, OnUnknown, Rule, RuleSet
from shared.contracts.words import FollowUp, SubjectKind

_WIDTH: Final = 11
_TIERS: Final = (
    "none",
    "local: the unit looks after its people",
    "peer",
    "expedited: peer and lead",
)


def overview(rule_set: RuleSet) -> Iterator[str]:
    """Yield the set's name and one line per active rule, by family."""
    yield f"{rule_set.name} version {rule_set.version}   {rule_set.hash}"
    for family in sorted({rule.family for rule in rule_set.rules}):
        yield ""
        yield family.value
        for rule in rule_set.rules:
            if rule.family is family:
                yield f"  {rule.id:<30} {write_effect(rule.effect):<22} {rule.title}"


def rule_page(rule: Rule, rule_set: RuleSet) -> Iterator[str]:
    """Yield all there is to say of one rule of a set."""
    yield f"{rule.id}: {rule.title}"
    yield _row("family", _spaced(rule.family))
    yield _row("for", _whom(rule, rule_set))
    yield from _in_words("fires when", rule.when)
    yield from _counts(rule, rule_set)
    yield from _condition(rule.when)
    yield _row("effect", f"{write_effect(rule.effect)}{_meaning(rule.effect)}")
    yield from (_row("also", extra) for extra in _extras(rule))
    yield from _unknown(rule.on_unknown)
    yield _row("says", _template(rule))
    for evidence in rule.evidence:
        yield _row("source", f"{evidence.ref} ({evidence.grade}) {evidence.note}".rstrip())
    for example in rule.examples:
        facts = ", ".join(f"{k} {_value(v)}" for k, v in values_as_json(example.facts).items())
        yield _row("example", f"{example.expect:<8} {example.name}: {facts or 'nothing known'}")


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


def _row(label: str, text: str) -> str:
    return f"  {label:<{_WIDTH}} {text}"


def _whom(rule: Rule, rule_set: RuleSet) -> str:
    if rule.subject is SubjectKind.TEAM:
        return "the team of the unit"
    skipped = " or ".join(sorted(rule_set.skip_involvement))
    if rule.everyone or not skipped:
        return "each person of the event"
    return f"each person of the event, unless known to be {skipped}"


def _in_words(label: str, condition: Condition) -> Iterator[str]:
    for index, line in enumerate(in_words(condition)):
        yield _row(label if index == 0 else "", line)


def _counts(rule: Rule, rule_set: RuleSet) -> Iterator[str]:
    for name in sorted(rule.reads):
        window = rule_set.windows.get(name.removeprefix("windows."))
        if window is not None:
            span = f"within {span_in_words(window.within)}, this one too; each with"
            yield _row("counts", f"{_spaced(window.name)}: occurrences of the {window.per} {span}")
            yield from _in_words("", window.condition)


def _condition(when: Condition) -> Iterator[str]:
    parts = when.children if isinstance(when, Both) else (when,)
    for index, part in enumerate(parts):
        text = write_condition(part)
        joined = f"({text})" if isinstance(part, Either) and len(parts) > 1 else text
        yield _row("as written" if index == 0 else "", f"{'and ' * bool(index)}{joined}")


def _meaning(effect: Effect) -> str:
    return f" ({_TIERS[effect.tier]})" if isinstance(effect, Floor) else " towards a step"


def _unknown(on_unknown: OnUnknown | None) -> Iterator[str]:
    if on_unknown is None:
        yield _row("unknown", "cannot be: what it reads is always known or tested for")
        return
    effect = f"counts {write_effect(on_unknown.effect)}" if on_unknown.effect else "no effect"
    yield _row("unknown", f"{effect}, until what is missing is known")
    for field, question in sorted(on_unknown.ask.items()):
        yield _row("asks", f"{question} [{field}]")


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


def _spaced(name: str) -> str:
    return name.replace("_", " ")


def _limits(fact: Fact) -> str:
    return f" {fact.low} to {fact.high}" if fact.name.endswith(("concern", "age_years")) else ""
