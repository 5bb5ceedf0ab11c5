"""The silent fold: what it compares, what it leaves out, what stops it."""

from collections.abc import Iterable

import pytest

from services.triage.rebuild.errors import FoldFailedError, RulesGoneError
from services.triage.rebuild.fold import Folded, SilentFold
from services.triage.rebuild.rebuilding import Rebuilt
from services.triage.rebuild.recorded import DUPLICATE, UNDECIDED, of_step
from services.triage.rebuild.telling import closing_line, partition_lines
from shared.contracts import IncidentReported
from shared.kafka.records import Incoming
from tests.builders.canonical import DAY, NOON, a_canonical, fold
from tests.builders.fold_rules import some_rules
from tests.builders.triage_behaviours import SEVERE
from tests.builders.triage_edges import a_reported_record, an_incoming

REPORTS = [
    a_canonical("r1", **SEVERE),
    a_canonical("r1", **SEVERE),
    a_canonical("r2", received_at=NOON + 9 * DAY, **SEVERE),
]


def incoming(reports: Iterable[IncidentReported]) -> list[Incoming]:
    """Return the reports as they stand on the topic, from offset 0."""
    return [an_incoming(a_reported_record(one), offset=at) for at, one in enumerate(reports)]


def answers() -> dict[int, bytes]:
    """Return what was answered to REPORTS."""
    return {offset: of_step(step) for offset, step in enumerate(fold(REPORTS, some_rules()))}


def folded(answers: dict[int, bytes], *, is_cut: bool = False) -> Folded:
    """Fold REPORTS against these answers."""
    return SilentFold(lambda _tenant, _at: some_rules(), answers, is_cut)(incoming(REPORTS))


def test_equal_answers_are_counted_duplicates_included() -> None:
    """Three reports, one of them a repeat: three equal answers, two incidents."""
    found = folded(answers())

    assert (found.equal, found.different, len(found.state)) == (3, 0, 2)


def test_a_differing_answer_is_counted_with_its_first_place() -> None:
    """What was decided is now told to be a duplicate: that is a difference."""
    found = folded(answers() | {2: DUPLICATE})

    assert (found.different, found.first_different) == (1, 2)


def test_answers_near_a_cut_may_differ() -> None:
    """What came before them is gone; within 400 days of the cut that is to be expected."""
    found = folded(answers() | {2: DUPLICATE}, is_cut=True)

    assert (found.early, found.different, found.first_different) == (1, 0, None)


def test_what_triage_had_refused_does_not_touch_the_memory() -> None:
    """A parked report is not decided again: it may be the one that kills."""
    found = folded(answers() | {2: UNDECIDED})

    assert (found.undecided, len(found.state)) == (1, 1)


def test_an_answer_past_its_retention_is_recomputed_and_not_compared() -> None:
    """Reports may outlive answers by a day: the memory is whole all the same."""
    kept = answers()
    del kept[0]

    found = folded(kept)

    assert (found.unrecorded, found.equal, len(found.state)) == (1, 2, 2)


def test_without_rules_in_force_nothing_can_be_recomputed() -> None:
    """The report is named by its place."""
    with pytest.raises(RulesGoneError, match="partition 0, offset 0"):
        SilentFold(lambda _tenant, _at: None, answers())(incoming(REPORTS))


def test_a_report_that_raises_is_named_by_its_place() -> None:
    """Of the exception only the type is told."""
    broken = SilentFold(lambda _tenant, _at: "no rules", answers())  # type: ignore[arg-type,return-value]

    with pytest.raises(FoldFailedError, match="offset 0: deciding raised AttributeError"):
        broken(incoming(REPORTS))


def test_an_operator_is_told_of_every_doubt() -> None:
    """Left out, cut, different, unrecorded: a line each; a check says that nothing was written."""
    found = Folded(reports=9, equal=5, different=2, early=1, unrecorded=1, undecided=4)
    rebuilt = Rebuilt(3, 77, found, incidents=6, is_cut=True)

    lines = list(partition_lines(rebuilt, is_check=False))

    assert lines[0].startswith("partition 3: remembers 6 incidents from 9 reports; 5 of 8 answers")
    assert len(lines) == 5
    assert "nothing was written" in closing_line([rebuilt], is_check=True)
    assert "Nothing is lost" in closing_line([Rebuilt(3, 77)], is_check=False)
