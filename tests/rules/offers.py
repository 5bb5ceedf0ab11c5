"""How many reports end in an offer of a peer or more: the two figures of issue 5."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.intake.domain.finish import finish
from services.triage.domain.activation import ActiveRules
from services.triage.domain.decide import decide
from services.triage.domain.state import State
from services.triage.rule_files import load_shipped
from shared.contracts import TriageDecision
from shared.contracts.triage_decision import DecidedPerson, DecidedTeam
from tests.builders.published import POSITION
from tests.builders.reports import RAW_REF, mapped, some_hints
from tests.rules.everyday import everyday_reports
from tests.rules.filling import COMPLETE, Report
from tests.rules.severe import SEVERE, severe_reports

PEER = 2
HINTS = some_hints()
LARGEST_EVERYDAY = 0.04
LEAST_SEVERE = 0.95


@dataclass(frozen=True, slots=True)
class Offers:
    """Reports by the highest tier anybody of them reached; `missed` names triggers without a peer.

    `causes` counts, for each rule, the reports with an offer in which it fired.
    """

    tiers: Counter[int]
    causes: Counter[str]
    missed: tuple[str, ...]

    @property
    def share(self) -> float:
        """Reports with tier 2 or 3, of 1."""
        offered = sum(count for tier, count in self.tiers.items() if tier >= PEER)
        return offered / self.tiers.total()

    def sentence(self, what: str) -> str:
        """Return the figure as people read it."""
        offered = sum(count for tier, count in self.tiers.items() if tier >= PEER)
        local = self.tiers[1]
        return (
            f"{what}: {offered} of {self.tiers.total()} reach a peer ({self.share:.1%}), "
            f"{local} more are left to the unit"
        )


def of_everyday() -> Offers:
    """Return the offers of the everyday reports, one hospital's history with its windows."""
    return _offers(everyday_reports(), State())


def of_complete() -> Offers:
    """Return the offers of everyday reports that leave nothing out."""
    return _offers(everyday_reports(rates=COMPLETE), State())


def of_severe() -> Offers:
    """Return the offers of the severe reports, each on its own: no other event helps it."""
    return _offers(severe_reports(), None)


def _offers(reports: Iterable[Report], history: State | None) -> Offers:
    tiers: Counter[int] = Counter()
    causes: Counter[str] = Counter()
    missed = []
    triggers = tuple(SEVERE)
    for number, report in enumerate(reports):
        decision = _decide(report, State() if history is None else history)
        tier = _tier(decision)
        tiers[tier] += 1
        if tier >= PEER:
            causes.update(_causes(decision))
        else:
            missed.append(triggers[number % len(triggers)])
    return Offers(tiers, causes, tuple(missed) if history is None else ())


def _decide(report: Report, state: State) -> TriageDecision:
    received = datetime.fromisoformat(report["reported_at"]) + timedelta(hours=1)
    draft = mapped(json.dumps(report).encode(), HINTS).draft
    canonical = finish(draft, received_at=received, raw_ref=RAW_REF)
    step = decide(state, canonical, ActiveRules(load_shipped()), POSITION)
    state.apply(step)
    assert step.decision is not None
    return step.decision


def _tier(decision: TriageDecision) -> int:
    return max((subject.tier for subject in _reached(decision)), default=0)


def _reached(decision: TriageDecision) -> list[DecidedPerson | DecidedTeam]:
    subjects: list[DecidedPerson | DecidedTeam] = list(decision.persons)
    if decision.team is not None:
        subjects.append(decision.team)
    return [subject for subject in subjects if subject.withheld_because is None]


def _causes(decision: TriageDecision) -> set[str]:
    return {
        reason.rule_id
        for subject in _reached(decision)
        if subject.tier >= PEER
        for reason in subject.reasons
        if reason.counted
    }
