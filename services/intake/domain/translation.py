"""What every format module gives: a report in the shape of `IncidentReport`, and who it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from services.intake.domain import media
from services.intake.domain.media import MediaType
from services.intake.domain.results import Headers
from shared.contracts.words import TeamHintReason

_CLAIMS_NOTHING: Final[Mapping[str, Any]] = {}


@dataclass(slots=True)  # not frozen, which makes a value five times as dear; nobody changes one
class Piece:
    """One report cut out of a request: its document and the bytes that become its raw record.

    `pointer` leads from the request to the document; `sequence` is the CloudEvents extension.
    `data_type` is the media type of a document that came out of an envelope of another one.
    `is_in_transaction` makes the request's reports stand or fall together.
    """

    document: Any = field(repr=False)
    body: bytes = field(repr=False)
    pointer: str = ""
    content_type: str | None = field(default=None, repr=False)
    headers: Headers = field(default=(), repr=False)
    sequence: str | None = None
    is_in_transaction: bool = False
    data_type: str | None = field(default=None, repr=False)

    @property
    def claims(self) -> Mapping[str, Any]:
        """What the document says of its own tenant and system; a row says nothing of them."""
        return self.document if isinstance(self.document, dict) else _CLAIMS_NOTHING

    @property
    def media(self) -> MediaType:
        """What the media type says."""
        return media.read(self.data_type or self.content_type)


@dataclass(slots=True)  # as a Piece
class Translation:
    """A report in the words of contracts.md section 1, whatever it was written in.

    `is_record_id_private` asks for a pseudonym of the record id, unless the source's settings say
    otherwise. `mapping_id` names the pack where the format alone does not say how it was mapped.
    """

    report: Mapping[str, Any] = field(repr=False)
    format: str
    mapping_version: int
    format_version: str | None = None
    is_record_id_private: bool = False
    team_reason: TeamHintReason | None = None
    mapping_id: str | None = None
