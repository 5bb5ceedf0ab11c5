"""Resolving and adding people; who may do what to a case."""

import pytest

from services.notifier import people
from services.notifier.desk import Order
from services.notifier.directory import import_entries, read_entries
from services.notifier.domain.case import SYSTEM, Actor, Case
from services.notifier.domain.errors import (
    CaseUnknownError,
    NotAllowedError,
    NotApplicableError,
    PersonUnknownError,
    SupporterExcludedError,
)
from services.notifier.domain.states import Action, State
from shared.contracts.outreach_requested import PersonSubject
from shared.contracts.words import ActorRole
from shared.identity import derive_id, sha256_hex
from tests.builders.notifier import (
    NOON,
    ONE,
    TENANT,
    Stage,
    a_person,
    a_request,
    a_team_request,
)

CORA = Actor(ActorRole.COORDINATOR, "cora")
SUE = Actor(ActorRole.SUPPORTER, "sue")


@pytest.fixture
def stage() -> Stage:
    """Give a notifier with the usual people."""
    return Stage()


def order(stage: Stage, action: Action, actor: Actor = CORA, case: str = "one") -> Order:
    """Return an order about a case."""
    return Order(TENANT, stage.case(case).case_ref, action, actor)


def resolve(stage: Stage, person: str, actor: Actor = CORA, case: str = "one") -> Case:
    """Say who an unresolved case is about."""
    asked = order(stage, Action.RESOLVE_SEARCH, actor, case)
    with stage.store.begin() as unit:
        return people.resolve_person(unit, asked, person, stage.clock.now())


def test_unknown_person_waits_for_a_coordinator_and_is_remembered(stage: Stage) -> None:
    """The resolution is stored, the sealed identifier is gone; later requests find the person."""
    subject = PersonSubject(person_ref="p_new", sealed="sealed-box")
    stage.receive(a_request(subject=subject))
    with stage.store.read() as unit:
        assert unit.cases.sealed_of(TENANT, ONE) == "sealed-box"

    resolve(stage, "ada")
    stage.settle()

    assert stage.case().state is State.OFFERED
    with stage.store.read() as unit:
        assert unit.cases.sealed_of(TENANT, ONE) is None
    stage.receive(a_request(case="two", person="p_new"))
    assert stage.case("two").code == "joined_open_case"


def test_resolved_person_with_an_open_case_joins_it(stage: Stage) -> None:
    """Both guards are checked again: one first contact, the open case is raised."""
    stage.receive(a_request(), a_request(case="two", person="p_new", tier=3))

    joined = resolve(stage, "ada", case="two")

    assert (joined.state, joined.code) == (State.CLOSED, "joined_open_case")
    assert stage.events()[-1] == "raised"


def test_resolved_person_who_opted_out_is_left_alone(stage: Stage) -> None:
    """The wish holds whatever pseudonym the report used."""
    with stage.store.begin() as unit:
        unit.directory.opt_out(TENANT, "ada", NOON)
    stage.receive(a_request(person="p_new"), a_request(case="two"))

    resolved = resolve(stage, "ada")

    assert (resolved.state, resolved.code) == (State.CLOSED, "opted_out")
    assert stage.case("two").code == "opted_out"


def test_resolved_person_after_a_recent_contact_waits_again(stage: Stage) -> None:
    """A coordinator sees it before anybody is asked."""
    stage.invited()
    stage.act(Action.CLOSE, "cora", reason="completed")
    stage.receive(a_request(case="two", person="p_new"))

    assert resolve(stage, "ada", case="two").code == "recent_contact"


@pytest.mark.parametrize(
    ("person", "actor", "refusal"),
    [("nobody", CORA, PersonUnknownError), ("ada", SUE, NotAllowedError)],
)
def test_resolving_is_refused(
    stage: Stage, person: str, actor: Actor, refusal: type[Exception]
) -> None:
    """An unknown person, a role that may not."""
    stage.receive(a_request(person="p_new"))

    with pytest.raises(refusal):
        resolve(stage, person, actor)


def test_only_unresolved_cases_are_resolved(stage: Stage) -> None:
    """A case that knows its person is not changed to another one."""
    stage.receive(a_request())

    with pytest.raises(NotApplicableError):
        resolve(stage, "ben")


