"""What an attacker or a broken program sends: depth, size, odd characters, broken encodings."""

import gzip
from collections.abc import Callable
from typing import Any, Final

import orjson

from services.intake.domain.context import Limits
from tests.builders.payloads.degrading import degraded
from tests.builders.payloads.draw import Draw

_DEPTHS: Final = (60, 63, 64, 65, 200, 5_000)
_STRINGS: Final = (65_535, 65_536, 65_537)
_LISTS: Final = {"staff": 200, "patients": 100, "codings": 32, "contained": 500, "entry": 40}
_TEXTS: Final = (
    "\x00",
    "a\x00b",
    "\u202eevil\u202c",
    "\x1b[31m",
    "../../etc/passwd",
    "=cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd",
    "${jndi:ldap://x}",
    "{{7*7}}",
    "' OR 1=1 --",
    "\U0001f600",
    "e\u0301" * 40,
    "\ufeffid",
    "\u2028",
    "A" * 129,
    "A" * 257,
    "|",
    "#",
    "urn:",
    "Patient/",
    "#a",
)
_IDS: Final = frozenset({"record_id", "id", "source_system", "revision"})
_KEYS: Final = ("__proto__", "constructor", "", "$ref", "toString", "\x00", "x" * 300, "a.b/c~d")
# What stands in the text of JSON where a value was, written as no encoder of ours would.
_TOKENS: Final = (
    b"NaN", b"Infinity", b"-Infinity", b"1e999", b"-1e999", b"1e-999", b"-0", b"0.1e1", b"01",
    b"1" * 400, b'"\\ud800"', b'"\\udc00\\ud800"', b'"\\u0000"', b'"\\x41"', b'"\xff\xfe"',
    b"'single'", b"undefined", b"/* no */ 1", b'"\t"', b'{"a":1,"a":2}', b"[1,]", b'"\xed\xa0\x80"',
)  # fmt: skip
_HOLE: Final = "\u2603hole\u2603"
_HOLE_BYTES: Final = orjson.dumps(_HOLE)
_BOMS: Final = (b"\xef\xbb\xbf", b"\xef\xbb\xbf\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\x00")


def hostile(draw: Draw, document: Any) -> bytes:
    """Return the bytes of a document, made hostile in one or two ways."""
    changed = degraded(draw, document) if draw.chance(0.2) else orjson.loads(orjson.dumps(document))
    if draw.chance(0.6):
        draw.pick(_DOCUMENT_ATTACKS)(draw, changed)
    holed = draw.chance(0.3)
    if holed:
        _place(draw, changed, _HOLE)
    body = _written(changed)
    if holed:
        body = body.replace(_HOLE_BYTES, draw.pick(_TOKENS))
    return attacked(draw, body) if draw.chance(0.3) else body


def attacked(draw: Draw, body: bytes) -> bytes:
    """Return the bytes of any body, broken as bytes."""
    return draw.pick(_BYTE_ATTACKS)(draw, body)


def _written(document: Any) -> bytes:
    return orjson.dumps(document, option=orjson.OPT_NON_STR_KEYS)


def _objects(document: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    waiting = [document]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            found.append(node)
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)
    return found


def _place(draw: Draw, document: Any, value: Any) -> None:
    """Put a value under a known or a new name of some object of the document."""
    found = _objects(document)
    if found:
        node = draw.pick(found)
        names = [*node, "new"] if draw.chance(0.9) else list(_KEYS)
        node[draw.pick(names)] = value


def _deep(draw: Draw, document: Any) -> None:
    # orjson writes no deeper than 254: what is deeper is written as text, around the hole.
    depth = min(draw.pick(_DEPTHS), 200)
    value: Any = "x"
    for _ in range(depth):
        value = [value] if draw.chance(0.7) else {"a": value}
    _place(draw, document, value)


