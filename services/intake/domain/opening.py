"""Open a body: from the bytes of a request to the documents in it, each with its own bytes."""

from dataclasses import replace
from typing import Any, Final

from services.intake.domain import media
from services.intake.domain.cloudevents import is_structured, read_event, read_headers
from services.intake.domain.context import Hints, Limits
from services.intake.domain.cutting import array_elements, lines
from services.intake.domain.encoding import encode
from services.intake.domain.limits import check_count, check_size, checked, decode_json
from services.intake.domain.refusals import RefusedError
from services.intake.domain.rows import form
from services.intake.domain.translation import Piece
from services.intake.domain.xml_advice import advise, looks_like_xml
from shared.contracts.words import RejectionCode

_BOM: Final = b"\xef\xbb\xbf"
# What Kafka Connect's JSON converter writes around a record when `schemas.enable` is true.
_CONNECT_MEMBERS: Final = frozenset({"schema", "payload"})
_PACKED: Final = b'"data_base64"'
UNREAD: Final = object()


def divide(whole: Piece, hints: Hints) -> list[Piece]:
    """Return the lines, elements or the one document of a request, in its order.

    Raises:
        RefusedError: the body as a whole cannot be read.
    """
    check_size(whole.body, hints.context.limits.request_bytes)
    said = whole.media
    if said.is_xml:
        raise advise(whole.body)
    if said.is_cloudevent:
        return _events(whole, hints)
    if not whole.headers:
        return _documents(whole, hints)
    attributes = read_headers(whole.headers)
    pieces = _documents(replace(whole, headers=()), hints)
    if len(pieces) != 1:
        return pieces
    sequence = attributes.extensions.get("sequence")
    return [replace(pieces[0], headers=whole.headers, sequence=sequence)]


def unwrap(piece: Piece, hints: Hints) -> list[Piece]:
    """Return the documents that a piece holds, out of the event or envelope around them.

    Raises:
        RefusedError: it is not JSON, or an event that breaks CloudEvents 1.0.
    """
    document = _read(piece, hints) if piece.document is UNREAD else piece.document
    document = _without_schema(document)
    if not piece.media.is_cloudevent and (piece.headers or not is_structured(document)):
        return [piece if document is piece.document else replace(piece, document=document)]
    if not isinstance(document, dict):
        raise RefusedError(RejectionCode.CLOUDEVENT_INVALID)
    attributes, data = read_event(piece.body, hints)
    # As in binary mode, where it is the content type: FHIR's says that it is FHIR, and which.
    named = attributes.datacontenttype
    data_type = named if media.read(named).is_fhir else None
    if isinstance(data, list):
        return _repacked(data, document, replace(piece, data_type=data_type), hints)
    sequence = attributes.extensions.get("sequence")
    return [replace(piece, document=data, sequence=sequence, data_type=data_type)]


def _without_schema(document: Any) -> Any:  # noqa: ANN401 - it is JSON
    if not isinstance(document, dict) or document.keys() != _CONNECT_MEMBERS:
        return document
    return document["payload"]


def _events(whole: Piece, hints: Hints) -> list[Piece]:
    kind = whole.media.name
    if kind == media.CLOUDEVENT_BATCH:
        document = _read(whole, hints)
        if not isinstance(document, list):
            raise RefusedError(RejectionCode.CLOUDEVENT_INVALID)
        return _elements(replace(whole, content_type=media.CLOUDEVENT), document, hints)
    if kind == media.CLOUDEVENT:
        return [replace(whole, document=UNREAD)]
    raise RefusedError(RejectionCode.UNKNOWN_FORMAT, is_media_problem=True)


def _documents(whole: Piece, hints: Hints) -> list[Piece]:
    if form.is_table(whole, hints):
        return form.divide(whole, hints)
    said = whole.media
    if said.is_lines:
        return _lines(whole, hints)
    media.check_json(said)
    document = _read(whole, hints)
    if isinstance(document, list):
        return _elements(whole, document, hints)
    return [Piece(document, whole.body, content_type=whole.content_type)]


def _read(piece: Piece, hints: Hints) -> Any:  # noqa: ANN401 - it is JSON
    if looks_like_xml(piece.body):
        raise advise(piece.body)
    return decode_json(piece.body, hints.context.decode, _limits(piece, hints))


def _limits(piece: Piece, hints: Hints) -> Limits:
    limits = hints.context.limits
    if piece.media.is_cloudevent and _PACKED in piece.body:
        # Packed data is one long text: the limits of texts are those of what is in it.
        return replace(limits, string_bytes=limits.request_bytes)
    return limits


def _lines(whole: Piece, hints: Hints) -> list[Piece]:
    found = list(lines(whole.body.removeprefix(_BOM)))
    check_count(len(found), hints.context.limits.entries)
    if not found:
        raise RefusedError(RejectionCode.UNDECODABLE)
    content_type = media.of_lines(whole.media)
    return [
        Piece(UNREAD, _boxed(line), pointer=f"/{place}", content_type=content_type)
        for place, line in enumerate(found)
    ]


def _elements(whole: Piece, documents: list[Any], hints: Hints) -> list[Piece]:
    check_count(len(documents), hints.context.limits.entries)
    bodies = array_elements(whole.body)
    return [
        replace(whole, document=document, body=_boxed(body), pointer=f"/{place}")
        for place, (document, body) in enumerate(zip(documents, bodies, strict=True))
    ]


def _boxed(body: bytes) -> bytes:
    # An array within an array is refused; alone it would be read as a request of its own.
    bare = body.removeprefix(_BOM).lstrip()
    return b"[" + bare + b"]" if bare.startswith(b"[") else body


def _repacked(
    documents: list[Any], event: dict[str, Any], piece: Piece, hints: Hints
) -> list[Piece]:
    # One event with many reports: each goes on alone in a copy of the envelope. The event's
    # sequence orders none of them.
    check_count(len(documents), hints.context.limits.entries)
    envelope = {name: v for name, v in event.items() if name not in {"data", "data_base64"}}
    made = (
        replace(
            piece,
            document=each,
            body=encode(envelope | {"data": [each]}),
            pointer=f"{piece.pointer}/data/{place}",
        )
        for place, each in enumerate(documents)
    )
    return checked(made, hints.context.limits)
