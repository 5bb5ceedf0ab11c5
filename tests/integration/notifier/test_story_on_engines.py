"""The whole story of a case on SQLite in a file and on PostgreSQL."""

from services.notifier.domain.states import Action, State
from services.notifier.store.engine import Store
from shared.contracts.words import RequestAction
from tests.builders.notifier import ONE, TENANT, Stage, a_request


def test_a_case_lives_alike_on_both_engines(store: Store) -> None:
    """Request, silence, accept, invitation, answer, second occurrence, check-ins, end."""
    stage = Stage(store)
    stage.receive(a_request(), a_request(case="two"))
    stage.settle()
    stage.wait(minutes=15)
    who = stage.accepted()
    stage.act(Action.SEND_INVITATION, who)
    stage.settle()
    stage.answer(stage.post.to("ada")[0], "accept")
    stage.receive(a_request(action=RequestAction.RAISE, number=2))
    for days in (3, 14, 30):
        stage.wait(days=days)
        stage.act(Action.CHECK_IN_DONE, who)

    case = stage.case()
    assert (case.state, case.code, case.round) == (State.CLOSED, "completed", 2)
    assert len(stage.post.to("ada")) == 1
    with store.read() as unit:
        assert unit.outbox.waiting() > case.seq
        assert unit.pages.numbers(stage.clock.now()).open_cases == 0
        assert [one.key.kind for one in unit.attempts.of_case(TENANT, ONE) if one.key.to_person]
