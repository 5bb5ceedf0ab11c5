"""The closed vocabularies of the contracts: one enum per list of `contracts.md`.

A value outside a list becomes *unknown* at intake and leaves a quality flag; it never reaches
triage.
"""

from enum import StrEnum


class Ordinal(StrEnum):
    """A vocabulary whose order of declaration is its rank, lowest first."""

    @property
    def rank(self) -> int:
        """Position in the declaration, 0 is the lowest."""
        return list(type(self)).index(self)


class Kind(StrEnum):
    """What sort of record the report is; kept apart from harm."""

    INCIDENT = "incident"
    NEAR_MISS = "near_miss"
    UNSAFE_CONDITION = "unsafe_condition"
    OUTCOME = "outcome"
    GOOD_CARE = "good_care"
    STAFF_EVENT = "staff_event"


class Status(StrEnum):
    """Where the record stands in its source system."""

    REPORTED = "reported"
    UPDATED = "updated"
    CLOSED = "closed"
    RETRACTED = "retracted"


class Shift(StrEnum):
    """Part of the day, where a source knows no more."""

    DAY = "day"
    NIGHT = "night"
    HANDOVER = "handover"


class PlaceType(StrEnum):
    """The sort of place an incident happened in."""

    INPATIENT = "inpatient"
    ED = "ed"
    THEATRE = "theatre"
    ICU = "icu"
    PICU = "picu"
    NICU = "nicu"
    MATERNITY = "maternity"
    AMBULANCE = "ambulance"
    COMMUNITY = "community"
    MENTAL_HEALTH = "mental_health"
    PRIMARY_CARE = "primary_care"
    PHARMACY = "pharmacy"
    LABORATORY = "laboratory"
    RADIOLOGY = "radiology"
    OUTPATIENT = "outpatient"
    OTHER = "other"


class Category(StrEnum):
    """What the incident was about; a report may carry several."""

    MEDICATION = "medication"
    BLOOD = "blood"
    DEVICE = "device"
    FALL = "fall"
    PRESSURE_INJURY = "pressure_injury"
    INFECTION = "infection"
    SURGERY = "surgery"
    ANESTHESIA = "anesthesia"
    PERINATAL = "perinatal"
    DIAGNOSIS = "diagnosis"
    DETERIORATION = "deterioration"
    AIRWAY = "airway"
    RESUSCITATION = "resuscitation"
    SELF_HARM_SUICIDE = "self_harm_suicide"
    VIOLENCE = "violence"
    SAFEGUARDING = "safeguarding"
    RESTRAINT = "restraint"
    ELOPEMENT = "elopement"
    COLLEAGUE_DEATH = "colleague_death"
    IDENTIFICATION = "identification"
    TRANSFER_HANDOVER = "transfer_handover"
    DOCUMENTATION = "documentation"
    IT_SYSTEM = "it_system"
    ENVIRONMENT = "environment"
    STAFF_EXPOSURE = "staff_exposure"
    STAFF_INJURY = "staff_injury"
    RADIATION = "radiation"
    LABORATORY = "laboratory"
    OTHER = "other"


class AgeGroup(Ordinal):
    """Age bands: 0-28 d, under 1 y, 1-9, 10-17, 18-25, 26-65, over 65."""

    NEONATE = "neonate"
    INFANT = "infant"
    CHILD = "child"
    ADOLESCENT = "adolescent"
    YOUNG_ADULT = "young_adult"
    ADULT = "adult"
    OLDER_ADULT = "older_adult"


class Harm(Ordinal):
    """Level of physical or psychological harm; LFPSE's statutory levels (domain.md section 11)."""

    NONE = "none"
    MILD = "mild"
    MODERATE = "moderate"
    SEVERE = "severe"
    DEATH = "death"


class HarmDuration(Ordinal):
    """How long the harm lasts."""

    TEMPORARY = "temporary"
    PERMANENT = "permanent"


class PatientOutcome(StrEnum):
    """What followed for a patient."""

    CRASH_CALL = "crash_call"
    RESUSCITATION = "resuscitation"
    UNPLANNED_ICU = "unplanned_icu"
    RETURN_TO_THEATRE = "return_to_theatre"
    EMERGENCY_CAESAREAN = "emergency_caesarean"
    STILLBIRTH = "stillbirth"
    PPH = "pph"
    READMISSION = "readmission"
    PERMANENT_DISABILITY = "permanent_disability"


