"""A ward's years in random steps: reports, corrections, retractions, restarts, and long silence."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from services.triage.domain.decide import decide
from services.triage.domain.lens import REMEMBERED
from services.triage.domain.memo import Memo
from services.triage.domain.occurrence import Group
from services.triage.domain.state import State, Step
from shared.contracts import IncidentReported, TriageDecision
from shared.contracts.triage_decision import WindowValue
from tests.builders.canonical import DAY, a_canonical, a_position
from tests.builders.fold_rules import some_rules
from tests.builders.stories import RECEIVED
from tests.unit.triage.fold.follower import Follower
from tests.unit.triage.fold.histories import revisions_of
from tests.unit.triage.fold.occasions import group_of, occurrences, offered

RULES = some_rules()
COUNTED = {"moderate", "severe", "death"}
MONTH = timedelta(days=30)
RECORDS = st.sampled_from(("r1", "r2", "r3", "r4"))


class Ward(RuleBasedStateMachine):
    """One worker that lives through it all, and one that is restored from records now and then."""

    def __init__(self) -> None:
        super().__init__()
        self.now = RECEIVED
        self.received = 0
        self.living, self.other = State(), State()
        self.follower = Follower()
        self.said: list[IncidentReported] = []

    @rule(record=RECORDS, fields=revisions_of(), after=st.sampled_from((1, 1, 1, 3)))
    def somebody_reports(self, record: str, fields: dict[str, Any], after: int) -> None:
        """The next revision of an incident, or one that overtakes others."""
        self._hear(record, self._newest(record) + after, fields)

    @rule(fields=revisions_of(), which=st.integers(0, 9))
    @precondition(lambda self: self.said)
    def an_overtaken_revision_arrives(self, fields: dict[str, Any], which: int) -> None:
        """It belongs right before one that was there already, of which it may be a repeat."""
        later = self.said[which % len(self.said)]
        self._hear(later.source.record_id, max(1, int(later.ordering.value) - 1), fields)

    @rule(which=st.integers(0, 9))
    @precondition(lambda self: self.said)
    def a_report_is_delivered_again(self, which: int) -> None:
        """The newest of its incident is a duplicate, an older one is stale."""
        self._decide(self.said[-1 - which % len(self.said)])

    @rule(days=st.sampled_from((1, 20, 200, 401)))
    def nobody_reports_anything(self, days: int) -> None:
        """Silence, at times for longer than memory lasts."""
        self.now += days * DAY

    @rule(backwards=st.booleans())
    def the_other_worker_restarts(self, *, backwards: bool) -> None:
        """It forgets everything and reads the records, in whichever order."""
        self.other = State()
        for key, value in sorted(self.living.records(), reverse=backwards):
            self.other.restore(key, value)

    @invariant()
    def both_workers_remember_the_same(self) -> None:
        """Byte for byte."""
        assert list(self.other.records()) == list(self.living.records())

    def _newest(self, record: str) -> int:
        mine = [r for r in self.said if r.source.record_id == record]
        return max((int(report.ordering.value) for report in mine), default=0)

    def _hear(self, record: str, revision: int, fields: dict[str, Any]) -> None:
        report = a_canonical(record, revision=revision, received_at=self.now, **fields)
        self.said.append(report)
        self._decide(report)

    def _decide(self, report: IncidentReported) -> None:
        report = report.model_copy(update={"received_at": self.now})
        self.received += 1
        step, other = (
            decide(state, report, RULES, a_position(self.received))
            for state in (self.living, self.other)
        )
        assert step == other
        self.living.apply(step)
        self.other.apply(other)
        self.follower.follow(step.requests)
        if step.decision is not None:
            self._check(step, step.decision)

    def _check(self, step: Step, decision: TriageDecision) -> None:
        memos = self.living.memory("alpha").memos.values()
        assert all(memo.active_at >= self.now - REMEMBERED for memo in memos)
        assert all(map(self.follower.is_open, offered(step, self.living)))
        groups = occurrences(self.living)
        own = group_of(decision.incident_key, self.living)
        for person in decision.persons:
            if person.person_ref is not None:
                counted = _fullest(_exposures(groups, person.person_ref), _time_of(own))
                assert person.history == (counted,)


def _exposures(groups: Sequence[Group], person: str) -> list[tuple[datetime, list[str]]]:
    """Return time and incidents of each occurrence that harmed a patient in the person's care."""
    return sorted(
        (_time_of(group), [memo.key for memo in group.live])
        for group in groups
        if group.live and person in _people(group.live) and _harms(group.live) & COUNTED
    )


def _fullest(exposures: Sequence[tuple[datetime, list[str]]], at: datetime) -> WindowValue:
    """Return the fullest 30 days that contain a moment, the earliest of equals, by trying all."""
    starts = sorted({at, *(when for when, _ in exposures if at - MONTH <= when <= at)})
    tried = [
        [keys for when, keys in exposures if start <= when <= start + MONTH] for start in starts
    ]
    best = max(tried, key=len)
    keys = tuple(sorted(key for group in best for key in group))
    return WindowValue(name="harms_30d", value=len(best), incident_keys=keys)


def _time_of(group: Group) -> datetime:
    occurred = [memo.occurred_at for memo in group.live if memo.occurred_at]
    reported = [memo.reported_at for memo in group.live if memo.reported_at]
    received = [memo.first_received_at for memo in group.live]
    return max(occurred) if occurred else min(reported or received)


def _people(live: Sequence[Memo]) -> set[str | None]:
    named = {member.person_ref for memo in live for member in memo.staff or ()}
    reporters = [memo.reporter for memo in live if memo.reporter]
    hidden = {reporter.person_ref for reporter in reporters if reporter.anonymous}
    return named | {r.person_ref for r in reporters if r.type == "staff"} - hidden


def _harms(live: Sequence[Memo]) -> set[str | None]:
    return {patient.harm for memo in live for patient in memo.patients or ()}


Ward.TestCase.settings = settings(stateful_step_count=15)
TestWard = Ward.TestCase
