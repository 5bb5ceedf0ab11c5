"""Makes other inputs out of one: JSON by its structure, anything else by its bytes and tokens."""

from typing import Any, Final

import orjson

from tests.builders.payloads.degrading import degraded
from tests.builders.payloads.draw import Draw
from tests.builders.payloads.hostility import attacked, hostile
from tests.builders.payloads.mapping import MARKER

# What means something to one of the parsers: JSON, CSV, YAML, headers, XML, gzip.
TOKENS: Final = (
    b"{", b"}", b"[", b"]", b'"', b"'", b",", b";", b"\t", b"|", b":", b": ", b"\n", b"\r",
    b"\r\n", b"\n\n", b"\x00", b"\xff", b"\xef\xbb\xbf", b"\xff\xfe", b"\x85", b"\xe2\x80\xa8",
    b"\\", b"\\u", b"- ", b"? ", b"&a ", b"*a", b"!!int x", b"!!binary ", b"!!timestamp x",
    b"<<: ", b"%YAML 9.9\n", b"---\n", b"...\n", b"|\n", b"> ", b"~", b"null", b"yes", b"no",
    b"true", b"21:00", b"0o7", b"1_0", b"9" * 25, b"9" * 5_000, b"1e999", b"NaN", b"-1", b"0",
    b"2026-03-29T01:30:00", b"31/12/2025", b"9999-12-31", b"ce-id: x\n", b"ce_source: ",
    b"charset=", b"utf-16", b"utf-7", b"idna", b"gzip", b"<?xml", b"<!DOCTYPE a [", b"<ichicsr>",
    b"%ff", b"%", b"\x1f\x8b\x08\x00", b"extends: ", b"scale: ", b"split: ", b"map: ",
    b"resourceType", b"Bundle", b"#", b"urn:", MARKER.encode(),
)  # fmt: skip
_STRUCTURED: Final = 0.6


def mutated(data: bytes, other: bytes, seed: str) -> bytes:
    """Return a new input made of `data`, and perhaps of some of `other`; the same for a seed."""
    draw = Draw(seed, MARKER)
    if draw.chance(_STRUCTURED):
        changed = _by_structure(draw, data)
        if changed is not None:
            return changed
    for _ in range(draw.number(1, 4)):
        data = _by_bytes(draw, data, other)
    return data


def _by_structure(draw: Draw, data: bytes) -> bytes | None:
    start = min((at for at in (data.find(b"{"), data.find(b"[")) if at >= 0), default=-1)
    if start < 0:
        return None
    try:
        document = orjson.loads(data[start:])
    except ValueError:
        return None
    change = hostile if draw.chance(0.4) else _degraded
    try:
        return data[:start] + change(draw, document)
    except (TypeError, RecursionError):  # by now it is nested deeper than can be written
        return None


def _degraded(draw: Draw, document: Any) -> bytes:
    return orjson.dumps(degraded(draw, document))


def _by_bytes(draw: Draw, data: bytes, other: bytes) -> bytes:
    at, end = sorted(draw.number(0, len(data)) for _ in range(2))
    end = min(end, at + draw.number(0, 60))
    kind = draw.number(0, 6)
    if kind == 0:
        return data[:at] + data[end:]
    if kind == 1:
        return data[:at] + data[at:end] * draw.number(2, 9) + data[end:]
    if kind == 2:
        cut = draw.number(0, len(other))
        return data[:at] + other[cut : cut + draw.number(1, 200)] + data[end:]
    if kind == 3:
        return attacked(draw, data)
    if kind == 4:
        return data[:at] + bytes([draw.number(0, 255)]) + data[at + 1 :]
    return data[:at] + draw.pick(TOKENS) + data[draw.pick((at, end)) :]
