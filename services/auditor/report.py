"""Findings and decisions as lines for people; no payload exists here to be shown."""

from collections.abc import Iterator

from services.auditor.domain.findings import SAYS, Tally
from shared.contracts import IncidentRejected, TriageDecision, TriageRejected
from shared.contracts.values import write_moment

_SHOWN = 20


def tally_lines(tally: Tally) -> Iterator[str]:
    """Yield the differences, then the counts; the last line says the result."""
    for finding in tally.findings[:_SHOWN]:
        at = finding.position
        where = f"{at.topic}/{at.partition}/{at.offset}"
        path = f" at {finding.path}" if finding.path else ""
        yield f"{finding.difference.value}: {where}: {SAYS[finding.difference]}{path}"
    if len(tally.findings) > _SHOWN:
        yield f"… and {len(tally.findings) - _SHOWN} more"
    counts = ", ".join(f"{number} {what}" for what, number in sorted(tally.counts.items()))
    yield f"replayed: {counts or 'nothing'}"
    if not tally.compared:
        yield "result: nothing was compared, so nothing is proved"
    elif tally.findings:
        yield f"result: {len(tally.findings)} of {tally.compared} differ"
    else:
        yield f"result: all {tally.compared} answers are the same as today's code gives"


def refusal_lines(refusal: IncidentRejected | TriageRejected) -> Iterator[str]:
    """Yield why a record went no further."""
    at = f"{refusal.input_topic}/{refusal.partition}/{refusal.offset}"
    yield f"refused at {write_moment(refusal.at)}: {refusal.code.value} ({refusal.stage})"
    if refusal.pointer:
        yield f"  field      {refusal.pointer}"
    yield f"  record     {at}"


def heading(decision: TriageDecision) -> str:
    """Return the line above an explained decision."""
    at = decision.input
    return (
        f"decision {decision.decision_id} for {decision.incident_key} "
        f"({at.topic}/{at.partition}/{at.offset})"
    )
