"""FHIR Bundles: one unit per report, with the resources it references and no others.

A report is an AdverseEvent or a form of AHRQ's; any other resource is context.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final, TypeAlias

from services.intake.domain.ahrq_forms import RESPONSE, form_of
from services.intake.domain.context import Hints
from services.intake.domain.encoding import encode
from services.intake.domain.fhir_elements import codings, objects
from services.intake.domain.fhir_entries import Entries, place_of, server_of
from services.intake.domain.limits import check_count, checked
from services.intake.domain.media import FHIR_JSON
from services.intake.domain.readers import clean
from services.intake.domain.refusals import RefusedError
from services.intake.domain.translation import Piece
from shared.contracts.words import RejectionCode

BUNDLE: Final = "Bundle"
EVENT: Final = "AdverseEvent"
_FORMS_ONLY: Final = "ahrq"
_DEPTH: Final = 2
_DELETE: Final = re.compile(r"(?:.*/)?AdverseEvent/([^/\s?#]{1,128})")
# Message events of drug safety cases (judgement): E2B(R3), ICSR and the like. An adverse drug event
# is none: it may well have been an incident on a ward.
_DRUG_SAFETY: Final = re.compile(r"(?i)icsr|case-?safety|pharmacovigilance")

_IsReport: TypeAlias = Callable[[Mapping[str, Any]], bool]


def cut(piece: Piece, hints: Hints) -> list[Piece]:
    """Return one piece per report of a Bundle, oldest first; a pinned format narrows what is one.

    Raises:
        RefusedError: `limit`; `not_an_incident` for a drug safety message; `not_supported` without
            any report.
    """
    bundle = piece.document
    entries = objects(bundle.get("entry"))
    check_count(len(entries), hints.context.limits.entries, "/entry")
    if any(_is_drug_safety(entry.get("resource")) for entry in entries):
        raise RefusedError(RejectionCode.NOT_AN_INCIDENT, "/entry")
    is_report = _reports(hints)
    places = [place for place, entry in enumerate(entries) if is_report(entry)]
    if not places:
        raise RefusedError(RejectionCode.NOT_SUPPORTED, "/entry")
    kind = clean(bundle.get("type"))
    if kind == "history":
        places.reverse()  # a history is written newest first
    held = Entries(entries)
    pieces = (
        (place, [entries[place], *_referenced(entries[place], held, is_report)]) for place in places
    )
    made = (_piece(piece, kind, place, kept) for place, kept in pieces)
    return checked(made, hints.context.limits)


def opened(document: dict[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the entry of a piece's one report, and the entries beside it."""
    if document.get("resourceType") != BUNDLE:
        return {"resource": document}, []
    entry, *others = document["entry"]
    if isinstance(entry.get("resource"), dict):
        return entry, others
    return {**entry, "resource": {"resourceType": EVENT, "id": deleted_id(entry)}}, others


def is_event(entry: Mapping[str, Any]) -> bool:
    """Tell whether an entry is an AdverseEvent, or the deletion of one."""
    resource = entry.get("resource")
    if isinstance(resource, dict):
        return bool(resource.get("resourceType") == EVENT)
    return deleted_id(entry) is not None


def _reports(hints: Hints) -> _IsReport:
    tables = hints.context.tables

    def is_form(entry: Mapping[str, Any]) -> bool:
        resource = entry.get("resource")
        if not isinstance(resource, dict) or resource.get("resourceType") != RESPONSE:
            return False
        return form_of(resource, tables) is not None

    if hints.pinned_format is None:
        return lambda entry: is_event(entry) or is_form(entry)
    return is_form if hints.pinned_format == _FORMS_ONLY else is_event


def deleted_id(entry: Mapping[str, Any]) -> str | None:
    """Return the id of the AdverseEvent that an entry deletes."""
    return address_of(entry) if method_of(entry) == "DELETE" else None


def method_of(entry: Mapping[str, Any]) -> str | None:
    """Return the entry's HTTP method in capitals."""
    request = entry.get("request")
    method = clean(request.get("method")) if isinstance(request, dict) else None
    return None if method is None else method.upper()


def address_of(entry: Mapping[str, Any]) -> str | None:
    """Return the id of the AdverseEvent that the entry's request URL names."""
    request = entry.get("request")
    url = clean(request.get("url")) if isinstance(request, dict) else None
    found = _DELETE.fullmatch(url) if url else None
    return found[1] if found else None


def deletion(event_id: str) -> bytes:
    """Return the raw bytes that stand for `DELETE AdverseEvent/{event_id}`."""
    request = {"method": "DELETE", "url": f"{EVENT}/{event_id}"}
    return encode({"resourceType": BUNDLE, "type": "batch", "entry": [{"request": request}]})


def _piece(
    piece: Piece,
    kind: str | None,
    place: int,
    kept: list[dict[str, Any]],
) -> Piece:
    entries = [_slim(each) for each in kept]
    document = {"resourceType": BUNDLE, "type": kind or "collection", "entry": entries}
    content_type = (piece.data_type or piece.content_type) if piece.media.is_fhir else FHIR_JSON
    return replace(
        piece,
        document=document,
        body=encode(document),
        pointer=f"{piece.pointer}/entry/{place}",
        content_type=content_type,
        data_type=None,
        headers=(),
        sequence=None,
        is_in_transaction=kind == "transaction",
    )


def _slim(entry: dict[str, Any]) -> dict[str, Any]:
    return {name: entry[name] for name in ("fullUrl", "resource", "request") if name in entry}


def _referenced(entry: dict[str, Any], held: Entries, is_report: _IsReport) -> list[dict[str, Any]]:
    # Of what cannot be told apart both come along: alone, either would seem to be meant.
    found: dict[int, dict[str, Any]] = {}
    frontier = [entry]
    for _ in range(_DEPTH):
        frontier = [
            target
            for source in frontier
            for target in _targets(source, held)
            if id(target) not in found and not is_report(target)
        ]
        found |= {id(target): target for target in frontier}
    return list(found.values())


def _targets(source: Mapping[str, Any], held: Entries) -> Iterator[dict[str, Any]]:
    server = server_of(source)
    for address in _references(source.get("resource")):
        yield from held.find(address, place_of(address), server)


def _references(resource: object) -> Iterator[str]:
    waiting = [resource]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            if isinstance(node.get("reference"), str):
                yield node["reference"]
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)


def _is_drug_safety(resource: object) -> bool:
    if not isinstance(resource, dict) or resource.get("resourceType") != "MessageHeader":
        return False
    # R4 and later: event[x]; STU3: event.
    told = [resource.get("eventUri"), *_event_codes(resource)]
    return any(isinstance(text, str) and _DRUG_SAFETY.search(text) for text in told)


def _event_codes(header: Mapping[str, Any]) -> Iterator[object]:
    for name in ("eventCoding", "event"):
        for coding in (*objects(header.get(name)), *codings(header.get(name))):
            yield coding.get("code")
