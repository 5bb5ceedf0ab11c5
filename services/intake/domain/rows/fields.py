"""What a pack may fill: the fields of contracts.md section 1, and what kind of value each takes."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final, TypeAlias

from services.intake.domain.circumstances import CIRCUMSTANCES, MARKINGS


class Kind(StrEnum):
    """How the value of a field is made of what stands in a cell."""

    TEXT = "text"
    WORD = "word"
    WORDS = "words"
    YES_NO = "yes_no"
    NUMBER = "number"
    MOMENT = "moment"
    HARM = "harm"
    IDENTIFIER = "identifier"
    IDENTIFIERS = "identifiers"


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its kind, and the vocabulary of its words."""

    kind: Kind
    vocabulary: str | None = None


class Form(StrEnum):
    """An object whose fields are read together, not one by one."""

    PLAIN = "plain"
    OCCURRED = "occurred"
    LFPSE_AGE = "lfpse_age"


@dataclass(frozen=True, slots=True)
class Group:
    """An object of fields; `is_list` where a report may have several."""

    fields: "Fields"
    is_list: bool = False
    form: Form = Form.PLAIN


Fields: TypeAlias = Mapping[str, Field | Group]

_TEXT: Final = Field(Kind.TEXT)
_YES_NO: Final = Field(Kind.YES_NO)
_MOMENT: Final = Field(Kind.MOMENT)
_NUMBER: Final = Field(Kind.NUMBER)
_IDENTIFIERS: Final = Field(Kind.IDENTIFIERS)


def _word(vocabulary: str) -> Field:
    return Field(Kind.WORD, vocabulary)


def _words(vocabulary: str) -> Field:
    return Field(Kind.WORDS, vocabulary)


def _group(
    kinds: Mapping[str, Field | Group], *, is_list: bool = False, form: Form = Form.PLAIN
) -> Group:
    return Group(MappingProxyType(dict(kinds)), is_list, form)


_AGE: Final = ("days", "bracket", "specialty", "text")
_TIMES: Final = ("date", "time", "at", "earliest", "latest")
_PERSON: Final[Fields] = {"id": Field(Kind.IDENTIFIER), "name": _TEXT, "role": _word("role")}
_PATIENT: Final = _group(
    {
        "ids": _IDENTIFIERS,
        "age_years": _NUMBER,
        "age_days": _NUMBER,
        "birth_date": _MOMENT,
        "age_group": _word("age_group"),
        "lfpse_age": _group(dict.fromkeys(_AGE, _TEXT), form=Form.LFPSE_AGE),
        "harm": Field(Kind.HARM, "harm"),
        "harm_psychological": Field(Kind.HARM, "harm"),
        "harm_duration": _word("harm_duration"),
        "died": _YES_NO,
        "outcomes": _words("outcome"),
    },
    is_list=True,
)
_STAFF: Final = _group(
    {
        **_PERSON,
        "involvement": _word("involvement"),
        **dict.fromkeys(
            (
                "trainee",
                "new_in_role",
                "own_act",
                "first_of_kind",
                "support_offered",
                "opted_out",
            ),
            _YES_NO,
        ),
        "relationship": _words("relationship"),
        "harmed": _words("harmed"),
        "signals": _words("signal"),
        "unit_id": _TEXT,
    },
    is_list=True,
)
_REPORTER: Final = _group(
    {
        **_PERSON,
        "type": _word("reporter_type"),
        "involvement": _word("involvement"),
        "anonymous": _YES_NO,
        "concern": _NUMBER,
        "fear_of_consequences": _YES_NO,
    }
)
_PROCEEDING: Final = _group(
    {
        "type": _word("proceeding"),
        "opened_at": _MOMENT,
        "names_staff": _YES_NO,
        "persons": _IDENTIFIERS,
    },
    is_list=True,
)
REPORT: Final[Fields] = MappingProxyType(
    {
        "record_id": _TEXT,
        "revision": _TEXT,
        "updated_at": _MOMENT,
        "status": _word("status"),
        "group_ids": _IDENTIFIERS,
        "kind": _word("kind"),
        "occurred": _group(
            dict.fromkeys(_TIMES, _MOMENT) | {"precision": _TEXT, "shift": _word("shift")},
            form=Form.OCCURRED,
        ),
        "reported_at": _MOMENT,
        "detected_at": _MOMENT,
        "location": _group(
            dict.fromkeys(("organisation", "campus", "unit_id", "unit_name", "specialty"), _TEXT)
            | {"place_type": _word("place_type")}
        ),
        "categories": _words("category"),
        "codings": _group(dict.fromkeys(("system", "code", "role"), _TEXT), is_list=True),
        "patients": _PATIENT,
        "circumstances": _group(dict.fromkeys(CIRCUMSTANCES, _YES_NO)),
        "staff": _STAFF,
        "team_headcount": _NUMBER,
        "reporter": _REPORTER,
        "proceedings": _PROCEEDING,
        "support": _group(dict.fromkeys(("local_debrief_done", "support_offered"), _YES_NO)),
        "investigators": _IDENTIFIERS,
        "narrative": _TEXT,
        "immediate_actions": _TEXT,
        "confidentiality": _group(dict.fromkeys(MARKINGS, _YES_NO)),
    }
)
