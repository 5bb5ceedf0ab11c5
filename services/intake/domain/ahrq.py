"""AHRQ Common Formats 1.2 as QuestionnaireResponse: one form of an event is one report.

Questions and answers are known by their LOINC codes; a question's code is the last segment of its
`linkId`. Answers whose codes are not published are known by their display.
"""

from collections.abc import Mapping
from typing import Any, Final

from services.intake.domain import fhir_bundle
from services.intake.domain.ahrq_forms import FORM, RESPONSE, form_of, items_of, segments
from services.intake.domain.ahrq_identity import identity_of
from services.intake.domain.context import Hints
from services.intake.domain.fhir_elements import objects
from services.intake.domain.fhir_entries import Entries
from services.intake.domain.fhir_identity import note_modifiers
from services.intake.domain.fhir_involved import reporter_of
from services.intake.domain.fhir_people import patient_ids
from services.intake.domain.fhir_references import Resources, Target
from services.intake.domain.notes import Notes
from services.intake.domain.readers import clean
from services.intake.domain.refusals import RefusedError
from services.intake.domain.tables import CodeMeaning, normal
from services.intake.domain.translation import Piece, Translation
from shared.contracts.words import Harm, QualityFlag, RejectionCode

NAME: Final = "ahrq"
MAPPING_VERSION: Final = 2
FORMAT_VERSION: Final = "1.2"
_EVENT_ID, _REPORTED, _NARRATIVE, _HARM = "74081-1", "30947-6", "74554-7", "74560-4"
_KINDS: Final = ("74079-5", "74052-2")  # the reporter's own word before what follows from an answer
_CATEGORIES: Final = ("74552-1", "74071-2")
_ERROR, _NEONATE, _RESCUE = "74072-0", "74551-3", "74562-0"
_LOINC: Final = "http://loinc.org"
_HARM_SCALE: Final = "ahrq-1.2"
_YES, _NO = "yes", "no"


class Answers:
    """The answers of one form, by the LOINC code of their question."""

    __slots__ = ("_given", "_notes")

    def __init__(self, response: Mapping[str, Any], notes: Notes) -> None:
        """Read every answer, however deep the groups are nested."""
        self._notes = notes
        self._given: dict[str, list[object]] = {}
        for item in items_of(response):
            for answer in objects(item.get("answer")):
                value = _value(answer)
                if value is not None:
                    self._given.setdefault(segments(item)[-1], []).append(value)

    def text(self, question: str) -> str | None:
        """Return the first answer that is a text and not blank."""
        for value in self._given.get(question, ()):
            text = clean(value)
            if text is not None:
                return text
        return None

    def codes(self, question: str) -> list[str]:
        """Return the codes that were chosen."""
        given = (clean(value.get("code")) for value in objects(self._given.get(question)))
        return [code for code in given if code is not None]

    def told(self, question: str) -> list[list[str]]:
        """Return the code and the words of each answer to a question."""
        return [_texts(value) for value in self._given.get(question, ())]

    def words(self, questions: tuple[str, ...], use: str, field: str) -> list[str]:
        """Return what the answers say, each word once; what no table knows is noted as unmapped."""
        found: list[str] = []
        for question in questions:
            for value in self._given.get(question, ()):
                row = self._meaning(question, value)
                if row is None:
                    self._notes.unmapped(field, next(iter(_texts(value)), None))
                elif row.use == use and row.word is not None:
                    found.append(row.word)
        return list(dict.fromkeys(found))

    def _meaning(self, question: str, value: object) -> CodeMeaning | None:
        table = self._notes.context.tables.ahrq
        for text in _texts(value):
            row = table.get((question, normal(text)))
            if row is not None:
                return row
        return None


def recognises(document: dict[str, Any]) -> bool:
    """Tell whether this is a filled form; whether one of AHRQ's, tells `cut`."""
    return document.get("resourceType") == RESPONSE


def cut(piece: Piece, hints: Hints) -> list[Piece]:
    """Return one piece per form: one form is one report.

    Raises:
        RefusedError: `not_supported`, a form of somebody else; and what a Bundle may raise.
    """
    if piece.document.get("resourceType") == fhir_bundle.BUNDLE:
        return fhir_bundle.cut(piece, hints)
    if not recognises(piece.document) or form_of(piece.document, hints.context.tables) is None:
        raise RefusedError(RejectionCode.NOT_SUPPORTED, "/resourceType")
    return [piece]


