"""Native JSON: the shape of `IncidentReport` itself."""

from typing import Any, Final

from services.intake.domain.context import Hints
from services.intake.domain.notes import Notes
from services.intake.domain.regularise import FIELDS
from services.intake.domain.translation import Piece, Translation

NAME: Final = "native"
MAPPING_VERSION: Final = 2
# Of these alone nobody could tell a native report from any other JSON.
_TELLING: Final = FIELDS - {"status", "ext", "tenant", "location", "kind", "reporter"}


def recognises(document: dict[str, Any]) -> bool:
    """Tell whether this is meant as a native report, with or without its record_id."""
    return not _TELLING.isdisjoint(document)


def cut(piece: Piece, _hints: Hints) -> list[Piece]:
    """Return the piece as it is: one object is one report."""
    return [piece]


def translate(piece: Piece, _hints: Hints, _notes: Notes) -> Translation:
    """Return the document as it is."""
    return Translation(piece.document, NAME, MAPPING_VERSION, format_version="1")
