"""Random histories of reports for property tests, and what may not depend on their order."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from hypothesis import strategies as st

from services.triage.domain.state import Step
from shared.contracts import IncidentReported, TriageDecision
from shared.contracts.words import DecisionFlag
from tests.builders.canonical import a_canonical
from tests.builders.stories import Pick, a_story, some_fields

T = TypeVar("T")

PROBE = 99
MOST = 12
TAPE = MOST + 12 * 48


def _picks(tape: bytes) -> Pick:
    """Return what picks by the next byte of a tape, and the plainest option behind its end.

    One draw of bytes costs a hundredth of a draw per option, and shrinks as well.
    """
    left = iter(tape)

    def pick(options: Sequence[T]) -> T:
        return options[next(left, 0) % len(options)]

    return pick


def histories(revisions: int = 3) -> st.SearchStrategy[list[IncidentReported]]:
    """Draw up to twelve reports of four incidents in any order, no event twice."""
    return st.binary(min_size=TAPE, max_size=TAPE).map(lambda tape: _history(tape, revisions))


def _history(tape: bytes, revisions: int) -> list[IncidentReported]:
    reports = a_story(_picks(tape[MOST:]), 4, revisions)
    return [report for _, report in sorted(zip(tape, reports, strict=False), key=_place)]


def _place(numbered: tuple[int, IncidentReported]) -> int:
    return numbered[0]


def revisions_of() -> st.SearchStrategy[dict[str, Any]]:
    """Draw what one revision says."""
    return st.binary(min_size=64, max_size=64).map(lambda tape: some_fields(_picks(tape)))


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


def stands(decision: TriageDecision) -> bool:
    """Return whether the incident counts; what a retracted one was tied to depends on order."""
    return DecisionFlag.WITHDRAWN not in decision.flags


def is_newest(decision: TriageDecision) -> bool:
    """Return whether the decision is of the newest revision."""
    return DecisionFlag.STALE not in decision.flags
