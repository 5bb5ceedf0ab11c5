"""What mapping depends on beside the bytes: the tenant's settings, keys and tables, as values."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, time, timedelta, tzinfo
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from services.intake.domain.tables import Tables
from shared.contracts.words import OrderingKey

if TYPE_CHECKING:  # a pack's expressions read notes, which know this context
    from services.intake.domain.rows.pack import Pack

Decode: TypeAlias = Callable[[bytes], Any]
Encode: TypeAlias = Callable[[object], bytes]
Seal: TypeAlias = Callable[[str, str], str]
Observe: TypeAlias = Callable[[str, object], None]

SHARED_STAFF_SYSTEMS: Final[Mapping[str, str]] = {
    # NPI registry, HL7 terminology: the same person in every hospital's FHIR export
    "http://hl7.org/fhir/sid/us-npi": "npi",
    # General Medical Council, UK Core naming system
    "https://fhir.hl7.org.uk/Id/gmc-number": "gmc",
    "https://fhir.hl7.org.uk/Id/nmc-number": "nmc",
}


class Handling(StrEnum):
    """What a confidentiality marking does to a report; declared from mildest to strictest."""

    PROCESS = "process"
    TEAM_ONLY = "team_only"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class PrivacyTable:
    """The tenant's answer to each marking; the strictest of those that are set wins."""

    privileged: Handling = Handling.PROCESS
    restricted: Handling = Handling.TEAM_ONLY
    data_sharing_opt_out: Handling = Handling.PROCESS


class ShiftHours(NamedTuple):
    """A shift in local wall time; one that ends at or before its start ends the next day."""

    start: time
    end: time

    @classmethod
    def parse(cls, text: str) -> "ShiftHours":
        """Read `HH:MM-HH:MM`.

        Raises:
            ValueError: the text has another form.
        """
        start, _, end = text.partition("-")
        return cls(time.fromisoformat(start.strip()), time.fromisoformat(end.strip()))


@dataclass(frozen=True, slots=True)
class SourceSettings:
    """How one source system numbers, orders and grades its records."""

    ordering: OrderingKey = OrderingKey.ARRIVAL
    harm_scale: str | None = None
    zone: tzinfo | None = None
    fhir_major: int | None = None  # 3, 4 or 5, where the media type does not say it
    record_id: str = "both"  # FHIR: `id`, `identifier:<system>` or `both`
    is_place_an_id: bool = False  # a message without a record id is known by its place on Kafka
    record_id_hmac: bool | None = None  # None: as the format says (FHIR and LFPSE yes)
    pack: str | None = None  # how its rows are mapped


@dataclass(frozen=True, slots=True)
class UnitTable:
    """The tenant's units: campus by unit_id, and unit_id by (source system, alias)."""

    campus_of: Mapping[str, str | None] = field(default_factory=dict)
    unit_of: Mapping[tuple[str, str], str] = field(default_factory=dict)

    @classmethod
    def of(
        cls, units: Mapping[str, tuple[str | None, Mapping[str, tuple[str, ...]]]]
    ) -> "UnitTable":
        """Index `{unit_id: (campus, {source: aliases})}`; aliases match without case."""
        return cls(
            campus_of={unit_id: campus for unit_id, (campus, _) in units.items()},
            unit_of={
                (source, alias.strip().casefold()): unit_id
                for unit_id, (_, aliases) in units.items()
                for source, names in aliases.items()
                for alias in names
            },
        )

    def find(self, source_system: str, text: str) -> str | None:
        """Return the unit_id that `text` means in this source, or None."""
        if text in self.campus_of:
            return text
        return self.unit_of.get((source_system, text.strip().casefold()))


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes in bytes or pieces beyond which a body is refused; a tenant may only lower them."""

    report_bytes: int = 1_048_576
    request_bytes: int = 10_485_760
    entries: int = 1_000
    depth: int = 64
    string_bytes: int = 65_536
    staff: int = 200
    patients: int = 100
    codings: int = 32
    columns: int = 500


DEFAULT_TEAM_MARGIN: Final = timedelta(hours=2)
DEFAULT_SHIFTS: Final = (ShiftHours(time(7), time(19)), ShiftHours(time(19), time(7)))


@dataclass(frozen=True, slots=True)
class MappingContext:
    """One tenant's settings at one credential or topic.

    `decode` reads JSON bytes, raises ValueError for what is not JSON and yields no lone surrogates
    (`orjson.loads`). `encode` writes what `content_hash` covers, dicts, lists, texts, whole numbers
    of 64 bits and booleans, as JSON in UTF-8 with sorted keys, no blanks and no escape that is not
    needed: the bytes are part of the contract, whoever writes them. `seal` may be None: then no
    identifier travels on (dry run, offline).
    `source_system` is the credential's; a body may name another one only out of `allowed_sources`.
    `team_margin` widens the team period where no shift covers the event.
    `staff_systems` renames identifier systems, so that one person has one pseudonym per kind.
    `observe` is told each value that no table knew, for whoever tries a mapping at their own desk.
    """

    tenant: str
    source_system: str
    pseudonym_key: bytes = field(repr=False)
    tables: Tables
    decode: Decode
    encode: Encode
    seal: Seal | None = None
    zone: tzinfo = UTC
    shifts: tuple[ShiftHours, ...] = DEFAULT_SHIFTS
    team_margin: timedelta = DEFAULT_TEAM_MARGIN
    allowed_sources: frozenset[str] = frozenset()
    sources: Mapping[str, SourceSettings] = field(default_factory=dict)
    units: UnitTable = field(default_factory=UnitTable)
    privacy: PrivacyTable = field(default_factory=PrivacyTable)
    staff_systems: Mapping[str, str] = field(default_factory=lambda: SHARED_STAFF_SYSTEMS)
    is_research_accepted: bool = False
    research_profiles: frozenset[str] = frozenset()
    limits: Limits = field(default_factory=Limits)
    packs: Mapping[str, "Pack"] = field(default_factory=dict)
    observe: Observe | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Hints:
    """What is known of one body besides its bytes.

    `headers` holds the CloudEvents headers (`ce-…` over HTTP, `ce_…` on Kafka, any case; bytes or
    text), others are ignored. `pinned_format` is a format name of `detect.FORMATS`; `pack` names
    how rows are mapped and wins over the source's own. `place` is where on Kafka the body was read;
    None for one that came over HTTP.
    """

    context: MappingContext
    content_type: str | None = field(default=None, repr=False)
    headers: tuple[tuple[str, str | bytes], ...] = field(default=(), repr=False)
    pinned_format: str | None = None
    mapping_generation: int = 0
    pack: str | None = None
    place: str | None = None


def place_within(place: str | None, index: int) -> str | None:
    """Return the place of a body's report, from 0: the first has the body's own, if it has one.

    So a report that is cut out and read again alone, at its place, has the same one.
    """
    return place if place is None or index == 0 else f"{place}/{index}"
