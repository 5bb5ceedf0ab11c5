"""LFPSE versions 4, 5 and 6: AdverseEvents whose profile says so, whatever FHIR release they use.

Version 5 is shaped like STU3, version 6 like R4 without being valid R4; every fact is in nested
extensions. Codes of version 5 are published, those of 6 unverified (formats.md section 5).
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from services.intake.domain.context import Hints
from services.intake.domain.fhir_bundle import EVENT, opened
from services.intake.domain.fhir_elements import objects
from services.intake.domain.fhir_identity import identity_of, profiles_of, status_of
from services.intake.domain.lfpse.clinical import clinical_facts, event_codes
from services.intake.domain.lfpse.codes import SYSTEM, answer, codings_of
from services.intake.domain.lfpse.people import reporter_of
from services.intake.domain.lfpse.place import location_of, times_of
from services.intake.domain.lfpse.sections import Sections
from services.intake.domain.notes import Notes
from services.intake.domain.readers import clean
from services.intake.domain.translation import Piece, Translation
from shared.contracts.words import QualityFlag

NAME: Final = "lfpse"
MAPPING_VERSION: Final = 2
_METADATA: Final = "adverse-event-reference-metadata"
# The suffix tells, never the host: there are several environments.
_PROFILE: Final = re.compile(r"(?:.*/)?patient-safety-adverse-event-([456])")
_PROFILES_KEPT: Final = 256
_SHAPED_LIKE_STU3, _SHAPED_LIKE_R4 = "5", "6"


def recognises(document: dict[str, Any]) -> bool:
    """Tell whether this is an AdverseEvent that follows a profile of LFPSE."""
    return document.get("resourceType") == EVENT and is_profiled(document)


def is_profiled(event: Mapping[str, Any]) -> bool:
    """Tell whether an event says that it follows a profile of LFPSE."""
    return _version_of(event) is not None


def translate(piece: Piece, _hints: Hints, notes: Notes) -> Translation:
    """Return the event of a piece as an `IncidentReport`; it names nobody but the reporter."""
    entry, _ = opened(piece.document)
    event = entry["resource"]
    version = _version_of(event)
    if version is None:  # pinned by the source's settings
        version = _SHAPED_LIKE_R4 if "event" in event else _SHAPED_LIKE_STU3
        notes.flag(QualityFlag.FORMAT_GUESSED)
    sections = Sections(event, notes)
    number, narrative = sections.text(_METADATA, "ReferenceNumber"), _narrative(event, sections)
    report = {  # None says nothing
        **identity_of(event, entry, notes, None if number is None else (SYSTEM, number)),
        **times_of(event, sections, notes),
        **clinical_facts(event, sections, narrative, notes),
        "status": status_of(event, entry, notes),
        "location": location_of(sections, notes),
        "codings": codings_of(event_codes(event), sections, version, notes),
        "reporter": reporter_of(sections, notes),
        "narrative": narrative,
        "immediate_actions": sections.text("adverse-event-outcome", "ImmediateActions"),
        "confidentiality": _marking(sections, notes),
    }
    return Translation(
        report=report,
        format=NAME,
        mapping_version=MAPPING_VERSION,
        format_version=version,
        is_record_id_private=True,
    )


def _version_of(event: Mapping[str, Any]) -> str | None:
    versions = [_version_named(address) for address in profiles_of(event)]
    return max(filter(None, versions), default=None)


@lru_cache(maxsize=_PROFILES_KEPT)
def _version_named(profile: str) -> str | None:
    # What is kept are addresses of profiles, which every report repeats; they say of nobody.
    found = _PROFILE.fullmatch(profile.strip())
    return found[1] if found else None


def _narrative(event: Mapping[str, Any], sections: Sections) -> str | None:
    concepts = objects(event.get("type")) + objects(event.get("event"))
    told = [event.get("description"), *[concept.get("text") for concept in concepts]]
    texts = [clean(text) for text in told if isinstance(text, str)]
    return next(filter(None, texts), None) or sections.text("adverse-event-core", "Description")


def _marking(sections: Sections, notes: Notes) -> dict[str, object] | None:
    given = sections.first(_METADATA, "DataSharingOptOut")
    opted_out = answer(given, "/confidentiality/data_sharing_opt_out", notes)
    return None if opted_out is None else {"data_sharing_opt_out": opted_out}