def test_import_lets_waiting_cases_go_on(stage: Stage) -> None:
    """A person whom the directory learns to know later is not forgotten."""
    stage.receive(a_request(person="p_ad_mia"))
    text = (
        "identifier_system,identifier,given_name,family_name,email\n"
        "ad,mia,Mia,Ford,mia@northwick.example\n"
    )
    entries = read_entries(text, TENANT, lambda system, value: f"p_{system}_{value}")

    with stage.store.begin() as unit:
        done = import_entries(unit, TENANT, entries, sha256_hex(b""), NOON)
    with stage.store.begin() as unit:
        again = import_entries(unit, TENANT, entries, sha256_hex(b""), NOON)
    stage.settle()

    assert (done.new, done.resolved, again.new, again.resolved) == (1, 1, 0, 0)
    assert stage.case().state is State.OFFERED
    assert "1 open cases found their person" in str(done)


def test_an_import_leaves_to_a_human_what_only_a_human_may_confirm(stage: Stage) -> None:
    """The directory says who it is; it does not say that the offer may go out."""
    stage.receive(a_request(confirm=True, person="p_new"))

    case, mia = stage.case(), a_person("mia")
    with stage.store.begin() as unit:
        unit.directory.put(mia, ("p_new",))
        people.identify(unit, case, mia, SYSTEM, NOON)
    stage.settle()

    assert stage.case().state is State.PROPOSED
    assert stage.act(Action.CONFIRM, "cora").state is State.SEARCHING


def test_two_unresolved_cases_of_one_person_are_resolved_together(stage: Stage) -> None:
    """One joins the other, which then knows whom it is about."""
    stage.receive(a_request(person="p_x"), a_request(case="two", person="p_y"))
    stage.add(a_person("mia"), refs={"mia": ("p_x", "p_y")})

    resolve(stage, "mia")

    assert stage.case().code == "joined_open_case"
    assert (stage.case("two").state, stage.case("two").person_id) == (State.SEARCHING, "mia")


def test_a_taken_case_can_still_be_given_its_person(stage: Stage) -> None:
    """Taking it hides nobody for good, and nobody is looked for before it is known for whom."""
    stage.receive(a_request(person="p_new"))
    stage.act(Action.TAKE, "cora")
    for action in (Action.RESOLVE_SEARCH, Action.RESOLVE_ASSIGN):
        with pytest.raises(NotApplicableError):
            stage.act(action, "cora", supporter="sue")

    known = resolve(stage, "ada")

    assert (known.state, known.code, known.person_id) == (State.ATTENTION, "taken", "ada")
    assert stage.case().person_id == "ada"
    assert stage.act(Action.RESOLVE_SEARCH, "cora").state is State.SEARCHING


def test_people_of_a_team_get_cases_of_their_own(stage: Stage) -> None:
    """The coordinator names whom the unit named; asking twice opens one case."""
    stage.receive(a_team_request(exclude=("p_sue",)))
    asked = order(stage, Action.ADD_PERSON)

    for _ in range(2):
        with stage.store.begin() as unit:
            case = people.add_person(unit, asked, "ben", stage.policy, NOON)
    stage.settle()

    added = stage.case(case.case_ref)
    assert added.state is State.OFFERED
    assert added.case_ref == derive_id("case", str(ONE), "ben")
    assert "sue" not in added.asked
    assert stage.act(Action.CONTACT, "cora").begun
    with stage.store.begin() as unit, pytest.raises(PersonUnknownError):
        people.add_person(unit, asked, "nobody", stage.policy, NOON)


def test_coordinator_may_not_assign_whom_a_hard_exclusion_forbids(stage: Stage) -> None:
    """Involved, manager, or no supporter at all."""
    stage.receive(a_request(exclude=("p_sue",)))

    with pytest.raises(SupporterExcludedError, match="involved"):
        stage.act(Action.ASSIGN, "cora", supporter="sue")
    with pytest.raises(PersonUnknownError):
        stage.act(Action.ASSIGN, "cora", supporter="ben")
    assert stage.act(Action.ASSIGN, "cora", supporter="tom").supporter == "tom"


def test_supporters_move_only_their_own_cases(stage: Stage) -> None:
    """Neither another supporter's case nor a coordinator's button."""
    stage.receive(a_request())
    stage.settle()
    who = stage.accepted()
    other = next(ref for ref in ("sue", "tom", "una") if ref != who)

    for action, actor in ((Action.CONTACT, other), (Action.DISMISS, who)):
        with pytest.raises(NotAllowedError):
            stage.act(action, actor)
    with pytest.raises(CaseUnknownError), stage.store.begin() as unit:
        people.resolve_person(unit, Order(TENANT, derive_id("x"), Action.TAKE, CORA), "ada", NOON)
