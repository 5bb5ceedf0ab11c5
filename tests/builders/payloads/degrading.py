"""What real feeds do to a report: no zone, American dates, wrong types, empty or odd values."""

import copy
import re
from collections.abc import Mapping
from typing import Any, Final

from tests.builders.payloads.draw import Draw

# What leaves intake as it was written, by member or column: nobody's words are put here, so no
# marker either.
LEAVES: Final = frozenset({
    "record_id", "group_ids", "revision", "unit_id", "campus", "organisation", "specialty", "code",
    "system", "value", "role", "id", "reference", "resourcetype", "url", "linkid", "versionid",
    "type", "fullurl", "specversion", "source", "sequence", "source_system", "valuecode",
    "valuestring", "tenant", "profile", "method", "request", "recordid", "inc_unit",
    "inc_locactual", "inc_specialty", "inc_type", "location_id", "service_id", "l003", "l004",
    "l006", "cl001", "in03", "pd05", "rp07", "division", "program", "file id",
})  # fmt: skip
_DATED: Final = re.compile(r"\d{4}-\d{2}(-\d{2}.*)?", re.ASCII | re.DOTALL)
_DATES: Final[tuple[Any, ...]] = (
    "2025-03-01T22:10:00",
    "03/04/2025",
    "04/13/2025 10:15 PM",
    "31.12.2024 23:59",
    "2025-02-30",
    "2025-10-26T01:30:00",
    "2025",
    "2025-03",
    "1899-12-31",
    "2099-01-01T00:00:00Z",
    "0001-01-01T00:00:00",
    "9999-12-31T23:59:59.999999-23:59",
    "2025-03-01T24:00:00Z",
    "2025-W10-1",
    "yesterday",
    "",
    1740780000,
    1740780000000.5,
    None,
)
_WORDS: Final[tuple[Any, ...]] = (
    "",
    " ",
    "unknown",
    "N/K",
    "?",
    "\u00e2\u20ac\u201c mojibake",
    "y" * 300,
    " padded\t",
    "LINE\nEND",
    "\u200b",
    "0",
    7,
    -1,
    2.5,
    True,
    None,
    [],
    {},
    ["a", "b"],
    {"value": "x"},
    {"coding": [{"display": "words only"}]},
)
_NUMBERS: Final[tuple[Any, ...]] = (
    -1, 0, 131, 1.5, 10**12, 1e300, -0.0, "4", "four", "4 years", "", None, True, [4],
)  # fmt: skip
_TRUTHS: Final[tuple[Any, ...]] = ("Y", "n", "TRUE", "maybe", 1, 0, "", None, [])
_OTHERS: Final[Mapping[type, tuple[Any, ...]]] = {bool: _TRUTHS, int: _NUMBERS, float: _NUMBERS}


def degraded(draw: Draw, document: Any) -> Any:
    """Return a copy of the document with one to four things in it as real feeds have them."""
    changed = copy.deepcopy(document)
    for _ in range(draw.number(1, 4)):
        places = _places(changed)
        if places:
            _spoil(draw, *draw.pick(places))
    return changed


def dirty(draw: Draw, name: object, value: Any) -> Any:
    """Return what a real feed may have in place of the value under that name."""
    if not isinstance(value, str):
        return draw.pick(_OTHERS.get(type(value), _WORDS))
    if _DATED.fullmatch(value):
        return draw.pick(_DATES)
    if draw.chance(0.3) and str(name).casefold() not in LEAVES:
        return draw.told()
    if draw.chance(0.2):
        return draw.pick((value.upper(), f" {value} ", value.title(), [value], {"value": value}))
    return draw.pick(_WORDS)


def _places(document: Any) -> list[tuple[Any, Any, object]]:
    """Return each container with one of its keys and the name above it, nested ones included."""
    found: list[tuple[Any, Any, object]] = []
    waiting: list[tuple[Any, object]] = [(document, None)]
    while waiting:
        node, above = waiting.pop()
        keys: Any = node if isinstance(node, dict) else range(len(node))
        for key in keys:
            name = key if isinstance(node, dict) else above
            found.append((node, key, name))
            if isinstance(node[key], dict | list):
                waiting.append((node[key], name))
    return found


def _spoil(draw: Draw, node: Any, key: Any, name: object) -> None:
    value = node[key]
    kind = draw.number(0, 9)
    if kind < 2:
        del node[key]
    elif kind == 2 and isinstance(value, list):
        value.extend(copy.deepcopy(value[:3]))  # the same thing twice
    elif kind == 2:
        node[key] = [value, copy.deepcopy(value)]
    elif kind == 3 and isinstance(value, list) and len(value) == 1:
        node[key] = value[0]  # a list where there may be several, an object where there is one
    elif kind == 4 and isinstance(value, dict):
        value[draw.secret("local_field")] = draw.told()
    elif kind == 4 and isinstance(node, dict):
        node[f"{key}_local"] = draw.told()
    elif kind == 5 and isinstance(value, list):
        value.append(draw.pick((None, 7, "", [], {})))
    else:
        node[key] = copy.deepcopy(dirty(draw, name, value))
