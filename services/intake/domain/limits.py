"""Sizes and depths, checked on the bytes before anything is parsed."""

import re
from collections.abc import Iterable
from itertools import accumulate
from typing import Any, Final

from services.intake.domain.context import Decode, Limits
from services.intake.domain.refusals import RefusedError
from services.intake.domain.translation import Piece
from shared.contracts.words import RejectionCode

# Possessive quantifiers: linear time and no memory per character, whatever the bytes.
_STRING: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_NOT_BRACKETS: Final = bytes(set(range(256)) - set(b"[]{}"))
_STEP: Final = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_STRIDE: Final = 4_096
# Policy. A table's header, a resource that many events refer to, an event's envelope are copied to
# each report: four times the largest request is a thousand reports of 40 kB.
_MOST_CUT: Final = 4 * Limits().request_bytes
_UTF8_BOM: Final = b"\xef\xbb\xbf"


def decode_json(body: bytes, decode: Decode, limits: Limits) -> Any:  # noqa: ANN401 - it is JSON
    """Parse `body` within the limits of depth and string length.

    Raises:
        RefusedError: `limit` before parsing when nested too deep or a string is too long;
            `undecodable` when it is not JSON in UTF-8.
    """
    check_depth(body, limits.depth)
    check_strings(body, limits.string_bytes)
    try:
        return decode(body.removeprefix(_UTF8_BOM))
    except (ValueError, RecursionError):
        raise RefusedError(RejectionCode.UNDECODABLE) from None


def check_size(body: bytes, maximum: int) -> None:
    """Refuse more than `maximum` bytes.

    Raises:
        RefusedError: `limit`.
    """
    if len(body) > maximum:
        raise _over(f"more than {maximum} bytes in one piece")


def check_depth(body: bytes, maximum: int) -> None:
    """Refuse JSON whose brackets nest deeper than `maximum`, without recursion.

    Raises:
        RefusedError: `limit`.
    """
    if body.count(b"[") + body.count(b"{") <= maximum:
        return
    brackets = _STRING.sub(b"", body).translate(None, _NOT_BRACKETS)
    depth = 0
    for start in range(0, len(brackets), _STRIDE):
        steps = map(_STEP.__getitem__, brackets[start : start + _STRIDE])
        depths = list(accumulate(steps, initial=depth))
        if max(depths) > maximum:
            raise _over(f"nested deeper than {maximum} levels")
        depth = depths[-1]


def check_strings(body: bytes, maximum: int) -> None:
    """Refuse a JSON string of more than `maximum` bytes as written.

    Raises:
        RefusedError: `limit`.
    """
    if len(body) <= maximum:
        return
    quotes = 2
    if any(found.end() - found.start() - quotes > maximum for found in _STRING.finditer(body)):
        raise _over(f"a text of more than {maximum} bytes")


def check_count(count: int, maximum: int, pointer: str | None = None) -> None:
    """Refuse more than `maximum` pieces.

    Raises:
        RefusedError: `limit`.
    """
    if count > maximum:
        raise _over(f"more than {maximum} entries in one list", pointer)


def checked(pieces: Iterable[Piece], limits: Limits) -> list[Piece]:
    """Return the pieces; no more are made than one request may hold.

    Raises:
        RefusedError: `limit`.
    """
    taken: list[Piece] = []
    size = 0
    for piece in pieces:
        taken.append(piece)
        size += len(piece.body)
        check_cut(len(taken), size, limits)
    return taken


def check_cut(count: int, size: int, limits: Limits) -> None:
    """Refuse what was cut into more reports, or more bytes of reports, than one request may hold.

    Raises:
        RefusedError: `limit`.
    """
    check_count(count, limits.entries)
    if size > _MOST_CUT:
        raise _over(f"reports that are more than {_MOST_CUT} bytes together, each with its copies")


def _over(what: str, pointer: str | None = None) -> RefusedError:
    detail = (
        f"The body has {what}, which is the limit that protects the other reports. Send smaller "
        "requests and leave out attachments."
    )
    return RefusedError(RejectionCode.LIMIT, pointer, detail=detail)
