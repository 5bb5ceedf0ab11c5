"""A hypothesis model of whole lives of cases: whatever happens, the promises of outreach.md hold.

Requests, people, links, time, mail servers and crashes come in any order; after each step all
that is due is done and the invariants are checked against the mails that left and the rows in SQL.
"""

from collections import Counter
from datetime import timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from services.notifier import doubts, people
from services.notifier.desk import Order
from services.notifier.domain.case import Actor, Case
from services.notifier.domain.channel import Answer, Mail, Refused, Retryable, Sent, Uncertain
from services.notifier.domain.clocks import quiet_until
from services.notifier.domain.errors import NotifierError
from services.notifier.domain.permissions import allowed
from services.notifier.domain.plan import QuietHours
from services.notifier.domain.states import Action, AttentionCode, State
from services.notifier.store.tables import outbox
from shared.contracts.words import ActorRole, CaseEvent, Priority, RequestAction
from shared.identity import derive_id
from tests.builders.notifier import (
    TENANT,
    Post,
    Stage,
    a_person,
    a_request,
    link_of,
    some_people,
)

NAMES = ("one", "two", "three", "four")
PERSONS = {"p_ada": "ada", "p_ben": "ben", "p_zed": None}
SUPPORTERS = ("sue", "tom", "una")
LEADS = {"cora": ActorRole.COORDINATOR, "lea": ActorRole.PROGRAMME_LEAD}
CHOICES = ("accept", "decline", "someone_else", "later", "other_supporter", "opt_out")
ZONES = {"ada": "Asia/Kathmandu", "ben": "America/New_York"}
ANSWERS = (
    Sent("x"),
    Sent("x"),
    Retryable("smtp_451", 60),
    Refused("smtp_550"),
    Uncertain("lost_after_data"),
)


class TimedPost(Post):
    """Also remembers when each mail left."""

    def __init__(self, stage: Stage) -> None:
        """Share the stage's clock."""
        super().__init__()
        self._stage = stage
        self.left_at: list[Any] = []

    def send(self, mail: Mail, idempotency_key: str) -> Answer:
        """Keep the mail, its time and its key."""
        self.left_at.append((self._stage.clock.now(), mail, idempotency_key))
        return super().send(mail, idempotency_key)


