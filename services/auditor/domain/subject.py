"""Which records an auditor means by a word: a decision, an event, an incident or a record id."""

from dataclasses import dataclass

from shared.contracts import IncidentRejected, TriageDecision, TriageRejected


@dataclass(frozen=True, slots=True)
class Subject:
    """`word` is a decision_id, an event_id, an incident_key, or the record id within one."""

    word: str
    tenant: str | None = None

    def is_decided_by(self, decision: TriageDecision) -> bool:
        """Return whether the decision answers the report meant."""
        if self.tenant is not None and decision.tenant != self.tenant:
            return False
        ids = (str(decision.decision_id), str(decision.event_id))
        return self.word in ids or self._names(decision.incident_key)

    def is_refused_by(self, rejection: IncidentRejected | TriageRejected) -> bool:
        """Return whether the refusal answers the report meant."""
        if self.tenant is not None and rejection.tenant != self.tenant:
            return False
        if self.word in (str(rejection.rejected_id), str(rejection.event_id)):
            return True
        key = rejection.incident_key if isinstance(rejection, TriageRejected) else None
        return key is not None and self._names(key)

    def _names(self, incident_key: str) -> bool:
        return self.word == incident_key or incident_key.endswith(f"|{self.word}")
