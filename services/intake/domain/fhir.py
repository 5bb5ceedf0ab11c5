"""FHIR AdverseEvent STU3, R4, R4B and R5, alone or in a Bundle, in the words of contracts.md."""

from collections.abc import Mapping
from typing import Any, Final

from services.intake.domain import fhir_bundle
from services.intake.domain.context import Hints
from services.intake.domain.fhir_bundle import EVENT
from services.intake.domain.fhir_clinical import clinical_facts
from services.intake.domain.fhir_elements import codes, objects
from services.intake.domain.fhir_identity import identity_of
from services.intake.domain.fhir_involved import involved
from services.intake.domain.fhir_references import Resources
from services.intake.domain.fhir_release import KNOWN_FIELDS, Release, release_of
from services.intake.domain.fhir_times import times_of
from services.intake.domain.notes import Notes
from services.intake.domain.readers import clean, listed
from services.intake.domain.refusals import RefusedError
from services.intake.domain.translation import Piece, Translation
from shared.contracts.words import QualityFlag, RejectionCode, Status

NAME: Final = "fhir"
MAPPING_VERSION: Final = 1


def recognises(document: dict[str, Any]) -> bool:
    """Tell whether this is a FHIR resource of any type."""
    return isinstance(document.get("resourceType"), str)


def cut(piece: Piece, hints: Hints) -> list[Piece]:
    """Return one piece per AdverseEvent.

    Raises:
        RefusedError: `not_supported`, another resource; and what a Bundle may raise.
    """
    kind = piece.document.get("resourceType")
    if kind == EVENT:
        return [piece]
    if kind == "Bundle":
        return fhir_bundle.cut(piece, hints)
    raise RefusedError(RejectionCode.NOT_SUPPORTED, "/resourceType")


def translate(piece: Piece, _hints: Hints, notes: Notes) -> Translation:
    """Return the event of a piece as an `IncidentReport`.

    Raises:
        RefusedError: `not_an_incident`, research that the tenant does not take.
    """
    entry, others = _opened(piece.document)
    event = entry["resource"]
    resources = Resources(event.get("contained"), others)
    _check_research(event, resources, notes)
    if not event.keys() <= KNOWN_FIELDS:
        notes.flag(QualityFlag.FIELD_UNKNOWN)
    release, is_guessed = release_of(event, piece.content_type, notes.settings.fhir_major)
    if is_guessed and event.keys() & {"actuality", "category", "subject", "outcome"}:
        notes.flag(QualityFlag.FORMAT_GUESSED)
    people, team_reason = involved(event, release, resources, notes)
    report = {
        **identity_of(event, entry, notes),
        **times_of(event),
        **clinical_facts(event, release, resources, notes),
        **people,
        "status": _status(event, entry, notes),
        "narrative": _narrative(event, release),
    }
    return Translation(
        report={name: value for name, value in report.items() if value is not None},
        format=NAME,
        mapping_version=MAPPING_VERSION,
        format_version=release.name,
        is_record_id_private=True,
        team_reason=team_reason,
    )


def _opened(document: dict[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    if document.get("resourceType") == EVENT:
        return {"resource": document}, []
    entry, *others = document["entry"]
    if isinstance(entry.get("resource"), dict):
        return entry, others
    deleted = {"resourceType": EVENT, "id": fhir_bundle.deleted_id(entry)}
    return {**entry, "resource": deleted}, others


def _status(event: Mapping[str, Any], entry: Mapping[str, Any], notes: Notes) -> str | None:
    if fhir_bundle.method_of(entry) == "DELETE":
        return Status.RETRACTED.value
    given = event.get("status")
    if given is None:
        return None
    status = notes.context.tables.fhir["release_status"].get(clean(given) or "")
    if status is None:
        notes.unmapped("/status", given)
    return status


def _narrative(event: Mapping[str, Any], release: Release) -> str | None:
    # The generated text.div is none: it repeats the resource.
    what = event.get(release.what)
    told = [what.get("text") if isinstance(what, dict) else None, event.get("description")]
    told += [note.get("text") for note in objects(event.get("note"))]
    return next((text for text in map(clean, told) if text is not None), None)


def _check_research(event: Mapping[str, Any], resources: Resources, notes: Notes) -> None:
    context = notes.context
    if context.is_research_accepted:
        return
    subject = resources.resolve(event.get("subject"))
    research = context.tables.fhir["not_an_incident"].keys()
    if (
        event.get("study")
        or event.get("expectedInResearchStudy") is not None
        or not research.isdisjoint(codes(event.get("category")))
        or (subject is not None and subject.type == "ResearchSubject")
        or not context.research_profiles.isdisjoint(_profiles(event))
    ):
        raise RefusedError(RejectionCode.NOT_AN_INCIDENT)


def _profiles(event: Mapping[str, Any]) -> set[str]:
    meta = event.get("meta")
    profiles = meta.get("profile") if isinstance(meta, dict) else None
    return {text for text in listed(profiles) if isinstance(text, str)}
