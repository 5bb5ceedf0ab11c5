"""Severe reports: one clear case of each published trigger, with what is not needed left out."""

from collections.abc import Callable, Iterator, Mapping
from random import Random
from typing import Any, Final

from tests.rules.filling import (
    BEGIN,
    PERIOD,
    Dice,
    Report,
    a_death,
    a_member,
    a_patient,
    category,
    noise,
    placed,
)


def severe_reports(count: int = 200, seed: int = 200) -> Iterator[Report]:
    """Yield clear cases of every published trigger in turn, with what is not needed left out."""
    dice = Dice(Random(seed))  # noqa: S311 - reports, no secrets
    triggers = tuple(SEVERE.values())
    for number in range(count):
        report = triggers[number % len(triggers)](dice)
        yield placed(dice, report, f"severe-{number}", BEGIN + PERIOD * number / count)


def _someone(dice: Dice, **fields: Any) -> Report:
    """Return somebody named, or nobody, as feeds do; the fields only fit a person."""
    named = fields or dice.falls("staff_named")
    return {"staff": [a_member(dice) | fields]} if named else {}


def _event(dice: Dice, patient: Report, circumstances: Report, *categories: str) -> Report:
    return {
        **dice.maybe(0.7, kind="incident"),
        "categories": list(categories) or category(dice),
        "patients": [a_patient(dice) | patient],
        "circumstances": noise(dice) | circumstances,
        **_someone(dice),
    }


def _staff_event(dice: Dice, *categories: str, **fields: Any) -> Report:
    return {"kind": "staff_event", "categories": list(categories), **_someone(dice, **fields)}


def _person_event(dice: Dice, harm: str, circumstances: Report, **fields: Any) -> Report:
    return _event(dice, {"harm": harm}, circumstances) | _someone(dice, **fields)


def _suspected(dice: Dice) -> Report:
    return {"error": dice.one("yes", "suspected")}


# One clear case of each trigger of domain.md sections 2 and 9; everything else is left to chance.
SEVERE: Final[Mapping[str, Callable[[Dice], Report]]] = {
    "unexpected death": lambda dice: _event(dice, a_death(dice), {"death_expected": "no"}),
    "death, nothing said": lambda dice: _event(dice, a_death(dice), {}),
    "severe harm": lambda dice: _event(dice, {"harm": "severe"}, {}),
    "permanent harm": lambda dice: _event(
        dice, dice.one({"harm_duration": "permanent"}, {"outcomes": ["permanent_disability"]}), {}
    ),
    "child": lambda dice: _event(
        dice,
        {"age_years": dice.random.randrange(18), "harm": "moderate"},
        {},
    ),
    "error with harm": lambda dice: _event(dice, {"harm": "moderate"}, _suspected(dice)),
    "own error that killed": lambda dice: (
        _event(dice, a_death(dice), _suspected(dice)) | _someone(dice, own_act="yes")
    ),
    "failure to rescue": lambda dice: _event(
        dice, dice.one({}, {"harm": "moderate"}), {"deterioration_missed": "yes"}
    ),
    "never event": lambda dice: _event(
        dice, dice.one({}, {"harm": "none"}, {"harm": "mild"}), {"never_event": "yes"}
    ),
    "sentinel event": lambda dice: _event(dice, {}, {"sentinel": "yes"}),
    "catastrophe in theatre": lambda dice: _event(
        dice, dice.one({"harm": "severe"}, a_death(dice)), {"intraoperative": "yes"}, "anesthesia"
    ),
    "resuscitation": lambda dice: dice.one(
        _event(dice, {}, {"resuscitation": "yes"}),
        _event(dice, {"outcomes": ["resuscitation"]}, {}),
    ),
    "unplanned intensive care": lambda dice: _event(
        dice, {"harm": "moderate", "outcomes": ["unplanned_icu"]}, {}
    ),
    "maternal death": lambda dice: _event(dice, a_death(dice), {"maternal": "yes"}, "perinatal"),
    "stillbirth": lambda dice: _event(dice, {"outcomes": ["stillbirth"]}, {}, "perinatal"),
    "patient suicide": lambda dice: _event(dice, a_death(dice), {}, "self_harm_suicide"),
    "young adult": lambda dice: _event(dice, {"age_years": 20, **a_death(dice)}, {}),
    "first death": lambda dice: (
        _event(dice, a_death(dice), {"death_expected": "yes"}) | _someone(dice, first_of_kind="yes")
    ),
    "trainee and harm": lambda dice: _person_event(dice, "moderate", {}, role="student"),
    "own family": lambda dice: _person_event(
        dice, "moderate", {}, relationship=["resembles_family"]
    ),
    "known patient": lambda dice: _person_event(
        dice, "moderate", {}, relationship=["known_patient"]
    ),
    "lawsuit": lambda dice: (
        _event(dice, {"harm": "mild"}, {})
        | {"proceedings": [{"type": "litigation", "names_staff": "yes"}]}
    ),
    "media": lambda dice: _event(dice, {}, {}) | {"proceedings": [{"type": "media"}]},
    "review": lambda dice: _event(dice, {}, {}) | {"proceedings": [{"type": "safety_review"}]},
    "colleague's death": lambda dice: _staff_event(dice, "colleague_death"),
    "violence": lambda dice: dice.one(
        _staff_event(dice, "violence", harmed=["violence"]),
        _staff_event(dice, "violence", involvement="injured"),
        _staff_event(dice, "violence", "staff_injury"),
    ),
    "threat": lambda dice: _staff_event(dice, "violence", harmed=["threat"]),
    "own request": lambda dice: _person_event(dice, "none", {}, signals=["self_request"]),
    "a colleague's worry": lambda dice: _person_event(
        dice, "mild", {}, signals=["colleague_concern"]
    ),
}
