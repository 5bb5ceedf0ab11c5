"""Random histories of reports for property tests, and a notifier that only follows requests."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from services.triage.domain.state import Step
from shared.contracts import IncidentReported, OutreachRequested, TriageDecision
from shared.contracts.words import RequestAction
from tests.builders.canonical import DAY, HOUR, NOON, a_canonical, a_nurse, a_patient

RECEIVED = NOON + 20 * DAY
PROBE = 99
RECORDS = ("r1", "r2", "r3", "r4")


def _staff(draw: st.DrawFn) -> list[dict[str, Any]] | None:
    refs = draw(
        st.none() | st.lists(st.sampled_from(("p_a", "p_b", None)), max_size=2, unique=True)
    )
    if refs is None:
        return None
    return [
        a_nurse(
            ref,
            involvement=draw(st.sampled_from(("direct", "witness", "author", "injured", None))),
            own_act=draw(st.sampled_from((True, None))),
            opted_out=draw(st.sampled_from((None, None, None, True))),
        )
        for ref in refs
    ]


@st.composite
def _fields(draw: st.DrawFn) -> dict[str, Any]:
    harm = draw(st.sampled_from(("none", "moderate", "severe", "death", None)))
    patient = a_patient(draw(st.sampled_from(("t_1", "t_2"))), harm=harm)
    group = draw(st.sampled_from((None, None, None, "g1", "g2")))
    return {
        "at": NOON + draw(st.sampled_from((0, 10, 20, 30, 40))) * HOUR,
        "unit": draw(st.sampled_from(("w1", "w1", "w2", None))),
        "patients": draw(st.sampled_from(([patient], [patient], None))),
        "staff": _staff(draw),
        "group_ids": [{"system": "x", "value": group}] if group else [],
        "status": draw(st.sampled_from(("updated", "updated", "updated", "retracted"))),
    }


def _report(record_id: str, revision: int, fields: dict[str, Any]) -> IncidentReported:
    return a_canonical(
        record_id,
        revision=revision,
        received_at=RECEIVED,
        content_hash=f"{record_id}/{revision}",
        **fields,
    )


@st.composite
def histories(draw: st.DrawFn, revisions: int = 3) -> list[IncidentReported]:
    """Draw up to twelve reports of four records in any order, no event twice."""
    reports = []
    for record_id in RECORDS[: draw(st.integers(1, len(RECORDS)))]:
        reports += [
            _report(record_id, revision, draw(_fields()))
            for revision in range(1, draw(st.integers(1, revisions)) + 1)
        ]
    return draw(st.permutations(reports))


def probes(reports: Sequence[IncidentReported]) -> list[IncidentReported]:
    """Return one last revision per record that repeats the facts of its newest."""
    newest: dict[str, IncidentReported] = {}
    for report in sorted(reports, key=lambda item: (item.incident_key, item.ordering.value)):
        newest[report.incident_key] = report
    return [
        report.model_copy(
            update={
                "event_id": a_canonical(report.source.record_id, revision=PROBE).event_id,
                "ordering": report.ordering.model_copy(update={"value": f"{PROBE:020d}"}),
                "content_hash": f"probe/{report.source.record_id}",
            }
        )
        for _, report in sorted(newest.items())
    ]


def decisions_of(steps: Iterable[Step]) -> list[TriageDecision]:
    """Return the decisions of steps that decided."""
    return [step.decision for step in steps if step.decision is not None]


def picture(decision: TriageDecision) -> dict[str, Any]:
    """Return what may not depend on the order of reports: grouping, persons, tiers, priorities."""
    team = decision.team
    return {
        "members": sorted(
            {decision.incident_key, *(m.incident_key for m in decision.merge if not m.weak)}
        ),
        "persons": [
            (p.person_ref, p.involvement, p.tier, p.priority, p.withheld_because)
            for p in decision.persons
        ],
        "team": team and (team.unit_id, team.tier, team.priority),
        "flags": decision.flags,
        "windows": [(p.person_ref, p.history) for p in decision.persons],
    }


@dataclass
class Follower:
    """Follows requests as the notifier would: what `replaces` names is one case from then on."""

    alias: dict[UUID, UUID] = field(default_factory=dict)
    subject: dict[UUID, str] = field(default_factory=dict)
    active: set[UUID] = field(default_factory=set)
    opened: list[UUID] = field(default_factory=list)

    def resolve(self, ref: UUID) -> UUID:
        """Return the case that goes on for a reference."""
        while ref in self.alias:
            ref = self.alias[ref]
        return ref

    def follow(self, requests: Iterable[OutreachRequested]) -> None:
        """Take requests over, in any order within one decision."""
        for request in sorted(requests, key=lambda r: r.action is RequestAction.WITHDRAW):
            case = self.resolve(request.case_ref)
            for old in map(self.resolve, request.replaces):
                if old != case:
                    self.active.discard(case)
                    self.alias[case] = old
                    case = old
            if request.action is RequestAction.WITHDRAW:
                self.active.discard(case)
                continue
            if case not in self.active and case not in self.subject:
                self.opened.append(case)
            self.active.add(case)
            if request.subject.kind == "person":
                self.subject[case] = request.subject.person_ref
