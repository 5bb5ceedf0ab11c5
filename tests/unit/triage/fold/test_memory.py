"""Memory: records of the state topic, restoring, forgetting, and what lies on one incident."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.triage.domain.memo import (
    CIRCUMSTANCES,
    HintMemo,
    known_circumstances,
    pack_circumstances,
)
from services.triage.domain.memo_codec import MemoUnreadableError, decode_memo, encode_memo
from services.triage.domain.memo_reading import read_memo
from services.triage.domain.memory import Index
from services.triage.domain.plan import prepare
from services.triage.domain.state import State
from tests.builders.canonical import DAY, HOUR, NOON, a_canonical, a_nurse, a_patient, fold
from tests.builders.fold_rules import some_rules

FULL: dict[str, Any] = {
    "status": "updated",
    "group_ids": [{"system": "x", "value": "1"}],
    "reported_at": NOON + HOUR / 2,
    "patients": [
        a_patient(age_years=3, harm="severe", died=False, outcomes=["crash_call"]),
        a_patient("t_two", harm_psychological="mild", harm_duration="permanent"),
    ],
    "circumstances": {"error": True, "palliative": False},
    "staff": [
        a_nurse(
            sealed="c2VhbGVk",
            trainee=True,
            own_act=True,
            relationship=["known_patient"],
            harmed=["threat"],
            signals=["concern"],
            unit_id="icu",
        ),
        a_nurse(None, opted_out=True, support_offered=False),
    ],
    "reporter": {"person_ref": "p_rep", "type": "staff", "concern": 4, "involvement": "author"},
    "team_headcount": 5,
    "proceedings": [{"type": "police", "opened_at": NOON, "persons": ["p_nurse"]}],
    "support": {"support_offered": True},
    "investigators": ["p_inv"],
    "team_hint": {"unit_id": "w", "earliest": NOON, "latest": NOON, "reason": "reporter_only"},
}


def test_a_memo_survives_its_record() -> None:
    """Every slot comes back equal, cases included."""
    state = State()
    fold([a_canonical(**FULL)], some_rules(), state)
    (memo,) = state.memory("alpha").memos.values()

    assert memo.cases
    assert decode_memo(memo.key, encode_memo(memo)) == memo


def test_a_memo_of_an_empty_report_survives_too() -> None:
    """Unknown stays unknown, never false or empty."""
    memo = read_memo(a_canonical(at=None, unit=None, kind=None, categories=None), None, 0)

    assert decode_memo(memo.key, encode_memo(memo)) == memo
    assert (memo.patients, memo.staff, memo.categories) == (None, None, None)


@pytest.mark.parametrize("value", [b"", b"{}", b"[]", b"[2]", b"[1]", b"[1,2]", b"\xff", b"null"])
def test_a_record_we_cannot_read_is_refused_by_name(value: bytes) -> None:
    """Deciding without it could contact people twice."""
    with pytest.raises(MemoUnreadableError) as refusal:
        State().restore("alpha|native|r1", value)

    assert refusal.value.key == "alpha|native|r1"


def test_a_record_carries_the_version_of_its_layout() -> None:
    """The first item says how to read the rest."""
    memo = read_memo(a_canonical(), None, 0)

    assert json.loads(encode_memo(memo))[0] == 1


@given(st.dictionaries(st.sampled_from(CIRCUMSTANCES), st.booleans()))
def test_circumstances_pack_into_one_number(stated: dict[str, bool]) -> None:
    """Yes, no and unknown come back for each of the fourteen."""
    known = known_circumstances(pack_circumstances(stated))

    assert known == {f"circumstances.{name}": value for name, value in stated.items()}


def test_a_tombstone_forgets_an_incident() -> None:
    """A record without a value removes what an earlier record brought."""
    state = State()
    memo = read_memo(a_canonical(), None, 0)
    state.restore(memo.key, encode_memo(memo))

    state.restore(memo.key, None)

    assert len(state) == 0


def test_an_incident_is_forgotten_400_days_after_its_newest_activity() -> None:
    """The next report of the tenant carries the tombstone; activity in between postpones it."""
    old = a_canonical("old")
    kept = a_canonical("kept")
    touched = a_canonical("kept", revision=2, received_at=NOON + 10 * DAY, status="updated")
    state = State()

    *_, last = fold(
        [old, kept, touched, a_canonical("new", at=NOON + 401 * DAY)], some_rules(), state
    )

    assert last.memos["alpha|native|old"] is None
    assert sorted(state.memory("alpha").memos) == ["alpha|native|kept", "alpha|native|new"]


def test_exactly_400_days_is_still_remembered() -> None:
    """A repeat on the last day is a duplicate, a day later it is decided anew."""
    first = a_canonical(received_at=NOON)
    same = a_canonical(received_at=NOON + 400 * DAY)
    after = a_canonical(received_at=NOON + 401 * DAY)

    _, duplicate = fold([first, same], some_rules())
    _, anew = fold([first, after], some_rules())

    assert duplicate.refused is not None
    assert anew.decision is not None
    assert anew.decision.supersedes is None


def test_an_expired_incident_that_returns_opens_the_same_case_again() -> None:
    """The occurrence keeps its id; the notifier treats an open on a known case as a raise."""
    facts: dict[str, Any] = {"patients": [a_patient(harm="severe")], "staff": [a_nurse()]}
    first, back = fold(
        [a_canonical(**facts), a_canonical(revision=2, received_at=NOON + 500 * DAY, **facts)],
        some_rules(),
    )

    assert back.requests[0].case_ref == first.requests[0].case_ref
    assert back.requests[0].action == "open"


def test_the_naming_incident_lives_as_long_as_its_occurrence() -> None:
    """Revisions of another member keep its cases in memory."""
    facts: dict[str, Any] = {
        "patients": [a_patient(harm="severe")],
        "group_ids": [{"system": "x", "value": "1"}],
    }
    reports = [a_canonical("r1", staff=[a_nurse()], **facts), a_canonical("r2", **facts)]
    reports += [
        a_canonical("r2", revision=n, received_at=NOON + n * 200 * DAY, team_headcount=n, **facts)
        for n in (2, 3, 4)
    ]
    state = State()

    steps = fold(reports, some_rules(), state)

    decisions = [step.decision for step in steps if step.decision]
    assert len({decision.occurrence_id for decision in decisions}) == 1
    assert "alpha|native|r1" in state.memory("alpha").memos


def test_a_restored_state_numbers_the_next_incident_as_one_that_never_stopped() -> None:
    """The youngest incident expired; what is numbered next may not tell a restart."""
    history = [a_canonical("a"), a_canonical("b")]
    history += [a_canonical("a", revision=n, at=NOON + n * 150 * DAY) for n in (2, 3)]
    kept, restored = State(), State()
    fold(history, some_rules(), kept)
    for key, value in kept.records():
        restored.restore(key, value)

    fresh = a_canonical("c", at=NOON + 451 * DAY)
    (one,), (other,) = (fold([fresh], some_rules(), state) for state in (kept, restored))

    assert sorted(state := dict(kept.records())) == ["alpha|native|a", "alpha|native|c"]
    assert state == dict(restored.records())
    assert one.memos == other.memos


def test_a_duplicate_forgets_nothing() -> None:
    """What is due waits for the next decision of the tenant."""
    state = State()
    later = a_canonical("new", at=NOON + 300 * DAY)
    fold([a_canonical("old"), later], some_rules(), state)

    again = later.model_copy(update={"received_at": NOON + 500 * DAY})
    (step,) = fold([again], some_rules(), state)

    assert step.refused is not None
    assert len(state) == 2


def test_only_the_newest_rule_sets_keep_their_windows() -> None:
    """A tenant that changes its rules does not fill the memory with old indexes."""
    memory = State().memory("alpha")
    plan = prepare(some_rules().rule_set)
    plans = [replace(plan, rule_set=replace(plan.rule_set, hash=f"sha256:{n}")) for n in range(9)]

    first = memory.windows(plans[0])
    last = [memory.windows(each) for each in plans][-1]

    assert memory.windows(plans[-1]) is last
    assert memory.windows(plans[0]) is not first


def test_one_tenants_reports_never_forget_anothers() -> None:
    """Expiry looks at the tenant of the report alone, so that a tenant's replay is exact."""
    state = State()

    *_, last = fold(
        [a_canonical(), a_canonical(tenant="beta", at=NOON + 500 * DAY)], some_rules(), state
    )

    assert list(last.memos) == ["beta|native|r1"]
    assert len(state) == 2


