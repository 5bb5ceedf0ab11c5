"""Everyday reports of a fictional hospital by published base rates."""

from collections.abc import Callable, Iterator, Mapping
from random import Random
from typing import Final

from tests.rules.filling import (
    BEGIN,
    PERIOD,
    RATES,
    Dice,
    Rate,
    Report,
    a_death,
    a_member,
    a_patient,
    category,
    placed,
    some_circumstances,
)


def everyday_reports(
    count: int = 2_000, seed: int = 2019, rates: Mapping[str, Rate] = RATES
) -> Iterator[Report]:
    """Yield the reports of some weeks, in order of time; 2.9 % of them are serious events."""
    dice = Dice(Random(seed), rates)  # noqa: S311 - reports, no secrets
    for number in range(count):
        report = _KINDS[_kind(dice)](dice)
        yield placed(dice, report, f"everyday-{number}", BEGIN + PERIOD * number / count)


def _kind(dice: Dice) -> str:
    draw = dice.random.random()
    for name in _KINDS:
        if name in dice.rates:
            draw -= dice.share(name)
            if draw < 0:
                return name
    return "incident"


def _incident(dice: Dice) -> Report:
    harm = "mild" if dice.falls("mild") else "none"
    graded = {} if dice.falls("harm_left_out") else {"harm": harm}
    return {
        "kind": "incident",
        "categories": category(dice),
        "patients": [a_patient(dice, **graded)],
        "circumstances": some_circumstances(dice, "error_perceived", reached_patient="yes"),
    }


def _near_miss(dice: Dice) -> Report:
    return {
        "kind": "near_miss",
        "categories": category(dice),
        "patients": [a_patient(dice, harm="none")],
        "circumstances": some_circumstances(dice, "error_perceived", reached_patient="no"),
    }


def _unsafe_condition(dice: Dice) -> Report:
    return {"kind": "unsafe_condition", "categories": [dice.one("device", "environment")]}


def _serious(dice: Dice) -> Report:
    draw = dice.random.random()
    death = dice.share("serious_is_death")
    severe = death + dice.share("serious_is_severe")
    harm = "death" if draw < death else "severe" if draw < severe else "moderate"
    circumstances = some_circumstances(
        dice, "error_perceived_if_serious", death_expected="no", deterioration_missed="no"
    )
    report: Report = {
        "kind": "incident",
        "categories": category(dice),
        "patients": [a_patient(dice, harm=harm)],
        "circumstances": circumstances,
    }
    if dice.falls("review_of_serious"):
        report["proceedings"] = [{"type": "safety_review"}]
    return report


def _violence(dice: Dice) -> Report:
    """Among patients, or against staff who were not hurt, or words."""
    if dice.falls("violence_among_patients"):
        harm = dice.one("none", "mild")
        return {
            "kind": "incident",
            "categories": ["violence"],
            "patients": [a_patient(dice, harm=harm)],
        }
    member = {**a_member(dice), "harmed": [dice.one("threat", "violence")]}
    return {"kind": "staff_event", "categories": ["violence"], "staff": [member]}


def _expected_death(dice: Dice) -> Report:
    said = dice.one(
        {"death_expected": "yes"},
        {"palliative": "yes"},
        {"death_expected": "yes", "palliative": "yes"},
    )
    return {
        "kind": "outcome",
        "patients": [{"age_years": dice.random.randrange(60, 98), **a_death(dice)}],
        "circumstances": said,
    }


def _present_on_arrival(dice: Dice) -> Report:
    return {
        "kind": "incident",
        "categories": ["pressure_injury"],
        "patients": [a_patient(dice, harm=dice.one("mild", "moderate", "severe"))],
        "circumstances": {"present_on_arrival": "yes"},
    }


def _complaint(dice: Dice) -> Report:
    return _incident(dice) | {"proceedings": [{"type": "complaint", "names_staff": "yes"}]}


_KINDS: Final[Mapping[str, Callable[[Dice], Report]]] = {
    "serious": _serious,
    "near_miss": _near_miss,
    "unsafe_condition": _unsafe_condition,
    "violence": _violence,
    "expected_death": _expected_death,
    "present_on_arrival": _present_on_arrival,
    "complaint": _complaint,
    "incident": _incident,
}
