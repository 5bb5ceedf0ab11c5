"""The decision: a pure function of state, report, rules and position (rules.md section 1)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from services.triage.domain.account import Account, tell
from services.triage.domain.activation import ActiveRules
from services.triage.domain.asking import ask
from services.triage.domain.desk import Desk, Judged
from services.triage.domain.judging import Circle, Findings, judge
from services.triage.domain.lens import REMEMBERED, Lens
from services.triage.domain.memo import Memo
from services.triage.domain.memo_reading import read_memo
from services.triage.domain.memory import Memory
from services.triage.domain.occurrence import (
    Change,
    Group,
    affected_groups,
    group_of,
    merge_evidence,
)
from services.triage.domain.output_digest import digest_of
from services.triage.domain.parts import NONE_OF_IT, Part, listed, text
from services.triage.domain.plan import Plan
from services.triage.domain.requests import Occasion, occurrence_id
from services.triage.domain.revision import Novelty, Revision, place
from services.triage.domain.state import State, Step
from services.triage.domain.windows import look
from services.triage.domain.writing import write_findings
from services.triage.domain.writing_heads import (
    write_code,
    write_evidence,
    write_requests,
    write_rule_set,
    write_time,
)
from shared.contracts import IncidentReported, TriageDecision, TriageRejected
from shared.contracts.triage_decision import InputPosition, MergeEvidence
from shared.contracts.words import DecisionFlag, Outcome, RejectionCode, Status
from shared.identity import derive_id

ENGINE: Final = "peerline/0.1.0"


def decide(
    state: State, report: IncidentReported, rules: ActiveRules, position: InputPosition
) -> Step:
    """Return what the report leads to; nothing is changed, `state.apply` takes the step over."""
    memory = state.memory(report.tenant)
    lens = Lens(memory, report.received_at - REMEMBERED)
    known = lens.memo(report.incident_key)
    revision = place(known, report)
    if known is not None and revision.novelty is Novelty.DUPLICATE:
        return _duplicate(report, position, lens, known, revision)
    plan = state.plan(rules.rule_set)
    return _Sitting(report, rules, position, plan, memory, lens, known, revision).step()


def _duplicate(
    report: IncidentReported,
    position: InputPosition,
    lens: Lens,
    known: Memo,
    revision: Revision,
) -> Step:
    changed: dict[str, Memo | None] = {}
    if revision.is_later:
        # Its content is known, but revisions between the two are stale from now on.
        changed[known.key] = known._replace(
            order_by=report.ordering.by.value,
            order=report.ordering.value,
            generation=report.mapping_generation,
        )
    refused = TriageRejected(
        rejected_id=derive_id(
            "rejected", position.topic, str(position.partition), str(position.offset)
        ),
        tenant=report.tenant,
        code=RejectionCode.DUPLICATE,
        stage="decide",
        input_topic=position.topic,
        partition=position.partition,
        offset=position.offset,
        severity="low",
        at=report.received_at,
        event_id=report.event_id,
        incident_key=report.incident_key,
    )
    return Step(report=report, horizon=lens.horizon, refused=refused, changed=changed)


@dataclass(frozen=True, slots=True)
class _Outcome:
    """The occurrences a report touches, told and judged; `own` is the one it belongs to."""

    change: Change
    own: Group
    judged: tuple[Judged, ...]

    @property
    def findings(self) -> Findings | None:
        return next(item.findings for item in self.judged if item.group.root == self.own.root)


@dataclass(frozen=True, slots=True)
class _Sitting:
    """One report on the table."""

    report: IncidentReported
    rules: ActiveRules
    position: InputPosition
    plan: Plan
    memory: Memory
    lens: Lens
    known: Memo | None
    revision: Revision

    def step(self) -> Step:
        memo = self._memo()
        after = self.lens.showing(memo.key, memo)
        outcome = self._judge(memo, after)
        decision_id = derive_id(
            "decision",
            str(self.report.event_id),
            str(self.revision.ordinal),
            self.rules.rule_set.hash,
            self.rules.rule_set.semantics,
        )
        desk = Desk(self._occasion(decision_id), outcome.judged, after)
        if not self._is_stale:
            desk.settle()
        evidence = merge_evidence(after, outcome.own, memo, self.rules.rule_set.merge)
        findings = outcome.findings
        return Step(
            report=self.report,
            horizon=self.lens.horizon,
            decision=TriageDecision.of(
                self._found(outcome, desk, evidence)
                | self._identity(decision_id, outcome.own, after)
            ),
            requests=tuple(desk.requests),
            questions=() if findings is None or self._is_silent else ask(self.report, findings),
            changed=self._changed(memo, outcome.own, desk, decision_id),
        )

    @property
    def _is_stale(self) -> bool:
        return self.revision.novelty is Novelty.STALE

    @property
    def _is_silent(self) -> bool:
        return self._is_stale or self.report.status is Status.RETRACTED

    def _memo(self) -> Memo:
        if self.known is None or not self._is_stale:
            return read_memo(self.report, self.known, self.memory.arrivals)
        return self.known._replace(
            decided=self.known.decided + self.report.event_id.bytes[:8],
            active_at=max(self.known.active_at, self.report.received_at),
        )

    def _judge(self, memo: Memo, after: Lens) -> _Outcome:
        change = affected_groups(self.lens, memo.key, memo, self.rules.rule_set.merge)
        own = group_of(change.after, memo.key)
        touched = [group for group in change.after if group is own or group not in change.before]
        accounts = {group.root: tell(group.live) for group in change.after if group.live}
        index, expired = self.memory.windows(self.plan), self.memory.due(self.lens.horizon)
        windows = look(self.plan, index, after, change, accounts, expired)
        circle = Circle(self.rules, self.plan, windows, self.report.received_at, self.report.tenant)
        judged = [Judged(group, _findings(circle, accounts, group)) for group in touched]
        return _Outcome(change, own, tuple(judged))

    def _occasion(self, decision_id: UUID) -> Occasion:
        return Occasion(
            tenant=self.report.tenant,
            decision_id=decision_id,
            received_at=self.report.received_at,
            retracted=self.report.status is Status.RETRACTED,
            families_off=self.rules.families_off,
            plan=self.plan,
        )

    def _found(
        self, outcome: _Outcome, desk: Desk, evidence: list[MergeEvidence]
    ) -> dict[str, Any]:
        """Return what the digest covers, by field, and the digest."""
        report, findings = self.report, outcome.findings
        reached = findings is not None and any(verdict.tier for verdict in findings.verdicts)
        parts = {
            "ordinal": Part(self.revision.ordinal, str(self.revision.ordinal)),
            "incident_key": Part(report.incident_key, text(report.incident_key)),
            "tenant": Part(report.tenant, text(report.tenant)),
            "merge": listed([write_evidence(item) for item in evidence]),
            "outcome": write_code(Outcome.OFFER if reached else Outcome.NONE),
            "flags": listed([write_code(flag) for flag in sorted(self._flags(findings, evidence))]),
            "requests": write_requests(desk.requests),
            "rule_set": write_rule_set(self.rules.rule_set),
            "decided_for": write_time(report.received_at),
            **(_NOTHING_FOUND if findings is None else write_findings(findings, self.plan)),
        }
        fields = {name: part.value for name, part in parts.items()}
        fields["output_digest"] = digest_of({name: part.json for name, part in parts.items()})
        return fields

    def _flags(
        self, findings: Findings | None, evidence: list[MergeEvidence]
    ) -> Iterator[DecisionFlag]:
        states = {
            DecisionFlag.WITHDRAWN: self.report.status is Status.RETRACTED,
            DecisionFlag.STALE: self._is_stale,
            DecisionFlag.POSSIBLE_DUPLICATE: any(item.weak for item in evidence),
        }
        if findings is not None:
            states |= {
                DecisionFlag.LATE: findings.late,
                DecisionFlag.SHADOW: findings.shadow,
                DecisionFlag.CONFLICT: findings.account.conflict,
                DecisionFlag.TIME_ASSUMED: findings.account.time_assumed,
            }
        return (flag for flag, holds in states.items() if holds)

    def _identity(self, decision_id: UUID, own: Group, after: Lens) -> dict[str, Any]:
        """Return the ids, the input and the engine: what the digest does not cover."""
        identity: dict[str, Any] = {
            "decision_id": decision_id,
            "engine": ENGINE,
            "input": self.position,
            "event_id": self.report.event_id,
            "occurrence_id": occurrence_id(own.root),
        }
        root = after.memo(own.root)
        previous = (root.last_decision if root else None) or (
            self.known.last_decision if self.known else None
        )
        if previous is not None:
            identity["supersedes"] = UUID(bytes=previous)
        return identity

    def _changed(
        self, memo: Memo, own: Group, desk: Desk, decision_id: UUID
    ) -> dict[str, Memo | None]:
        members = {each.key: each for item in desk.judged for each in item.group.members}
        changed: dict[str, Memo | None] = {}
        for key in sorted({memo.key, own.root, *desk.dirty}):
            shown = members[key]
            if key in desk.dirty:
                shown = shown._replace(cases=desk.cases_of(key))
            if key in (memo.key, own.root):
                # The naming incident lives as long as its occurrence, so that its cases do.
                shown = shown._replace(
                    last_decision=decision_id.bytes,
                    active_at=max(shown.active_at, memo.active_at),
                )
            changed[key] = shown
        for key in self.memory.due(self.lens.horizon):
            changed.setdefault(key, None)
        return changed


_NOTHING_FOUND: Final = {
    "persons": NONE_OF_IT,
    "group_support": Part(False, "false"),  # noqa: FBT003 - the value of a field
    "history": NONE_OF_IT,
    "support": Part({}, "{}"),
    "facts": NONE_OF_IT,
    "texts": NONE_OF_IT,
}


def _findings(circle: Circle, accounts: dict[str, Account], group: Group) -> Findings | None:
    return judge(circle, accounts[group.root], group.live) if group.live else None
