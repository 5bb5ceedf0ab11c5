"""Fact sets of a decision: what is known, and as null what rules read and nobody stated."""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from services.triage.domain.facts import Facts, FactValue
from services.triage.domain.parts import Part, text, texts, yes_no
from shared.contracts.values import write_moment

_REMEMBERED: Final = 16_384
_WINDOW: Final = "windows."


def fact_row(facts: Facts, reads: tuple[str, ...]) -> Part:
    """Return the set of one patient or person; equal ones are written once."""
    return _written_row(tuple(facts.items()), reads)


def shared_row(shared: Facts, reads: tuple[str, ...]) -> Part:
    """Return the set of what everybody shares; windows have a place of their own."""
    facts: dict[str, Any] = {}
    members = dict(_nulls(reads))
    for name, value in shared.items():
        if isinstance(value, datetime):
            facts[name] = write_moment(value)
            members[name] = f'"{name}":"{facts[name]}"'
        elif not name.startswith(_WINDOW):
            facts[name] = value
            members[name] = _member(name, value)
    return _row(facts, members, reads)


@lru_cache(_REMEMBERED)
def _written_row(facts: tuple[tuple[str, FactValue], ...], reads: tuple[str, ...]) -> Part:
    members = {**_nulls(reads), **{name: _member(name, value) for name, value in facts}}
    return _row(dict(facts), members, reads)


def _row(known: dict[str, Any], members: Mapping[str, str], reads: tuple[str, ...]) -> Part:
    # Known facts first, each in its place, then the unknown ones that rules read.
    value = {**known, **_unknown(reads), **known}
    return Part(value, "{" + ",".join([members[name] for name in sorted(members)]) + "}")


@lru_cache
def _unknown(reads: tuple[str, ...]) -> dict[str, None]:
    return dict.fromkeys(reads)


@lru_cache
def _nulls(reads: tuple[str, ...]) -> dict[str, str]:
    return {name: f'"{name}":null' for name in reads}


@lru_cache(_REMEMBERED, typed=True)
def _member(name: str, value: FactValue) -> str:
    match value:
        case None:
            written = "null"
        case bool():
            written = yes_no(value)
        case str():
            written = text(value)
        case tuple():
            written = texts(value)
        case _:
            written = str(value)
    return f"{text(name)}:{written}"
