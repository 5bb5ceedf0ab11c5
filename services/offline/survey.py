"""What a pack made of a file, counted: mapped, refused, flags, values without a meaning."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from services.intake.domain.circumstances import CIRCUMSTANCES, MARKINGS
from services.intake.domain.context import Hints
from services.intake.domain.finish import finish, flags_at
from services.intake.domain.people import NAME_SYSTEM
from services.intake.domain.receive import receive
from services.intake.domain.results import Draft, Mapped, Refused
from services.offline.bodies import Body
from shared.contracts.words import QualityFlag
from shared.identity import derive_id

MOST_VALUES: Final = 200
MOST_PLACES: Final = 5
PREVIEWS: Final = 3
LONGEST_SHOWN: Final = 40
MOST_RECORDS: Final = 500_000
HIDDEN: Final = "(not shown: free text)"
BLANK: Final = "(blank)"
# Fields whose values are codes and words of the site; of all others a value may name somebody.
SHOWN: Final = frozenset(
    {
        "/status",
        "/kind",
        "/categories",
        "/occurred/shift",
        "/location/place_type",
        "/location/unit_id",
        "/patients/*/harm",
        "/patients/*/harm_psychological",
        "/patients/*/harm_duration",
        "/patients/*/age_group",
        "/patients/*/died",
        "/patients/*/outcomes",
        "/staff/*/where",
        "/patients/*/where",
        "/staff/*/role",
        "/staff/*/involvement",
        "/staff/*/harmed",
        "/staff/*/own_act",
        "/reporter/role",
        "/reporter/type",
        "/reporter/involvement",
        "/reporter/anonymous",
        "/staff/*/trainee",
        "/staff/*/opted_out",
        *(f"/circumstances/{name}" for name in CIRCUMSTANCES),
        *(f"/confidentiality/{name}" for name in MARKINGS),
        "/proceedings/*/type",
    }
)
# What stands between two people in a cell; no login and no address of e-mail has any of it.
_BETWEEN: Final = frozenset(",;/&| ")
KNOWN: Final = ("occurred", "unit", "category", "harm", "died", "age", "staff", "involvement")


@dataclass(slots=True)
class Survey:
    """Counts over any number of bodies; two surveys of one file add up.

    `refused` counts by (code, detail) and keeps the first rows, from 1; `unmapped` counts by (field
    pointer, value); `known` counts the reports of which the rules can read each of `KNOWN`.
    `several` are records that came twice as the same revision with another content: all but one row
    of each are lost. `seen` tells content by revision, both as hashes. `joined` reports were made
    of several rows, which differ in the columns `differing`. `crowded` identifiers of people hold
    what stands between several. `flag_places` keeps the first rows of each flag.
    """

    reports: int = 0
    rows: int = 0
    repeats: int = 0
    columns: tuple[str, ...] = ()
    filled: Counter[str] = field(default_factory=Counter)
    refused: Counter[tuple[str, str]] = field(default_factory=Counter)
    places: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    flags: Counter[str] = field(default_factory=Counter)
    unmapped: Counter[tuple[str, str]] = field(default_factory=Counter)
    known: Counter[str] = field(default_factory=Counter)
    previews: list[Mapping[str, Any]] = field(default_factory=list)
    seen: dict[bytes, bytes] = field(default_factory=dict)
    several: set[bytes] = field(default_factory=set)
    joined: int = 0
    differing: set[str] = field(default_factory=set)
    crowded: int = 0
    flag_places: dict[str, list[int]] = field(default_factory=dict)

    @property
    def refusals(self) -> int:
        """Return how many reports were refused."""
        return self.refused.total()

    def add(self, other: "Survey") -> None:
        """Add what was counted after this."""
        self.reports += other.reports
        self.rows += other.rows
        self.repeats += other.repeats
        self.columns = self.columns or other.columns
        self.filled.update(other.filled)
        self.refused.update(other.refused)
        for reason, rows in other.places.items():
            known = self.places.setdefault(reason, [])
            known += rows[: MOST_PLACES - len(known)]
        for flag, rows in other.flag_places.items():
            known = self.flag_places.setdefault(flag, [])
            known += rows[: MOST_PLACES - len(known)]
        self.flags.update(other.flags)
        self.known.update(other.known)
        for key, count in other.unmapped.items():
            self._count_value(key, count)
        self.previews += other.previews[: PREVIEWS - len(self.previews)]
        self.several |= other.several
        self.joined += other.joined
        self.differing |= other.differing
        self.crowded += other.crowded
        for revision, content in other.seen.items():
            self.note_record(revision, content)

    def note_record(self, revision: bytes, content: bytes) -> None:
        """Remember a record's revision, and whether it came with another content before."""
        if len(self.seen) < MOST_RECORDS and self.seen.setdefault(revision, content) != content:
            self.several.add(revision)

    def note_person(self, system: str, value: str) -> str:
        """Count an identifier that seems to be of several people; it is sealed nowhere."""
        self.crowded += system != NAME_SYSTEM and not _BETWEEN.isdisjoint(value)
        return ""

    def note_value(self, pointer: str, value: object) -> None:
        """Count a value without a meaning; free text is counted and not kept."""
        text = str(value).strip()[: LONGEST_SHOWN + 1] or BLANK if pointer in SHOWN else HIDDEN
        self._count_value((pointer, text), 1)

    def _count_value(self, key: tuple[str, str], count: int) -> None:
        if key in self.unmapped or len(self.unmapped) < MOST_VALUES * len(SHOWN):
            self.unmapped[key] += count
        else:
            self.unmapped[key[0], "(other values)"] += count


