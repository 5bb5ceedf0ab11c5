"""What the reports of the golden decisions say, drawn by arithmetic that no Python release changes.

The codes are written out and not read from the vocabularies: a new word must not move the draws.
Never change this file: the committed digests are those of what it draws.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from shared.contracts.values import write_moment

T = TypeVar("T")

_MULTIPLIER: Final = 6364136223846793005  # Knuth's MMIX generator
_INCREMENT: Final = 1442695040888963407
_MASK: Final = 2**64 - 1
CIRCUMSTANCES: Final = (
    "death_expected",
    "error",
    "preventable",
    "reached_patient",
    "resuscitation",
    "deterioration_missed",
    "never_event",
    "sentinel",
    "intraoperative",
    "maternal",
    "palliative",
    "present_on_arrival",
    "family_present",
    "multiple_patients",
)
_ROLES: Final = ("nurse", "physician", "resident", "student", "midwife", "pharmacist", "paramedic")
_CLOSENESS: Final = ("direct", "assisted", "witness", "responder", "author", "informed", "injured")
_AGES: Final = ("neonate", "infant", "child", "adolescent", "young_adult", "adult", "older_adult")
_OUTCOMES: Final = ("crash_call", "resuscitation", "unplanned_icu", "permanent_disability", "pph")
_TYPES: Final = ("litigation", "coroner", "police", "safety_review", "media")


class Dice:
    """A linear congruential generator: the same numbers on every machine, for ever."""

    def __init__(self, seed: int) -> None:
        self._state = seed
        for _ in range(3):  # small seeds lie close together at first
            self.below(2)

    def below(self, limit: int) -> int:
        """Return a whole number from 0 to `limit` - 1."""
        self._state = (self._state * _MULTIPLIER + _INCREMENT) & _MASK
        return (self._state >> 33) % limit

    def chance(self, percent: int) -> bool:
        """Return yes in so many of a hundred cases."""
        return self.below(100) < percent

    def pick(self, options: Sequence[T]) -> T:
        """Return one of the options."""
        return options[self.below(len(options))]

    def some(self, options: Sequence[T], most: int) -> list[T]:
        """Return up to `most` of the options, each at most once, in their order."""
        wanted = {self.below(len(options)) for _ in range(self.below(most + 1))}
        return [options[index] for index in sorted(wanted)]

    def maybe(self, percent: int, value: T) -> T | None:
        """Return the value in so many of a hundred cases, else unknown."""
        return value if self.chance(percent) else None


def some_facts(dice: Dice, now: datetime) -> dict[str, Any]:
    """Return the facts of one revision received `now`; absent is unknown."""
    occurred = now - timedelta(
        hours=dice.pick((1, 1, 3, 3, 8, 8, 20, 20, 30, 70, 24 * 12, 24 * 45))
    )
    began = occurred - timedelta(hours=dice.pick((0, 0, 0, 8)))
    unit = dice.pick(("ward-1", "ward-1", "ward-1", "ward-2", "icu", None))
    staff = _staff(dice)
    return _known(
        {
            "kind": dice.pick(("incident",) * 5 + ("near_miss", "staff_event", None)),
            "occurred": dice.maybe(
                88, {"earliest": write_moment(began), "latest": write_moment(occurred)}
            ),
            "reported_at": dice.maybe(70, write_moment(now - timedelta(minutes=dice.below(4000)))),
            "location": _location(dice, unit),
            "categories": dice.maybe(90, dice.some(_CATEGORIES, 2)),
            "group_ids": _group_ids(dice, now),
            "patients": _patients(dice),
            "circumstances": {n: dice.chance(50) for n in CIRCUMSTANCES if dice.chance(75)},
            "staff": staff,
            "team_hint": _hint(dice, unit, began, occurred) if staff is None else None,
            "team_headcount": dice.maybe(25, dice.below(12)),
            "reporter": _reporter(dice),
            "proceedings": _proceedings(dice, now),
            "support": dice.maybe(30, _said(dice, ("local_debrief_done", "support_offered"), 70)),
            "investigators": dice.some(PEOPLE, 1) if dice.chance(10) else [],
        }
    )


PEOPLE: Final = tuple(f"p_{number}" for number in range(9))
_CATEGORIES: Final = (
    "medication",
    "medication",
    "deterioration",
    "airway",
    "surgery",
    "anesthesia",
    "fall",
    "self_harm_suicide",
    "blood",
    "violence",
)


def _known(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _said(dice: Dice, names: Sequence[str], percent: int) -> dict[str, bool]:
    return {name: dice.chance(50) for name in names if dice.chance(percent)}


def _location(dice: Dice, unit: str | None) -> dict[str, Any] | None:
    place = dice.maybe(60, dice.pick(("inpatient", "icu", "nicu", "theatre", "ed")))
    fields = {"unit_id": unit, "campus": dice.pick(("main", "main", None)), "place_type": place}
    return _known(fields) or None


def _group_ids(dice: Dice, now: datetime) -> list[dict[str, str]]:
    """Return at times the id that its source gives to whatever it heard of on these days."""
    if not dice.chance(20):
        return []
    return [{"system": "datix", "value": f"g{now.toordinal() // 3}"}]


def _patients(dice: Dice) -> list[dict[str, Any]] | None:
    if dice.chance(12):
        return None
    return [_patient(dice) for _ in range(dice.pick((1, 1, 1, 1, 1, 2, 2, 0)))]


def _patient(dice: Dice) -> dict[str, Any]:
    harms = ("none", "none", "mild", "mild", "moderate", "moderate", "severe", "death")
    age = dice.below(95)
    return _known(
        {
            "pseudonyms": [f"t_{dice.below(7)}"] if dice.chance(90) else [],
            "age_years": dice.maybe(75, age),
            "age_group": dice.maybe(40, dice.pick(_AGES)),
            "harm": dice.maybe(85, dice.pick(harms)),
            "harm_psychological": dice.maybe(70, dice.pick(("none",) * 8 + ("severe",))),
            "harm_duration": dice.maybe(70, dice.pick(("temporary",) * 6 + ("permanent",))),
            "died": dice.maybe(25, dice.chance(35)),
            "outcomes": dice.maybe(70, dice.some(_OUTCOMES, 1)),
        }
    )


def _staff(dice: Dice) -> list[dict[str, Any]] | None:
    if dice.chance(22):
        return None
    most = 6 if dice.chance(6) else 2
    refs: list[str | None] = [*dice.some(PEOPLE, most)]
    if dice.chance(8):
        refs.append(None)
    return [_member(dice, ref) for ref in refs]


def _member(dice: Dice, ref: str | None) -> dict[str, Any]:
    return _known(
        {
            "person_ref": ref,
            "sealed": f"c2VhbGVk{dice.below(10)}" if ref else None,
            "role": dice.maybe(80, dice.pick(_ROLES)),
            "involvement": dice.maybe(80, dice.pick(_CLOSENESS)),
            **_said(dice, ("trainee", "new_in_role", "own_act", "first_of_kind"), 75),
            "relationship": dice.maybe(60, dice.some(("known_patient", "resembles_family"), 2)),
            "harmed": dice.maybe(
                60,
                dice.some(
                    ("violence", "exposure", "exposure", "exposure", "exposure", "exposure"), 1
                ),
            ),
            "signals": dice.maybe(
                70, dice.some(("self_request", "concern", "concern", "concern", "concern"), 1)
            ),
            "unit_id": dice.maybe(30, dice.pick(("icu", "ward-2", "pharmacy"))),
            "support_offered": dice.maybe(8, dice.chance(60)),
            "opted_out": dice.maybe(6, dice.chance(60)),
        }
    )


def _reporter(dice: Dice) -> dict[str, Any] | None:
    if dice.chance(40):
        return None
    anonymous = dice.chance(15)
    return _known(
        {
            "person_ref": None if anonymous and dice.chance(50) else dice.pick(PEOPLE),
            "type": dice.pick(("staff", "staff", "staff", "relative", "patient")),
            "role": dice.maybe(50, dice.pick(_ROLES)),
            "involvement": dice.maybe(60, dice.pick(_CLOSENESS)),
            "anonymous": True if anonymous else dice.maybe(40, value=False),
            "concern": dice.maybe(40, 1 + dice.below(5)),
            "fear_of_consequences": dice.maybe(30, dice.chance(40)),
        }
    )


def _proceedings(dice: Dice, now: datetime) -> list[dict[str, Any]] | None:
    if not dice.chance(60):
        return None
    if dice.chance(75):
        return []
    return [
        _known(
            {
                "type": kind,
                "opened_at": dice.maybe(50, write_moment(now - timedelta(days=dice.below(50)))),
                "names_staff": dice.maybe(40, dice.chance(60)),
                "persons": dice.maybe(30, dice.some(PEOPLE, 2)),
            }
        )
        for kind in dice.some(_TYPES, 2)
    ]


def _hint(dice: Dice, unit: str | None, began: datetime, ended: datetime) -> dict[str, Any]:
    return _known(
        {
            "unit_id": unit,
            "campus": dice.maybe(60, "main"),
            "earliest": write_moment(began - timedelta(hours=1)),
            "latest": write_moment(ended + timedelta(hours=1)),
            "headcount": dice.maybe(40, 1 + dice.below(10)),
            "reason": dice.pick(("no_staff_named", "reporter_only", "team_only")),
        }
    )
