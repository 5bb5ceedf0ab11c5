"""Requests, people and a whole notifier on a fake clock and a fake channel."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from services.notifier import asking, links
from services.notifier.claiming import Claims
from services.notifier.desk import Order, act
from services.notifier.domain.case import Actor, Case, Subject
from services.notifier.domain.channel import Answer, Mail, Sent
from services.notifier.domain.directory import Person, Role
from services.notifier.domain.plan import Plan
from services.notifier.domain.policy import Policy
from services.notifier.domain.states import Action, State
from services.notifier.due import act_on_due
from services.notifier.sender import Sender
from services.notifier.store.engine import Store, open_engine
from services.notifier.store.tables import metadata
from shared.clock import FixedClock
from shared.contracts import OutreachRequested
from shared.contracts.outreach_requested import PersonSubject, TeamSubject
from shared.contracts.words import (
    ActorRole,
    FollowUp,
    Priority,
    RequestAction,
    StaffRole,
    SubjectKind,
)
from shared.identity import derive_id
from shared.observability import Metrics

TENANT = "northwick"
ONE = derive_id("case", "one")
NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
WAITS = {Priority.URGENT: 4, Priority.HIGH: 24, Priority.ROUTINE: 72, Priority.NONE: 72}


def a_request(**overrides: Any) -> OutreachRequested:
    """Return an urgent request to open a case for person p_ada; `case` and `number` make ids."""
    case, number = overrides.pop("case", "one"), overrides.pop("number", 1)
    priority = overrides.setdefault("priority", Priority.URGENT)
    person = overrides.pop("person", "p_ada")
    values: dict[str, Any] = {
        "request_id": derive_id("request", case, str(number)),
        "case_ref": derive_id("case", case),
        "tenant": TENANT,
        "subject": PersonSubject(person_ref=person, role=StaffRole.NURSE, unit_id="picu"),
        "action": RequestAction.OPEN,
        "code": "first",
        "tier": 2,
        "respond_by": NOON + timedelta(hours=WAITS[priority]),
        "follow_up": FollowUp.STANDARD,
    }
    return OutreachRequested(**(values | overrides))


def a_team_request(**overrides: Any) -> OutreachRequested:
    """Return a request for a team of the picu."""
    return a_request(subject=TeamSubject(unit_id="picu", headcount=6), **overrides)


def a_case(**overrides: Any) -> Case:
    """Return a case in state proposed."""
    values: dict[str, Any] = {
        "tenant": TENANT,
        "case_ref": derive_id("case", "one"),
        "subject": Subject(SubjectKind.PERSON, "p_ada", StaffRole.NURSE, "picu"),
        "state": State.PROPOSED,
        "tier": 2,
        "priority": Priority.URGENT,
        "opened_at": NOON,
        "respond_by": NOON + timedelta(hours=4),
        "contact_by": NOON + timedelta(hours=4),
        "plan": Plan(),
        "person_id": "ada",
    }
    return Case(**(values | overrides))


def a_person(person_id: str = "ada", **overrides: Any) -> Person:
    """Return a member of staff."""
    values: dict[str, Any] = {
        "tenant": TENANT,
        "person_id": person_id,
        "given_name": person_id.title(),
        "family_name": "Example",
        "email": f"{person_id}@northwick.example",
        "role": StaffRole.NURSE,
        "unit_id": "picu",
    }
    return Person(**(values | overrides))


def a_supporter(person_id: str, **overrides: Any) -> Person:
    """Return a supporter."""
    return a_person(person_id, roles=(Role.STAFF, Role.SUPPORTER), **overrides)


def some_people() -> tuple[Person, ...]:
    """Return one nurse, three supporters, two coordinators and a programme lead."""
    return (
        a_person("ada"),
        a_person("ben"),
        a_supporter("sue"),
        a_supporter("tom", role=StaffRole.PHYSICIAN),
        a_supporter("una", role=StaffRole.PHARMACIST),
        a_person("cora", roles=(Role.STAFF, Role.COORDINATOR)),
        a_person("dora", roles=(Role.STAFF, Role.COORDINATOR)),
        a_person("lea", roles=(Role.STAFF, Role.PROGRAMME_LEAD)),
    )


@dataclass(slots=True)
class Post:
    """The fake channel: keeps every mail, answers as told."""

    mails: list[Mail] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)

    def send(self, mail: Mail, idempotency_key: str) -> Answer:
        """Keep the mail and give the next answer, Sent when none is left."""
        del idempotency_key
        self.mails.append(mail)
        return self.answers.pop(0) if self.answers else Sent("fake")

    def to(self, person_id: str) -> list[Mail]:
        """Return the mails to one person."""
        return [mail for mail in self.mails if mail.recipient.startswith(f"{person_id}@")]


def a_store(url: str = "sqlite://") -> Store:
    """Return a store with all tables, made directly (the migration has a test of its own)."""
    engine = open_engine(url)
    metadata.create_all(engine)
    return Store(engine)


def a_file_store(folder: Path) -> Store:
    """Return a store in a file that several threads or processes may use."""
    return a_store(f"sqlite:///{folder / 'notifier.sqlite'}")


class Stage:
    """A notifier whose time and mail are in the test's hands."""

    def __init__(
        self,
        store: Store | None = None,
        people: Iterable[Person] | None = None,
        policy: Policy | None = None,
    ) -> None:
        """Import the people; nothing else has happened."""
        self.store = store or a_store()
        self.clock = FixedClock(NOON)
        self.post = Post()
        self.policy = policy or Policy()
        self.switch = True
        self.tokens = 0
        claims = Claims(
            policies=lambda _: self.policy,
            message_id_key=b"k" * 32,
            base_url="https://console.example",
            lease=derive_id("lease", "stage"),
            new_token=self._token,
            sending_on=lambda: self.switch,
        )
        self.sender = Sender(self.store, self.post, self.clock, claims, Metrics())
        self.add(*(some_people() if people is None else people))

    def add(self, *people: Person, refs: Mapping[str, tuple[str, ...]] | None = None) -> None:
        """Write people into the directory; each is known as p_<person_id> unless told otherwise."""
        with self.store.begin() as unit:
            for person in people:
                known = (refs or {}).get(person.person_id, (f"p_{person.person_id}",))
                unit.directory.put(person, known)

    def receive(self, *requests: OutreachRequested) -> None:
        """Apply requests as the inbox does, each in a transaction of its own."""
        for request in requests:
            at = self.clock.now()
            with self.store.begin() as unit:
                place = (request.tenant, request.request_id, request.case_ref, at)
                if unit.inbox.first_time(*place):
                    asking.receive(unit, request, self.policy, at)

    def settle(self) -> None:
        """Do everything that is due now: timers, sending, doubts."""
        busy = True
        while busy:
            self.sender.sweep()
            with self.store.begin() as unit:
                busy = act_on_due(unit, self.clock.now())
            busy = self.sender.send_one() or busy

    def wait(self, **duration: float) -> None:
        """Let time pass in one go, then settle."""
        self.clock.move(timedelta(**duration))
        self.settle()

    def case(self, case: str | UUID = "one") -> Case:
        """Return a case by the name it was built with."""
        ref = case if isinstance(case, UUID) else derive_id("case", case)
        with self.store.read() as unit:
            found = unit.pages.case(TENANT, unit.cases.now_ref(TENANT, ref))
        assert found is not None
        return found

    def act(self, action: Action, who: str, case: str = "one", **extra: Any) -> Case:
        """Let a person of the directory act: coordinators and leads by role, else supporter."""
        roles = {
            "cora": ActorRole.COORDINATOR,
            "dora": ActorRole.COORDINATOR,
            "lea": ActorRole.PROGRAMME_LEAD,
        }
        actor = Actor(roles.get(who, ActorRole.SUPPORTER), who)
        ref = self.case(case).case_ref
        with self.store.begin() as unit:
            return act(unit, Order(TENANT, ref, action, actor, **extra), self.clock.now())

    def answer(self, mail: Mail, choice: str) -> Case:
        """Press a button on the page behind the link of a mail."""
        with self.store.begin() as unit:
            return links.answer(unit, link_of(mail), choice, self.clock.now())

    def events(self, case: str | UUID = "one") -> list[str]:
        """Return the events told so far, in order."""
        ref = self.case(case).case_ref
        with self.store.read() as unit:
            lines = unit.history.of_case(TENANT, ref)
        return [line.name for line in lines if line.sort == "event"]

    def not_sent(self, case: str | UUID = "one") -> list[tuple[str, str | None]]:
        """Return kind and reason of every non-send and deferral."""
        ref = self.case(case).case_ref
        with self.store.read() as unit:
            lines = unit.history.of_case(TENANT, ref)
        return [(line.name, line.reason) for line in lines if line.sort in ("not_sent", "deferred")]

    def asked(self, case: str = "one") -> str:
        """Return the one supporter who is being asked."""
        (one,) = self.case(case).asked
        return one

    def accepted(self, case: str = "one") -> str:
        """Let the supporter who is asked accept by link; return who it is."""
        who = self.asked(case)
        self.answer(self.post.to(who)[-1], "accept")
        self.settle()
        return who

    def invited(self) -> str:
        """Bring case one to invited by a message to the person; return the supporter."""
        self.receive(a_request())
        self.settle()
        who = self.accepted()
        self.act(Action.SEND_INVITATION, who)
        self.settle()
        return who

    def _token(self) -> str:
        self.tokens += 1
        return f"token-{self.tokens:026d}"


def link_of(mail: Mail) -> str:
    """Return the token in a mail's link."""
    return mail.text.partition("/l/")[2][:32]
