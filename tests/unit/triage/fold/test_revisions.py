"""Revisions: duplicates, order, A to B to A, retraction and its undoing."""

from datetime import timedelta
from typing import Any

from services.triage.domain.state import State
from shared.contracts.words import DecisionFlag, RejectionCode, RequestAction
from tests.builders.canonical import DAY, HOUR, NOON, a_canonical, a_nurse, a_patient, fold
from tests.builders.fold_rules import some_rules


def test_the_same_event_again_gets_no_decision_but_a_small_record() -> None:
    """A repeat is refused as duplicate and leaves the state as it was."""
    report = a_canonical(patients=[a_patient(harm="severe")], staff=[a_nurse()])
    state = State()

    _, again = fold([report, report], some_rules(), state)

    assert again.decision is None
    assert again.refused is not None
    assert again.refused.code is RejectionCode.DUPLICATE
    assert not again.requests
    assert not again.questions
    assert not again.memos


def test_the_newest_content_again_is_a_duplicate_even_under_another_event_id() -> None:
    """A remap or a new revision number with unchanged content decides nothing."""
    first = a_canonical(patients=[a_patient(harm="severe")])
    remapped = first.model_copy(
        update={"mapping_generation": 1, "event_id": a_canonical("other").event_id}
    )

    _, again = fold([first, remapped], some_rules())

    assert again.refused is not None


def test_a_duplicate_of_a_later_revision_makes_those_between_stale() -> None:
    """Revision 3 repeats revision 2, so that a delayed revision 2.5 cannot win."""
    second = a_canonical(revision=2, patients=[a_patient(harm="severe")], content_hash="x")
    fourth = a_canonical(revision=4, patients=[a_patient(harm="severe")], content_hash="x")
    third = a_canonical(revision=3, patients=[a_patient(harm="none")], content_hash="y")

    *_, last = fold([second, fourth, third], some_rules())

    assert last.decision is not None
    assert DecisionFlag.STALE in last.decision.flags


def test_an_older_revision_is_stale_and_requests_nothing() -> None:
    """The newest facts stay, the decision is flagged, no request leaves."""
    newer = a_canonical(revision=2, patients=[a_patient(harm="none")], staff=[a_nurse()])
    older = a_canonical(revision=1, patients=[a_patient(harm="death")], staff=[a_nurse()])

    _, stale = fold([newer, older], some_rules())

    assert stale.decision is not None
    assert DecisionFlag.STALE in stale.decision.flags
    assert stale.decision.persons[0].tier == 0
    assert not stale.requests


def test_a_source_that_changes_its_ordering_key_starts_anew() -> None:
    """What was ordered by revision and is now ordered by time counts as later."""
    first = a_canonical(revision=9, patients=[a_patient(harm="none")])
    other = a_canonical(
        revision=1,
        ordering={"by": "updated_at", "value": "2026-01-01"},
        patients=[a_patient(harm="severe")],
    )

    _, step = fold([first, other], some_rules())

    assert step.decision is not None
    assert DecisionFlag.STALE not in step.decision.flags


def test_being_named_in_proceedings_touches_once_per_type() -> None:
    """A rule that names no type fires for each."""
    facts: dict[str, Any] = {"patients": [a_patient(harm="severe")], "staff": [a_nurse()]}
    named = [{"type": "coroner", "persons": ["p_nurse"]}]

    _, once, twice = fold(
        [
            a_canonical(revision=1, **facts),
            a_canonical(revision=2, proceedings=named, **facts),
            a_canonical(revision=3, proceedings=[*named, {"type": "media"}], **facts),
        ],
        some_rules(),
    )

    assert [(r.action, r.code) for r in once.requests] == [("raise", "retouch")]
    assert [(r.action, r.code) for r in twice.requests] == [("raise", "retouch")]


def test_an_event_that_returns_after_other_content_is_decided_again_with_its_ordinal() -> None:
    """A, B, A: the third decision has ordinal 1 and an id of its own."""
    ordering = [{"by": "arrival", "value": f"2026-11-2{day}"} for day in range(3)]
    first = a_canonical(ordering=ordering[0], patients=[a_patient(harm="severe")])
    other = a_canonical(revision=2, ordering=ordering[1], patients=[a_patient(harm="none")])
    again = first.model_copy(update={"ordering": first.ordering.model_copy()})
    again = a_canonical(ordering=ordering[2], patients=[a_patient(harm="severe")])

    steps = fold([first, other, again], some_rules())

    decisions = [step.decision for step in steps if step.decision]
    assert [decision.ordinal for decision in decisions] == [0, 0, 1]
    assert len({decision.decision_id for decision in decisions}) == 3
    assert decisions[0].event_id == decisions[2].event_id


def test_each_decision_supersedes_the_previous_one_of_its_occurrence() -> None:
    """The chain of decisions has no gap."""
    reports = [a_canonical(revision=n, patients=[a_patient(age_years=n)]) for n in (1, 2, 3)]

    decisions = [step.decision for step in fold(reports, some_rules()) if step.decision]

    assert decisions[0].supersedes is None
    assert [d.supersedes for d in decisions[1:]] == [d.decision_id for d in decisions[:-1]]


