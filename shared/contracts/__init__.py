"""The language between services: re-exports the models of `contracts.md`."""

from shared.contracts.incident_report import IncidentReport
from shared.contracts.incident_reported import IncidentReported
from shared.contracts.outreach_case import OutreachCaseEvent
from shared.contracts.outreach_requested import OutreachRequested
from shared.contracts.rejected import IncidentRejected, TriageRejected
from shared.contracts.ruleset import RuleSetActivated, RuleSetPublished
from shared.contracts.triage_decision import TriageDecision, TriageQuestion

__all__ = [
    "IncidentRejected",
    "IncidentReport",
    "IncidentReported",
    "OutreachCaseEvent",
    "OutreachRequested",
    "RuleSetActivated",
    "RuleSetPublished",
    "TriageDecision",
    "TriageQuestion",
    "TriageRejected",
]
