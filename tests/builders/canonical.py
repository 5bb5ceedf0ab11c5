"""Canonical reports for the tests of the fold: what intake would publish, all else unknown."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from services.triage.domain.activation import ActiveRules
from services.triage.domain.decide import decide
from services.triage.domain.state import State, Step
from shared.contracts import IncidentReported
from shared.contracts.canonical import digest
from shared.contracts.triage_decision import InputPosition
from shared.identity import derive_id, incident_key

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def a_canonical(
    record_id: str = "r1",
    *,
    revision: int = 1,
    at: datetime | None = NOON,
    received_at: datetime | None = None,
    tenant: str = "alpha",
    unit: str | None = "ward-1",
    **fields: Any,
) -> IncidentReported:
    """Return a canonical report; `at` is when it happened, an hour before it was received."""
    document: dict[str, Any] = {
        "tenant": tenant,
        "incident_key": incident_key(tenant, "native", record_id),
        "received_at": received_at or (at or NOON) + HOUR,
        "source_system": "native",
        "ordering": {"by": "revision", "value": f"{revision:020d}"},
        "source": {
            "format": "native",
            "record_id": record_id,
            "revision": str(revision),
            "raw_sha256": "0",
            "raw_ref": "incident.raw.v1/0/0",
        },
        "quality": {"mapping_id": "native", "mapping_version": 1},
        "kind": "incident",
        "categories": ["medication"],
        "location": {"unit_id": unit, "campus": "main"} if unit else None,
        "occurred": {"earliest": at, "latest": at} if at else None,
        **fields,
    }
    document.setdefault("content_hash", digest(_content(document)))
    generation = str(document.get("mapping_generation", 0))
    event_id = derive_id("event", tenant, "native", record_id, str(revision), generation)
    document.setdefault("event_id", event_id)
    return IncidentReported.model_validate(document)


def a_nurse(ref: str | None = "p_nurse", **fields: Any) -> dict[str, Any]:
    """Return a member of staff who was directly involved."""
    return {"person_ref": ref, "role": "nurse", "involvement": "direct", **fields}


def a_patient(name: str = "t_one", **fields: Any) -> dict[str, Any]:
    """Return a patient by pseudonym."""
    return {"pseudonyms": [name], **fields}


def a_position(offset: int = 0) -> InputPosition:
    """Return where a report stands on its topic."""
    return InputPosition(topic="incident.reported.v1", partition=0, offset=offset)


def fold(
    reports: Iterable[IncidentReported], rules: ActiveRules, state: State | None = None
) -> list[Step]:
    """Decide reports one after the other, as a worker does."""
    return list(folding(reports, rules, State() if state is None else state))


def folding(
    reports: Iterable[IncidentReported], rules: ActiveRules, state: State
) -> Iterator[Step]:
    """Yield each step once the state has taken it over."""
    for offset, report in enumerate(reports):
        step = decide(state, report, rules, a_position(offset))
        state.apply(step)
        yield step


def _content(document: dict[str, Any]) -> dict[str, str]:
    ignored = ("received_at", "ordering", "source", "event_id", "mapping_generation")
    return {name: repr(value) for name, value in document.items() if name not in ignored}
