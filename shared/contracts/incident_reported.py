"""`IncidentReported` v1: the canonical, pseudonymous report on `incident.reported.v1`.

No patient identifier, birth date, narrative, display text or unit name exists in this model, so
none can
leave intake through it. Absent (None) is unknown; an empty list is "known none".
"""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from shared.contracts import words
from shared.contracts.values import Code, Count, Moment, Produced, Q, S, Slug


class GroupId(Produced):
    """Another id of the same occurrence, pseudonymised where the source's may be a patient's."""

    system: Code
    value: Code


class Interval(Produced):
    """When it happened.

    A closed interval, a point where both ends are equal; it counts at its end.
    """

    earliest: Moment
    latest: Moment
    shift: words.Shift | None = None


class Location(Produced):
    """Where, after the tenant's unit table."""

    organisation: Code | None = None
    campus: Code | None = None
    unit_id: Code | None = None
    place_type: words.PlaceType | None = None
    specialty: Code | None = None


class Coding(Produced):
    """System, code and role as the source coded it; the display stays at intake."""

    system: Code | None = None
    code: Code
    role: Slug | None = None


class HarmSource(Produced):
    """The scale and code the harm level was mapped from."""

    scale: Code
    code: Code


class Patient(Produced):
    """One patient, by pseudonym."""

    pseudonyms: Annotated[tuple[Code, ...], Q] = ()
    age_years: Annotated[int | None, Field(ge=0, le=130), Q] = None
    age_group: Annotated[words.AgeGroup | None, Q] = None
    harm: words.Harm | None = None
    harm_psychological: words.Harm | None = None
    harm_duration: words.HarmDuration | None = None
    harm_source: HarmSource | None = None
    died: bool | None = None
    outcomes: tuple[words.PatientOutcome, ...] | None = None


class Circumstances(Produced):
    """Fourteen yes/no facts; None is unknown."""

    death_expected: bool | None = None
    error: bool | None = None
    preventable: bool | None = None
    reached_patient: bool | None = None
    resuscitation: bool | None = None
    deterioration_missed: bool | None = None
    never_event: bool | None = None
    sentinel: bool | None = None
    intraoperative: bool | None = None
    maternal: bool | None = None
    palliative: bool | None = None
    present_on_arrival: bool | None = None
    family_present: bool | None = None
    multiple_patients: bool | None = None


class StaffMember(Produced):
    """One member of staff by pseudonym; without `person_ref` nobody can be reached by name.

    `sealed` is the original identifier in a PyNaCl SealedBox to the notifier's key of the month
    (base64 of `<month>:<ciphertext>`); it is random by design, so no comparison covers it.
    """

    person_ref: Annotated[Code | None, S] = None
    sealed: Annotated[str | None, S] = None
    role: words.StaffRole | None = None
    trainee: bool | None = None
    new_in_role: bool | None = None
    involvement: words.Involvement | None = None
    own_act: bool | None = None
    first_of_kind: bool | None = None
    relationship: tuple[words.Relationship, ...] | None = None
    harmed: tuple[words.StaffHarm, ...] | None = None
    signals: tuple[words.Signal, ...] | None = None
    unit_id: Code | None = None
    support_offered: bool | None = None
    opted_out: bool | None = None


class Reporter(Produced):
    """Who filed the report; an anonymous reporter has no `person_ref`."""

    person_ref: Annotated[Code | None, S] = None
    sealed: Annotated[str | None, S] = None
    type: words.ReporterType | None = None
    role: words.StaffRole | None = None
    involvement: words.Involvement | None = None
    anonymous: bool | None = None
    concern: Annotated[int | None, Field(ge=1, le=5)] = None
    fear_of_consequences: bool | None = None


class Proceeding(Produced):
    """A review or legal process that is open."""

    type: words.ProceedingType
    opened_at: Moment | None = None
    names_staff: bool | None = None
    persons: Annotated[tuple[Code, ...] | None, S] = None


class SupportGiven(Produced):
    """Support noted at report level; it withholds nobody."""

    local_debrief_done: bool | None = None
    support_offered: bool | None = None


class Marking(Produced):
    """Legal markings of the report."""

    privileged: bool | None = None
    data_sharing_opt_out: bool | None = None
    legal_hold: bool | None = None
    restricted: bool | None = None


class TeamHint(Produced):
    """A unit and a time window, where nobody but the reporter is named."""

    unit_id: Code | None = None
    campus: Code | None = None
    earliest: Moment | None = None
    latest: Moment | None = None
    headcount: Count | None = None
    reason: words.TeamHintReason


class Source(Produced):
    """Where the report came from; `raw_ref` is `topic/partition/offset` of the raw record."""

    format: Slug
    format_version: Code | None = None
    record_id: Code
    revision: Code | None = None
    raw_sha256: Code
    raw_ref: Code


class Unmapped(Produced):
    """A value no table knew: the field and a hash of the value, never the value."""

    field: Code
    value_hash: Code


class Quality(Produced):
    """What intake assumed, and by which mapping."""

    flags: tuple[words.QualityFlag, ...] = ()
    unmapped: tuple[Unmapped, ...] = ()
    mapping_id: Slug
    mapping_version: Annotated[int, Field(ge=1)]


class Ordering(Produced):
    """Place of this revision among its siblings.

    `value` compares as text: a revision zero-padded to 20 digits, or a moment in RFC 3339 UTC.
    """

    by: words.OrderingKey
    value: Code


class IncidentReported(Produced):
    """One revision of one incident, safe to leave intake."""

    topic: ClassVar[str] = "incident.reported.v1"

    tenant: Slug
    event_id: UUID
    incident_key: Code
    content_hash: Code
    mapping_generation: Annotated[int, Field(ge=0)] = 0
    ordering: Ordering
    received_at: Moment
    source_system: Slug
    source: Source
    status: words.Status = words.Status.REPORTED
    group_ids: tuple[GroupId, ...] = ()
    kind: words.Kind | None = None
    occurred: Interval | None = None
    reported_at: Moment | None = None
    detected_at: Moment | None = None
    location: Location | None = None
    categories: tuple[words.Category, ...] | None = None
    codings: tuple[Coding, ...] = ()
    patients: Annotated[tuple[Patient, ...] | None, Field(max_length=100)] = None
    circumstances: Circumstances = Circumstances()
    staff: Annotated[tuple[StaffMember, ...] | None, Field(max_length=201)] = None
    team_headcount: Count | None = None
    reporter: Reporter | None = None
    proceedings: tuple[Proceeding, ...] | None = None
    support: SupportGiven | None = None
    investigators: Annotated[tuple[Code, ...], S] = ()
    narrative_present: bool = False
    confidentiality: Marking | None = None
    team_hint: TeamHint | None = None
    quality: Quality
