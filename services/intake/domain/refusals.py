"""Why a payload is refused, as one named error and one table of texts.

`RefusedError` is the only error of this domain; `receive` turns it into a `Refused`.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from shared.contracts.words import RejectionCode

TEXTS: Final[Mapping[RejectionCode, str]] = MappingProxyType(
    {
        RejectionCode.UNDECODABLE: (
            "This is not readable as what it was sent as, JSON in UTF-8 or a row that its table's "
            "header fits, so nothing could be mapped. Send well-formed JSON; in rows, quote cells "
            "that hold the delimiter or a line end."
        ),
        RejectionCode.UNKNOWN_FORMAT: (
            "Neither the media type nor the shape of the body is one we know, or it holds rows for "
            "which no pack is installed, so it cannot be mapped. Send native JSON with a "
            "record_id, CloudEvents, a FHIR AdverseEvent or Bundle, or rows and the name of a pack "
            "that your operator has installed."
        ),
        RejectionCode.LIMIT: (
            "The body is over a limit, which protects the other reports. Send smaller requests "
            "and leave out attachments."
        ),
        RejectionCode.CLOUDEVENT_INVALID: (
            "The CloudEvents envelope breaks version 1.0, so its origin is not certain. Send id, "
            "source, type and specversion 1.0, each once and not empty."
        ),
        RejectionCode.NO_RECORD_ID: (
            "The report has no stable id, so later revisions could not be told from new reports. "
            "Send record_id; for FHIR an id or an identifier; for rows the column that their pack "
            "reads it from."
        ),
        RejectionCode.NOT_SUPPORTED: (
            "This resource is none that describes an incident, so there is nothing to map. Send "
            "an AdverseEvent, a form of AHRQ's Common Formats 1.2 as QuestionnaireResponse, or a "
            "Bundle that holds one."
        ),
        RejectionCode.NOT_AN_INCIDENT: (
            "This describes research or drug safety reporting, not a patient safety incident, so "
            "nobody is contacted because of it. Send it to the registry it is meant for."
        ),
        RejectionCode.REFUSED_BY_POLICY: (
            "A confidentiality marking of this report forbids processing here by your "
            "organisation's own setting. Change the marking or the setting."
        ),
        RejectionCode.TENANT_MISMATCH: (
            "The body names another tenant than the credential or topic belongs to, so it may "
            "have been sent to the wrong place. Leave the tenant out or use its own credential."
        ),
        RejectionCode.MAPPER_ERROR: (
            "The mapping failed, which is a fault of Peerline and not of the report, so nothing "
            "was mapped. Tell the operator: the log names the kind of error and its place."
        ),
    }
)


class RefusedError(Exception):
    """A payload goes no further; `pointer` is a JSON Pointer of our own field names and indices."""

    def __init__(
        self,
        code: RejectionCode,
        pointer: str | None = None,
        *,
        detail: str | None = None,
        is_media_problem: bool = False,
    ) -> None:
        """Take the code's own text unless `detail` says it better; never pass a payload value."""
        self.code = code
        self.pointer = pointer
        self.detail = detail or TEXTS[code]
        self.is_media_problem = is_media_problem
        super().__init__(self.detail)