def test_a_retraction_withdraws_and_its_undoing_raises_again() -> None:
    """What was requested is withdrawn, then raised under the same case."""
    facts: dict[str, Any] = {"patients": [a_patient(harm="severe")], "staff": [a_nurse()]}
    opened, withdrawn, restored = fold(
        [
            a_canonical(revision=1, **facts),
            a_canonical(revision=2, status="retracted"),
            a_canonical(revision=3, status="updated", **facts),
        ],
        some_rules(),
    )

    actions = [step.requests[0].action for step in (opened, withdrawn, restored)]
    assert actions == [RequestAction.OPEN, RequestAction.WITHDRAW, RequestAction.RAISE]
    assert len({step.requests[0].case_ref for step in (opened, withdrawn, restored)}) == 1
    assert [step.requests[0].code for step in (withdrawn, restored)] == ["retracted", "restored"]
    assert withdrawn.decision is not None
    assert DecisionFlag.WITHDRAWN in withdrawn.decision.flags


def test_a_retracted_member_leaves_its_facts_but_not_the_name_of_the_occurrence() -> None:
    """Persons of the remaining incident keep their case when the first incident is retracted."""
    first = a_canonical("r1", patients=[a_patient(harm="severe")], staff=[a_nurse("p_a")])
    other = a_canonical("r2", patients=[a_patient(harm="severe")], staff=[a_nurse("p_b")])
    retracted = a_canonical("r1", revision=2, status="retracted")

    _, joined, remains = fold([first, other, retracted], some_rules())

    assert joined.decision is not None
    assert remains.decision is not None
    assert remains.decision.occurrence_id == joined.decision.occurrence_id
    assert [person.person_ref for person in remains.decision.persons] == ["p_b"]
    assert {request.action for request in remains.requests} == {
        RequestAction.WITHDRAW,
        RequestAction.AMEND,
    }


def test_an_old_trigger_is_late_and_waits_for_a_human_at_most_routinely() -> None:
    """The tier stands in full; the request is routine and must be confirmed."""
    report = a_canonical(
        received_at=NOON + 31 * DAY, patients=[a_patient(died=True)], staff=[a_nurse()]
    )

    (step,) = fold([report], some_rules())

    assert step.decision is not None
    assert DecisionFlag.LATE in step.decision.flags
    assert step.decision.persons[0].priority == "urgent"
    assert (step.requests[0].priority, step.requests[0].confirm) == ("routine", True)


def test_an_archive_is_decided_without_a_request() -> None:
    """`late.then: none` withholds everything late, with a code."""
    report = a_canonical(
        received_at=NOON + 31 * DAY, patients=[a_patient(died=True)], staff=[a_nurse()]
    )

    (step,) = fold([report], some_rules(late="none"))

    assert step.decision is not None
    assert step.decision.persons[0].withheld_because == "late"
    assert not step.requests


def test_exactly_the_limit_is_not_late() -> None:
    """Late is longer ago than `late.after`, not as long."""
    report = a_canonical(received_at=NOON + 30 * DAY, patients=[a_patient(died=True)])

    (step,) = fold([report], some_rules())

    assert step.decision is not None
    assert DecisionFlag.LATE not in step.decision.flags


def test_proceedings_that_open_later_touch_again_once_and_are_not_late() -> None:
    """A lawsuit months later raises at an equal tier; hearing of it again does not."""
    facts: dict[str, Any] = {"patients": [a_patient(harm="severe")], "staff": [a_nurse()]}
    sued = [{"type": "litigation"}]
    _, raised, quiet, police = fold(
        [
            a_canonical(revision=1, **facts),
            a_canonical(revision=2, received_at=NOON + 90 * DAY, proceedings=sued, **facts),
            a_canonical(
                revision=3, received_at=NOON + 91 * DAY, proceedings=sued, codings=[], **facts
            ),
            a_canonical(
                revision=4,
                received_at=NOON + 92 * DAY,
                proceedings=[*sued, {"type": "police"}],
                **facts,
            ),
        ],
        some_rules(),
    )

    assert [(r.action, r.code) for r in raised.requests] == [("raise", "retouch")]
    assert not quiet.requests
    assert [(r.action, r.code) for r in police.requests] == [("raise", "retouch")]
    assert raised.decision is not None
    assert DecisionFlag.LATE not in raised.decision.flags


def test_respond_by_is_the_receipt_plus_the_clock_of_the_priority() -> None:
    """Urgent is due four hours after the report was received."""
    report = a_canonical(patients=[a_patient(died=True)], staff=[a_nurse()])

    (step,) = fold([report], some_rules())

    assert step.requests[0].respond_by - report.received_at == timedelta(hours=4)
    assert report.received_at == NOON + HOUR
