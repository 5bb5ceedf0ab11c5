"""What `tenant.yaml` may say: zone, shifts, sources, units, privacy, programme, outreach."""

from collections.abc import Mapping
from datetime import time
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Final, Literal, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, StringConstraints

from shared.contracts.values import Code, Slug
from shared.contracts.words import OrderingKey, Priority
from shared.site.spelling import Setting

PLACEHOLDER_ADDRESS: Final = "peer-support@peerline.invalid"


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        advice = "write an IANA time zone such as Europe/London"
        raise ValueError(f"the time zone is not known; {advice}") from None
    return name


def span_of(text: str) -> tuple[time, time]:
    """Return beginning and end of `HH:MM-HH:MM`; an end before the beginning is the next day's.

    Raises:
        ValueError: when the text is no such span, or empty.
    """
    try:
        begins, ends = (time.fromisoformat(part.strip()) for part in text.split("-"))
    except ValueError:
        raise ValueError("write a span of the day as 07:00-19:00") from None
    if begins == ends:
        raise ValueError("a span of the day must end at another time than it begins")
    return begins, ends


def alias_key(alias: str) -> str:
    """Return what two spellings of a unit's alias have in common: blanks and case do not count."""
    return alias.strip().casefold()


def _span(text: str) -> str:
    span_of(text)
    return text


Zone: TypeAlias = Annotated[str, AfterValidator(_known_zone)]
DaySpan: TypeAlias = Annotated[str, AfterValidator(_span)]
MailAddress: TypeAlias = Annotated[
    str, StringConstraints(pattern=r"^[^@\s,;<>\"]+@[^@\s,;<>\"]+$", max_length=254)
]
Line: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[^\r\n\x00]*$", max_length=200)]
Minutes: TypeAlias = Annotated[int, Field(ge=0, le=60 * 24 * 14)]
Never: TypeAlias = Literal["never"]
Preference: TypeAlias = Literal[
    "wish", "role_group", "seniority", "department", "fewest_open", "longest_since"
]


class PrivacyAction(StrEnum):
    """What happens to a report that a law or a wish protects; the strictest wins."""

    PROCESS = "process"
    TEAM_ONLY = "team_only"
    REFUSE = "refuse"

    @property
    def strictness(self) -> int:
        """Return 0 for process, 1 for team_only, 2 for refuse."""
        return list(PrivacyAction).index(self)


class Source(Setting):
    """One incident-reporting system of the tenant, under the name that is its `source_system`.

    `record_id` says which of FHIR's ids counts: id, identifier:<system> or both. `record_id_hmac`
    None means: as the format does by default (FHIR and LFPSE yes, others no). `fhir_version` is the
    release of a source that does not name it in its media type. `topic` NAME binds the publisher's
    own `incident.source.NAME.v1` to this tenant and system.
    """

    format: Slug | None = None
    ordering: OrderingKey = OrderingKey.ARRIVAL
    harm_scale: Slug | None = None
    record_id: Annotated[str, StringConstraints(pattern=r"^(id|both|identifier:.+)$")] = "both"
    record_id_hmac: bool | None = None
    pack: Slug | None = None
    fhir_version: Literal["3.0", "4.0", "4.3", "5.0"] | None = None
    zone: Zone | None = None
    topic: Slug | None = None


class Unit(Setting):
    """A unit of the tenant; `aliases` lists, per source, the codes that mean it."""

    title: Line = ""
    campus: Code | None = None
    aliases: Mapping[Slug, tuple[Code, ...]] = Field(default_factory=dict)
    digest_address: MailAddress | None = None


class Privacy(Setting):
    """What the tenant decided for protected reports (formats.md section 9)."""

    privileged: PrivacyAction = PrivacyAction.PROCESS
    restricted: PrivacyAction = PrivacyAction.TEAM_ONLY
    data_sharing_opt_out: PrivacyAction = PrivacyAction.PROCESS


class Programme(Setting):
    """The peer-support programme as people see it; empty means not set yet."""

    name: Line = "Peer support"
    telephone: Line = ""
    crisis_line: Line = ""
    from_address: MailAddress = PLACEHOLDER_ADDRESS
    privilege_regime: Annotated[str, StringConstraints(max_length=2_000)] = ""


class Waits(Setting):
    """Minutes per priority; routine also serves what has no priority."""

    urgent: Minutes
    high: Minutes
    routine: Minutes

    def of(self, priority: Priority) -> int:
        """Return the minutes for `priority`."""
        waits = {Priority.URGENT: self.urgent, Priority.HIGH: self.high}
        return waits.get(priority, self.routine)


