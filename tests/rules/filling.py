"""How incident systems fill a form: most fields are left out; rates with their sources.

Chances come from one seeded source, so equal seeds give equal reports.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from types import MappingProxyType
from typing import Any, Final

from shared.contracts.values import write_moment

Report = dict[str, Any]

BEGIN: Final = datetime(2026, 3, 1, tzinfo=UTC)
PERIOD: Final = timedelta(days=60)
UNITS: Final = 40  # policy assumption
STAFF: Final = 1_500  # policy assumption


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of 1 with where it comes from: a section of domain.md, or a policy assumption."""

    share: float
    source: str


RATES: Final = MappingProxyType(
    {
        # What happened.
        "serious": Rate(0.029, "domain.md 3: Pennsylvania 2019, 8,553 of 293,400 reports"),
        "serious_is_severe": Rate(0.22, "policy assumption"),
        "serious_is_death": Rate(0.08, "policy assumption"),
        "near_miss": Rate(0.20, "policy assumption"),
        "unsafe_condition": Rate(0.06, "policy assumption"),
        "violence": Rate(0.015, "policy assumption; domain.md 3 has a share of victims only"),
        "violence_among_patients": Rate(0.67, "policy assumption"),
        "expected_death": Rate(0.012, "policy assumption"),
        "present_on_arrival": Rate(0.03, "policy assumption"),
        "complaint": Rate(0.01, "policy assumption"),
        "mild": Rate(0.25, "policy assumption"),
        "child": Rate(0.10, "policy assumption"),
        # What somebody wrote down of it.
        "circumstance_filled": Rate(0.40, "policy assumption"),
        "error_perceived": Rate(0.35, "policy assumption"),
        "error_perceived_if_serious": Rate(0.39, "domain.md 3: Gazoni, 61 % not by anaesthesia"),
        "harm_left_out": Rate(0.10, "policy assumption"),
        "age_left_out": Rate(0.20, "policy assumption"),
        "debriefed": Rate(0.31, "domain.md 3: Dhillon, department debrief"),
        # Who was there.
        "staff_named": Rate(0.30, "formats.md 9: most feeds name nobody but the reporter"),
        "reporter_there": Rate(0.35, "policy assumption"),
        "anonymous": Rate(0.15, "policy assumption"),
        "trainee": Rate(0.10, "policy assumption; domain.md 3: weigh experience lightly"),
        "own_act_filled": Rate(0.20, "policy assumption"),
        "known_patient": Rate(0.01, "policy assumption"),
        "worried": Rate(0.05, "policy assumption"),
        # What follows.
        "review_of_serious": Rate(0.25, "policy assumption"),
    }
)
_WHOLLY: Final = Rate(1.0, "policy assumption: forms that leave nothing out")
# The hardest for a set that must stay quiet: everything is known of every everyday report.
COMPLETE: Final[Mapping[str, Rate]] = RATES | {
    "staff_named": _WHOLLY,
    "own_act_filled": _WHOLLY,
    "circumstance_filled": _WHOLLY,
    "trainee": Rate(0.2558, "domain.md 3: Novara, 25.58 % of trainees in safety incidents"),
}
_CATEGORIES: Final = (
    ("fall", 22),
    ("medication", 20),
    ("pressure_injury", 12),
    ("documentation", 9),
    ("device", 7),
    ("transfer_handover", 7),
    ("laboratory", 6),
    ("identification", 5),
    ("diagnosis", 4),
    ("infection", 3),
    ("surgery", 3),
    ("perinatal", 2),
)  # policy assumption
_ROLES: Final = ("nurse",) * 6 + (
    "physician",
    "resident",
    "healthcare_assistant",
    "pharmacist",
    "midwife",
    "technician",
    "laboratory",
    "transport",
)  # domain.md 3: nurses 32 % of encounters; a larger share of reports is a policy assumption


@dataclass(frozen=True, slots=True)
class Dice:
    """Chances by name, from one seeded source."""

    random: Random
    rates: Mapping[str, Rate] = field(default_factory=lambda: RATES)

    def share(self, name: str) -> float:
        return self.rates[name].share

    def falls(self, name: str) -> bool:
        return self.random.random() < self.share(name)

    def one(self, *choices: Any) -> Any:
        return self.random.choice(choices)

    def maybe(self, share: float, **fields: Any) -> Report:
        """Return the fields, each of them with this share."""
        return {name: value for name, value in fields.items() if self.random.random() < share}


def placed(dice: Dice, report: Report, record_id: str, at: datetime) -> Report:
    """Add what every report has, and the people."""
    unit = f"unit-{dice.random.randrange(UNITS)}"
    staff = report.pop("staff", None) or _staff(dice)
    reporter = _reporter(dice)
    return {
        "record_id": record_id,
        "occurred": {"at": write_moment(at)},
        "reported_at": write_moment(at + timedelta(hours=2)),
        "location": {"unit_id": unit},
        **report,
        **({"staff": staff} if staff else {}),
        "reporter": reporter,
        "support": {"local_debrief_done": dice.falls("debriefed")},
    }


def _staff(dice: Dice) -> list[Report]:
    if not dice.falls("staff_named"):
        return []
    return [a_member(dice) for _ in range(dice.one(1, 1, 1, 2))]


def a_member(dice: Dice) -> Report:
    role = dice.one(*_ROLES)
    member: Report = {
        "id": _login(dice.random.randrange(STAFF)),
        "role": role,
        "involvement": dice.one("direct", "direct", "discovered", "witness", "unknown"),
    }
    if dice.falls("own_act_filled"):
        member["own_act"] = dice.one("yes", "no")
    if dice.falls("trainee"):
        member["trainee"] = "yes"
    if dice.falls("known_patient"):
        member["relationship"] = ["known_patient"]
    return member


def _reporter(dice: Dice) -> Report:
    if dice.falls("anonymous"):
        return {"type": "staff", "anonymous": "yes"}
    there = dice.falls("reporter_there")
    reporter = {
        "id": _login(dice.random.randrange(STAFF)),
        "type": "staff",
        "role": dice.one(*_ROLES),
        "involvement": dice.one("direct", "witness") if there else "author",
    }
    return reporter | ({"concern": 4} if dice.falls("worried") else {})


def _login(number: int) -> Report:
    return {"system": "login", "value": f"staff.{number}"}


def category(dice: Dice) -> list[str]:
    names, weights = zip(*_CATEGORIES, strict=True)
    return dice.random.choices(names, weights)


def a_patient(dice: Dice, **fields: Any) -> Report:
    age = dice.random.randrange(18) if dice.falls("child") else dice.random.randrange(18, 95)
    known = {} if dice.falls("age_left_out") else {"age_years": age}
    return known | fields


def some_circumstances(dice: Dice, error: str, **fields: str) -> Report:
    """Return each circumstance with the share to which forms are filled."""
    filled = dice.share("circumstance_filled")
    perceived = dice.one("yes", "suspected") if dice.falls(error) else "no"
    return dice.maybe(filled, error=perceived, resuscitation="no", never_event="no", **fields)


def a_death(dice: Dice) -> Report:
    """Return a death as forms say it: a grade, a tick, or both."""
    told: Report = dice.one({"harm": "death"}, {"died": "yes"}, {"harm": "death", "died": "yes"})
    return dict(told)


def noise(dice: Dice) -> Report:
    return dice.maybe(dice.share("circumstance_filled"), family_present="yes", preventable="no")
