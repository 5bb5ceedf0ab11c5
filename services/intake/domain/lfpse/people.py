"""Who reported an LFPSE event: the one person it may name, unless they asked not to be."""

import re
from typing import Any, Final

from services.intake.domain.fhir_people import EMAIL_SYSTEM
from services.intake.domain.lfpse.codes import answer, known, words_of_codes
from services.intake.domain.lfpse.sections import Sections
from services.intake.domain.notes import Notes
from shared.contracts.words import ReporterType

CONTACT_SYSTEM: Final = "lfpse-contact"
_REPORTER: Final = "practitioner-details"
_METADATA: Final = "adverse-event-reference-metadata"
_BETWEEN: Final = re.compile(r"[\s<>(),;]+")


def reporter_of(sections: Sections, notes: Notes) -> dict[str, Any] | None:
    """Return the reporter; contact details only of staff who did not report anonymously."""
    role = _word("ReporterRole", "staff-type", "role", sections, notes)
    kind = _word("ReporterType", "reporter-type", "reporter_type", sections, notes)
    if kind is None and role is not None:
        kind = ReporterType.STAFF.value  # judgement: only staff are asked for a role
    reasons = sections.values(_REPORTER, "WhyAnonymous")
    fears = words_of_codes("anonymity-reasons", reasons, "fear", _field("fear"), notes)
    anonymous = answer(sections.first(_METADATA, "IsAnonymous"), _field("anonymous"), notes)
    if reasons:
        anonymous = True  # whoever says why they stay anonymous is meant to stay so
    is_named = anonymous is not True and kind == ReporterType.STAFF.value
    return (
        known(
            type=kind,
            role=role if kind == ReporterType.STAFF.value else None,
            involvement=_word(
                "ReporterInvolvement",
                "reporter-relationship-to-event",
                "involvement",
                sections,
                notes,
            ),
            id=_contact(sections) if is_named else None,
            anonymous=anonymous,
            fear_of_consequences=True if fears else None,
            concern=_concern(sections, notes),
        )
        or None
    )


def _word(word: str, system: str, use: str, sections: Sections, notes: Notes) -> str | None:
    values = sections.values(_REPORTER, word)[:1]
    return next(iter(words_of_codes(system, values, use, _field(use), notes)), None)


def _concern(sections: Sections, notes: Notes) -> int | None:
    given = sections.values("adverse-event-classification", "LevelOfConcern")[:1]
    levels = words_of_codes("worry-scale", given, "concern", _field("concern"), notes)
    return int(levels[0]) if levels else None


def _contact(sections: Sections) -> dict[str, str] | None:
    text = sections.text(_REPORTER, "ReporterContact")
    if text is None:
        return None
    addresses = (part for part in _BETWEEN.split(text) if part.strip("@.").count("@") == 1)
    email = next(addresses, None)
    if email is not None:
        return {"system": EMAIL_SYSTEM, "value": email.rstrip(".").lower()}
    return {"system": CONTACT_SYSTEM, "value": text}


def _field(name: str) -> str:
    return f"/reporter/{name}"