def test_a_known_person_keeps_the_sealed_identifier_for_later_requests() -> None:
    """A person named in one report may first be offered support because of another."""
    group = [{"system": "x", "value": "1"}]
    named = a_canonical(
        "r1", staff=[a_nurse(sealed="c2VhbGVk")], group_ids=group, patients=[a_patient(harm="none")]
    )
    grave = a_canonical("r2", patients=[a_patient(harm="severe")], group_ids=group)

    _, step = fold([named, grave], some_rules())

    (request,) = step.requests
    assert request.subject.kind == "person"
    assert request.subject.sealed == "c2VhbGVk"


def test_an_index_forgets_keys_one_by_one() -> None:
    """One key, several and none again; a key is added once and an unknown one is no matter."""
    index = Index()
    for key in ("a", "b", "b", "c"):
        index.add("term", key)
    found = [sorted(index.keys("term"))]
    for key in ("x", "a", "b", "c", "c"):
        index.discard("term", key)
        found.append(sorted(index.keys("term")))

    assert found == [["a", "b", "c"], ["a", "b", "c"], ["b", "c"], ["c"], [], []]


def test_memos_that_differ_in_what_was_requested_tell_the_same() -> None:
    """Grouping and windows stay as they are; one fact more and they do not."""
    state = State()
    fold([a_canonical()], some_rules(), state)
    (memo,) = state.memory("alpha").memos.values()

    assert memo.tells_as(memo._replace(cases=(), last_decision=b"x", active_at=NOON + DAY))
    assert not memo.tells_as(memo._replace(retracted=True))
    assert not memo.tells_as(memo._replace(kind="near_miss"))
    assert not memo.tells_as(memo._replace(hint=HintMemo()))
    assert not memo.tells_as(memo._replace(arrival=7))
