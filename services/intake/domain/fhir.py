"""FHIR AdverseEvent STU3, R4, R4B and R5, alone or in a Bundle, in the words of contracts.md."""

from typing import Any, Final

from services.intake.domain import ahrq, fhir_bundle
from services.intake.domain.context import Hints
from services.intake.domain.fhir_bundle import EVENT
from services.intake.domain.fhir_clinical import clinical_facts
from services.intake.domain.fhir_elements import codes, objects
from services.intake.domain.fhir_entries import Entries
from services.intake.domain.fhir_event import Event
from services.intake.domain.fhir_identity import (
    identity_of,
    note_modifiers,
    profiles_of,
    status_of,
)
from services.intake.domain.fhir_involved import involved
from services.intake.domain.fhir_references import Resources
from services.intake.domain.fhir_release import KNOWN_FIELDS, release_of
from services.intake.domain.fhir_times import times_of
from services.intake.domain.lfpse.event import is_profiled
from services.intake.domain.lfpse.event import translate as translate_lfpse
from services.intake.domain.notes import Notes
from services.intake.domain.readers import is_said
from services.intake.domain.refusals import RefusedError
from services.intake.domain.translation import Piece, Translation
from shared.contracts.words import QualityFlag, RejectionCode

NAME: Final = "fhir"
MAPPING_VERSION: Final = 2


def recognises(document: dict[str, Any]) -> bool:
    """Tell whether this is a FHIR resource of any type."""
    return isinstance(document.get("resourceType"), str)


def cut(piece: Piece, hints: Hints) -> list[Piece]:
    """Return one piece per AdverseEvent; of a Bundle, one per form of AHRQ's too.

    Raises:
        RefusedError: `not_supported`, another resource; and what a Bundle may raise.
    """
    kind = piece.document.get("resourceType")
    if kind == EVENT:
        return [piece]
    if kind == fhir_bundle.BUNDLE:
        return fhir_bundle.cut(piece, hints)
    raise RefusedError(RejectionCode.NOT_SUPPORTED, "/resourceType")


def translate(piece: Piece, hints: Hints, notes: Notes) -> Translation:
    """Return the event of a piece as an `IncidentReport`; LFPSE's profile beats its release.

    A form of AHRQ's out of a Bundle is read as such.

    Raises:
        RefusedError: `not_an_incident`, research that the tenant does not take.
    """
    entry, others = fhir_bundle.opened(piece.document)
    event = entry["resource"]
    if ahrq.recognises(event):
        return ahrq.translate(piece, hints, notes)
    if is_profiled(event):
        return translate_lfpse(piece, hints, notes)
    release, is_guessed = release_of(event, piece.media, notes.settings.fhir_major)
    read = Event.of(event, release, Resources(entry, Entries(others) if others else None))
    _check_research(read, notes)
    if not event.keys() <= KNOWN_FIELDS:
        notes.flag(QualityFlag.FIELD_UNKNOWN)
    note_modifiers(event, notes)
    if is_guessed and event.keys() & {"actuality", "category", "subject", "outcome"}:
        notes.flag(QualityFlag.FORMAT_GUESSED)
    people, team_reason = involved(read, notes)
    report = {  # None says nothing
        **identity_of(event, entry, notes),
        **times_of(event),
        **clinical_facts(read, notes),
        **people,
        "status": status_of(event, entry, notes),
        "narrative": _narrative(read),
    }
    return Translation(
        report=report,
        format=NAME,
        mapping_version=MAPPING_VERSION,
        format_version=release.name,
        is_record_id_private=True,
        team_reason=team_reason,
    )


def _narrative(event: Event) -> object:
    # The generated text.div is none: it repeats the resource.
    told = [concept.get("text") for concept in (*event.what, *objects(event.fields.get("note")))]
    told.append(event.fields.get("description"))
    return next((text for text in told if is_said(text)), None)


def _check_research(event: Event, notes: Notes) -> None:
    context = notes.context
    if context.is_research_accepted:
        return
    research = context.tables.fhir["not_an_incident"].keys()
    if (
        event.fields.get("study")
        or event.fields.get("expectedInResearchStudy") is not None
        or not research.isdisjoint(codes(event.fields.get("category")))
        or (event.subject is not None and event.subject.type == "ResearchSubject")
        or (context.research_profiles and context.research_profiles & profiles_of(event.fields))
    ):
        raise RefusedError(RejectionCode.NOT_AN_INCIDENT)
