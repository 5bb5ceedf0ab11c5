"""Take a report out of its CloudEvents 1.0 envelope: binary, structured or batched, strictly.

Sources: CloudEvents 1.0.2 HTTP and Kafka protocol bindings, JSON event format.
"""

import base64
import binascii
import json
from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import quote, unquote_to_bytes

from services.intake.domain import media
from services.intake.domain.context import Hints
from services.intake.domain.limits import decode_json
from services.intake.domain.refusals import RefusedError
from services.intake.domain.results import Headers
from shared.contracts.cloudevents import (
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
_KNOWN: Final = _MARKS | {"id", "subject", "time", "datacontenttype", "dataschema"}


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
    return _attributes(pairs)


def read_event(body: bytes, hints: Hints) -> tuple[Attributes, Any]:
    """Return the attributes and the data of an event in structured mode that parsed as JSON.

    The data is a decoded document, out of `data` or `data_base64`.

    Raises:
        RefusedError: `cloudevent_invalid`; `undecodable` when there is no readable data.
    """
    pairs = _members(body)
    attributes = _attributes(
        (name, value) for name, value in pairs if name not in _DATA and value is not None
    )
    media.check_json(media.read(attributes.datacontenttype))
    event = hints.context.decode(body.removeprefix(b"\xef\xbb\xbf"))
    return attributes, _data(event, hints)


def _members(body: bytes) -> list[tuple[str, str | None]]:
    # The decoder keeps the last of repeated members; here each one must be seen.
    top: tuple[tuple[str, Any], ...] = json.loads(
        body.removeprefix(b"\xef\xbb\xbf"), object_pairs_hook=tuple, parse_int=str, parse_float=str
    )
    return [(name, value if value is None else _attribute(value)) for name, value in top]


def _attribute(value: object) -> str:
    if value is True or value is False:
        return "true" if value else "false"
    return value if isinstance(value, str) else ""


def _data(event: dict[str, Any], hints: Hints) -> Any:  # noqa: ANN401 - it is JSON
    data = event.get("data")
    if data is None and isinstance(event.get("data_base64"), str):
        try:
            packed = base64.b64decode(event["data_base64"], validate=True)
        except (binascii.Error, ValueError):
            raise RefusedError(RejectionCode.UNDECODABLE, "/data_base64") from None
        return decode_json(packed, hints.context.decode, hints.context.limits)
    if isinstance(data, str):
        text = data.encode("utf-8", "replace")
        return decode_json(text, hints.context.decode, hints.context.limits)
    if data is None:
        raise RefusedError(RejectionCode.UNDECODABLE, "/data")
    return data


def _attributes(pairs: Iterable[tuple[str, str | None]]) -> Attributes:
    try:
        return read_attributes((name, value or "") for name, value in pairs)
    except CloudEventInvalidError as error:
        # Its own names only: an extension's name is the sender's text.
        known = error.attribute if error.attribute in _KNOWN else None
        pointer = None if known is None else f"/{known}"
        raise RefusedError(RejectionCode.CLOUDEVENT_INVALID, pointer) from None


def _http_value(name: str, value: str | bytes) -> str:
    if isinstance(value, str) and name[2] == "-" and value.isascii():
        return value
    packed = value if isinstance(value, bytes) else value.encode("utf-8", "surrogatepass")
    # Over HTTP, percent signs are the sender's own encoding; on Kafka they are plain text.
    return quote(packed, safe=_PLAIN + "%" if name[2] == "-" else _PLAIN)
