"""The reports of the golden decisions: blocks of 250, each the years of one small hospital group.

Never change this file: the committed digests are those of what it draws. New behaviours get new
blocks of their own.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from shared.contracts import IncidentReported
from shared.contracts.values import write_moment
from tests.builders.golden_facts import Dice, some_facts

BLOCKS: Final = 40
REPORTS: Final = 250
BEGINNING: Final = datetime(2026, 1, 1, 6, tzinfo=UTC)
TENANTS: Final = ("alpha", "alpha", "beta", "gamma")
# How a source orders its revisions; the third sends none and is ordered as it arrives.
_SOURCES: Final = {"native": "revision", "datix": "updated_at", "csv": "arrival"}
_SILENCES: Final = (0, 0, 0, 0, 1, 1, 2, 3, 5, 9, 24, 70)
_LONG: Final = timedelta(days=230)


@dataclass
class _Incident:
    """One record in its source: what it said, revision by revision."""

    tenant: str
    source: str
    number: int
    said: list[dict[str, Any]] = field(default_factory=list)

    @property
    def record(self) -> str:
        return f"r{self.number}"

    def report(self, place: int, facts: dict[str, Any], now: datetime) -> dict[str, Any]:
        """Return the report of the revision at a place in the record's history."""
        content = _hash(facts)
        spelled = content if self.source == "csv" else str(place)
        return {
            "tenant": self.tenant,
            "event_id": _id(self.tenant, self.source, self.record, spelled),
            "incident_key": f"{self.tenant}|{self.source}|{self.record}",
            "content_hash": f"sha256:{content}",
            "ordering": {"by": _SOURCES[self.source], "value": self._order(place, now)},
            "received_at": write_moment(now),
            "source_system": self.source,
            "source": {
                "format": self.source,
                "record_id": self.record,
                "raw_sha256": "0",
                "raw_ref": "incident.raw.v1/0/0",
            },
            "quality": {"mapping_id": "golden", "mapping_version": 1},
            **facts,
        }

    def _order(self, place: int, now: datetime) -> str:
        if self.source == "native":
            return f"{place:020d}"
        updated = BEGINNING + timedelta(days=place) if self.source == "datix" else now
        return write_moment(updated)


class _Hospital:
    """Draws report after report; what is new is received later than all before it."""

    def __init__(self, block: int) -> None:
        self._dice = Dice(block + 1)
        self._now = BEGINNING
        self._incidents: list[_Incident] = []
        self._sent: list[dict[str, Any]] = []

    def next_report(self) -> dict[str, Any]:
        """Return the next report as a document."""
        self._pass_time()
        draw = self._dice.below(100)
        if not self._incidents or draw < 43:
            report = self._first()
        elif draw < 55:
            report = self._echo(self._some_incident())
        elif draw < 62:
            report = self._delivered_again()
        else:
            report = self._revision(self._some_incident(), draw)
        self._sent.append(report)
        return report

    def _pass_time(self) -> None:
        hours = self._dice.pick(_SILENCES)
        self._now += timedelta(hours=hours, seconds=self._dice.below(3600))
        if self._dice.below(REPORTS) < 2:
            self._now += _LONG

    def _some_incident(self) -> _Incident:
        recent = self._incidents[-12:] if self._dice.chance(80) else self._incidents
        return self._dice.pick(recent)

    def _first(self) -> dict[str, Any]:
        source = self._dice.pick(tuple(_SOURCES))
        incident = _Incident(self._dice.pick(TENANTS), source, len(self._incidents))
        self._incidents.append(incident)
        return self._say(incident, {"status": "reported", **some_facts(self._dice, self._now)})

    def _echo(self, of: _Incident) -> dict[str, Any]:
        """Return a first report of what another told already, or of what came hours after it."""
        facts = some_facts(self._dice, self._now)
        told = of.said[-1]
        names = ("location", "patients", "categories")
        same: dict[str, Any] = {name: told[name] for name in names if name in told}
        if "occurred" in told:
            hours = self._dice.pick((0, 2, 5, 10, 14, 20, 23, 24, 25, 30))
            moment = datetime.fromisoformat(told["occurred"]["latest"]) + timedelta(hours=hours)
            same["occurred"] = {"earliest": write_moment(moment), "latest": write_moment(moment)}
        incident = _Incident(of.tenant, self._dice.pick(tuple(_SOURCES)), len(self._incidents))
        self._incidents.append(incident)
        return self._say(incident, {"status": "reported", **facts, **same})

    def _delivered_again(self) -> dict[str, Any]:
        """Return a report as it was, or mapped anew by a later mapping with the same content."""
        report = self._dice.pick(self._sent[-30:])
        if self._dice.chance(70):
            return report
        anew = _id(report["event_id"], "mapped anew")
        now = write_moment(self._now)
        return {**report, "event_id": anew, "mapping_generation": 1, "received_at": now}

    def _revision(self, incident: _Incident, draw: int) -> dict[str, Any]:
        newest = incident.said[-1]
        if draw < 68:
            return self._say(incident, {**newest, "status": "retracted"})
        if draw < 76:  # A, B, A; also how a retraction is undone
            return self._say(incident, incident.said[0])
        if draw < 81:
            overtaken = {**self._changed(newest), "status": "updated"}
            return incident.report(2 * len(incident.said) - 1, overtaken, self._now)
        return self._say(incident, {**self._changed(newest), "status": "updated"})

    def _changed(self, facts: dict[str, Any]) -> dict[str, Any]:
        """Return the facts with some of them said anew; times of the event may move as well."""
        anew = some_facts(self._dice, self._now)
        names = sorted({*facts, *anew} - {"status"})
        kept = {name for name in names if self._dice.chance(75)}
        chosen = {name: (facts if name in kept else anew).get(name) for name in names}
        return {name: value for name, value in chosen.items() if value is not None}

    def _say(self, incident: _Incident, facts: dict[str, Any]) -> dict[str, Any]:
        incident.said.append(facts)
        return incident.report(2 * len(incident.said), facts, self._now)


def golden_reports(block: int) -> Iterator[IncidentReported]:
    """Yield the 250 reports of a block (0 to 39), in the order of their topic."""
    hospital = _Hospital(block)
    for _ in range(REPORTS):
        yield IncidentReported.model_validate(hospital.next_report())


def _hash(facts: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _id(*parts: str) -> str:
    return str(UUID(bytes=hashlib.sha256("/".join(parts).encode()).digest()[:16]))
