"""`IncidentReport` v1: what a publisher sends as native JSON (contracts.md section 1).

The model is the published contract (JSON Schema, OpenAPI, examples). Intake's mapper reads the same
fields tolerantly: whatever it cannot read becomes unknown plus a flag; only `record_id` is
required.
"""

from datetime import date, datetime
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from shared.contracts import words
from shared.contracts.values import Code, Count, D, N, Q, Received, S, Slug, Text

YesNo: TypeAlias = bool | Literal["yes", "no", "unknown"]
Maybe: TypeAlias = YesNo | Literal["suspected"]
Day: TypeAlias = date
When: TypeAlias = datetime | date


class Identifier(Received):
    """An identifier within a named system."""

    system: Code
    value: Code


class StaffIdentifier(Received):
    """How the source names a member of staff: login, employee number, registration, e-mail."""

    system: Code
    value: Annotated[Code, S]


class PatientIdentifier(Received):
    """A patient number; becomes a keyed pseudonym at intake and goes no further."""

    system: Code
    value: Annotated[Code, D]


class Occurred(Received):
    """When it happened: `at`, or `earliest` and `latest`, or `date`, with an optional shift."""

    at: When | None = None
    earliest: When | None = None
    latest: When | None = None
    date: Day | None = None
    precision: Literal["minute", "hour", "shift", "day", "month"] | None = None
    shift: words.Shift | None = None


class ReportedLocation(Received):
    """Where; `unit_id` and `unit_name` go through the tenant's table of aliases."""

    organisation: Code | None = None
    campus: Code | None = None
    unit_id: Code | None = None
    unit_name: Code | None = None
    place_type: words.PlaceType | None = None
    specialty: Code | None = None


class ReportedCoding(Received):
    """A code as the source coded it; `display` never leaves intake."""

    system: Code | None = None
    code: Code | None = None
    display: Annotated[Text | None, N] = None
    role: Slug | None = None


class HarmCode(Received):
    """The source's own harm code and the scale that gives it meaning (LFPSE 1 is not NRLS 1)."""

    scale: Code
    code: Code


class ReportedPatient(Received):
    """One patient; no name and no sex, ever."""

    ids: Annotated[list[PatientIdentifier] | None, D] = None
    age_years: Annotated[int | None, Field(ge=0, le=130), Q] = None
    age_days: Annotated[int | None, Field(ge=0, le=50_000), Q] = None
    birth_date: Annotated[Day | None, D] = None
    age_group: Annotated[words.AgeGroup | None, Q] = None
    harm: words.Harm | HarmCode | Literal["unknown"] | None = None
    harm_psychological: words.Harm | HarmCode | Literal["unknown"] | None = None
    harm_duration: words.HarmDuration | Literal["unknown"] | None = None
    died: YesNo | None = None
    outcomes: list[words.PatientOutcome] | None = None


class ReportedCircumstances(Received):
    """What the rules need most; each yes, no or unknown."""

    death_expected: YesNo | None = None
    error: Maybe | None = None
    preventable: YesNo | None = None
    reached_patient: YesNo | None = None
    resuscitation: YesNo | None = None
    deterioration_missed: YesNo | None = None
    never_event: YesNo | None = None
    sentinel: YesNo | None = None
    intraoperative: YesNo | None = None
    maternal: YesNo | None = None
    palliative: YesNo | None = None
    present_on_arrival: YesNo | None = None
    family_present: YesNo | None = None
    multiple_patients: YesNo | Count | None = None


class ReportedStaff(Received):
    """One member of staff who was close to it."""

    id: StaffIdentifier | None = None
    name: Annotated[Code | None, S] = None
    role: words.StaffRole | None = None
    trainee: YesNo | None = None
    new_in_role: YesNo | None = None
    involvement: words.Involvement | Literal["unknown"] | None = None
    own_act: YesNo | None = None
    first_of_kind: YesNo | None = None
    relationship: list[words.Relationship] | None = None
    harmed: list[words.StaffHarm] | None = None
    signals: Annotated[list[words.ReportedSignal] | None, S] = None
    unit_id: Code | None = None
    support_offered: YesNo | None = None
    opted_out: YesNo | None = None


class ReportedReporter(Received):
    """Who filed it; `anonymous` means no outreach to the reporter, ever."""

    id: StaffIdentifier | None = None
    type: words.ReporterType | None = None
    role: words.StaffRole | None = None
    involvement: words.Involvement | Literal["unknown"] | None = None
    anonymous: YesNo | None = None
    concern: Annotated[int | None, Field(ge=1, le=5)] = None
    fear_of_consequences: YesNo | None = None


class ReportedProceeding(Received):
    """A review or legal process; `names_staff` and `persons` say whom it names."""

    type: words.ProceedingType
    opened_at: When | None = None
    names_staff: YesNo | None = None
    persons: list[StaffIdentifier] | None = None


class Support(Received):
    """Support that the report says was given; kept in the decision, withholds nobody."""

    local_debrief_done: bool | None = None
    support_offered: bool | None = None


class Confidentiality(Received):
    """Legal markings; a tenant's table says what follows from each."""

    privileged: bool | None = None
    data_sharing_opt_out: bool | None = None
    legal_hold: bool | None = None
    restricted: bool | None = None


class IncidentReport(Received):
    """One revision of one incident record; only `record_id` is required."""

    record_id: Annotated[str, Field(min_length=1, max_length=128)]
    source_system: Slug | None = None
    revision: int | Code | None = None
    updated_at: datetime | None = None
    status: words.Status | None = None
    group_ids: list[Identifier] | None = None
    kind: words.Kind | Literal["unknown"] | None = None
    occurred: Occurred | None = None
    reported_at: When | None = None
    detected_at: When | None = None
    location: ReportedLocation | None = None
    categories: list[words.Category] | None = None
    codings: Annotated[list[ReportedCoding] | None, Field(max_length=32)] = None
    patients: Annotated[list[ReportedPatient] | None, Field(max_length=100)] = None
    circumstances: ReportedCircumstances | None = None
    staff: Annotated[list[ReportedStaff] | None, Field(max_length=200)] = None
    team_headcount: Count | None = None
    reporter: ReportedReporter | None = None
    proceedings: list[ReportedProceeding] | None = None
    support: Support | None = None
    investigators: list[StaffIdentifier] | None = None
    narrative: Annotated[Text | None, N] = None
    immediate_actions: Annotated[Text | None, N] = None
    confidentiality: Confidentiality | None = None
    ext: Annotated[dict[str, object] | None, N] = None
