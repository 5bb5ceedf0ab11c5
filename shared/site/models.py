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

# What SMTP carries without SMTPUTF8 and no header parser stumbles over: HTML's e-mail address.
MAIL_ADDRESS: Final = r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$"
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
MailAddress: TypeAlias = Annotated[str, StringConstraints(pattern=MAIL_ADDRESS, max_length=254)]
Line: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[^\r\n\x00]*$", max_length=200)]
Minutes: TypeAlias = Annotated[int, Field(ge=0, le=60 * 24 * 14)]
Never: TypeAlias = Literal["never"]
Preference: TypeAlias = Literal["role_group", "department", "fewest_open", "longest_since"]


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
    """One incident-reporting system of the tenant, under the name that is its `source_system`."""

    format: Slug | None = None
    """Reads all that the source sends as this format; without it each report is recognised."""
    ordering: OrderingKey = OrderingKey.ARRIVAL
    """What orders the revisions of a record."""
    harm_scale: Slug | None = None
    """The scale of harm codes: `nrls`, `lfpse-physical`, `ncc-merp`, … (the column scale of
    `services/intake/packs/harm.tsv`); without one a code such as `1` is unknown and flagged."""
    record_id: Annotated[str, StringConstraints(pattern=r"^(id|both|identifier:.+)$")] = "both"
    """Which of FHIR's ids names a record: `id`, `identifier:<system>` or `both`."""
    without_record_id: Literal["refuse", "place"] = "refuse"
    """What a message of the source's own topic without a record id gets: `refuse`, or `place`: then
    topic, partition and offset name the record, and no message can ever revise or withdraw it. A
    topic that is made anew counts from 0 again: give it a new name, never the old one, or other
    reports get the names of old ones."""
    record_id_hmac: bool | None = None
    """Whether record ids leave intake as pseudonyms; without it as the format does: FHIR and LFPSE
    yes, others no."""
    pack: Slug | None = None
    """The pack that maps rows, where the sender names none."""
    fhir_version: Literal["3.0", "4.0", "4.3", "5.0"] | None = None
    """The release of FHIR, where the sender's media type does not name it."""
    zone: Zone | None = None
    """The time zone of times without one; without it the tenant's."""
    topic: Slug | None = None
    """NAME binds the publisher's own topic `incident.source.NAME.v1` to this tenant and source."""


class Unit(Setting):
    """A unit of the tenant, under its unit id."""

    title: Line = ""
    """How coordinators know it."""
    campus: Code | None = None
    """The site it belongs to; stands in where a report names no unit."""
    aliases: Mapping[Slug, tuple[Code, ...]] = Field(default_factory=dict)
    """Per source, the codes that mean this unit: `{datix: [WARD 7, W07]}`."""
    digest_address: MailAddress | None = None
    """The unit's role address, for the weekly digest; kept, not used yet."""


class Privacy(Setting):
    """What the tenant decided for protected reports; the strictest of those that apply wins."""

    privileged: PrivacyAction = PrivacyAction.PROCESS
    """Marked as privileged, such as work product of a patient safety organisation."""
    restricted: PrivacyAction = PrivacyAction.TEAM_ONLY
    """Marked as restricted."""
    data_sharing_opt_out: PrivacyAction = PrivacyAction.PROCESS
    """The patient objected to the sharing of data."""


