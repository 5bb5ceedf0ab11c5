"""One behavioural suite on SQLite and on PostgreSQL: what "once" rests on."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

import pytest
from sqlalchemy import inspect
from sqlalchemy.exc import IntegrityError

from services.notifier.domain.case import Actor, Case, Message
from services.notifier.domain.states import MessageKind, State, TimerKind
from services.notifier.store.attempt_rows import AttemptState, Claim, End
from services.notifier.store.case_rows import CaseRows
from services.notifier.store.engine import Store
from services.notifier.store.history_rows import Line, Sort
from services.notifier.store.message_rows import MessageKey, key_of
from services.notifier.store.schema import is_current, migrate
from services.notifier.store.tables import metadata
from services.notifier.store.token_rows import Link, Purpose
from services.notifier.store.unit import Unit
from shared.contracts.words import ActorRole
from shared.identity import derive_id
from tests.builders.notifier import NOON, TENANT, a_case, a_person, a_supporter

T = TypeVar("T")
REF = derive_id("case", "one")
LEASE = derive_id("lease", "test")
LATER = NOON + timedelta(minutes=1)
TOPIC = derive_id("topic", "one")


def a_key(kind: MessageKind = MessageKind.FIRST_CONTACT, **overrides: Any) -> MessageKey:
    """Return the key of a message to ada."""
    message = Message(kind, "ada", 1, 0, NOON)
    return replace(key_of(TENANT, REF, message, "email"), **overrides)


def a_claim(**overrides: Any) -> Claim:
    """Return a claim of one minute."""
    return replace(Claim(LEASE, NOON, LATER, "<one@x>", "first_contact", "en"), **overrides)


def saved(store: Store, *cases: Case) -> None:
    """Write new cases."""
    with store.begin() as unit:
        for case in cases:
            unit.cases.save(case, None)


def test_migration_makes_the_tables_that_the_code_uses(store: Store) -> None:
    """Names, columns and indexes are those of `tables.py`; a second run changes nothing."""
    migrate(store.engine)
    inspector = inspect(store.engine)

    assert is_current(store.engine)
    for name, table in metadata.tables.items():
        assert {c["name"] for c in inspector.get_columns(name)} == set(table.columns.keys())
        unique = {i["name"] for i in inspector.get_indexes(name) if i["unique"]}
        assert unique == {index.name for index in table.indexes if index.unique}


def test_a_case_comes_back_as_it_was_written(store: Store) -> None:
    """Nothing of a case is lost in its document."""
    case = a_case(timers={TimerKind.SEARCH: NOON}, asked=("sue",), exclude=("p_x",))

    saved(store, case)

    with store.begin() as unit:
        assert unit.cases.find(TENANT, REF) == case


def test_one_open_case_per_person(store: Store) -> None:
    """The second guard: a second open case of the same person is refused by the database."""
    saved(store, a_case())

    with pytest.raises(IntegrityError), store.begin() as unit:
        unit.cases.save(a_case(case_ref=derive_id("case", "two")), None)


def test_closed_cases_and_teams_do_not_count(store: Store) -> None:
    """Only open cases of persons exclude each other."""
    closed = a_case(case_ref=derive_id("case", "two"), state=State.CLOSED)
    teams = [replace(a_case(), case_ref=derive_id("case", n), person_id=None) for n in "ab"]
    teams = [replace(t, subject=replace(t.subject, person_ref=None)) for t in teams]

    saved(store, a_case(), closed, *teams)

    with store.read() as unit:
        assert len(unit.pages.cases(TENANT)) == 3


def test_one_message_of_a_kind_to_the_person_whatever_step_or_channel(store: Store) -> None:
    """The partial unique index on attempts, below all guards."""
    saved(store, a_case())
    with store.begin() as unit:
        unit.attempts.claim(a_key(), a_claim())

    other = a_key(channel="sms", step=3)

    with store.begin() as unit:
        assert unit.attempts.claim(other, a_claim(message_id="<two@x>")) == "<one@x>"
        assert len(unit.attempts.of_case(TENANT, REF)) == 1


def test_a_new_round_opens_one_more_message(store: Store) -> None:
    """The kind is unique within a round."""
    saved(store, a_case())

    with store.begin() as unit:
        unit.attempts.claim(a_key(), a_claim())
        unit.attempts.claim(a_key(round=2), a_claim(message_id="<two@x>"))
        assert len(unit.attempts.of_case(TENANT, REF)) == 2


def test_request_is_applied_once(store: Store) -> None:
    """The inbox key absorbs repeats."""
    with store.begin() as unit:
        assert unit.inbox.first_time(TENANT, derive_id("r"), REF, NOON)
    with store.begin() as unit:
        assert not unit.inbox.first_time(TENANT, derive_id("r"), REF, NOON)
        assert unit.inbox.first_time("elsewhere", derive_id("r"), REF, NOON)


def test_positions_belong_to_a_topic_id(store: Store) -> None:
    """A re-created topic has another id and no position."""
    with store.begin() as unit:
        unit.inbox.move_to(TOPIC, 0, 5)
        unit.inbox.move_to(TOPIC, 0, 6)

        assert unit.inbox.next_offset(TOPIC, 0) == 6
        assert unit.inbox.next_offset(TOPIC, 1) is None
        assert unit.inbox.next_offset(UUID(int=9), 0) is None


def test_rolled_back_together(store: Store) -> None:
    """Whatever is raised in a unit of work leaves nothing behind."""

    def broken(unit: Unit) -> None:
        unit.cases.save(a_case(), None)
        unit.inbox.move_to(TOPIC, 0, 5)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        _in_unit(store, broken)

    with store.begin() as unit:
        assert unit.cases.find(TENANT, REF) is None
        assert unit.inbox.next_offset(TOPIC, 0) is None


def test_timer_is_claimed_by_one_of_many(store: Store) -> None:
    """Eight workers race for twelve timers: each timer is acted on once."""
    refs = [derive_id("case", str(n)) for n in range(12)]
    saved(
        store,
        *(
            a_case(case_ref=ref, person_id=str(ref), timers={TimerKind.SEARCH: NOON})
            for ref in refs
        ),
    )

    def work(_: int) -> list[UUID]:
        got = []
        while found := _in_unit(store, lambda unit: unit.timers.claim_due(NOON)):
            got.append(found.case_ref)
        return got

    with ThreadPoolExecutor(8) as pool:
        claimed = [ref for got in pool.map(work, range(8)) for ref in got]
    # A worker may leave early while others hold the last rows; none may be claimed twice.
    assert len(claimed) == len(set(claimed))
    rest = work(0)
    assert sorted([*claimed, *rest]) == sorted(refs)


def test_message_is_claimed_by_one_of_many(store: Store) -> None:
    """Eight workers race for one message: one gets it."""
    saved(store, a_case())
    with store.begin() as unit:
        unit.messages.add(a_key(), NOON, None)

    def work(_: int) -> object:
        return _in_unit(store, lambda unit: unit.messages.claim_due(LEASE, NOON, LATER))

    with ThreadPoolExecutor(8) as pool:
        assert sum(found is not None for found in pool.map(work, range(8))) == 1


def test_expired_lease_is_taken_over_only_where_a_repeat_is_allowed(store: Store) -> None:
    """A supporter's message goes again, one to the person becomes a doubt."""
    saved(store, a_case())
    offer = a_key(MessageKind.SUPPORTER_OFFER, step=1, recipient_ref="sue")
    with store.begin() as unit:
        for key in (a_key(), offer):
            unit.messages.add(key, NOON, None)
            unit.messages.claim_due(LEASE, NOON, LATER)
            unit.attempts.claim(key, a_claim())

    with store.begin() as unit:
        again = unit.messages.claim_due(LEASE, LATER, LATER + timedelta(minutes=1))
        assert again is not None
        assert again.key == offer
        assert unit.messages.claim_due(LEASE, LATER, LATER) is None
        assert [attempt.key for attempt in unit.attempts.expired(LATER)] == [a_key()]