class Lives(RuleBasedStateMachine):
    """Cases of two known people and one unknown, three supporters, a coordinator, a lead."""

    @initialize()
    def begin(self) -> None:
        """People in two odd time zones."""
        zoned = [a_person(name, zone=zone) for name, zone in ZONES.items()]
        others = [person for person in some_people() if person.person_id not in ZONES]
        self.stage = Stage(people=[*zoned, *others])
        self.post = TimedPost(self.stage)
        self.stage.post = self.post
        object.__setattr__(self.stage.sender, "channel", self.post)
        self.numbers = 0
        self.person_of: dict[str, str] = {}
        self.opted_out_after: dict[str, int] = {}

    @rule(
        name=st.sampled_from(NAMES),
        person=st.sampled_from(sorted(PERSONS)),
        action=st.sampled_from([*RequestAction, RequestAction.OPEN, RequestAction.OPEN]),
        tier=st.sampled_from([1, 2, 2, 3]),
        priority=st.sampled_from([Priority.URGENT, Priority.HIGH, Priority.ROUTINE]),
        confirm=st.booleans(),
        replaced=st.none() | st.sampled_from(NAMES),
        excluded=st.lists(st.sampled_from(["p_sue", "p_tom", "p_una"]), max_size=2),
    )
    def request(self, name: str, person: str, replaced: str | None, **asked: Any) -> None:
        """Triage asks for something, in any order; a case is always about the same person."""
        self.numbers += 1
        person = self.person_of.setdefault(name, person)
        if replaced is not None and self.person_of.setdefault(replaced, person) != person:
            replaced = None
        request = a_request(
            case=name,
            number=self.numbers,
            person=person,
            exclude=tuple(asked.pop("excluded")),
            replaces=(derive_id("case", replaced),) if replaced and replaced != name else (),
            respond_by=self.stage.clock.now() + timedelta(hours=4),
            **asked,
        )
        self.stage.receive(request, request)
        self.stage.settle()

    @rule(minutes=st.sampled_from([1, 15, 60, 60 * 9, 60 * 24, 60 * 24 * 5]))
    def wait(self, minutes: int) -> None:
        """Time passes; whatever falls due is done, late or not."""
        self.stage.wait(minutes=minutes)

    @rule(data=st.data())
    def human(self, data: st.DataObject) -> None:
        """Somebody presses one of the buttons that their page shows."""
        buttons = [
            (case, actor, action)
            for case in self._cases()
            for actor in self._actors()
            for action in allowed(case, actor, self.stage.clock.now(), self._roster())
        ]
        if not buttons:
            return
        case, actor, action = data.draw(st.sampled_from(buttons), label="button")
        supporter = data.draw(st.sampled_from(SUPPORTERS))
        named = supporter if action in (Action.ASSIGN, Action.RESOLVE_ASSIGN) else None
        order = Order(TENANT, case.case_ref, action, actor, supporter=named)
        self._try(lambda unit, at: _press(unit, order, at))

    @rule(data=st.data(), choice=st.sampled_from(CHOICES))
    def link(self, data: st.DataObject, choice: str) -> None:
        """Somebody presses a button behind a link, perhaps an old one."""
        linked = [mail for mail in self.post.mails if "/l/" in mail.text]
        if not linked:
            return
        mail = data.draw(st.sampled_from(linked), label="mail")
        from services.notifier import links

        done = self._try(lambda unit, at: links.answer(unit, link_of(mail), choice, at))
        if done and choice == "opt_out":
            self.opted_out_after[mail.recipient] = len(self.post.mails)

    @rule(data=st.data())
    def decide_on_attention(self, data: st.DataObject) -> None:
        """A coordinator resolves a person or settles a doubt."""
        waiting = [case for case in self._cases() if case.state is State.ATTENTION]
        if not waiting:
            return
        case = data.draw(st.sampled_from(waiting), label="case")
        cora = Actor(ActorRole.COORDINATOR, "cora")
        if case.code == AttentionCode.UNRESOLVED:
            who = data.draw(st.sampled_from(["ada", "ben"]))
            order = Order(TENANT, case.case_ref, Action.RESOLVE_SEARCH, cora)
            self._try(lambda unit, at: people.resolve_person(unit, order, who, at))
        else:
            answer = data.draw(st.sampled_from(list(doubts.Answer)))
            order = Order(TENANT, case.case_ref, Action.RESOLVE_ASSIGN, cora)
            self._try(lambda unit, at: doubts.settle(unit, order, answer, at))

    @rule(answers=st.lists(st.sampled_from(ANSWERS), min_size=1, max_size=4))
    def mail_trouble(self, answers: list[Answer]) -> None:
        """The mail server behaves badly for the next few messages."""
        self.post.answers.extend(answers)

    @rule()
    def crash_between_claim_and_send(self) -> None:
        """The process dies after the claim was committed; its lease runs out."""
        with self.stage.store.begin() as unit:
            self.stage.sender.claims.next(unit, self.stage.clock.now())
        self.stage.wait(minutes=2)

    @invariant()
    def one_message_of_a_kind_to_the_person(self) -> None:
        """At most one per case, round and kind, whatever happened, unless a human said send."""
        keys = Counter(
            key
            for _, mail, key in getattr(self, "post", Post([])).__dict__.get("left_at", [])
            if self._to_affected(mail, key)
        )
        for key, times in keys.items():
            assert times <= 1 + self._resent(key) + self._retried(key), key

    @invariant()
    def nothing_in_quiet_hours(self) -> None:
        """The person's own night, in their own time zone."""
        for at, mail, key in self._left():
            if self._to_affected(mail, key):
                zone = ZONES[mail.recipient.partition("@")[0]]
                assert quiet_until(at, QuietHours(), zone) is None

    @invariant()
    def nothing_after_an_opt_out(self) -> None:
        """Not one message to the person after the click."""
        for recipient, count in self.opted_out_after.items() if self._begun() else ():
            assert not [
                mail
                for mail, (_, _, key) in zip(
                    self.post.mails[count:], self.post.left_at[count:], strict=True
                )
                if mail.recipient == recipient and self._to_affected(mail, key)
            ]

    @invariant()
    def repeats_share_a_message_id(self) -> None:
        """One key, one Message-ID; one Message-ID, one recipient."""
        ids = {
            key: {m.message_id for _, m, k in self._left() if k == key}
            for _, _, key in self._left()
        }
        assert all(len(found) == 1 for found in ids.values())

    @invariant()
    def open_cases_have_a_future(self) -> None:
        """Each open case has a timer that is not overdue; contacts stay within the cap."""
        for case in self._cases():
            if case.is_open:
                assert case.timers, (case.state, case.code)
                assert min(case.timers.values()) > self.stage.clock.now()
            assert case.contacts <= case.plan.most_contacts + 1

    @invariant()
    def one_open_case_per_person(self) -> None:
        """Also after joins, resolutions, merges and promotions."""
        keys = Counter(case.person_id for case in self._cases() if case.is_open and case.person_id)
        assert not [key for key, count in keys.items() if count > 1]

    @invariant()
    def events_are_gapless(self) -> None:
        """Seq runs 1…n per case, and as many events are told as the case has counted."""
        if not self._begun():
            return
        with self.stage.store.engine.connect() as connection:
            bodies = connection.execute(outbox.select().order_by(outbox.c.id)).all()
        seqs: dict[Any, list[int]] = {}
        for row in bodies:
            seqs.setdefault(row.case_ref, []).append(row.seq)
        for case in self._cases():
            assert seqs.get(case.case_ref, []) == list(range(1, case.seq + 1))

    @invariant()
    def nobody_excluded_is_asked(self) -> None:
        """Not the excluded, not those who said no, not the person themselves."""
        for case in self._cases():
            assert not set(case.asked) & set(case.refused)
            assert case.person_id not in case.asked

    @invariant()
    def every_doubt_is_visible(self) -> None:
        """An uncertain message was told as an event and stands before a human at that moment."""
        if not self._begun():
            return
        cases = self._cases()
        with self.stage.store.read() as unit:
            for case in cases:
                doubtful = [
                    one
                    for one in unit.attempts.of_case(TENANT, case.case_ref)
                    if one.state == "uncertain" and one.key.to_person
                ]
                lines = unit.history.of_case(TENANT, case.case_ref)
                told = [line.name for line in lines if line.name == CaseEvent.UNCERTAIN]
                noted = [line for line in lines if line.reason == "uncertain"]
                assert len(noted) >= len(doubtful)
                assert told or not doubtful or not case.is_open

    def _begun(self) -> bool:
        return hasattr(self, "post")

    def _left(self) -> list[Any]:
        return self.post.left_at if self._begun() else []

    def _to_affected(self, mail: Mail, key: str) -> bool:
        return key.rpartition("|")[2] in ("first_contact", "second_touch")

    def _resent(self, key: str) -> int:
        ref = key.split("|")[1]
        case = next(c for c in self._cases() if str(c.case_ref) == ref)
        with self.stage.store.read() as unit:
            lines = unit.history.of_case(TENANT, case.case_ref)
        return sum(line.name == "assigned" and line.reason == "send" for line in lines)

    def _retried(self, key: str) -> int:
        ref, kind = key.split("|")[1], key.rpartition("|")[2]
        case = next(c for c in self._cases() if str(c.case_ref) == ref)
        with self.stage.store.read() as unit:
            lines = unit.history.of_case(TENANT, case.case_ref)
        failed = ("smtp_451", "channel_refused")
        return sum(line.name == kind and line.reason in failed for line in lines) * 12

    def _cases(self) -> list[Case]:
        if not self._begun():
            return []
        with self.stage.store.read() as unit:
            return [*unit.pages.cases(TENANT), *unit.pages.cases(TENANT, is_open=False)]

    def _actors(self) -> list[Actor]:
        leads = [Actor(role, ref) for ref, role in LEADS.items()]
        return leads + [Actor(ActorRole.SUPPORTER, ref) for ref in SUPPORTERS]

    def _roster(self) -> Any:
        with self.stage.store.read() as unit:
            return unit.directory.roster(TENANT, self.stage.clock.now())

    def _try(self, work: Any) -> bool:
        """Do something; a refusal must leave everything as it was."""
        try:
            with self.stage.store.begin() as unit:
                work(unit, self.stage.clock.now())
        except NotifierError:
            return False
        self.stage.settle()
        return True


def _press(unit: Any, order: Order, at: Any) -> Case:
    from services.notifier.desk import act

    return act(unit, order, at)


def test_promises_hold_in_every_order_of_events() -> None:
    """Run the model; a failure prints the shortest life that breaks a promise."""
    run_state_machine_as_test(
        Lives,
        settings=settings(max_examples=25, stateful_step_count=25, deadline=None),
    )
