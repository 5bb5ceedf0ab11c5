"""What looks at bytes before anything is parsed: gzip, depth, strings, cutting, XML advice."""

import asyncio
import gzip
import zlib
from collections.abc import AsyncIterator
from typing import Any, Final

import orjson

from services.intake.domain.cutting import array_elements
from services.intake.domain.limits import check_depth, check_strings
from services.intake.domain.refusals import RefusedError
from services.intake.domain.xml_advice import advise, looks_like_xml
from services.intake.http.limits import BodyRefusedError, Limits, read_body
from tests.builders.payloads.mapping import MARKER
from tests.fuzz.target import Target, headed, name_of, words

_LIMITS: Final = Limits(request_bytes=3_000, gzip_ratio=20)
_CHUNK: Final = 97


def _body(data: bytes) -> str:
    head, sent = headed(data)
    encoding, _, declared = head.partition(" ")
    try:
        body = asyncio.run(read_body(_chunks(sent), declared or None, encoding, _LIMITS))
    except BodyRefusedError as error:
        return name_of(error)
    assert len(body) <= _LIMITS.request_bytes
    assert body == (gzip.decompress(sent) if "gzip" in encoding.lower() else sent)
    return "read"


async def _chunks(data: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(data), _CHUNK):
        yield data[start : start + _CHUNK]


def _json(data: bytes) -> str:
    """Compare what the checks say of the bytes with what the decoder makes of them."""
    try:
        document = orjson.loads(data)
    except ValueError:
        for check in (check_depth, check_strings):
            _is_refused(check, data, 5)
        return "undecodable"
    depth = _depth_of(document)
    if depth <= 64:  # of an object that is named twice the decoder keeps the last
        assert _is_refused(check_depth, data, depth - 1) or depth == 0
    if isinstance(document, list):
        assert [orjson.loads(each) for each in array_elements(data)] == document
    return words("depth", min(depth, 70), type(document).__name__)


def _is_refused(check: Any, data: bytes, maximum: int) -> bool:
    try:
        check(data, maximum)
    except RefusedError:
        return True
    return False


def _depth_of(document: Any) -> int:
    deepest, level = 0, [document]
    while True:
        inner = [each for each in level if isinstance(each, dict | list)]
        if not inner:
            return deepest
        deepest += 1
        level = [
            child for each in inner for child in (each.values() if isinstance(each, dict) else each)
        ]


def _xml(data: bytes) -> str:
    refused = advise(data)
    assert MARKER not in f"{refused.detail}{refused.pointer}"
    return words(refused.code.value, len(refused.detail), looks_like_xml(data))


def packed(text: bytes) -> bytes:
    """Return the text as gzip without a time in it, the same every time."""
    packer = zlib.compressobj(wbits=31)
    return packer.compress(text) + packer.flush()


TARGETS: Final = (
    Target("gzip", "a line `encoding content-length`, then a body as sent", _body),
    Target("json", "JSON: depth, strings and cutting against the decoder", _json),
    Target("xml", "XML, of which only the root's name is read", _xml),
)