def test_attempt_keeps_its_first_message_id(store: Store) -> None:
    """A repeat is recognisable by its Message-ID."""
    saved(store, a_case())
    with store.begin() as unit:
        unit.attempts.claim(a_key(), a_claim())
        unit.attempts.end(a_key(), End(AttemptState.FAILED, NOON, "smtp_451"))

        assert unit.attempts.claim(a_key(), a_claim(message_id="<two@x>")) == "<one@x>"


def test_outbox_is_leased_released_and_marked(store: Store) -> None:
    """Rows are claimed by state; what was not published waits again."""
    with store.begin() as unit:
        for seq in (1, 2, 3):
            unit.outbox.add(TENANT, REF, seq, "{}", NOON)
    with store.begin() as unit:
        assert [row.seq for row in unit.outbox.claim(LEASE, NOON, LATER, 2)] == [1, 2]
        assert [row.seq for row in unit.outbox.claim(derive_id("o"), NOON, LATER, 9)] == [3]
        unit.outbox.release(LEASE)
        rows = unit.outbox.claim(LEASE, NOON, LATER, 9)
        unit.outbox.mark_sent(LEASE, [row.id for row in rows], NOON)
        assert unit.outbox.waiting() == 1


def test_sequence_number_is_used_once(store: Store) -> None:
    """Two events of a case can never share a number."""
    with store.begin() as unit:
        unit.outbox.add(TENANT, REF, 1, "{}", NOON)

    with pytest.raises(IntegrityError), store.begin() as unit:
        unit.outbox.add(TENANT, REF, 1, "{}", NOON)


