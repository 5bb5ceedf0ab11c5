"""Take a report out of its CloudEvents 1.0 envelope: binary, structured or batched, strictly.

Sources: CloudEvents 1.0.2 HTTP and Kafka protocol bindings, JSON event format.
"""

import base64
import binascii
import json
import re
from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import quote, unquote_to_bytes

from services.intake.domain import media
from services.intake.domain.context import Hints
from services.intake.domain.limits import check_strings, decode_json
from services.intake.domain.refusals import RefusedError
from services.intake.domain.results import Headers
from shared.contracts.cloudevents import (
    OPTIONAL,
    REQUIRED,
    Attributes,
    CloudEventInvalidError,
    read_attributes,
)
from shared.contracts.words import RejectionCode

_PREFIXES: Final = ("ce-", "ce_")
_PLAIN: Final = " !#$&'()*+,/:;=?@[]"
_DATA: Final = frozenset({"data", "data_base64"})
_MARKS: Final = frozenset({"specversion", "type", "source"})
_REQUIRED: Final = frozenset(REQUIRED)
_KNOWN: Final = frozenset({*REQUIRED, *OPTIONAL})
_CONTENT_TYPE: Final = "datacontenttype"
_QUOTED: Final = re.compile(r'"((?:[^"\\]|\\.)*)"')
_ESCAPED: Final = re.compile(r"\\(.)")

# JSON event format, section 3.1.2: a text is a text, what it holds must not be decoded once more.
_TEXT_DATA: Final = (
    "The event's data is a text and no report, and CloudEvents forbids to read a text as JSON, so "
    "nothing was mapped. Put the report itself into data, or its base64 into data_base64."
)


class _Number(str):
    """A JSON number as written: of any length, and never the text that an attribute must be."""

    __slots__ = ()


def is_structured(document: object) -> bool:
    """Tell whether a JSON document is an event in structured mode."""
    return isinstance(document, dict) and document.keys() >= _MARKS and "record_id" not in document


def event_headers(headers: Iterable[tuple[str, str | bytes]]) -> Headers:
    """Return the headers of an event in binary mode, as HTTP spells them; none where it is none.

    What is no ASCII text becomes percent-encoded, so that even a broken header can be kept as text
    and is refused again.
    """
    found = tuple(
        ("ce-" + name[3:].lower(), _http_value(name, value))
        for name, value in headers
        if name[:3].lower() in _PREFIXES
    )
    return found if {name[3:] for name, _ in found} & _REQUIRED else ()


def read_headers(headers: Headers) -> Attributes:
    """Return the attributes of an event in binary mode, from what `event_headers` gave.

    Raises:
        RefusedError: `cloudevent_invalid`, also for a value that is not UTF-8.
    """
    try:
        pairs = [(name[3:], unquote_to_bytes(value).decode("utf-8")) for name, value in headers]
    except UnicodeDecodeError:
        raise RefusedError(RejectionCode.CLOUDEVENT_INVALID) from None
    if any(name == _CONTENT_TYPE for name, _ in pairs):
        # Both bindings give it one place, the content type: a second one repeats it.
        raise RefusedError(RejectionCode.CLOUDEVENT_INVALID, f"/{_CONTENT_TYPE}")
    return _attributes(pairs)


def read_event(body: bytes, hints: Hints) -> tuple[Attributes, Any]:
    """Return the attributes and the data of an event in structured mode that parsed as JSON.

    The data is a decoded document, out of `data` or `data_base64`.

    Raises:
        RefusedError: `cloudevent_invalid`; `undecodable` when there is no readable data.
    """
    pairs = _members(body)
    names = {name for name, _ in pairs}
    if names >= _DATA:
        raise RefusedError(RejectionCode.CLOUDEVENT_INVALID, "/data_base64")
    attributes = _attributes(
        (name, _written(name, value))
        for name, value in pairs
        if name not in _DATA and value is not None
    )
    media.check_json(media.read(attributes.datacontenttype))
    event = hints.context.decode(body.removeprefix(b"\xef\xbb\xbf"))
    return attributes, _data(event, body, hints)


def _members(body: bytes) -> tuple[tuple[str, Any], ...]:
    # The decoder keeps the last of repeated members; here each one must be seen.
    members: tuple[tuple[str, Any], ...] = json.loads(
        body.removeprefix(b"\xef\xbb\xbf"),
        object_pairs_hook=tuple,
        parse_int=_Number,
        parse_float=_Number,
    )
    return members


def _written(name: str, value: object) -> str:
    is_word = isinstance(value, str) and not isinstance(value, _Number)
    if name in _KNOWN and not is_word:
        raise RefusedError(RejectionCode.CLOUDEVENT_INVALID, f"/{name}")
    if value is True or value is False:
        return "true" if value else "false"
    return value if isinstance(value, str) else ""


def _data(event: dict[str, Any], body: bytes, hints: Hints) -> Any:  # noqa: ANN401 - it is JSON
    if "data_base64" in event:
        try:
            packed = base64.b64decode(event["data_base64"], validate=True)
        except (binascii.Error, ValueError, TypeError):
            raise RefusedError(RejectionCode.UNDECODABLE, "/data_base64") from None
        return decode_json(packed, hints.context.decode, hints.context.limits)
    data = event.get("data")
    if data is None:
        raise RefusedError(RejectionCode.UNDECODABLE, "/data")
    if isinstance(data, str):
        raise RefusedError(RejectionCode.UNKNOWN_FORMAT, "/data", detail=_TEXT_DATA)
    check_strings(body, hints.context.limits.string_bytes)
    return data


def _attributes(pairs: Iterable[tuple[str, str]]) -> Attributes:
    try:
        return read_attributes(pairs)
    except CloudEventInvalidError as error:
        # Its own names only: an extension's name is the sender's text.
        known = error.attribute if error.attribute in _KNOWN else None
        pointer = None if known is None else f"/{known}"
        raise RefusedError(RejectionCode.CLOUDEVENT_INVALID, pointer) from None


def _http_value(name: str, value: str | bytes) -> str:
    if name[2] == "_":  # on Kafka a percent sign is plain text, over HTTP the sender's encoding
        packed = value if isinstance(value, bytes) else value.encode("utf-8", "surrogatepass")
        return quote(packed, safe=_PLAIN)
    text = value if isinstance(value, str) else value.decode("latin-1")
    plain = _unquoted(text) if '"' in text else text
    return plain if plain.isascii() else quote(_sent(plain), safe=_PLAIN + "%")


def _unquoted(value: str) -> str:
    # RFC 7230, section 3.2.6; a quotation mark that is left is part of the value.
    plain = _QUOTED.sub(lambda quoted: _ESCAPED.sub(r"\1", quoted[1]), value)
    return plain.replace('"', "%22")


def _sent(value: str) -> bytes:
    try:
        return value.encode("latin-1")  # as an HTTP server reads the bytes of a header
    except UnicodeEncodeError:
        return value.encode("utf-8", "surrogatepass")
