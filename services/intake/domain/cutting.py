"""Cut a request into the exact bytes of its reports."""

import re
from collections.abc import Iterator
from typing import Final

_TOKEN: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{},]', re.DOTALL)
_OPENING: Final = frozenset(b"[{")
_CLOSING: Final = frozenset(b"]}")
_COMMA: Final = ord(",")


def array_elements(body: bytes) -> list[bytes]:
    """Return the bytes of each element of a JSON array that has already been parsed well."""
    depth, start, elements = 0, 0, []
    for token in _TOKEN.finditer(body):
        first = body[token.start()]
        if first in _OPENING:
            depth += 1
            start = token.end() if depth == 1 else start
        elif first in _CLOSING:
            depth -= 1
        if (first == _COMMA and depth == 1) or (first in _CLOSING and depth == 0):
            elements.append(body[start : token.start()].strip())
            start = token.end()
    return [] if elements == [b""] else elements


def lines(body: bytes) -> Iterator[bytes]:
    """Yield the lines of an NDJSON body that are not blank."""
    return filter(None, map(bytes.strip, body.split(b"\n")))