def test_aliases_follow_merges(store: Store) -> None:
    """After two merges the oldest reference reaches the newest case."""
    one, two, three = (derive_id("case", n) for n in ("1", "2", "3"))
    with store.begin() as unit:
        unit.cases.link(TENANT, one, two)
        unit.cases.link(TENANT, two, three)

        assert unit.cases.now_ref(TENANT, one) == three
        assert unit.cases.now_ref(TENANT, two) == three
        assert unit.cases.now_ref(TENANT, three) == three


def test_link_works_once_and_only_its_hash_is_kept(store: Store) -> None:
    """A used link is like one that never existed; a repeat's link ends with it."""
    link = Link(Purpose.OFFER, TENANT, REF, "sue")
    with store.begin() as unit:
        unit.tokens.add("secret-one", link, LATER)
        unit.tokens.add("secret-two", link, LATER)
        assert unit.tokens.look("secret-one", NOON) == link
        assert unit.tokens.look("secret-one", LATER) is None
        unit.tokens.use(link, NOON)
        assert unit.tokens.look("secret-two", NOON) is None


def test_directory_finds_people_by_every_pseudonym_and_counts_load(store: Store) -> None:
    """Several identifiers are one person; load is open cases and waiting offers."""
    with store.begin() as unit:
        unit.directory.put(a_person("ada"), ("p_1", "p_2"))
        unit.directory.put(a_supporter("sue"), ("p_3",))
        unit.cases.save(a_case(supporter="sue", state=State.ASSIGNED), None)
        other = a_case(case_ref=derive_id("case", "2"), person_id="x", asked=("sue",))
        unit.cases.save(other, None)

        assert unit.directory.resolve(TENANT, ["p_1", "p_2", "p_9"]) == {"p_1": "ada", "p_2": "ada"}
        (sue,) = unit.directory.candidates(TENANT)
        assert (sue.open_cases, sue.pending, sue.last_case_at) == (1, 1, NOON)


def test_history_keeps_order_and_details(store: Store) -> None:
    """The timeline is what was written, in order."""
    lines = [
        Line(NOON, Sort.EVENT, "opened", "first", Actor()),
        Line(NOON, Sort.NOT_SENT, "first_contact", "quiet_hours", recipient="ada"),
        Line(LATER, Sort.MATCH, "match", details={"ranked": ["sue"]}),
        Line(LATER, Sort.EVENT, "confirmed", None, Actor(ActorRole.COORDINATOR, "cora")),
    ]
    with store.begin() as unit:
        for line in lines:
            unit.history.add(TENANT, REF, line)

        assert list(unit.history.of_case(TENANT, REF)) == lines


def test_opt_out_is_found_under_any_key(store: Store) -> None:
    """The wish is standing; repeating it changes nothing."""
    with store.begin() as unit:
        unit.directory.opt_out(TENANT, "p_ada", NOON)
        unit.directory.opt_out(TENANT, "p_ada", LATER)

        assert unit.directory.opted_out(TENANT, ["ada", "p_ada"])
        assert not unit.directory.opted_out("elsewhere", ["ada", "p_ada"])


def _in_unit(store: Store, work: Callable[[Unit], T]) -> T:
    with store.begin() as unit:
        return work(unit)


@pytest.mark.parametrize(
    ("case", "find"),
    [
        (a_case(), lambda rows: rows.open_of_person(TENANT, ["ada"])),
        (
            a_case(state=State.CLOSED, code="joined_open_case"),
            lambda rows: rows.joined_of_person(TENANT, "ada"),
        ),
    ],
)
def test_a_case_found_by_its_person_is_locked(
    store: Store, case: Case, find: Callable[[CaseRows], Case | None]
) -> None:
    """Who changes it meanwhile waits, and nobody's change is lost."""
    saved(store, case)

    def exclude() -> None:
        with store.begin() as unit:
            there = unit.cases.find(TENANT, REF)
            assert there is not None
            unit.cases.save(replace(there, exclude=("p_sue",)), there)

    with ThreadPoolExecutor(1) as pool:
        with store.begin() as unit:
            found = find(unit.cases)
            assert found is not None
            other = pool.submit(exclude)
            assert not wait([other], timeout=0.5).done
            unit.cases.save(replace(found, seq=7), found)
        other.result(timeout=30)

    with store.read() as unit:
        now = unit.pages.case(TENANT, REF)
    assert now is not None
    assert (now.seq, now.exclude) == (7, ("p_sue",))
