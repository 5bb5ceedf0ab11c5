"""Examples as lines of a rule file, in the style of the shipped sets."""

import json
import re
from collections.abc import Collection, Iterable
from typing import Final

from services.triage.domain.explanation import show
from services.triage.domain.facts import Facts, FactValue
from services.triage.domain.rule_examples import values_as_json
from services.triage.domain.ruleset import Example

LONGEST_NAME: Final = 120
_PLAIN: Final = re.compile(r"[a-z][a-z0-9_]*( [a-z0-9_]+)*")
# Words that YAML tools read as something else than text.
_RESERVED: Final = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})


def example_line(example: Example) -> str:
    """Return an example as one flow mapping, without the dash before it."""
    facts = ", ".join(f"{name}: {_value(v)}" for name, v in values_as_json(example.facts).items())
    return f"{{name: {_text(example.name)}, facts: {{{facts}}}, expect: {example.expect}}}"


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


def _value(value: object) -> str:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, list):
        return f"[{', '.join(map(_text, value))}]"
    return json.dumps(value)


def _text(text: str) -> str:
    plain = _PLAIN.fullmatch(text) and text not in _RESERVED
    return text if plain else json.dumps(text)
