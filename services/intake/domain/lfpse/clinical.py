"""What an LFPSE event says happened: kind, categories, patients, circumstances, proceedings."""

from collections.abc import Mapping
from typing import Any, Final

from services.intake.domain.fhir_elements import codes, objects, words_of
from services.intake.domain.lfpse.codes import answer, known, words_of_codes
from services.intake.domain.lfpse.sections import Fields, Sections
from services.intake.domain.lfpse_age import read_lfpse_age
from services.intake.domain.notes import Notes
from services.intake.domain.readers import clean
from services.intake.domain.tables import normal
from shared.contracts.words import Harm, Kind, ProceedingType, QualityFlag

PATIENT: Final = "patient-information"
PLACE: Final = "location-details"
_RISK: Final = "adverse-event-risk-details"
_WENT_WELL: Final = "adverse-event-went-well"
_OUTCOME: Final = "adverse-event-outcome"
_GOVERNANCE: Final = "adverse-event-governance"
_PHYSICAL: Final = "lfpse-physical"


def event_codes(event: Mapping[str, Any]) -> list[str]:
    """Return the codes of the event type: `type` as in STU3, or `event` as in R4."""
    return codes(event.get("type") or event.get("event"))


def clinical_facts(
    event: Mapping[str, Any], sections: Sections, narrative: str | None, notes: Notes
) -> dict[str, Any]:
    """Return kind, categories, patients, circumstances and proceedings.

    The narrative is read for the age group alone, where the report has no age.
    """
    is_unrelated = bool(_outcomes("unrelated_death", sections, notes))
    patients = _patients(sections, narrative, notes)
    return {
        "kind": Kind.OUTCOME.value if is_unrelated else _kind(event, sections, notes),
        "categories": _categories(sections, notes),
        "patients": _with_outcomes(patients, sections, notes, is_unrelated=is_unrelated),
        "circumstances": known(
            error=_error(sections, notes, is_unrelated=is_unrelated),
            never_event=_never_event(sections, notes),
        ),
        "proceedings": _proceedings(sections, notes),
    }


def _kind(event: Mapping[str, Any], sections: Sections, notes: Notes) -> str | None:
    if _RISK in sections and PATIENT not in sections:
        return Kind.UNSAFE_CONDITION.value
    concept = event.get("type") or event.get("event")
    rows = (notes.context.tables.lfpse.get(("event-type", normal(t))) for t in words_of(concept))
    said = next((row.word for row in rows if row is not None), None)
    if said is not None:
        return said
    for code in codes(concept):
        notes.unmapped("/kind", code)
    if not objects(concept):
        notes.flag(QualityFlag.ACTUALITY_MISSING)
    # Judgement: only a report of good care has this section, whatever number its type has.
    return Kind.GOOD_CARE.value if _WENT_WELL in sections else None


def _categories(sections: Sections, notes: Notes) -> list[str] | None:
    field = "/categories"
    agents = sections.values("adverse-event-agent", "InvolvedAgents")
    challenges = sections.values("adverse-event-safety-challenges", "SafetyChallenges")
    found = words_of_codes("agent-type", agents, "category", field, notes)
    found += words_of_codes("safety-challenges", challenges, "category", field, notes)
    found += _outcomes("category", sections, notes)
    return list(dict.fromkeys(found)) or None


def _outcomes(use: str, sections: Sections, notes: Notes) -> list[str]:
    given = sections.values(_OUTCOME, "OutcomeType")
    return words_of_codes("outcome-type", given, use, "/patients/*/outcomes", notes)


def _patients(sections: Sections, narrative: str | None, notes: Notes) -> list[dict[str, Any]]:
    specialty = _specialty(sections, notes)
    return [_patient(fields, specialty, narrative, notes) for fields in sections.each(PATIENT)]


def _patient(
    fields: Fields, specialty: str | None, narrative: str | None, notes: Notes
) -> dict[str, Any]:
    days, bracket = _first(fields, "AgeAtTimeOfIncidentDays"), _first(fields, "AgeBracket")
    harms = {
        name: {"scale": scale, "code": code}
        for name, word, scale in (
            ("harm", "PhysicalHarm", _PHYSICAL),
            ("harm_psychological", "PsychologicalHarm", "lfpse-psychological"),
        )
        if (code := _first(fields, word)) is not None
    }
    return read_lfpse_age(days, bracket, specialty, narrative, notes) | harms


def _first(fields: Fields, word: str) -> object | None:
    values = fields.get(word)
    return values[0] if values else None


def _specialty(sections: Sections, notes: Notes) -> str | None:
    code = clean(sections.first(PLACE, "ResponsibleSpecialty"))
    row = notes.context.tables.lfpse.get(("specialty", code or ""))
    return sections.text(PLACE, "ResponsibleSpecialtyOther") if row is None else row.display


def _with_outcomes(
    patients: list[dict[str, Any]], sections: Sections, notes: Notes, *, is_unrelated: bool
) -> list[dict[str, Any]] | None:
    # Outcomes are told of the event, not of a patient: they count for each (judgement), but the one
    # who died is whoever is graded fatal, if anybody is.
    outcomes = _outcomes("outcome", sections, notes)
    told = {"outcomes": outcomes} if outcomes else {}
    if not patients and (told or is_unrelated):
        patients = [{}]
    dead = [each for each in patients if _is_fatal(each, notes)] or (
        patients if is_unrelated else []
    )
    return [each | told | ({"died": True} if each in dead else {}) for each in patients] or None


def _is_fatal(patient: Mapping[str, Any], notes: Notes) -> bool:
    code = clean(patient.get("harm", {}).get("code"))
    row = None if code is None else notes.context.tables.harm_row(_PHYSICAL, code)
    return row is not None and row.harm == Harm.DEATH.value


def _error(sections: Sections, notes: Notes, *, is_unrelated: bool) -> bool | None:
    actions = sections.values("adverse-event-problem-people", "PeopleActionFactors")
    if words_of_codes("people-actions", actions, "error", "/circumstances/error", notes):
        return True
    return False if is_unrelated else None


def _governed(word: str, field: str, sections: Sections, notes: Notes) -> bool | None:
    return answer(sections.first(_GOVERNANCE, word), field, notes)


def _never_event(sections: Sections, notes: Notes) -> bool | None:
    said = _governed("NeverEvent", "/circumstances/never_event", sections, notes)
    if said is None and sections.first(_GOVERNANCE, "NeverEventType") is not None:
        return True  # only of a never event is asked which one
    return said


def _proceedings(sections: Sections, notes: Notes) -> list[dict[str, str]] | None:
    if _governed("SeriousIncident", "/proceedings/*/type", sections, notes) is not True:
        return None
    return [{"type": ProceedingType.SAFETY_REVIEW.value}]
