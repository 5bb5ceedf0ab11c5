"""Rule windows: distinct occurrences by event time, whatever order the reports came in."""

from datetime import datetime, timedelta
from itertools import permutations

import pytest

from services.triage.domain import window_index
from services.triage.domain.activation import ActiveRules
from services.triage.domain.lens import Lens
from services.triage.domain.occurrence import Group, occurrence_of
from services.triage.domain.ruleset import MergeRule
from services.triage.domain.state import State, Step
from services.triage.domain.window_index import fullest
from shared.contracts import IncidentReported
from shared.contracts.triage_decision import WindowValue
from tests.builders.canonical import DAY, NOON, a_canonical, a_nurse, a_patient, fold
from tests.builders.fold_rules import a_rule_set_without_windows, some_rules

LATEST = NOON + 60 * DAY


def _harm(record_id: str, day: int, harm: str = "moderate", **fields: object) -> IncidentReported:
    return a_canonical(
        record_id,
        at=NOON + day * DAY,
        patients=[a_patient(f"t_{record_id}", harm=harm)],
        **{"received_at": LATEST, "staff": [a_nurse()], **fields},  # type: ignore[arg-type] # fields of a report
    )


def _window(step: Step) -> WindowValue:
    assert step.decision is not None
    return step.decision.persons[0].history[0]


def test_the_third_occurrence_within_the_window_counts_three() -> None:
    """The decision records the value and the incidents counted."""
    steps = fold([_harm("a", 0), _harm("b", 10), _harm("c", 30)], some_rules())

    assert [_window(step).value for step in steps] == [1, 2, 3]
    assert _window(steps[-1]).incident_keys == (
        "alpha|native|a",
        "alpha|native|b",
        "alpha|native|c",
    )


def test_a_day_too_long_counts_the_fuller_part() -> None:
    """31 days from first to last: the interval holds two of the three."""
    steps = fold([_harm("a", 0), _harm("b", 10), _harm("c", 31)], some_rules())

    assert _window(steps[-1]).value == 2


def test_every_arrival_order_ends_with_the_same_count() -> None:
    """The last decision of each order sees all three."""
    for order in permutations([_harm("a", 0), _harm("b", 10), _harm("c", 30)]):
        assert _window(fold(order, some_rules())[-1]).value == 3


def test_incidents_of_one_occurrence_count_once() -> None:
    """Two reports of one occurrence are one exposure, with both keys."""
    group = [{"system": "x", "value": "1"}]
    steps = fold([_harm("a", 0, group_ids=group), _harm("b", 0, group_ids=group)], some_rules())

    assert _window(steps[-1]).value == 1
    assert _window(steps[-1]).incident_keys == ("alpha|native|a", "alpha|native|b")


def test_retracted_incidents_do_not_count() -> None:
    """Retraction empties the window, its undoing fills it again."""
    gone = a_canonical("a", revision=2, received_at=LATEST, status="retracted")
    back = _harm("a", 0, revision=3, status="updated")
    seen = [
        _window(fold([*history, _harm("b", 1)], some_rules())[-1]).value
        for history in ([_harm("a", 0)], [_harm("a", 0), gone], [_harm("a", 0), gone, back])
    ]

    assert seen == [2, 1, 2]


def test_a_revision_that_no_longer_satisfies_where_is_not_counted() -> None:
    """The index follows the newest facts."""
    mild = _harm("a", 0, "mild", revision=2)

    steps = fold([_harm("a", 0), mild, _harm("b", 1)], some_rules())

    assert _window(steps[-1]).value == 1


def test_what_expired_is_not_counted_even_where_it_lies_in_the_window() -> None:
    """A very late report meets an incident that nobody touched for 400 days: it counts alone."""
    forgotten = _harm("a", 0, received_at=NOON)
    late = _harm("b", 10, received_at=NOON + 401 * DAY)

    steps = fold([forgotten, late], some_rules())

    assert _window(steps[-1]) == WindowValue(
        name="harms_30d", value=1, incident_keys=("alpha|native|b",)
    )


