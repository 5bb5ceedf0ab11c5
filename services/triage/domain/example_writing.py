"""Examples as lines of a rule file, in the style of the shipped sets."""

from collections.abc import Collection, Iterable
from typing import Final

from services.triage.domain.explanation import show
from services.triage.domain.facts import Facts, FactValue
from services.triage.domain.flow_style import flow
from services.triage.domain.rule_examples import values_as_json
from services.triage.domain.ruleset import Example

LONGEST_NAME: Final = 120


def example_line(example: Example) -> str:
    """Return an example as one flow mapping, without the dash before it."""
    facts = values_as_json(example.facts)
    return flow({"name": example.name, "facts": facts, "expect": example.expect.value})


def name_of(facts: Facts, taken: Collection[str]) -> str:
    """Return a name that says the facts and is not taken yet."""
    told = " and ".join(_told(name, facts[name]) for name in sorted(facts)) or "nothing known"
    return next(name for name in _numbered(told[: LONGEST_NAME - 4]) if name not in taken)


def _numbered(name: str) -> Iterable[str]:
    yield name
    yield from (f"{name} {number}" for number in range(2, 1000))


def _told(name: str, value: FactValue) -> str:
    said = name.partition(".")[2].replace("_", " ")
    if value is True:
        return said
    if value is False:
        return f"not {said}"
    return f"{said} {show(value)}"
