"""Which record a form of AHRQ's is: of one event there is a form per kind, and per patient."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from services.intake.domain.fhir_elements import identifiers
from services.intake.domain.fhir_identity import group_ids
from services.intake.domain.fhir_references import Target
from services.intake.domain.notes import Notes
from services.intake.domain.readers import clean
from services.intake.domain.tables import normal
from shared.contracts.words import QualityFlag
from shared.identity import record_pseudonym

SYSTEM: Final = "ahrq"
# The patient information form (PIF) is filled in once per patient: of mother and neonate, two.
# Published: Common Formats 1.2, event form, item HERF/DE3.0.
_PER_PATIENT: Final = normal("74502-6")
_DAY_LENGTH: Final = len("2016-03-14")
_NOT_CONTENT: Final = frozenset({"resourceType", "id", "meta", "text"})


def identity_of(
    entry: Mapping[str, Any],
    form: str,
    event_id: str | None,
    subject: Target | None,
    notes: Notes,
) -> dict[str, Any]:
    """Return record_id, group_ids, revision and updated_at; `event_id` joins the event's forms.

    The record id is `<event id>/<form>`, and of a patient information form that names its subject
    `<event id>/<form>/<pseudonym>`: forms of one event must not overwrite each other.
    """
    response = entry["resource"]
    own = event_id or clean(response.get("id")) or clean(entry.get("fullUrl"))
    if event_id is None:
        notes.flag(QualityFlag.RECORD_ID_FALLBACK)
    meta = response.get("meta")
    version = meta if isinstance(meta, dict) else {}
    authored = clean(response.get("authored"))
    # A day is no order: two versions of one day would count as the same.
    is_moment = authored is not None and len(authored) > _DAY_LENGTH
    patient = _patient(f"{event_id}/{form}", response, subject, notes) if event_id else ""
    named: list[tuple[str | None, str]] = [] if event_id is None else [(SYSTEM, event_id)]
    return {
        "record_id": None if own is None else f"{own}/{form}{patient}",
        "group_ids": group_ids(named, notes, is_private_by_format=False),
        "revision": clean(version.get("versionId")),
        "updated_at": version.get("lastUpdated") or (authored if is_moment else None),
    }


def _patient(name: str, response: Mapping[str, Any], subject: Target | None, notes: Notes) -> str:
    if subject is None or normal(name.rpartition("/")[2]) != _PER_PATIENT:
        return ""
    told = next(filter(None, _names_of(subject, response)), None)
    if told is None:
        return ""
    # Of this event only: a record id joins no patient's events, and never tells who it is.
    return "/" + record_pseudonym(notes.context.pseudonym_key, f"{name}|{told}")


def _names_of(subject: Target, response: Mapping[str, Any]) -> Iterable[str | None]:
    """Yield what tells the subject from others, first what a form says alone or in a Bundle."""
    resource = subject.resource or {}
    yield subject.literal
    for element in (subject.identifier, resource.get("identifier")):
        yield "|".join(
            sorted({f"{system or ''}|{value}" for system, value in identifiers(element)})
        )
    yield subject.display
    # Nothing but age or name: whoever differs in that is somebody else (judgement).
    content = {name: value for name, value in resource.items() if name not in _NOT_CONTENT}
    yield json.dumps(content, sort_keys=True) if content else None
    yield clean(response["subject"].get("reference"))
