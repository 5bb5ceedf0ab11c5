"""Which format a document is in: one row per format, the first hit wins."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from services.intake.domain import ahrq, fhir, native
from services.intake.domain.context import Hints
from services.intake.domain.lfpse import event as lfpse
from services.intake.domain.notes import Notes
from services.intake.domain.record import source_system_of
from services.intake.domain.refusals import RefusedError
from services.intake.domain.rows import form as rows
from services.intake.domain.rows.pack import Pack
from services.intake.domain.rows.table import fold
from services.intake.domain.translation import Piece, Translation
from shared.contracts.words import RejectionCode


@dataclass(frozen=True, slots=True)
class Format:
    """What a format module offers; adding a format is one module and one row of `FORMATS`.

    `recognises` looks at a document, `cut` divides it into reports, `translate` puts one report in
    the words of contracts.md. Both of the latter may raise RefusedError.
    """

    name: str
    recognises: Callable[[dict[str, Any]], bool]
    cut: Callable[[Piece, Hints], list[Piece]]
    translate: Callable[[Piece, Hints, Notes], Translation]


_FHIR: Final = (
    Format(lfpse.NAME, lfpse.recognises, fhir.cut, lfpse.translate),
    Format(ahrq.NAME, ahrq.recognises, ahrq.cut, ahrq.translate),
    Format(fhir.NAME, fhir.recognises, fhir.cut, fhir.translate),
)
FORMATS: Final = (
    *_FHIR,
    Format(native.NAME, native.recognises, native.cut, native.translate),
    # Rows have no shape of their own: a pack or a table's media type says that they are rows.
    Format(rows.NAME, lambda _document: False, rows.cut, rows.translate),
)
_MAY_BE_ROWS: Final = frozenset({None, rows.NAME})
_BY_NAME: Final = {each.name: each for each in FORMATS}


def format_of(piece: Piece, hints: Hints) -> Format:
    """Return the pinned format, the media type's, or the first that recognises the document.

    Raises:
        RefusedError: `unknown_format`.
    """
    if _is_row(piece, hints):
        return _BY_NAME[rows.NAME]
    if not isinstance(piece.document, dict):
        raise RefusedError(RejectionCode.UNKNOWN_FORMAT, is_media_problem=True)
    pinned = _BY_NAME.get(hints.pinned_format or "")
    if pinned is not None:
        return pinned
    is_said_to_be_fhir = piece.media.is_fhir
    for each in _FHIR if is_said_to_be_fhir else FORMATS:
        if each.recognises(piece.document):
            return each
    if is_said_to_be_fhir:
        return _BY_NAME[fhir.NAME]
    raise RefusedError(RejectionCode.UNKNOWN_FORMAT, is_media_problem=True)


def _is_row(piece: Piece, hints: Hints) -> bool:
    if isinstance(piece.document, rows.Rows):
        return True
    if hints.pinned_format not in _MAY_BE_ROWS or piece.media.is_fhir:
        return False
    pack = rows.pack_of(hints, source_system_of(piece.claims, hints.context))
    return pack is not None and (hints.pack is not None or not _is_report(piece.document, pack))


def _is_report(document: Any, pack: Pack) -> bool:  # noqa: ANN401 - any JSON
    """Tell whether this is a native report of a source that sends rows too (formats.md section 3).

    As a row it would be refused: it has none of the columns that hold the record's id.
    """
    if not isinstance(document, dict) or "record_id" not in document or not pack.ids:
        return False
    return pack.ids.isdisjoint(map(fold, document))
