"""The JSON Schema of a rule file, for editors: keys, codes and fact names while one types.

It is weaker than `rules check`: what a condition says, and whether examples hold, only that knows.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

from services.triage.domain.fact_model import FACTS, SCHEMA, Fact, Shape
from services.triage.domain.kleene import SEMANTICS
from services.triage.domain.rule_effects import IGNORE
from services.triage.domain.rule_examples import MOST_EXAMPLES
from services.triage.domain.rule_nodes import DURATION, LONGEST_TEXT, NAME, SLUG
from services.triage.domain.rule_reading import GRADES, OPTIONAL, REFERENCE, REQUIRED
from services.triage.domain.ruleset import LateThen
from services.triage.domain.ruleset_header import URGENCIES
from services.triage.domain.ruleset_loader import MOST_RULES
from shared.contracts.words import Category, Family, Involvement, SubjectKind, Verdict

Schema: TypeAlias = dict[str, Any]
FILE_NAME: Final = "rule-set.schema.json"
_HASH: Final = "sha256:[0-9a-f]{64}"


def rule_file_schema() -> Schema:
    """Return the schema of a rule file, draft 2020-12."""
    header = _header()
    alone = ("points_to_tier", "group_support", "late", "merge")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Peerline rule set",
        "description": f"Rules over {SCHEMA}, read as {SEMANTICS}; 'peerline rules check' decides.",
        **_mapping(header, ("rule_set", "version", "schema", "semantics", "rules")),
        "if": {"required": ["extends"]},
        "else": {"required": list(alone)},
        "$defs": {"rule": _rule(), "retirement": _retirement(), "floor": _floor()},
    }


def _header() -> Schema:
    step = _mapping({"at": _whole(1, 20_000), **_floor()["properties"]})
    return {
        "rule_set": _named(SLUG.pattern, "The set's name, the same in every version."),
        "version": _whole(1, 10**6),
        "schema": {"const": SCHEMA},
        "semantics": {"const": SEMANTICS},
        "extends": _mapping(
            {
                "rule_set": _named(SLUG.pattern, "The base set."),
                "version": _whole(1, 10**6),
                "hash": _named(_HASH, "The hash that 'peerline rules check' prints of the base."),
            }
        ),
        "scope": _mapping({"skip_involvement": _list(_words(Involvement), 10)}),
        "points_to_tier": _list(step, 3),
        "group_support": _mapping({"persons_over": _whole(1, 1000), "units_over": _whole(1, 100)}),
        "late": _mapping({"after": _duration(), "then": _words(LateThen)}),
        "merge": _mapping(
            {"within": _duration(), "compatible": _list(_list(_words(Category), 30), 30)}
        ),
        "windows": {"type": "object", "propertyNames": _named(NAME.pattern), **_every(_window())},
        "rules": _list(_entry(), MOST_RULES),
    }


def _entry() -> Schema:
    """Return a rule or a retirement, told apart so that an editor names what is wrong in one."""
    return {
        "if": {"required": ["id", "retired"], "maxProperties": 2},
        "then": {"$ref": "#/$defs/retirement"},
        "else": {"$ref": "#/$defs/rule"},
    }


def _rule() -> Schema:
    fields = {
        "id": _named(NAME.pattern, "One meaning for ever: a changed rule gets a new id."),
        "title": _text(120),
        "family": _words(Family),
        "for": _words(SubjectKind),
        "when": _condition(),
        "floor": {"$ref": "#/$defs/floor"},
        "points": _whole(1, 100),
        "on_unknown": {"anyOf": [{"const": IGNORE}, _on_unknown()]},
        "follow_up": {"const": "extended"},
        "scope": {"const": "everyone"},
        "group": {"type": "boolean"},
        "retouch": {"type": "boolean"},
        "no_retouch": _text(LONGEST_TEXT),
        "retired": _retired(),
        "explain": _text(400) | {"description": "A sentence; facts of the condition in braces."},
        "evidence": _list(_evidence(), 8) | {"minItems": 1},
        "examples": _list(_example(), MOST_EXAMPLES),
    }
    ordered = {name: fields[name] for name in (*REQUIRED, *OPTIONAL)}
    one_effect = [{"required": ["floor"]}, {"required": ["points"]}]
    return _mapping(ordered, REQUIRED) | {"oneOf": one_effect}


def _retirement() -> Schema:
    name = _named(NAME.pattern, "A rule of the base that this set does without.")
    return _mapping({"id": name, "retired": _retired()})


def _retired() -> Schema:
    return _mapping({"in": _whole(1, 10**6), "reason": _text(LONGEST_TEXT)})


def _floor() -> Schema:
    return _mapping({"tier": _whole(1, 3), "priority": {"enum": list(URGENCIES)}})


def _on_unknown() -> Schema:
    asked = {"type": "object", "propertyNames": _fact_name(), **_every(_text(200))}
    floor = {"$ref": "#/$defs/floor"}
    return _mapping({"ask": asked, "floor": floor, "points": _whole(1, 100)}, ("ask",))


def _window() -> Schema:
    per = {"enum": ["person", "unit"]}
    return _mapping({"per": per, "within": _duration(), "where": _condition()})


def _evidence() -> Schema:
    fields = {
        "ref": _named(REFERENCE.pattern, "doi:…, pmid:…, url:https://… or policy:name"),
        "grade": {"enum": list(GRADES)},
        "note": _text(LONGEST_TEXT),
    }
    return _mapping(fields, ("ref", "grade"))


def _example() -> Schema:
    facts = {name: _value(fact) for name, fact in FACTS.items()}
    given = {
        "type": "object",
        "properties": facts,
        "patternProperties": {f"^windows\\.{NAME.pattern}$": _whole(0, 10**9)},
        "additionalProperties": False,
    }
    return _mapping({"name": _text(120), "facts": given, "expect": _words(Verdict)})


def _value(fact: Fact) -> Schema:
    match fact.shape:
        case Shape.NUMBER:
            return _whole(fact.low, fact.high)
        case Shape.YES_NO:
            return {"type": "boolean"}
        case Shape.TIME:
            return {"type": "string", "format": "date-time"}
        case Shape.CODES:
            return _list({"enum": list(fact.codes)}, len(fact.codes))
        case _:
            return {"enum": list(fact.codes)}


def _condition() -> Schema:
    facts = ", ".join(FACTS)
    says = f"A condition over: {facts}, windows.NAME. 'peerline rules facts' has their codes."
    return {"type": "string", "minLength": 1, "maxLength": 2000, "description": says}


def _fact_name() -> Schema:
    return {"anyOf": [{"enum": list(FACTS)}, _named(f"windows\\.{NAME.pattern}")]}


def _mapping(properties: Mapping[str, Schema], required: Sequence[str] | None = None) -> Schema:
    """Return a mapping with these keys and no others; all of them required if not said."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties if required is None else required),
        "additionalProperties": False,
    }


def _every(schema: Schema) -> Schema:
    return {"additionalProperties": schema}


def _list(items: Schema, most: int) -> Schema:
    return {"type": "array", "items": items, "maxItems": most}


def _words(words: type[Any]) -> Schema:
    return {"enum": [word.value for word in words]}


def _whole(low: int, high: int) -> Schema:
    return {"type": "integer", "minimum": low, "maximum": high}


def _text(longest: int) -> Schema:
    return {"type": "string", "minLength": 1, "maxLength": longest}


def _duration() -> Schema:
    return _named(DURATION.pattern, "For example 30 days, 24 hours, 15 minutes.")


def _named(pattern: str, description: str | None = None) -> Schema:
    said = {"description": description} if description else {}
    return {"type": "string", "pattern": f"^(?:{pattern})$", **said}
