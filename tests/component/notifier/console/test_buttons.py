"""Every button that a page shows is obeyed: from each state, for each viewer, one at a time."""

from collections.abc import Callable

import pytest

from services.notifier.domain.channel import Uncertain
from services.notifier.domain.states import Action
from shared.contracts.words import Priority
from tests.builders.console import ConsoleStage, labels_of, press
from tests.builders.notifier import ONE, Stage, a_request, a_team_request

CASE = f"/cases/{ONE}"
OTHERWISE = ("Sign out Cora", "Sign out Sue", "Sign out Tom", "Sign out Una")
FILLED = {
    "Close": {"reason": "completed"},
    "Dismiss": {"reason": "duplicate"},
    "Assign: they have agreed": {"supporter": "una"},
    "Record it": {
        "on": "2026-03-10",
        "at": "11:30",
        "mode": "video",
        "duration": "under_15",
        "outcome": "continue",
    },
}


def proposed(stage: Stage) -> None:
    """Routine: it can still be stopped."""
    stage.receive(a_request(priority=Priority.ROUTINE))


def offered(stage: Stage) -> None:
    """A supporter has been asked."""
    stage.receive(a_request())
    stage.settle()


def assigned(stage: Stage) -> None:
    """A supporter has accepted."""
    offered(stage)
    stage.accepted()


def invited(stage: Stage) -> None:
    """The person has been written to."""
    stage.invited()


def engaged(stage: Stage) -> None:
    """The person would like to talk."""
    stage.invited()
    stage.answer(stage.post.to("ada")[-1], "accept")


def withdrawn(stage: Stage) -> None:
    """The request was withdrawn after a supporter had accepted."""
    assigned(stage)
    stage.receive(a_request(number=2, action="withdraw", code="revised"))


def taken(stage: Stage) -> None:
    """A coordinator has taken it."""
    offered(stage)
    stage.act(Action.TAKE, "cora")


def doubtful(stage: Stage) -> None:
    """A message may have arrived."""
    assigned(stage)
    stage.post.answers.append(Uncertain("lost_after_data"))
    stage.act(Action.SEND_INVITATION, stage.case().supporter or "")
    stage.settle()


def team(stage: Stage) -> None:
    """The unit has to be asked."""
    stage.receive(a_team_request())


STATES = (proposed, offered, assigned, invited, engaged, withdrawn, taken, doubtful, team)


def shown(console: ConsoleStage) -> list[tuple[str, str]]:
    """Return viewer and label of every button on the pages of the case."""
    case = console.stage.case()
    viewers = ["cora", *(who for who in (case.supporter, *case.asked) if who)]
    return [
        (who, label)
        for who in viewers
        for label in labels_of(console.client(who).get(CASE))
        if label not in OTHERWISE
    ]


@pytest.mark.parametrize("reach", STATES)
def test_every_shown_button_is_obeyed(reach: Callable[[Stage], None]) -> None:
    """The same case anew for each button; no page offers what it then refuses."""
    console = ConsoleStage()
    reach(console.stage)
    buttons, before = shown(console), console.snapshot()

    for who, label in buttons:
        console.restore(before)
        browser = console.client(who)
        told = console.dump()["history"]
        answer = press(browser, browser.get(CASE), label, **FILLED.get(label, {}))
        assert answer.status_code == 200, (who, label)
        assert console.dump()["history"] != told or label.startswith("Send"), (who, label)

    assert buttons