def survey(body: Body, hints: Hints, received_at: datetime) -> Survey:
    """Return what becomes of the reports of one body; nothing of it is kept but counts."""
    found = Survey(rows=body.rows, columns=body.columns)
    found.filled.update(dict(zip(body.columns, body.filled, strict=True)))
    found.joined = sum(len(places) > 1 for places in body.reports)
    found.differing = set(body.differing)
    if body.broken is not None:
        code, detail = body.broken
        _count_refusal(found, code.value, detail, body.first)
        return found
    context = replace(hints.context, observe=found.note_value, seal=found.note_person)
    hints = replace(hints, context=context, content_type=body.media)
    for result in receive(body.content, hints):
        if isinstance(result, Refused):
            _count_refusal(found, result.code.value, result.detail, body.place_of(result.index))
        else:
            _count(found, result, received_at, body.place_of(result.index))
    return found


def _count_refusal(found: Survey, code: str, detail: str, place: int) -> None:
    found.refused[code, detail] += 1
    rows = found.places.setdefault((code, detail), [])
    if len(rows) < MOST_PLACES:
        rows.append(place + 1)


def _count(found: Survey, mapped: Mapped, received_at: datetime, place: int) -> None:
    draft = mapped.draft
    found.reports += 1
    found.repeats += mapped.repeats is not None
    flags = flags_at(draft, received_at)
    for flag in flags:
        found.flags[flag.value] += 1
        rows = found.flag_places.setdefault(flag.value, [])
        if len(rows) < MOST_PLACES:
            rows.append(place + 1)
    if QualityFlag.UNIT_UNKNOWN in flags and (unit := _unit(draft)):
        found.note_value("/location/unit_id", unit)
    found.known.update(_known(draft.content))
    found.note_record(_revision(draft), bytes.fromhex(draft.content_hash[-32:]))
    if len(found.previews) < PREVIEWS:
        _unseal(draft.content)
        report = finish(draft, received_at=received_at, raw_ref="trial")
        found.previews.append(report.to_document())


def _unseal(content: Mapping[str, Any]) -> None:
    for person in (*(content.get("staff") or ()), content.get("reporter") or {}):
        person.pop("sealed", None)


def _revision(draft: Draft) -> bytes:
    """Return a hash of what makes a row replace another: its revision, else its record."""
    own = (draft.tenant, draft.source_system, draft.record_id)
    by_content = derive_id("event", *own, draft.content_hash, str(draft.mapping_generation))
    # Where the source numbers no revisions, every row of a record is a revision of its own.
    return (derive_id("row", *own) if draft.event_id == by_content else draft.event_id).bytes


def _unit(draft: Draft) -> str | None:
    unit = draft.content.get("location", {}).get("unit_id")
    return None if unit is None else str(unit)


def _known(content: Mapping[str, Any]) -> Iterable[str]:
    patients, staff = content.get("patients") or (), content.get("staff") or ()
    facts = {
        "occurred": "occurred" in content,
        "unit": "unit_id" in content.get("location", {}),
        "category": bool(content.get("categories")),
        "harm": any("harm" in patient for patient in patients),
        "died": any("died" in patient for patient in patients),
        "age": any("age_group" in patient for patient in patients),
        "staff": any("person_ref" in member for member in staff),
        "involvement": any("involvement" in member for member in staff),
    }
    return (name for name, is_known in facts.items() if is_known)
