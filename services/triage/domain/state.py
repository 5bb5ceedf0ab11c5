"""The state of one partition: what triage remembers of each tenant, and how a step changes it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from services.triage.domain.memo import Memo
from services.triage.domain.memo_codec import decode_memo, encode_memo
from services.triage.domain.memory import Memory
from services.triage.domain.plan import Plan, prepare
from services.triage.domain.ruleset import RuleSet
from shared.contracts import (
    IncidentReported,
    OutreachRequested,
    TriageDecision,
    TriageQuestion,
    TriageRejected,
)


@dataclass(frozen=True, slots=True)
class Step:
    """What one report leads to: a decision or a refusal, what goes out, and what is remembered.

    `changed` has the memos by incident key, None for one that is forgotten; whatever was last
    active before `horizon` is forgotten.
    """

    report: IncidentReported
    horizon: datetime
    decision: TriageDecision | None = None
    refused: TriageRejected | None = None
    requests: tuple[OutreachRequested, ...] = ()
    questions: tuple[TriageQuestion, ...] = ()
    changed: Mapping[str, Memo | None] = field(default_factory=dict)

    @property
    def memos(self) -> dict[str, bytes | None]:
        """The records for `triage.state.v1` by key, None for a tombstone; encoded at each call."""
        return {
            key: None if memo is None else encode_memo(memo) for key, memo in self.changed.items()
        }


class State:
    """Everything `decide` reads besides the report and the rules; equal memos make equal states."""

    __slots__ = ("_plans", "_tenants")

    def __init__(self) -> None:
        self._tenants: dict[str, Memory] = {}
        self._plans: dict[str, Plan] = {}

    def memory(self, tenant: str) -> Memory:
        """Return what is remembered of a tenant."""
        return self._tenants.setdefault(tenant, Memory())

    def plan(self, rule_set: RuleSet) -> Plan:
        """Return the rule set, prepared for the fold; prepared once per hash."""
        plan = self._plans.get(rule_set.hash)
        if plan is None:
            plan = self._plans[rule_set.hash] = prepare(rule_set)
        return plan

    def apply(self, step: Step) -> None:
        """Remember what a step changed; call it for each step, in order, before the next report."""
        memory = self.memory(step.report.tenant)
        for key, memo in step.changed.items():
            memory.put(key, memo)
        memory.tidy(step.horizon)

    def restore(self, key: str, value: bytes | None) -> None:
        """Take over a record of `triage.state.v1`, in any order but the newest per key last.

        Raises:
            MemoUnreadableError: the record is not a memo of a layout we know.
        """
        memo = None if value is None else decode_memo(key, value)
        self.memory(key.partition("|")[0]).put(key, memo)

    def records(self) -> Iterable[tuple[str, bytes]]:
        """Yield every memo as a record, sorted: the whole state, for comparison."""
        for tenant in sorted(self._tenants):
            memos = self._tenants[tenant].memos
            for key in sorted(memos):
                yield key, encode_memo(memos[key])

    def __len__(self) -> int:
        return sum(len(memory.memos) for memory in self._tenants.values())
