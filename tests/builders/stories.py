"""Stories: histories of reports that collide on purpose, drawn by whatever picks among options.

A property test picks with hypothesis, which shrinks; a golden run picks with its own arithmetic.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Protocol, TypeVar

from shared.contracts import IncidentReported
from tests.builders.canonical import DAY, NOON, a_canonical, a_nurse, a_patient

T = TypeVar("T")

RECEIVED: Final = NOON + 20 * DAY
PEOPLE: Final = ("p_a", "p_b", "p_c")
_NOBODY: Final[tuple[tuple[str | None, ...], ...]] = ((), (None,), ("p_a", None))
_NAMED: Final[tuple[tuple[str | None, ...], ...]] = (
    ("p_a",),
    ("p_b",),
    ("p_a", "p_b"),
    ("p_b", "p_c"),
    ("p_a", "p_b", "p_c"),
)


class Pick(Protocol):
    """Picks one of several options; the first is the plainest."""

    def __call__(self, options: Sequence[T], /) -> T:
        """Return one of them."""
        ...


def some_fields(pick: Pick) -> dict[str, Any]:
    """Return what one revision says; few values, so that incidents merge, part and count."""
    unit = pick(("w1", "w1", "w1", "w2", None))
    staff = _staff(pick)
    return {
        "at": _moment(pick((0, 0, 10, 20, 30, 40, 9 * 24, None))),
        "reported_at": _moment(pick((None, None, 5, 50))),
        "unit": unit,
        "status": pick(("updated",) * 5 + ("retracted",)),
        "categories": pick((["medication"], ["medication"], ["deterioration"], ["airway"], None)),
        "group_ids": [{"system": "x", "value": name} for name in pick(_GROUPS)],
        "patients": _patients(pick),
        "staff": staff,
        "team_hint": _hint(pick, unit) if staff is None else None,
        "team_headcount": pick((None, None, 2, 9)),
        "reporter": pick(_REPORTERS),
        "proceedings": pick(_PROCEEDINGS),
        "investigators": pick(([], [], ["p_i"])),
    }


def a_story(pick: Pick, records: int = 4, revisions: int = 3) -> list[IncidentReported]:
    """Return up to `records` incidents with up to `revisions` each, in order.

    A revision may say again what an earlier one of its incident said.
    """
    reports = []
    for number in range(1, pick(range(1, records + 1)) + 1):
        said: list[dict[str, Any]] = []
        for revision in range(1, pick(range(1, revisions + 1)) + 1):
            again = bool(said) and pick((False, False, True))
            said.append(pick(said) if again else some_fields(pick))
            reports.append(
                a_canonical(f"r{number}", revision=revision, received_at=RECEIVED, **said[-1])
            )
    return reports


_GROUPS: Final[tuple[tuple[str, ...], ...]] = ((), (), (), ("g1",), ("g2",), ("g1", "g2"))
_REPORTERS: Final[tuple[dict[str, Any] | None, ...]] = (
    None,
    None,
    {"person_ref": "p_a", "type": "staff", "involvement": "author"},
    {"person_ref": "p_r", "type": "staff", "involvement": "direct"},
    {"person_ref": "p_b", "type": "staff", "anonymous": True},
    {"person_ref": "p_x", "type": "relative"},
)
_PROCEEDINGS: Final[tuple[list[dict[str, Any]] | None, ...]] = (
    None,
    None,
    None,
    [],
    [{"type": "litigation", "opened_at": NOON + 12 * DAY}],
    [{"type": "police", "opened_at": NOON + 3 * DAY, "persons": ["p_a"]}],
)


def _moment(hours: int | None) -> datetime | None:
    return None if hours is None else NOON + timedelta(hours=hours)


def _patients(pick: Pick) -> list[dict[str, Any]] | None:
    names = pick((("t_1",), ("t_1",), ("t_2",), ("t_1", "t_2"), (), None))
    if names is None:
        return None
    return [
        a_patient(
            name,
            harm=pick(("severe", "none", "moderate", "death", None)),
            died=pick((None, None, None, False)),
        )
        for name in names
    ]


def _staff(pick: Pick) -> list[dict[str, Any]] | None:
    refs = pick((*_NAMED, *_NAMED, *_NOBODY, None))
    if refs is None:
        return None
    return [
        a_nurse(
            ref,
            involvement=pick(("direct", "direct", "witness", "author", "injured", None)),
            own_act=pick((None, True, False)),
            trainee=pick((None, None, True)),
            unit_id=pick((None, None, "w2", "w3")),
            opted_out=pick((None,) * 6 + (True,)),
            support_offered=pick((None,) * 6 + (True,)),
            signals=pick((None, None, None, ["self_request"])),
        )
        for ref in refs
    ]


def _hint(pick: Pick, unit: str | None) -> dict[str, Any] | None:
    return {
        "unit_id": pick((unit, "w3", None)),
        "campus": pick((None, "main")),
        "headcount": pick((None, 4, 9)),
        "reason": "no_staff_named",
    }
