"""XML is never parsed: advice by the name of the root element in the first 4 KiB."""

import re
from typing import Final

from services.intake.domain.refusals import RefusedError
from shared.contracts.words import RejectionCode

_LOOK_AT_BYTES: Final = 4_096
# A comment or a declaration is skipped over; a doctype's internal subset needs no reading.
_PROLOGUE: Final = re.compile(rb"<!--.*?-->|<\?.*?\?>|<!DOCTYPE[^>\[]*(?:\[.*?\]\s*)?>", re.DOTALL)
_ROOT: Final = re.compile(rb"<(?:[\w.-]{1,64}:)?([A-Za-z][\w.-]{0,63})")
_CASE_REPORT: Final = re.compile(rb"(?i)ichicsr|MCCI_IN200100UV\w*|PORR_IN\w*|PORR_MT\w*", re.ASCII)
_CLINICAL: Final = frozenset({b"ClinicalDocument", b"AdverseEvent", b"Bundle", b"Parameters"})
_BLANK: Final = b" \t\r\n\x00\xef\xbb\xbf\xfe\xff"


def looks_like_xml(body: bytes) -> bool:
    """Tell whether the first character that is not blank opens a tag, in UTF-8 or UTF-16."""
    return body[:64].lstrip(_BLANK).startswith(b"<")


def advise(body: bytes) -> RefusedError:
    """Return the refusal of an XML body: what it seems to be, and what to send instead."""
    start = body[:_LOOK_AT_BYTES].replace(b"\x00", b"")
    found = _ROOT.search(_PROLOGUE.sub(b"", start))
    root = found[1] if found else b""
    if _CASE_REPORT.fullmatch(root):
        return RefusedError(RejectionCode.NOT_AN_INCIDENT, is_media_problem=True)
    if root in _CLINICAL:
        return _refusal("This is clinical XML, which we do not read. Send the same as FHIR JSON.")
    return _refusal(
        "XML is not read here, so nothing was mapped. Send application/json, "
        "application/x-ndjson, application/cloudevents+json or application/fhir+json."
    )


def _refusal(detail: str) -> RefusedError:
    return RefusedError(RejectionCode.UNKNOWN_FORMAT, detail=detail, is_media_problem=True)