def test_an_expired_incident_that_returns_counts_itself_once() -> None:
    """Its old facts went with its memo."""
    back = _harm("a", 0, revision=2, received_at=NOON + 401 * DAY)

    steps = fold([_harm("a", 0, received_at=NOON), back], some_rules())

    assert _window(steps[-1]).value == 1


def test_an_occurrence_that_loses_an_expired_member_counts_by_what_is_left() -> None:
    """The member with the harm is forgotten, the one without stays."""
    group = [{"system": "x", "value": "1"}]
    kept = _harm("b", 0, "mild", received_at=NOON + 300 * DAY, group_ids=group, staff=[])
    named = _harm("c", 0, "mild", received_at=NOON + 300 * DAY, group_ids=group)
    lost = _harm("a", 0, received_at=NOON + 100 * DAY, group_ids=group)
    late = _harm("d", 10, received_at=NOON + 501 * DAY)

    steps = fold([kept, lost, named, late], some_rules())

    assert _window(steps[-2]).value == 1
    assert _window(steps[-1]).incident_keys == ("alpha|native|d",)


def test_a_rule_set_without_windows_counts_nothing() -> None:
    """No index is kept for it."""
    (step,) = fold([_harm("a", 0)], ActiveRules(a_rule_set_without_windows()))

    assert step.decision is not None
    assert step.decision.history == ()
    assert step.decision.persons[0].history == ()


def test_a_window_per_unit_feeds_the_team_rule() -> None:
    """Three severe occurrences on one ward within 14 days reach its team."""
    steps = fold(
        [_harm(name, day, "severe") for name, day in (("a", 0), ("b", 7), ("c", 14))], some_rules()
    )

    decision = steps[-1].decision
    assert decision is not None
    assert decision.history[0].value == 3
    assert decision.team is not None
    assert [reason.rule_id for reason in decision.team.reasons] == ["unit_cluster"]


def test_an_index_built_late_equals_one_kept_from_the_start() -> None:
    """A rule set activated on a full state counts the same."""
    group = [{"system": "x", "value": "1"}]
    history = [_harm("a", 0), _harm("b", 10, group_ids=group), _harm("d", 10, group_ids=group)]
    first, second = State(), State()
    fold(history, some_rules(), first)
    fold(history, some_rules(late="none"), second)

    (kept,) = fold([_harm("c", 20)], some_rules(), first)
    (built,) = fold([_harm("c", 20)], some_rules(), second)

    assert _window(kept) == _window(built)


def test_filling_an_index_walks_through_an_occurrence_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever restarts with hundreds of reports of one event does not wait for each of them."""
    walked: list[str] = []

    def walk(lens: Lens, key: str, merge: MergeRule) -> Group | None:
        walked.append(key)
        return occurrence_of(lens, key, merge)

    state = State()
    group = [{"system": "x", "value": "1"}]
    fold([_harm(f"r{n}", 0, group_ids=group) for n in range(9)], some_rules(late="none"), state)
    monkeypatch.setattr(window_index, "occurrence_of", walk)

    (step,) = fold([_harm("c", 20)], some_rules(), state)

    assert _window(step).value == 2
    assert len(walked) == 1


@pytest.mark.parametrize(
    ("days", "expected"),
    [([], 0), ([0], 1), ([-3, 0, 3], 2), ([-3, -1, 2], 2), ([1, 2, 3, 9], 3), ([-4], 0)],
)
def test_the_fullest_interval_contains_the_moment(days: list[int], expected: int) -> None:
    """Three days long, anywhere around noon, whether or not the moment itself counts."""
    entries: list[tuple[datetime, str]] = [(NOON + day * DAY, str(day)) for day in days]

    assert len(fullest(entries, NOON, timedelta(days=3))) == expected


def test_the_earliest_of_equally_full_intervals_is_recorded() -> None:
    """So that a replay names the same incidents."""
    entries = [(NOON - DAY, "before"), (NOON + DAY, "after")]

    assert fullest(entries, NOON, timedelta(days=1)) == ["before"]
