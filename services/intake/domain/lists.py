"""The lists of a report: group ids, codings, proceedings, investigators."""

import re
from typing import Any, Final

from services.intake.domain.identifiers import read_identifier
from services.intake.domain.limits import check_count
from services.intake.domain.moments import moment
from services.intake.domain.notes import Notes
from services.intake.domain.people import Roster
from services.intake.domain.readers import (
    CODE_LENGTH,
    Readers,
    clean,
    listed,
    read_object,
    word,
    yes_no,
)
from shared.contracts.words import QualityFlag

# A code has no blanks: whatever has them is a display text, which may hold a name.
_CODE: Final = re.compile(r"[A-Za-z0-9._:/|+#-]{1,64}", re.ASCII)
_ROLE: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}", re.ASCII)
_CODING_FIELDS: Final = frozenset({"system", "code", "display", "role"})
_PROCEEDING_READERS: Final[Readers] = {
    "type": word("/proceedings/*/type", "proceeding"),
    "opened_at": moment("/proceedings/*/opened_at"),
    "names_staff": yes_no("/proceedings/*/names_staff"),
    "persons": None,
}


def read_group_ids(value: object, notes: Notes) -> list[dict[str, str]]:
    """Return the other ids of the event, each once."""
    found: dict[tuple[str, str], None] = {}
    for item in [] if value is None else listed(value):
        identifier = read_identifier(item, "/group_ids/*", notes)
        if identifier in found:
            notes.flag(QualityFlag.DUPLICATE_IDENTIFIER)
        elif identifier is not None:
            found[identifier] = None
    return [{"system": system, "value": text} for system, text in found]


def read_codings(value: object, notes: Notes) -> list[dict[str, str]]:
    """Return system, code and role of each coding; the display goes no further.

    Raises:
        RefusedError: `limit`, more codings than a report may have.
    """
    given = [] if value is None else listed(value)
    check_count(len(given), notes.context.limits.codings, "/codings")
    return [coding for item in given if (coding := _coding(item, notes)) is not None]


def read_proceedings(value: object, roster: Roster, notes: Notes) -> list[dict[str, Any]] | None:
    """Return the reviews and legal processes whose type is known."""
    if value is None:
        return None
    given = listed(value)
    found = []
    for item in given:
        entry = read_object(item, _PROCEEDING_READERS, notes, "/proceedings/*")
        if "type" in entry:
            if isinstance(item, dict) and item.get("persons") is not None:
                entry["persons"] = read_persons(item["persons"], "/proceedings/*/persons", roster)
            found.append(entry)
    return found if found or not given else None


def read_persons(value: object, field: str, roster: Roster) -> list[str]:
    """Return the person_ref of each identifier, each once."""
    given = [] if value is None else listed(value)
    found = [ref for item in given if (ref := roster.identify(item, field)) is not None]
    return list(dict.fromkeys(found))


def _coding(item: object, notes: Notes) -> dict[str, str] | None:
    if not isinstance(item, dict):
        notes.flag(QualityFlag.CODING_WITHOUT_CODE)
        return None
    if not item.keys() <= _CODING_FIELDS:
        notes.flag(QualityFlag.FIELD_UNKNOWN)
    code = clean(item.get("code"))
    if code is None or not _CODE.fullmatch(code):
        notes.flag(QualityFlag.CODING_WITHOUT_CODE)
        return None
    found = {"code": code}
    system, role = clean(item.get("system")), item.get("role")
    if system is not None and " " not in system and len(system) <= CODE_LENGTH:
        found["system"] = system
    if isinstance(role, str) and _ROLE.fullmatch(role):
        found["role"] = role
    return found
