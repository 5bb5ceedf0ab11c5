"""A large fictional hospital, and a stream of mostly everyday reports from it."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from shared.contracts.values import write_moment
from tests.builders.canaries.words import NARRATIVE

COLUMNS = (
    "identifier_system",
    "identifier",
    "given_name",
    "family_name",
    "email",
    "roles",
    "role",
    "unit",
    "quiet_hours",
)


@dataclass(frozen=True, slots=True)
class Crowd:
    """`concerned` staff will be close to severe harm, one report each; ids are invented."""

    concerned: int
    supporters: int

    def write_directory(self, path: Path) -> Path:
        """Write the directory CSV."""
        people = [(f"staff.{n}", "staff", "nurse") for n in range(self.concerned)]
        people += [(f"peer.{n}", "supporter", "physician") for n in range(self.supporters)]
        people += [("lead.0", "coordinator", "other"), ("lead.1", "programme_lead", "other")]
        awake = _far_from_now()
        with path.open("w", newline="", encoding="utf-8") as file:
            rows = csv.writer(file)
            rows.writerow(COLUMNS)
            for login, roles, role in people:
                address = f"{login}@crowd.invalid"
                rows.writerow(
                    ["login", login, login, "Crowd", address, roles, role, "ward-a", awake]
                )
        return path


def _far_from_now() -> str:
    """Return quiet hours that do not matter, whatever time a test runs at and in whichever zone."""
    hour = (datetime.now(UTC).hour + 12) % 24
    return f"{hour:02}:00-{hour:02}:30"


def severe(number: int, now: datetime, unit: str = "ward-a") -> dict[str, Any]:
    """Return a report that must lead to an urgent offer for one named nurse."""
    return {
        "record_id": f"severe-{number}",
        "revision": 1,
        "kind": "incident",
        "occurred": {"at": write_moment(now - timedelta(hours=1, minutes=number))},
        "location": {"unit_id": unit, "place_type": "inpatient"},
        "categories": ["medication"],
        "patients": [{"age_years": 40, "harm": "death", "died": True}],
        "circumstances": {"error": "yes", "death_expected": "no"},
        "staff": [
            {
                "id": {"system": "login", "value": f"staff.{number}"},
                "role": "nurse",
                "involvement": "direct",
                "own_act": "yes",
            }
        ],
        "narrative": NARRATIVE,
    }


def everyday(number: int, now: datetime, revision: int = 1) -> dict[str, Any]:
    """Return a report that leads to nothing: a fall without harm, nobody close to it."""
    return {
        "record_id": f"everyday-{number}",
        "revision": revision,
        "kind": "incident",
        "occurred": {"at": write_moment(now - timedelta(hours=2, minutes=number))},
        "location": {"unit_id": "ward-b", "place_type": "inpatient"},
        "categories": ["fall"],
        "patients": [{"age_years": 70, "harm": "none", "died": False, "outcomes": []}],
        "circumstances": {"error": "no", "death_expected": "no"},
        "team_headcount": revision,
        "reporter": {"type": "staff", "anonymous": "yes"},
    }


def stream(total: int, concerned: int, now: datetime) -> Iterator[dict[str, Any]]:
    """Yield `total` reports: severe ones spread evenly, every twentieth of the rest an update."""
    every = total // concerned
    sent = 0
    for number in range(total):
        if number % every == 0 and sent < concerned:
            yield severe(sent, now)
            sent += 1
        elif number % 20 == 1:
            yield everyday(number - 2, now, revision=2)
        else:
            yield everyday(number, now)