class ConfirmWindows(Setting):
    """Minutes in which a coordinator can stop a case; `never`: a human must confirm it."""

    urgent: Minutes | Never = 0
    high: Minutes | Never = 120
    routine: Minutes | Never = 480

    def of(self, priority: Priority) -> int | None:
        """Return the minutes for `priority`, None where a human must confirm."""
        windows = {Priority.URGENT: self.urgent, Priority.HIGH: self.high}
        window = windows.get(priority, self.routine)
        return None if window == "never" else window


class Outreach(Setting):
    """How the notifier works for this tenant; defaults are the judgements of outreach.md."""

    confirm_minutes: ConfirmWindows = ConfirmWindows()
    human_confirm_minutes: Waits = Waits(urgent=15, high=120, routine=480)
    acknowledge_minutes: Waits = Waits(urgent=15, high=60, routine=480)
    answer_minutes: Waits = Waits(urgent=1_440, high=2_880, routine=7_200)
    quiet_hours: DaySpan = "21:00-07:00"
    load_limit: Annotated[int, Field(ge=1, le=50)] = 3
    recent_contact_days: Annotated[int, Field(ge=0, le=365)] = 14
    overdue_confirm_days: Annotated[int, Field(ge=0, le=365)] = 7
    check_in_days: tuple[Annotated[int, Field(ge=1, le=400)], ...] = (3, 14, 30)
    extended_check_in_days: Annotated[int, Field(ge=1, le=400)] = 183
    matching: tuple[Preference, ...] = (
        "wish",
        "role_group",
        "seniority",
        "department",
        "fewest_open",
        "longest_since",
    )
    department: Literal["same", "other", "any"] = "any"
    exclude_risk_legal_hr: bool = False
    families_shown: bool = True
    unit_in_case_events: bool = True
    digest_minimum: Annotated[int, Field(ge=3, le=50)] = 3


class IntakeLimits(Setting):
    """What one request or report may hold, in bytes and pieces; a tenant may only lower it."""

    report_bytes: Annotated[int, Field(ge=1, le=1_048_576)] = 1_048_576
    request_bytes: Annotated[int, Field(ge=1, le=10_485_760)] = 10_485_760
    entries: Annotated[int, Field(ge=1, le=1_000)] = 1_000
    depth: Annotated[int, Field(ge=1, le=64)] = 64
    string_bytes: Annotated[int, Field(ge=1, le=65_536)] = 65_536
    staff: Annotated[int, Field(ge=1, le=200)] = 200
    patients: Annotated[int, Field(ge=1, le=100)] = 100
    codings: Annotated[int, Field(ge=1, le=32)] = 32
    columns: Annotated[int, Field(ge=1, le=500)] = 500


class Tenant(Setting):
    """A hospital group: the unit of isolation and of ordering. Only `tenant` has no default.

    A team nobody named is looked for in the shifts that cover the event; where none does, within
    `team_margin_minutes` of it.
    `staff_systems` renames systems of staff identifiers, so that one person who is known to two
    sources has one pseudonym. `research_accepted` takes research adverse events as incidents;
    `research_profiles` are FHIR profiles that mark them.
    """

    tenant: Slug
    title: Line = ""
    zone: Zone = "UTC"
    language: Literal["en", "de"] = "en"
    shifts: Annotated[tuple[DaySpan, ...], Field(max_length=6)] = (
        "07:00-19:00",
        "19:00-07:00",
    )
    team_margin_minutes: Annotated[int, Field(ge=0, le=1_440)] = 120
    sources: Mapping[Slug, Source] = Field(default_factory=dict)
    units: Mapping[Code, Unit] = Field(default_factory=dict)
    privacy: Privacy = Privacy()
    limits: IntakeLimits = IntakeLimits()
    programme: Programme = Programme()
    outreach: Outreach = Outreach()
    research_profiles: tuple[Code, ...] = ()
    research_accepted: bool = False
    staff_systems: Mapping[Code, Slug] = Field(default_factory=dict)

    @cached_property
    def shift_spans(self) -> tuple[tuple[time, time], ...]:
        """Return beginning and end of each shift, local time."""
        return tuple(span_of(text) for text in self.shifts)

    @cached_property
    def unit_aliases(self) -> Mapping[tuple[str, str], str]:
        """Return (source, `alias_key` of its code) → unit_id."""
        return {
            (source, alias_key(alias)): unit_id
            for unit_id, unit in self.units.items()
            for source, aliases in unit.aliases.items()
            for alias in aliases
        }

    def unit_of(self, source: str, code: str) -> str | None:
        """Return the unit_id that `source` means by `code`, None when unknown.

        A unit's own id is known to every source.
        """
        if code in self.units:
            return code
        return self.unit_aliases.get((source, alias_key(code)))