class StaffRole(StrEnum):
    """The whole care team, every job title (domain.md section 1)."""

    PHYSICIAN = "physician"
    SURGEON = "surgeon"
    ANESTHESIOLOGIST = "anesthesiologist"
    RESIDENT = "resident"
    NURSE = "nurse"
    MIDWIFE = "midwife"
    PHARMACIST = "pharmacist"
    PHARMACY_TECHNICIAN = "pharmacy_technician"
    PARAMEDIC = "paramedic"
    EMT = "emt"
    THERAPIST = "therapist"
    TECHNICIAN = "technician"
    LABORATORY = "laboratory"
    HEALTHCARE_ASSISTANT = "healthcare_assistant"
    STUDENT = "student"
    CALL_HANDLER = "call_handler"
    TRANSPORT = "transport"
    CLERICAL = "clerical"
    CHAPLAIN = "chaplain"
    VOLUNTEER = "volunteer"
    OTHER = "other"


class Involvement(StrEnum):
    """How a member of staff was close to the occurrence."""

    DIRECT = "direct"
    ASSISTED = "assisted"
    RESPONDER = "responder"
    WITNESS = "witness"
    SUPERVISOR = "supervisor"
    DISCOVERED = "discovered"
    INFORMED = "informed"
    AUTHOR = "author"
    INJURED = "injured"


class ReporterType(StrEnum):
    """Who filed the report."""

    STAFF = "staff"
    PATIENT = "patient"
    RELATIVE = "relative"
    OTHER = "other"


class Relationship(StrEnum):
    """What ties a member of staff to the patient."""

    LONG_TERM_CARE = "long_term_care"
    KNOWN_PATIENT = "known_patient"
    RESEMBLES_FAMILY = "resembles_family"


class StaffHarm(StrEnum):
    """What was done to a member of staff."""

    VIOLENCE = "violence"
    THREAT = "threat"
    EXPOSURE = "exposure"
    INJURY = "injury"


class ReportedSignal(StrEnum):
    """What a publisher may say about a colleague's state; intake keeps none of the symptoms."""

    SELF_BLAME = "self_blame"
    DISTRESS = "distress"
    ISOLATION = "isolation"
    BLAMED = "blamed"
    SELF_REQUEST = "self_request"
    COLLEAGUE_CONCERN = "colleague_concern"
    MANAGER_CONCERN = "manager_concern"


class Signal(StrEnum):
    """What survives intake of `ReportedSignal`."""

    SELF_REQUEST = "self_request"
    CONCERN = "concern"


class ProceedingType(StrEnum):
    """Reviews and legal processes that may open months after the event."""

    SAFETY_REVIEW = "safety_review"
    REGULATOR = "regulator"
    CORONER = "coroner"
    POLICE = "police"
    CRIMINAL_CHARGE = "criminal_charge"
    LITIGATION = "litigation"
    LICENSING = "licensing"
    EMPLOYMENT_ACTION = "employment_action"
    COMPLAINT = "complaint"
    MEDIA = "media"
    PUBLIC_INQUIRY = "public_inquiry"


class Priority(Ordinal):
    """How soon a supporter or coordinator must have taken the case.

    Policy (domain.md section 5).
    """

    NONE = "none"
    ROUTINE = "routine"
    HIGH = "high"
    URGENT = "urgent"


class Family(StrEnum):
    """The families of criteria: all that leaves triage about why."""

    CRITICAL_EVENT = "critical_event"
    OWN_INVOLVEMENT = "own_involvement"
    NEW_TO_THIS = "new_to_this"
    CUMULATIVE = "cumulative"
    PROCEEDINGS = "proceedings"
    CONCERN = "concern"
    STAFF_SAFETY = "staff_safety"


class FollowUp(Ordinal):
    """Length of the check-in calendar that a rule may ask for."""

    STANDARD = "standard"
    EXTENDED = "extended"


class RequestAction(StrEnum):
    """What triage asks of the notifier for one case."""

    OPEN = "open"
    RAISE = "raise"
    AMEND = "amend"
    WITHDRAW = "withdraw"


class Outcome(StrEnum):
    """Outcome of a decision: does anybody have a tier of at least 1?"""

    OFFER = "offer"
    NONE = "none"


class DecisionFlag(StrEnum):
    """What else an auditor must know about a decision."""

    WITHDRAWN = "withdrawn"
    LATE = "late"
    STALE = "stale"
    SHADOW = "shadow"
    POSSIBLE_DUPLICATE = "possible_duplicate"
    CONFLICT = "conflict"
    TIME_ASSUMED = "time_assumed"


class WithheldBecause(StrEnum):
    """Why a person with a tier gets no request of their own (rules.md section 9)."""

    OPTED_OUT = "opted_out"
    ANONYMOUS_REPORTER = "anonymous_reporter"
    ALREADY_SUPPORTED = "already_supported"
    UNRESOLVABLE = "unresolvable"
    LATE = "late"
    MERGED = "merged"
    SHADOW = "shadow"