def _long_list(draw: Draw, document: Any) -> None:
    found = _objects(document)
    name = draw.pick(sorted(_LISTS))
    holders = [node for node in found if name in node] or found[:1]
    for node in holders[:1]:
        size = _LISTS[name] + draw.number(-1, 1)
        given = node.get(name)
        item = (
            given[0] if isinstance(given, list) and given else draw.pick(({}, None, "x", {"id": 7}))
        )
        node[name] = [item] * size


def _long_text(draw: Draw, document: Any) -> None:
    size = draw.pick(_STRINGS) if draw.chance(0.2) else draw.number(128, 4_100)
    _place(draw, document, draw.pick(("a", "{", "[", "é", " ", "-", "/")) * size)


def _odd_text(draw: Draw, document: Any) -> None:
    _place(draw, document, draw.pick(_TEXTS))


def _odd_id(draw: Draw, document: Any) -> None:
    for node in _objects(document)[:1]:
        for name in sorted(node.keys() & _IDS):
            node[name] = draw.pick(_TEXTS)


def _cycle(draw: Draw, document: Any) -> None:
    """Let contained resources refer to each other in a ring, and people to them."""
    ring = [
        {"resourceType": "PractitionerRole", "id": a, "practitioner": {"reference": f"#{b}"}}
        for a, b in (("a", "b"), ("b", "a"), ("c", "c"))
    ]
    for node in _objects(document)[:1]:
        node["contained"] = ring
        for name in ("contributor", "participant", "recorder", "subject", "eventParticipant"):
            node[name] = {"reference": draw.pick(("#a", "#b", "#c", "#", "#missing"))}


def _odd_key(draw: Draw, document: Any) -> None:
    _place(draw, document, {name: draw.pick(_TEXTS) for name in _KEYS})


def _truncated(draw: Draw, body: bytes) -> bytes:
    return body[: draw.number(0, len(body))]


def _flipped(draw: Draw, body: bytes) -> bytes:
    at = draw.number(0, max(len(body) - 1, 0))
    return body[:at] + bytes([draw.number(0, 255)]) + body[at + 1 :]


def _marked(draw: Draw, body: bytes) -> bytes:
    return draw.pick(_BOMS) + body


def _twice(draw: Draw, body: bytes) -> bytes:
    first = body.find(b"{") + 1
    doubled = b'"record_id":"first","id":"first","resourceType":"Patient",'
    return body[:first] + doubled + body[first:] if first and draw.chance(0.7) else body + body


def _nested(draw: Draw, body: bytes) -> bytes:
    depth = draw.pick(_DEPTHS)
    return b"[" * depth + body + b"]" * depth


def _recoded(draw: Draw, body: bytes) -> bytes:
    return body.decode("utf-8", "replace").encode(draw.pick(("utf-16", "utf-32-le", "utf-7")))


def _packed(draw: Draw, body: bytes) -> bytes:
    packed = gzip.compress(body, 1, mtime=0)
    return packed if draw.chance() else packed[:10] + draw.noise(40)


def _filled(draw: Draw, body: bytes) -> bytes:
    if draw.chance(0.95):  # it takes as long as a thousand others
        return body
    return body.ljust(Limits().report_bytes + draw.number(-1, 1))


def _drowned(draw: Draw, _body: bytes) -> bytes:
    return draw.noise(draw.number(0, 200))


def _padded(draw: Draw, body: bytes) -> bytes:
    return draw.pick((b" ", b"\n", b"\t\r\n", b"\x00", b"\x0c")) * 30 + body + b"\n\n"


_DOCUMENT_ATTACKS: Final[tuple[Callable[[Draw, Any], None], ...]] = (
    _deep, _long_list, _long_text, _odd_text, _odd_text, _odd_id, _cycle, _odd_key,
)  # fmt: skip
_BYTE_ATTACKS: Final[tuple[Callable[[Draw, bytes], bytes], ...]] = (
    _truncated, _flipped, _flipped, _marked, _twice, _nested, _recoded, _packed, _drowned, _padded,
    _filled,
)  # fmt: skip