class Programme(Setting):
    """The peer-support programme as people see it; empty means not set yet."""

    name: Line = "Peer support"
    """How messages and pages call it."""
    telephone: Line = ""
    """Where a person can call instead of clicking; on every page."""
    crisis_line: Line = ""
    """For somebody in danger; on every page."""
    from_address: MailAddress = PLACEHOLDER_ADDRESS
    """The sender of all mail."""
    privilege_regime: Annotated[str, StringConstraints(max_length=2_000)] = ""
    """How the law protects what is said to a peer, in your words; on the person's page."""


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
    """How support is offered; the defaults are our judgements, cases keep those they began with."""

    confirm_minutes: ConfirmWindows = ConfirmWindows()
    """Minutes in which a coordinator can stop a case; `never`: a human must confirm it."""
    human_confirm_minutes: Waits = Waits(urgent=15, high=120, routine=480)
    """Where a human must confirm: minutes until the next coordinator is told."""
    acknowledge_minutes: Waits = Waits(urgent=15, high=60, routine=480)
    """Minutes a supporter has to answer an offer before the next one is asked."""
    answer_minutes: Waits = Waits(urgent=1_440, high=2_880, routine=7_200)
    """Minutes the person has to answer before the supporter is asked for a second, last touch."""
    quiet_hours: DaySpan = "21:00-07:00"
    """When nothing is sent to the affected person, in their own zone."""
    load_limit: Annotated[int, Field(ge=1, le=50)] = 3
    """Open cases a supporter may have before nobody asks them for another."""
    recent_contact_days: Annotated[int, Field(ge=0, le=365)] = 14
    """A person written to so few days ago is a question for the coordinator first."""
    overdue_confirm_days: Annotated[int, Field(ge=0, le=365)] = 7
    """A request so many days late is confirmed by a human first."""
    check_in_days: Annotated[
        tuple[Annotated[int, Field(ge=1, le=400)], ...], Field(min_length=1)
    ] = (3, 14, 30)
    """Days after acceptance on which the supporter is reminded to ask again."""
    extended_check_in_days: Annotated[int, Field(ge=1, le=400)] = 183
    """The one more check-in where a rule asks for a long follow-up."""
    matching: tuple[Preference, ...] = (
        "role_group",
        "department",
        "fewest_open",
        "longest_since",
    )
    """What makes a supporter fit better, the strongest first; what is not named does not count."""
    department: Literal["same", "other", "any"] = "any"
    """Whether a supporter should come from the person's own department; sources conflict."""
    exclude_risk_legal_hr: bool = False
    """Keeps supporters with the directory role `risk_legal_hr` from being asked or assigned."""
    families_shown: bool = True
    """Whether coordinators see which families of criteria a case rests on; never what happened."""
    unit_in_case_events: bool = True
    """Whether the events for auditors name the unit."""
    digest_minimum: Annotated[int, Field(ge=3, le=50)] = 3
    """Cases below which the weekly digest would not tell a unit's week; kept, not used yet."""


class IntakeLimits(Setting):
    """What one request or report may hold, in bytes and pieces; a tenant may only lower it."""

    report_bytes: Annotated[int, Field(ge=1, le=1_048_576)] = 1_048_576
    """Bytes of one report."""
    request_bytes: Annotated[int, Field(ge=1, le=10_485_760)] = 10_485_760
    """Bytes of one request, also after gzip."""
    entries: Annotated[int, Field(ge=1, le=1_000)] = 1_000
    """Reports in one request."""
    depth: Annotated[int, Field(ge=1, le=64)] = 64
    """How deep JSON may nest."""
    string_bytes: Annotated[int, Field(ge=1, le=65_536)] = 65_536
    """Bytes of one text."""
    staff: Annotated[int, Field(ge=1, le=200)] = 200
    """Members of staff in one report."""
    patients: Annotated[int, Field(ge=1, le=100)] = 100
    """Patients in one report."""
    codings: Annotated[int, Field(ge=1, le=32)] = 32
    """Codings in one report."""
    columns: Annotated[int, Field(ge=1, le=500)] = 500
    """Columns of a table."""


class Tenant(Setting):
    """A hospital group: the unit of isolation and of ordering. Only `tenant` has no default."""

    tenant: Slug
    """The name of the folder, of the keys and of the events."""
    title: Line = ""
    """How people know the hospital group."""
    zone: Zone = "UTC"
    """Its time zone, such as Europe/London."""
    language: Literal["en", "de"] = "en"
    """The language of messages to people who have chosen none."""
    shifts: Annotated[tuple[DaySpan, ...], Field(max_length=6)] = (
        "07:00-19:00",
        "19:00-07:00",
    )
    """The shifts: a team that nobody named is looked for in those that cover the event."""
    team_margin_minutes: Annotated[int, Field(ge=0, le=1_440)] = 120
    """Where no shift covers the event, the team is looked for so many minutes around it."""
    sources: Mapping[Slug, Source] = Field(default_factory=dict)
    """Its incident-reporting systems."""
    units: Mapping[Code, Unit] = Field(default_factory=dict)
    """Its units."""
    privacy: Privacy = Privacy()
    """What happens to reports that a law or a wish protects."""
    limits: IntakeLimits = IntakeLimits()
    """What one request or report may hold."""
    programme: Programme = Programme()
    """The peer-support programme as people see it."""
    outreach: Outreach = Outreach()
    """How support is offered."""
    research_profiles: tuple[Code, ...] = ()
    """FHIR profiles that mark research adverse events."""
    research_accepted: bool = False
    """Whether research adverse events count as incidents."""
    staff_systems: Mapping[Code, Slug] = Field(default_factory=dict)
    """Renames systems of staff identifiers (`{"urn:payroll": login}`), so that somebody whom two
    sources know has one pseudonym."""

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
