"""The guards before a send: their order and their reasons."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from services.notifier.domain.case import Message
from services.notifier.domain.plan import QuietHours
from services.notifier.domain.sending import NotSent, SendFacts, refusal, released_at
from services.notifier.domain.states import MessageKind, State
from tests.builders.notifier import NOON, a_case

NIGHT = NOON.replace(hour=23)


def facts(kind: MessageKind = MessageKind.FIRST_CONTACT, **overrides: Any) -> SendFacts:
    """Return facts under which a first contact may be sent."""
    case = overrides.pop("case", a_case(state=State.ASSIGNED, supporter="sue"))
    plain = SendFacts(case, Message(kind, "ada", 1, 0, NOON), NOON, address="ada@x.example")
    return replace(plain, **overrides)


REFUSALS: list[tuple[dict[str, Any], NotSent]] = [
    ({"sending_on": False}, NotSent.SENDING_OFF),
    ({"case": a_case(state=State.CLOSED)}, NotSent.CASE_CLOSED),
    ({"case": a_case(state=State.ATTENTION)}, NotSent.ATTENTION_PENDING),
    ({"case": a_case(state=State.OFFERED)}, NotSent.NOT_CONFIRMED),
    ({"opted_out": True}, NotSent.OPTED_OUT),
    ({"excluded": True}, NotSent.EXCLUDED),
    ({"already_sent": True}, NotSent.ALREADY_SENT),
    ({"case": a_case(state=State.ASSIGNED, contacts=2)}, NotSent.CAP_REACHED),
    ({"at": NIGHT}, NotSent.QUIET_HOURS),
    ({"address": None}, NotSent.NO_ADDRESS),
    ({"channel_enabled": False}, NotSent.CHANNEL_DISABLED),
]


@pytest.mark.parametrize(("wrong", "reason"), REFUSALS)
def test_each_guard_has_its_reason(wrong: dict[str, Any], reason: NotSent) -> None:
    """One thing wrong: its reason is recorded."""
    assert refusal(facts()) is None
    assert refusal(facts(**wrong)) is reason


# Neighbours in the order, but those that cannot hold at once: a case is in one state.
NEIGHBOURS = [
    (one, two, reason)
    for (one, reason), (two, _) in pairwise(REFUSALS)
    if not ("case" in one and "case" in two)
]


@pytest.mark.parametrize(("one", "two", "reason"), NEIGHBOURS)
def test_the_first_guard_that_fails_is_the_reason(
    one: dict[str, Any], two: dict[str, Any], reason: NotSent
) -> None:
    """Guards are asked in the order of the specification."""
    assert refusal(facts(**(two | one))) is reason


def test_an_offer_that_makes_no_sense_any_more_expires() -> None:
    """Another supporter is being asked by now."""
    offered = a_case(state=State.OFFERED, asked=("tom",))

    assert refusal(facts(MessageKind.SUPPORTER_OFFER, case=offered)) is NotSent.EXPIRED
    asked = replace(offered, asked=("ada",))
    assert refusal(facts(MessageKind.SUPPORTER_OFFER, case=asked)) is None
    taken = a_case(state=State.ASSIGNED)
    assert refusal(facts(MessageKind.SUPPORTER_OFFER, case=taken)) is NotSent.EXPIRED


def test_quiet_hours_and_the_cap_never_hold_for_supporters() -> None:
    """An on-call supporter is asked at night."""
    offered = a_case(state=State.OFFERED, asked=("ada",), contacts=2)

    assert refusal(facts(MessageKind.SUPPORTER_OFFER, case=offered, at=NIGHT)) is None


def test_own_quiet_hours_win_over_the_tenants() -> None:
    """Shown with the zone; released at their end."""
    own = QuietHours(NOON.time(), NOON.replace(hour=13).time())

    case = a_case(state=State.ASSIGNED, quiet=own)

    assert released_at(facts(case=case)) == NOON + timedelta(hours=1)
    assert released_at(facts(case=case, at=NIGHT)) is None
