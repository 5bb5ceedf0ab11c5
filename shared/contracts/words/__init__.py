"""The closed vocabularies of the contracts: one enum per list of `contracts.md`.

A value outside a list becomes *unknown* at intake and leaves a quality flag; it never reaches
triage.
"""

from shared.contracts.words.handling import OrderingKey, QualityFlag, RejectionCode, TeamHintReason
from shared.contracts.words.ordinal import Ordinal
from shared.contracts.words.outreach import ActorRole, CaseEvent, Origin, RequestAction, SubjectKind
from shared.contracts.words.report import (
    AgeGroup,
    Category,
    Harm,
    HarmDuration,
    Involvement,
    Kind,
    PatientOutcome,
    PlaceType,
    ProceedingType,
    Relationship,
    ReportedSignal,
    ReporterType,
    Shift,
    Signal,
    StaffHarm,
    StaffRole,
    Status,
)
from shared.contracts.words.triage import (
    DecisionFlag,
    Family,
    FollowUp,
    Outcome,
    Priority,
    RulesMode,
    Verdict,
    WithheldBecause,
)

__all__ = [
    "ActorRole",
    "AgeGroup",
    "CaseEvent",
    "Category",
    "DecisionFlag",
    "Family",
    "FollowUp",
    "Harm",
    "HarmDuration",
    "Involvement",
    "Kind",
    "OrderingKey",
    "Ordinal",
    "Origin",
    "Outcome",
    "PatientOutcome",
    "PlaceType",
    "Priority",
    "ProceedingType",
    "QualityFlag",
    "RejectionCode",
    "Relationship",
    "ReportedSignal",
    "ReporterType",
    "RequestAction",
    "RulesMode",
    "Shift",
    "Signal",
    "StaffHarm",
    "StaffRole",
    "Status",
    "SubjectKind",
    "TeamHintReason",
    "Verdict",
    "WithheldBecause",
]
