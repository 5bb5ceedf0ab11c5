"""Eight behaviours that triage's memory carries, as data: reports, and what must come of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.triage.agent.stretch import Deciding
from services.triage.domain.activation import ActiveRules
from services.triage.domain.decide import decide
from services.triage.domain.state import State
from shared.contracts import IncidentReported
from shared.contracts.words import DecisionFlag
from tests.builders.canonical import DAY, HOUR, NOON, a_canonical, a_nurse, a_patient
from tests.builders.fold_rules import some_rules

SHADOW = "shadow-ended"
SEVERE: Mapping[str, Any] = {"patients": [a_patient(harm="severe")], "staff": [a_nurse()]}
SUED = [{"type": "litigation"}]
HINT = {
    "unit_id": "ward-1",
    "earliest": NOON - HOUR,
    "latest": NOON,
    "headcount": 4,
    "reason": "no_staff_named",
}


@dataclass(frozen=True, slots=True)
class Behaviour:
    """Reports of one tenant in order, as keyword arguments of `a_canonical`.

    Expected are the action/code pairs of `requests`, the highest tier of each decision,
    and the `flags` of any.
    """

    name: str
    reports: tuple[Mapping[str, Any], ...]
    requests: tuple[str, ...]
    tiers: tuple[int, ...]
    flags: frozenset[DecisionFlag] = frozenset()
    duplicates: int = 0


BEHAVIOURS = (
    Behaviour(
        "merge-and-part",
        (
            SEVERE,
            *(
                {
                    "record_id": "r2",
                    "revision": revision,
                    "patients": [a_patient(patient, harm="severe")],
                    "staff": [a_nurse("p_b")],
                }
                for revision, patient in enumerate(("t_two", "t_one", "t_two"), 1)
            ),
        ),
        requests=(
            "open/first",
            "open/first",
            "amend/exclude",
            "open/merged",
            "amend/unmerged",
            "amend/exclude",
        ),
        tiers=(2, 2, 2, 2),
    ),
    Behaviour(
        "a-b-a",
        tuple(
            {
                **SEVERE,
                "patients": [a_patient(harm=harm)],
                "revision": revision,
                "ordering": {"by": "arrival", "value": f"2026-11-2{day}"},
            }
            for day, (revision, harm) in enumerate(((1, "severe"), (2, "none"), (1, "severe")))
        ),
        requests=(
            "open/first",
            "withdraw/lowered",
            "raise/restored",
        ),
        tiers=(2, 0, 2),
    ),
    Behaviour(
        "retraction-undone",
        (
            SEVERE,
            {"revision": 2, "status": "retracted"},
            {**SEVERE, "revision": 3, "status": "updated"},
        ),
        requests=(
            "open/first",
            "withdraw/retracted",
            "raise/restored",
        ),
        tiers=(2, 0, 2),
        flags=frozenset({DecisionFlag.WITHDRAWN}),
    ),
    Behaviour(
        "third-exposure",
        tuple(
            {
                "record_id": f"r{day}",
                "at": NOON + day * DAY,
                "patients": [a_patient(f"t_{day}", harm="moderate")],
                "staff": [a_nurse(own_act=True)],
            }
            for day in range(1, 4)
        ),
        requests=(
            "open/first",
            "open/first",
            "open/first",
        ),
        tiers=(1, 1, 2),
    ),
    Behaviour(
        "late-report",
        (
            {**SEVERE, "received_at": NOON + 31 * DAY},
            {
                **SEVERE,
                "revision": 2,
                "received_at": NOON + 32 * DAY,
                "staff": [a_nurse(), a_nurse("p_b")],
            },
        ),
        requests=(
            "open/first",
            "open/first",
            "amend/exclude",
        ),
        tiers=(2, 2),
        flags=frozenset({DecisionFlag.LATE}),
    ),
    Behaviour(
        "touched-by-proceedings",
        (
            SEVERE,
            {**SEVERE, "revision": 2, "received_at": NOON + 90 * DAY, "proceedings": SUED},
            {
                **SEVERE,
                "revision": 3,
                "received_at": NOON + 92 * DAY,
                "proceedings": [*SUED, {"type": "police"}],
            },
        ),
        requests=(
            "open/first",
            "raise/retouch",
            "raise/retouch",
        ),
        tiers=(2, 2, 2),
    ),
    Behaviour(
        "team-then-names",
        (
            {"patients": [a_patient()], "team_hint": HINT},
            {**SEVERE, "revision": 2},
            {**SEVERE, "revision": 2},
        ),
        requests=(
            "open/first",
            "open/first",
            "raise/named",
        ),
        tiers=(1, 2),
        duplicates=1,
    ),
    Behaviour(
        SHADOW,
        (
            SEVERE,
            {**SEVERE, "revision": 2, "status": "updated", "received_at": NOON + 11 * DAY},
            {**SEVERE, "revision": 2, "status": "updated", "received_at": NOON + 11 * DAY},
        ),
        requests=("open/shadow_ended",),
        tiers=(2, 2),
        flags=frozenset({DecisionFlag.SHADOW}),
        duplicates=1,
    ),
)


def reports_of(behaviour: Behaviour, tenant: str) -> list[IncidentReported]:
    """Return the reports of one behaviour under a tenant of its own."""
    return [a_canonical(tenant=tenant, **fields) for fields in behaviour.reports]


def rounds(suffix: str) -> Iterator[list[IncidentReported]]:
    """Yield the first report of every behaviour, then the second of each that has one."""
    told = [reports_of(behaviour, tenant_of(behaviour, suffix)) for behaviour in BEHAVIOURS]
    for number in range(max(map(len, told))):
        yield [reports[number] for reports in told if number < len(reports)]


def tenant_of(behaviour: Behaviour, suffix: str) -> str:
    """Return the tenant that plays a behaviour in one run of the tests."""
    return f"{behaviour.name}-{suffix}"


def choose(tenant: str, _received_at: datetime) -> ActiveRules:
    """Return the test rules; the tenant of `shadow-ended` goes live ten days after noon."""
    return some_rules(live_from=NOON + 10 * DAY if tenant.startswith(SHADOW) else None)


def fold_deciding() -> Deciding:
    """Return the real decider with the test rules, as the agent takes it."""
    return Deciding(decide=decide, new_memory=State, choose=choose)