class Verdict(StrEnum):
    """Third truth value made visible: what a rule said of one person or team."""

    FIRES = "fires"
    SILENT = "silent"
    UNKNOWN = "unknown"


class TeamHintReason(StrEnum):
    """Why a report ends in a team hint."""

    NO_STAFF_NAMED = "no_staff_named"
    REPORTER_ONLY = "reporter_only"
    TEAM_REFERENCE = "team_reference"
    TEAM_ONLY = "team_only"


class OrderingKey(StrEnum):
    """The one key by which a source system's revisions are ordered."""

    REVISION = "revision"
    UPDATED_AT = "updated_at"
    ARRIVAL = "arrival"


class QualityFlag(StrEnum):
    """Closed list of what intake had to assume or could not read (formats.md section 12)."""

    TIME_ZONE_ASSUMED = "time_zone_assumed"
    TIME_AMBIGUOUS = "time_ambiguous"
    DATE_INVALID = "date_invalid"
    DATE_US_FORMAT = "date_us_format"
    DATE_TOO_OLD = "date_too_old"
    FUTURE_DATE = "future_date"
    AGE_UNUSABLE = "age_unusable"
    AGE_FROM_TEXT = "age_from_text"
    HARM_MISSING = "harm_missing"
    HARM_SCALE_AMBIGUOUS = "harm_scale_ambiguous"
    VALUE_UNMAPPED = "value_unmapped"
    FIELD_UNKNOWN = "field_unknown"
    CODING_WITHOUT_CODE = "coding_without_code"
    ACTUALITY_MISSING = "actuality_missing"
    SUBJECT_MISSING = "subject_missing"
    STAFF_MISSING = "staff_missing"
    STAFF_DISPLAY_ONLY = "staff_display_only"
    REFERENCE_UNRESOLVED = "reference_unresolved"
    DUPLICATE_IDENTIFIER = "duplicate_identifier"
    FORMAT_GUESSED = "format_guessed"
    ENCODING_GUESSED = "encoding_guessed"
    RECORD_ID_FALLBACK = "record_id_fallback"
    EXT_DROPPED = "ext_dropped"
    UNIT_UNKNOWN = "unit_unknown"
    ORDERING_KEY_MISSING = "ordering_key_missing"


class RejectionCode(StrEnum):
    """Public reasons on the rejection topics; dashboards key on them."""

    UNDECODABLE = "undecodable"
    UNKNOWN_FORMAT = "unknown_format"
    LIMIT = "limit"
    CLOUDEVENT_INVALID = "cloudevent_invalid"
    NO_RECORD_ID = "no_record_id"
    NOT_SUPPORTED = "not_supported"
    NOT_AN_INCIDENT = "not_an_incident"
    REFUSED_BY_POLICY = "refused_by_policy"
    TENANT_MISMATCH = "tenant_mismatch"
    MAPPER_ERROR = "mapper_error"
    SCHEMA_REGISTRY_REQUIRED = "schema_registry_required"
    DUPLICATE = "duplicate"
    DECIDE_ERROR = "decide_error"
    TOO_LARGE = "too_large"


class CaseEvent(StrEnum):
    """What happened to a case, as told on `outreach.case.v1`."""

    OPENED = "opened"
    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"
    ASSIGNED = "assigned"
    OFFERED_TO_SUPPORTER = "offered_to_supporter"
    SUPPORTER_ACCEPTED = "supporter_accepted"
    SUPPORTER_DECLINED = "supporter_declined"
    SUPPORTER_SILENT = "supporter_silent"
    INVITATION_SENT = "invitation_sent"
    UNCERTAIN = "uncertain"
    CONTACTED = "contacted"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    UNREACHABLE = "unreachable"
    CHECK_IN_DUE = "check_in_due"
    CHECK_IN_DONE = "check_in_done"
    REFERRED = "referred"
    ESCALATED = "escalated"
    BREACHED = "breached"
    RAISED = "raised"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"


class Origin(StrEnum):
    """Which door a case came through."""

    REPORT = "report"
    SELF = "self"
    COLLEAGUE = "colleague"
    MANAGER = "manager"


class SubjectKind(StrEnum):
    """One person or one team."""

    PERSON = "person"
    TEAM = "team"


class ActorRole(StrEnum):
    """Who moved a case; never a name."""

    SYSTEM = "system"
    SUPPORTER = "supporter"
    COORDINATOR = "coordinator"
    PROGRAMME_LEAD = "programme_lead"
    PERSON = "person"


class RulesMode(StrEnum):
    """Shadow decides and shows, requests nothing."""

    SHADOW = "shadow"
    LIVE = "live"
