"""Codes of LFPSE: what each says by the table, and those that go on for the auditor."""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, Final

from services.intake.domain.lfpse.sections import Sections
from services.intake.domain.notes import Notes
from services.intake.domain.readers import clean, yes_no
from services.intake.domain.tables import CodeMeaning, normal

SYSTEM: Final = "lfpse"
_yes_no: Final = cache(yes_no)  # of a handful of our own fields
_DOES_NOT_KNOW: Final = "u"
# Whatever is no number is no code of LFPSE, and may be somebody's words.
_NUMBER: Final = re.compile(r"\d{1,4}", re.ASCII)
# Field by field: which section and word, out of which code system.
_PEOPLE: Final = "adverse-event-problem-people"
_GOING_ON: Final = (
    ("patient-information", "StrengthOfAssociation", "strength-of-association"),
    ("adverse-event-governance", "NeverEventType", "never-event-type"),
    (_PEOPLE, "PeopleInvolvementFactors", "people-involvement"),
    (_PEOPLE, "PeopleActionTooMuch", "people-action-too-much"),
    (_PEOPLE, "PeopleUnavailableDetails", "people-unavailable"),
    (_PEOPLE, "PeopleInsufficientActionDetails", "people-not-enough-action"),
    (_PEOPLE, "PeopleWrongActionDetails", "people-wrong-action"),
    (_PEOPLE, "PeopleOmittedActionDetails", "people-did-not-do-something"),
)


def meaning(system: str, value: object, field: str, notes: Notes) -> CodeMeaning | None:
    """Return what a code says; one that the table does not know is noted as unmapped."""
    row = notes.context.tables.lfpse.get((system, normal(clean(value) or "")))
    if row is None:
        notes.unmapped(field, value)
    return row


def words_of_codes(
    system: str, values: Sequence[object], use: str, field: str, notes: Notes
) -> list[str]:
    """Return the words for `use` that the codes say, each once."""
    if not values:
        return []
    rows = [row for value in values if (row := meaning(system, value, field, notes)) is not None]
    return list(dict.fromkeys(row.word for row in rows if row.use == use and row.word is not None))


def answer(value: object, field: str, notes: Notes) -> bool | None:
    """Return yes or no, as a boolean or a code; `u` says that the reporter does not know."""
    if value is None or value == _DOES_NOT_KNOW:
        return None
    return _yes_no(field)(value, notes)  # type: ignore[no-any-return]


def codings_of(
    event_codes: list[str], sections: Sections, version: str, notes: Notes
) -> list[dict[str, str]] | None:
    """Return the codes that go on as they are; what exceeds the limit is noted as unmapped.

    Details of what people did are blame-sensitive: an auditor may see them, no reason text does.
    """
    numbers = [code for code in event_codes if _NUMBER.fullmatch(code)]
    given = [_coding("event-type", version, code, "event") for code in numbers]
    given += _detailed(sections, version, notes)
    codings = {(each["system"], each["code"]): each for each in given}
    limit = notes.context.limits.codings
    for each in [*codings.values()][limit:]:
        notes.unmapped("/codings", each["code"])
    return [*codings.values()][:limit] or None


def _detailed(sections: Sections, version: str, notes: Notes) -> Iterator[dict[str, str]]:
    for section, word, system in _GOING_ON:
        for value in sections.values(section, word):
            row = meaning(system, value, "/codings", notes)
            if row is not None and row.word is not None:
                yield _coding(system, version, str(value).strip(), row.word)


def _coding(system: str, version: str, code: str, role: str) -> dict[str, str]:
    return {"system": f"{SYSTEM}-{system}-{version}", "code": code, "role": role}


def known(**values: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    """Return the values that are known."""
    return {name: value for name, value in values.items() if value is not None}
