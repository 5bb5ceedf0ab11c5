"""Eight behaviours by five crash points on real Kafka: equal to a run that nothing interrupted.

Every report of every behaviour is in the chunk in hand when a life crashes, at every step; the
next life restores from Kafka and takes over. Partition n of the stage holds step n, the last one
the run without a crash.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from services.triage.journal.crash_points import Step
from shared.contracts.topics import DECISION, QUESTION, REQUESTED, TRIAGE_REJECTED
from shared.contracts.words import DecisionFlag
from shared.kafka.client import KafkaClient
from shared.kafka.records import Incoming
from tests.builders.triage_behaviours import BEHAVIOURS, Behaviour, fold_deciding, rounds, tenant_of
from tests.builders.triage_edges import a_reported_record
from tests.builders.triage_lives import (
    Lives,
    Told,
    incoming_by_partition,
    journal_place,
    run_together,
    told_by_partition,
)
from tests.builders.triage_stage import Stage

STEPS = tuple(Step)
UNINTERRUPTED = len(STEPS)


@dataclass(frozen=True, slots=True)
class Matrix:
    """What was told on each partition, and how often a life crashed there."""

    suffix: str
    rounds: int
    told: list[Told]
    deaths: list[int]


@pytest.fixture(scope="module")
def matrix(kafka: KafkaClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Matrix]:
    """Return the whole matrix, played once."""
    stage = Stage(kafka, tmp_path_factory.mktemp("matrix"), partitions=UNINTERRUPTED + 1)
    suffix = stage.name.lower()
    sizes = [len(reports) for reports in rounds(suffix)]
    stage.send(
        a_reported_record(report, partition=number)
        for number in range(stage.partitions)
        for reports in rounds(suffix)
        for report in reports
    )
    records = incoming_by_partition(stage)
    lives = [
        Lives(journal_place(stage), number, fold_deciding()) for number in range(stage.partitions)
    ]

    run_together(
        lives[UNINTERRUPTED].live(records[UNINTERRUPTED]),
        *(lives[n].survive(cut(records[n], sizes), step) for n, step in enumerate(STEPS)),
    )

    told = told_by_partition(stage, suffix)
    yield Matrix(suffix, len(sizes), told, [life.deaths for life in lives])
    stage.close()


def cut(records: list[Incoming], sizes: list[int]) -> list[list[Incoming]]:
    """Return the records in rounds of these sizes."""
    ends = [sum(sizes[: number + 1]) for number in range(len(sizes))]
    return [records[end - size : end] for end, size in zip(ends, sizes, strict=True)]


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.value.removeprefix("triage."))
@pytest.mark.parametrize("behaviour", BEHAVIOURS, ids=lambda behaviour: behaviour.name)
def test_a_crash_changes_nothing(matrix: Matrix, behaviour: Behaviour, step: Step) -> None:
    """Decisions, requests, questions, refusals and memory are those of the undisturbed run."""
    tenant = tenant_of(behaviour, matrix.suffix)

    crashed = matrix.told[STEPS.index(step)].of(tenant)

    assert crashed == matrix.told[UNINTERRUPTED].of(tenant)


@pytest.mark.parametrize("behaviour", BEHAVIOURS, ids=lambda behaviour: behaviour.name)
def test_a_behaviour_is_the_one_it_is_named_for(matrix: Matrix, behaviour: Behaviour) -> None:
    """What the undisturbed run tells: requests, tiers, flags, duplicates."""
    told = matrix.told[UNINTERRUPTED].of(tenant_of(behaviour, matrix.suffix))

    decisions = told.outputs[DECISION.name]
    requests = sorted(f"{one['action']}/{one['code']}" for one in told.outputs[REQUESTED.name])
    tiers = [max((p["tier"] for p in everybody(one)), default=0) for one in decisions]
    flags = frozenset(DecisionFlag(flag) for one in decisions for flag in one.get("flags", ()))
    assert (requests, tuple(tiers), flags) == (
        sorted(behaviour.requests),
        behaviour.tiers,
        behaviour.flags,
    )
    assert len(told.outputs[TRIAGE_REJECTED.name]) == behaviour.duplicates
    assert told.memory


def everybody(decision: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the persons of a decision and its team."""
    team = decision.get("team")
    return [*decision.get("persons", ()), *([team] if team else [])]


def test_every_round_crashed_at_every_step(matrix: Matrix) -> None:
    """A matrix in which nothing dies proves nothing; and somebody was asked something."""
    assert matrix.deaths == [matrix.rounds] * len(STEPS) + [0]
    assert matrix.told[UNINTERRUPTED].outputs[QUESTION.name]
