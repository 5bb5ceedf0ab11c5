"""The one way in: any bytes become mapped reports or named refusals, and never an exception.

What our own code raises over one report refuses that report alone, as `mapper_error`.
"""

from dataclasses import replace
from uuid import UUID

from services.intake.domain.cloudevents import event_headers
from services.intake.domain.context import Hints
from services.intake.domain.detect import Format, format_of
from services.intake.domain.limits import check_cut, check_size
from services.intake.domain.notes import Notes
from services.intake.domain.opening import divide, unwrap
from services.intake.domain.record import check_tenant, source_system_of
from services.intake.domain.refusals import TEXTS, RefusedError
from services.intake.domain.regularise import regularise
from services.intake.domain.results import Draft, Mapped, Membership, Refused, Result
from services.intake.domain.translation import Piece
from shared.contracts.words import RejectionCode


def receive(body: bytes, hints: Hints) -> tuple[Result, ...]:
    """Return what each report of `body` maps to, in the order in which they are to be published.

    Every result carries the bytes and media type of its own raw record, from which the same result
    comes again. An empty array or batch gives no result. A transaction of which one report is
    refused is refused as a whole.
    """
    whole = Piece(document=None, body=body, content_type=hints.content_type)
    try:
        whole.headers = event_headers(hints.headers) if hints.headers else ()
        results = _receive_all(divide(whole, hints), hints)
    except Exception as error:  # noqa: BLE001 - told as a refusal
        return (_refused(error, whole),)
    return _numbered(results) if len(results) > 1 else tuple(results)


def _receive_all(pieces: list[Piece], hints: Hints) -> list[Result]:
    results: list[Result] = []
    size = 0
    for piece in pieces:
        found = _receive_piece(piece, hints, len(results))
        results += found
        size += sum(len(each.body) for each in found)
        check_cut(len(results), size, hints.context.limits)
    return results


def _receive_piece(piece: Piece, hints: Hints, place: int) -> list[Result]:
    try:
        documents = unwrap(piece, hints)
    except Exception as error:  # noqa: BLE001 - told as a refusal
        return [_refused(error, piece)]
    results: list[Result] = []
    for document in documents:
        results += _receive_document(document, hints, place + len(results))
    return results


def _receive_document(piece: Piece, hints: Hints, place: int) -> list[Result]:
    try:
        form = format_of(piece, hints)
        reports = form.cut(piece, hints)
    except Exception as error:  # noqa: BLE001 - told as a refusal
        return [_refused(error, piece)]
    results = [_map(report, form, hints, index) for index, report in enumerate(reports, place)]
    if reports[0].is_in_transaction:
        return _all_or_nothing(results, place)
    return results


def _map(piece: Piece, form: Format, hints: Hints, index: int) -> Result:
    try:
        check_size(piece.body, hints.context.limits.report_bytes)
        check_tenant(piece.claims, hints.context)
        notes = Notes(hints.context, source_system_of(piece.claims, hints.context))
        draft = regularise(form.translate(piece, hints, notes), piece, hints, notes, index)
    except Exception as error:  # noqa: BLE001 - told as a refusal
        return _refused(error, piece)
    return Mapped(draft, 0, piece.body, piece.content_type, piece.headers)


def _all_or_nothing(results: list[Result], place: int) -> list[Result]:
    size = len(results)
    results = [
        replace(each, transaction=Membership(place, n, size)) for n, each in enumerate(results)
    ]
    causes = ((n, each) for n, each in enumerate(results, place) if isinstance(each, Refused))
    failed, cause = next(causes, (place, None))
    if cause is None:
        return results
    return [
        each if isinstance(each, Refused) else _with_sibling(each, cause, failed)
        for each in results
    ]


def _with_sibling(mapped: Mapped, cause: Refused, failed: int) -> Refused:
    return Refused(
        code=cause.code,
        detail=cause.detail,
        index=0,
        body=mapped.body,
        content_type=mapped.content_type,
        headers=mapped.headers,
        because_of=failed,
        transaction=mapped.transaction,
    )


def _refused(error: Exception, piece: Piece) -> Refused:
    if not isinstance(error, RefusedError):
        return _failed(error, piece)
    pointer = f"{piece.pointer}{error.pointer or ''}" or None
    return Refused(
        code=error.code,
        detail=error.detail,
        index=0,
        body=piece.body,
        pointer=pointer,
        content_type=piece.content_type,
        headers=piece.headers,
        is_media_problem=error.is_media_problem,
    )


def _failed(fault: Exception, piece: Piece) -> Refused:
    return Refused(
        code=RejectionCode.MAPPER_ERROR,
        detail=TEXTS[RejectionCode.MAPPER_ERROR],
        index=0,
        body=piece.body,
        content_type=piece.content_type,
        headers=piece.headers,
        fault=fault,
    )


def _numbered(results: list[Result]) -> tuple[Result, ...]:
    newest: dict[str, tuple[UUID, str, int]] = {}
    numbered: list[Result] = []
    for index, result in enumerate(results):
        if isinstance(result, Mapped):
            result.index, result.repeats = index, _repeated(result.draft, index, newest)
            numbered.append(result)
        else:
            numbered.append(replace(result, index=index))
    return tuple(numbered)


def _repeated(draft: Draft, index: int, newest: dict[str, tuple[UUID, str, int]]) -> int | None:
    # Only the newest of its record: A, B, A are three revisions, and the last one takes B back.
    event_id, content_hash, first = newest.get(draft.incident_key, (None, None, index))
    if (event_id, content_hash) == (draft.event_id, draft.content_hash):
        return first
    newest[draft.incident_key] = (draft.event_id, draft.content_hash, index)
    return None
