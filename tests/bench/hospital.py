"""A year of a fictional hospital group as canonical reports: mostly everyday, seeded, in order.

Of 100 reports 70 tell of a new incident, 20 update one, 5 take one back, 5 are repeats (faults.md).
"""

import random
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from shared.contracts import IncidentReported
from shared.identity import derive_id, incident_key

TENANT: Final = "bench"
BEGIN: Final = datetime(2025, 10, 1, tzinfo=UTC)
# Updates and retractions follow within days: an incident of the last few thousand.
OPEN_INCIDENTS: Final = 2_000
_SHARES: Final = (("new", 70), ("update", 20), ("retraction", 5), ("repeat", 5))
_HARM: Final = {"none": 640, "mild": 240, "moderate": 60, "severe": 12, "death": 8, None: 40}
_KIND: Final = {"incident": 70, "near_miss": 15, "unsafe_condition": 8, "outcome": 7}
_CATEGORIES: Final = {
    "fall": 22,
    "medication": 20,
    "pressure_injury": 10,
    "documentation": 8,
    "transfer_handover": 8,
    "device": 6,
    "violence": 6,
    "laboratory": 5,
    "identification": 5,
    "surgery": 4,
    "deterioration": 3,
    "infection": 3,
}
_PLACES: Final = {"inpatient": 60, "ed": 12, "theatre": 8, "icu": 8, "outpatient": 6, "pharmacy": 6}
_ROLES: Final = {"nurse": 55, "physician": 18, "resident": 8, "healthcare_assistant": 11, None: 8}
_INVOLVED: Final = {"direct": 40, "witness": 20, "discovered": 20, "assisted": 10, None: 10}
_STATED: Final = {True: 5, False: 45, None: 50}


@dataclass(slots=True)
class Hospital:
    """Yields reports for ever; equal seeds give equal streams.

    `days` is the time in which `incidents` new incidents are reported.
    """

    incidents: int = 100_000
    days: int = 390
    staff: int = 8_000
    units: int = 200
    seed: int = 1
    _open: deque[dict[str, Any]] = field(default_factory=deque)
    _number: int = 0

    def reports(self) -> Iterator[IncidentReported]:
        """Yield reports in the order in which they are received."""
        chance = random.Random(self.seed)  # noqa: S311 - a seeded stream, no secret
        step = timedelta(days=self.days) / (self.incidents / 0.7)
        received = BEGIN
        last: IncidentReported | None = None
        while True:
            received += step
            what = _pick(chance, dict(_SHARES))
            if what == "repeat" and last is not None:
                yield last
                continue
            document = self._revised(chance, what) if what != "new" else None
            document = document or self._new(chance, received)
            last = _report(document, received)
            yield last

    def _revised(self, chance: random.Random, what: str) -> dict[str, Any] | None:
        if not self._open:
            return None
        document = chance.choice(self._open)
        document["revision"] += 1
        document["status"] = "retracted" if what == "retraction" else "updated"
        if what == "update":
            document["team_headcount"] = document["revision"]
        return document

    def _new(self, chance: random.Random, received: datetime) -> dict[str, Any]:
        self._number += 1
        document = {
            "record": f"ir-{self._number:07d}",
            "revision": 1,
            "status": "reported",
            **_what(chance, received, f"unit-{chance.randrange(self.units)}"),
            **self._who(chance),
        }
        if document["staff"] is None:
            place = document["location"]
            document["team_hint"] = {**document["occurred"], "reason": "reporter_only"} | {
                name: place[name] for name in ("unit_id", "campus")
            }
        self._open.append(document)
        if len(self._open) > OPEN_INCIDENTS:
            self._open.popleft()
        return document

    def _who(self, chance: random.Random) -> dict[str, Any]:
        named = chance.random() < 0.3
        refs = [self._person(chance) for _ in range(chance.choice((1, 1, 2, 3)))] if named else []
        staff = [
            {
                **_person(ref),
                "role": _pick(chance, _ROLES),
                "involvement": _pick(chance, _INVOLVED),
                "own_act": _pick(chance, _STATED),
                "trainee": chance.random() < 0.05,
            }
            for ref in dict.fromkeys(refs)
        ]
        reporter: dict[str, Any] = {"type": "staff", "anonymous": chance.random() < 0.3}
        if not reporter["anonymous"]:
            reporter |= _person(self._person(chance))
            reporter |= {"role": _pick(chance, _ROLES), "involvement": "author"}
        return {"staff": staff or None, "reporter": reporter}

    def _person(self, chance: random.Random) -> int:
        return chance.randrange(self.staff)


def _pick(chance: random.Random, weights: dict[Any, int]) -> Any:
    return chance.choices(tuple(weights), tuple(weights.values()))[0]


def _person(number: int) -> dict[str, str]:
    return {"person_ref": f"p_{number:026d}", "sealed": f"MjAyNi0xMTo{number:089d}"}


def _what(chance: random.Random, received: datetime, unit: str) -> dict[str, Any]:
    occurred = received - timedelta(hours=chance.expovariate(1 / 12))
    kind = _pick(chance, _KIND)
    harm = "none" if kind != "incident" else _pick(chance, _HARM)
    patient = {
        "pseudonyms": [f"t_{chance.randrange(60_000):026d}"],
        "age_years": chance.randrange(100),
        "harm": harm,
        "outcomes": [] if harm == "none" else None,
    }
    stated = {name: _pick(chance, _STATED) for name in ("error", "death_expected")}
    return {
        "kind": kind,
        "occurred": {"earliest": occurred, "latest": occurred},
        "reported_at": received,
        "location": {
            "unit_id": unit,
            "campus": f"campus-{chance.randrange(4)}",
            "place_type": _pick(chance, _PLACES),
        },
        "categories": [_pick(chance, _CATEGORIES)],
        "patients": [] if kind == "unsafe_condition" else [patient],
        "circumstances": stated,
    }


def _report(document: dict[str, Any], received: datetime) -> IncidentReported:
    record, revision = document["record"], document["revision"]
    written = {
        name: value for name, value in document.items() if name not in ("record", "revision")
    }
    return IncidentReported.model_validate(
        {
            **written,
            "tenant": TENANT,
            "event_id": derive_id("event", TENANT, "native", record, str(revision), "0"),
            "incident_key": incident_key(TENANT, "native", record),
            "content_hash": f"sha256:{record}/{revision}",
            "ordering": {"by": "revision", "value": f"{revision:020d}"},
            "received_at": received,
            "source_system": "native",
            "source": {
                "format": "native",
                "record_id": record,
                "revision": str(revision),
                "raw_sha256": "0",
                "raw_ref": "incident.raw.v1/0/0",
            },
            "quality": {"mapping_id": "native", "mapping_version": 1},
        }
    )