def translate(piece: Piece, hints: Hints, notes: Notes) -> Translation:
    """Return the form as an `IncidentReport`; privileged, as patient safety work product may be."""
    entry, others = fhir_bundle.opened(piece.document)
    response = entry["resource"]
    form = form_of(response, hints.context.tables) or ""
    note_modifiers(response, notes)
    answers = Answers(response, notes)
    resources = Resources(entry, Entries(others) if others else None)
    actors = [*objects(response.get("source")), *objects(response.get("author"))]
    subject = resources.resolve(response.get("subject"))
    report = {  # None says nothing
        **identity_of(entry, form, answers.text(_EVENT_ID), subject, notes),
        **_facts(form, answers, notes),
        "status": _status(response, notes),
        "reported_at": answers.text(_REPORTED),
        "patients": _patients(subject, answers, notes),
        "reporter": reporter_of(actors, resources, notes),
        "narrative": answers.text(_NARRATIVE),
        "confidentiality": {"privileged": True},
    }
    return Translation(
        report=report,
        format=NAME,
        mapping_version=MAPPING_VERSION,
        format_version=FORMAT_VERSION,
    )


def _facts(form: str, answers: Answers, notes: Notes) -> dict[str, Any]:
    about = notes.context.tables.ahrq[FORM, normal(form)].word
    categories = [] if about is None else [about]
    categories += answers.words(_CATEGORIES, "category", "/categories")
    errors = answers.words((_ERROR,), "error", "/circumstances/error")
    rescues = answers.words((_RESCUE,), "resuscitation", "/circumstances/resuscitation")
    circumstances = {"error": errors, "resuscitation": rescues}
    return {
        "kind": next(iter(answers.words(_KINDS, "kind", "/kind")), None),
        "categories": list(dict.fromkeys(categories)) or None,
        "circumstances": {name: words[0] for name, words in circumstances.items() if words},
        "codings": _codings(answers),
    }


def _codings(answers: Answers) -> list[dict[str, str]] | None:
    given = [("event", question) for question in (_KINDS[0], _ERROR)]
    given += [("category", question) for question in _CATEGORIES]
    return [
        {"system": _LOINC, "code": code, "role": role}
        for role, question in given
        for code in dict.fromkeys(answers.codes(question))
    ] or None


def _patients(
    subject: Target | None, answers: Answers, notes: Notes
) -> list[dict[str, Any]] | None:
    if subject is None:
        notes.flag(QualityFlag.SUBJECT_MISSING)
    patient: dict[str, Any] = {}
    if subject is not None and subject.type in {None, "Patient"}:
        patient = {"ids": patient_ids(subject)}
    harm = _harm(answers, notes)
    if harm is not None:
        patient["harm"] = {"scale": _HARM_SCALE, "code": harm}
    groups = answers.words((_NEONATE,), "age_group", "/patients/*/age_group")
    if groups:
        patient["age_group"] = groups[0]
    return [patient] if patient else None


def _harm(answers: Answers, notes: Notes) -> str | None:
    """Return the code or words that say the level, of several answers the worst."""
    told = [texts for texts in answers.told(_HARM) if texts]
    worst, code = -1, None
    for texts in told:
        rows = [(text, notes.context.tables.harm_row(_HARM_SCALE, text)) for text in texts]
        known = [(text, row.harm) for text, row in rows if row is not None and row.harm is not None]
        if known and Harm(known[0][1]).rank > worst:
            worst, code = Harm(known[0][1]).rank, known[0][0]
        elif len(told) > 1 and all(row is None for _, row in rows):
            notes.unmapped("/patients/*/harm", texts[0])
    return code if code is not None else next((texts[0] for texts in told), None)


def _status(response: Mapping[str, Any], notes: Notes) -> str | None:
    given = response.get("status")
    if given is None:
        return None
    row = notes.context.tables.ahrq.get(("status", normal(clean(given) or "")))
    if row is None:
        notes.unmapped("/status", given)
    return None if row is None else row.word


def _value(answer: Mapping[str, Any]) -> object | None:
    for name, value in answer.items():
        if name.startswith("value"):
            return value  # type: ignore[no-any-return]
    return None


def _texts(value: object) -> list[str]:
    """Return the code and the display of an answer; of a display what stands before its colon."""
    if isinstance(value, bool):
        value = _YES if value else _NO
    given = [value.get("code"), value.get("display")] if isinstance(value, dict) else [value]
    texts = [text for each in given if (text := clean(each)) is not None]
    return [*texts, *(text.partition(":")[0] for text in texts)]
