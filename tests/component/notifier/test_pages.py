"""What each viewer sees of a case, and the lists of cases."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.notifier import pages
from services.notifier.domain.case import Actor
from services.notifier.domain.errors import (
    CaseUnknownError,
    NotAllowedError,
)
from services.notifier.domain.states import Action
from shared.contracts.words import ActorRole
from shared.identity import derive_id
from tests.builders.notifier import (
    NOON,
    ONE,
    TENANT,
    Stage,
    a_request,
    some_people,
)

CORA = Actor(ActorRole.COORDINATOR, "cora")
SUE = Actor(ActorRole.SUPPORTER, "sue")


@pytest.fixture
def stage() -> Stage:
    """Give a notifier with the usual people."""
    return Stage()


def test_case_page_shows_each_viewer_what_they_may_see(stage: Stage) -> None:
    """Names to coordinators and the supporter who accepted; nothing to others."""
    stage.receive(a_request())
    stage.settle()
    asked = Actor(ActorRole.SUPPORTER, stage.asked())
    with stage.store.read() as unit:
        lead = pages.case_page(unit, TENANT, ONE, CORA, NOON)
        offer = pages.case_page(unit, TENANT, ONE, asked, NOON)
    stage.accepted()
    with stage.store.read() as unit:
        mine = pages.case_page(unit, TENANT, ONE, asked, NOON)
        with pytest.raises(NotAllowedError):
            pages.case_page(unit, TENANT, ONE, replace(asked, ref="ben"), NOON)
        with pytest.raises(CaseUnknownError):
            pages.case_page(unit, TENANT, derive_id("x"), CORA, NOON)

    assert lead.person is not None
    assert lead.names["ada"] == "Ada Example"
    assert lead.ranking is not None
    assert Action.TAKE in lead.allowed
    assert (offer.person, offer.names, offer.ranking) == (None, {}, None)
    assert offer.allowed == (Action.ACCEPT, Action.DECLINE)
    assert mine.person is not None
    assert mine.names == {}
    assert Action.SEND_INVITATION in mine.allowed


def test_lists_of_cases(stage: Stage) -> None:
    """Attention first, then by clock; a supporter sees their offers and cases only."""
    stage.receive(
        a_request(respond_by=NOON + timedelta(hours=4)),
        a_request(case="two", person="p_ben", respond_by=NOON + timedelta(hours=3)),
        a_request(case="three", person="p_new"),
        a_request(case="four", person="p_cora", tier=1),
    )
    stage.settle()
    with stage.store.read() as unit:
        today = pages.today(unit, TENANT)
        closed = pages.closed(unit, TENANT)
        offered = {
            who: pages.supporter_page(unit, TENANT, who).offers for who in ("sue", "tom", "una")
        }
        with pytest.raises(NotAllowedError):
            pages.supporter_page(unit, TENANT, "ada")

    refs = [derive_id("case", name) for name in ("three", "two", "one")]
    assert [case.case_ref for case in today] == refs
    assert [case.case_ref for case in closed] == [derive_id("case", "four")]
    assert sum(len(cases) for cases in offered.values()) == 2


def test_roles_of_people() -> None:
    """Directory roles become console roles; plain staff have none."""
    by_id = {person.person_id: person for person in some_people()}

    assert pages.roles_of(by_id["cora"]) == (ActorRole.COORDINATOR,)
    assert pages.roles_of(by_id["ada"]) == ()
