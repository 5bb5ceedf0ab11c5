"""The columns of a directory CSV: what each means, an example, and how a cell is read."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from types import MappingProxyType
from typing import Any, Final
from zoneinfo import ZoneInfo, available_timezones

from services.notifier.domain.directory import OnCall, Role
from services.notifier.domain.plan import QuietHours
from services.notifier.domain.rendering import LANGUAGES
from shared.contracts.words import StaffRole
from shared.site.models import MAIL_ADDRESS

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_ADDRESS: Final = re.compile(MAIL_ADDRESS)
_PERIOD: Final = re.compile(r"([a-z]{3})(?:-([a-z]{3}))?\s+(\d\d:\d\d)-(\d\d:\d\d)")


class CellError(ValueError):
    """A cell cannot be used; the text says what to write, never what stood there."""


@dataclass(frozen=True, slots=True)
class ColumnRule:
    """One column; `is_required` cells may not be empty, other empty cells mean unknown."""

    name: str
    says: str
    example: str
    read: Callable[[str], Any]
    is_required: bool = False


def _text(cell: str) -> str:
    return cell


def _address(cell: str) -> str:
    if not _ADDRESS.fullmatch(cell) or "." not in cell.rpartition("@")[2]:
        raise CellError("write an e-mail address, in ASCII, such as a.person@example.org")
    return cell


def _zone(cell: str) -> str:
    if cell not in available_timezones():
        raise CellError("write an IANA time zone such as Europe/London")
    return cell


def _language(cell: str) -> str:
    if cell not in LANGUAGES:
        raise CellError(f"write one of {', '.join(LANGUAGES)}")
    return cell


def _staff_role(cell: str) -> StaffRole:
    try:
        return StaffRole(cell)
    except ValueError:
        raise CellError(f"write one of {', '.join(StaffRole)}") from None


def _roles(cell: str) -> tuple[Role, ...]:
    try:
        named = tuple(Role(part.strip()) for part in cell.split(";") if part.strip())
    except ValueError:
        raise CellError(f"write one or more of {', '.join(Role)}, separated by ;") from None
    return tuple(dict.fromkeys((Role.STAFF, *named)))


def _identifiers(cell: str) -> tuple[tuple[str, str], ...]:
    pairs = [part.partition("=") for part in cell.split(";") if part.strip()]
    if any(not mark or not system.strip() or not value.strip() for system, mark, value in pairs):
        raise CellError("write system=identifier, several separated by ;")
    return tuple((system.strip(), value.strip()) for system, _, value in pairs)


def _quiet(cell: str) -> QuietHours:
    start, end = _span(cell)
    return QuietHours(start, end)


def _span(cell: str) -> tuple[time, time]:
    try:
        start, end = (time.fromisoformat(part.strip()) for part in cell.split("-"))
    except ValueError:
        raise CellError("write a span of the day such as 21:00-07:00") from None
    return start, end


def _on_call(cell: str) -> tuple[OnCall, ...]:
    return tuple(_period(part.strip()) for part in cell.lower().split(";") if part.strip())


def _period(text: str) -> OnCall:
    found = _PERIOD.fullmatch(text)
    if not found or found[1] not in DAYS or (found[2] or "mon") not in DAYS:
        raise CellError("write periods such as mon-fri 07:00-19:00; sat 09:00-12:00")
    first, last = DAYS.index(found[1]), DAYS.index(found[2] or found[1])
    days = tuple((first + step) % 7 for step in range((last - first) % 7 + 1))
    start, end = _span(f"{found[3]}-{found[4]}")
    return OnCall(days, start, end)


def _moment(cell: str) -> datetime:
    try:
        moment = datetime.fromisoformat(cell)
    except ValueError:
        raise CellError("write a date such as 2026-03-31 or a time with its offset") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo("UTC"))).astimezone(UTC)


def _yes(cell: str) -> bool:
    if cell.lower() not in ("yes", "no"):
        raise CellError("write yes or no")
    return cell.lower() == "yes"


_RULES: Final = (
    ColumnRule(
        "identifier_system",
        "Where the identifier comes from, called as in the incident reports.",
        "login",
        _text,
        is_required=True,
    ),
    ColumnRule(
        "identifier",
        "Login, employee number, …, of this person.",
        "mia.ford",
        _text,
        is_required=True,
    ),
    ColumnRule(
        "other_identifiers",
        "More identifiers of the same person: system=value; system=value.",
        "payroll=10482; email=m.ford@example.org",
        _identifiers,
    ),
    ColumnRule("given_name", "As messages address the person.", "Mia", _text, is_required=True),
    ColumnRule("family_name", "", "Ford", _text, is_required=True),
    ColumnRule(
        "email",
        "Work address; nothing is sent elsewhere.",
        "m.ford@example.org",
        _address,
        is_required=True,
    ),
    ColumnRule(
        "telephone", "For the supporter, once the case is theirs.", "+44 20 7946 0123", _text
    ),
    ColumnRule(
        "roles",
        "staff, supporter, coordinator, programme_lead, risk_legal_hr; separated by ;",
        "staff; supporter",
        _roles,
    ),
    ColumnRule(
        "role", "Profession, for matching: nurse, physician, pharmacist, …", "nurse", _staff_role
    ),
    ColumnRule("unit", "Unit id as in the tenant's unit table.", "picu", _text),
    ColumnRule(
        "department", "For a tenant that wants the same or another department.", "children", _text
    ),
    ColumnRule(
        "manager",
        "An identifier of the line manager, in the same identifier_system.",
        "leo.marsh",
        _text,
    ),
    ColumnRule("language", "en or de; else the tenant's.", "en", _language),
    ColumnRule("zone", "Time zone; else the tenant's.", "Europe/London", _zone),
    ColumnRule("quiet_hours", "Own quiet hours; else the tenant's.", "21:00-07:00", _quiet),
    ColumnRule(
        "on_call",
        "When a supporter may be asked; empty: always.",
        "mon-fri 07:00-19:00; sat 09:00-12:00",
        _on_call,
    ),
    ColumnRule("absent_from", "First moment of an absence.", "2026-08-01", _moment),
    ColumnRule("absent_until", "End of the absence.", "2026-08-15", _moment),
    ColumnRule(
        "paused", "yes: a supporter who wants no offers for now; empty: as it was.", "no", _yes
    ),
)
COLUMNS: Final[Mapping[str, ColumnRule]] = MappingProxyType({rule.name: rule for rule in _RULES})
