"""What a report may say: kinds, places, categories, people, harm."""

from enum import StrEnum

from shared.contracts.words.ordinal import Ordinal


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
    """Level of physical or psychological harm; LFPSE's statutory levels.

    Which codes mean which level: services/intake/packs/harm.tsv.
    """

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
    """The whole care team, every job title."""

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
