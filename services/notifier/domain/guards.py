"""The conditions of the transition table: which of several rows for one action applies."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final, TypeAlias

from services.notifier.domain.case import Case
from services.notifier.domain.move import Move
from services.notifier.domain.plan import Step
from services.notifier.domain.states import AttentionCode, ClosingCode
from shared.contracts.words import ActorRole, SubjectKind

_REOPENED: Final = (
    ClosingCode.COMPLETED,
    ClosingCode.UNREACHABLE,
    ClosingCode.DISMISSED,
    ClosingCode.WITHDRAWN,
)
_LOWEST_OFFERED: Final = 2
# How a human ends a case after having been in contact, or having tried.
_AFTER_CONTACT: Final = (
    ClosingCode.COMPLETED,
    ClosingCode.DECLINED,
    ClosingCode.STOPPED,
    ClosingCode.UNREACHABLE,
)
_ANSWERED: Final = (AttentionCode.UNCERTAIN, AttentionCode.NO_ANSWER)


class Guard(StrEnum):
    """What must hold for a row; `always` is the row without a condition."""

    ALWAYS = "always"
    NO_HUMAN_NEEDED = "no_human_needed"
    MORE_COORDINATORS = "more_coordinators"
    MORE_STEPS = "more_steps"
    WAS_ASKED = "was_asked"
    LAST_ASKED = "last_asked"
    NOT_TAKEN = "not_taken"
    CONTACTS_LEFT = "contacts_left"
    FIRST_LATER = "first_later"
    LAST_CHECK_IN = "last_check_in"
    BEGUN = "begun"
    NOBODY_ACCEPTED = "nobody_accepted"
    TEAM = "team"
    PERSON_KNOWN = "person_known"
    SENT_AGAIN = "sent_again"
    AFTER_CONTACT = "after_contact"
    ANSWERS_DOUBT = "answers_doubt"
    STILL_WANTED = "still_wanted"
    COMES_BACK = "comes_back"
    STILL_TO_CONFIRM = "still_to_confirm"
    SPOKE_NOT_YET = "spoke_not_yet"
    SUPPORTER_EXCLUDED = "supporter_excluded"
    ASKED_EXCLUDED = "asked_excluded"
    REOPENS = "reopens"
    REOPENS_TEAM = "reopens_team"
    REOPENS_UNKNOWN = "reopens_unknown"
    JOINED_UNKNOWN = "joined_unknown"
    SAID_NO = "said_no"
    JOINED = "joined"
    JOINED_ALONE = "joined_alone"


def holds(guard: Guard, case: Case, move: Move) -> bool:
    """Say whether `guard` holds for this case and this move."""
    return PREDICATES[guard](case, move)


def _offers(case: Case, move: Move) -> bool:
    if move.blocked:
        return False
    is_team = case.subject.kind is SubjectKind.TEAM
    return is_team or move.request is None or move.request.tier >= _LOWEST_OFFERED


def _reopens(case: Case, move: Move) -> bool:
    return case.code in _REOPENED and _offers(case, move)


def _unknown(case: Case) -> bool:
    return case.subject.kind is SubjectKind.PERSON and case.person_id is None


def _said_no(case: Case, move: Move) -> bool:
    return case.code in (ClosingCode.DECLINED, ClosingCode.STOPPED) and _offers(case, move)


def _joined(case: Case, _: Move) -> bool:
    return case.code == ClosingCode.JOINED_OPEN_CASE


def _was_asked(case: Case, move: Move) -> bool:
    return move.actor.ref in (*case.asked, *case.was_asked)


def _spoke_not_yet(case: Case, move: Move) -> bool:
    """The supporter answers the question that a withdrawal asks of them."""
    is_answer = move.actor.role is ActorRole.SUPPORTER
    return is_answer and case.code == AttentionCode.ASK_SUPPORTER and not case.begun


def _still_wanted(case: Case, move: Move) -> bool:
    """Nobody was found: a supporter who kept silent is welcome."""
    return case.code == AttentionCode.NO_SUPPORTER and _was_asked(case, move)


def _comes_back(case: Case, move: Move) -> bool:
    """The person says yes to a case that has ended: welcome, unless another one is open."""
    return not move.blocked and case.code in (*_REOPENED, *_AFTER_CONTACT)


_Predicate: TypeAlias = Callable[[Case, Move], bool]

PREDICATES: Final[Mapping[Guard, _Predicate]] = MappingProxyType(
    {
        Guard.ALWAYS: lambda _case, _move: True,
        Guard.NO_HUMAN_NEEDED: lambda case, _: not case.confirm,
        Guard.MORE_COORDINATORS: lambda case, move: (
            case.coordinators_asked < len(move.roster.coordinators)
        ),
        Guard.MORE_STEPS: lambda case, _: case.step < Step.PROGRAMME_LEAD,
        Guard.WAS_ASKED: _was_asked,
        Guard.LAST_ASKED: lambda case, move: case.asked == (move.actor.ref,),
        Guard.NOT_TAKEN: lambda case, _: case.taken_at is None,
        Guard.CONTACTS_LEFT: lambda case, _: case.contacts < case.plan.most_contacts,
        Guard.FIRST_LATER: lambda case, _: not case.postponed,
        Guard.LAST_CHECK_IN: lambda case, move: (
            move.check_in_last or not move.planned(case.check_ins[1:])
        ),
        Guard.BEGUN: lambda case, _: case.begun,
        Guard.NOBODY_ACCEPTED: lambda case, _: (
            case.supporter is None and not case.uncertain and not case.begun
        ),
        Guard.TEAM: lambda case, _: case.subject.kind is SubjectKind.TEAM,
        Guard.AFTER_CONTACT: lambda _, move: move.reason in _AFTER_CONTACT,
        Guard.ANSWERS_DOUBT: lambda case, _: case.supporter is not None and case.code in _ANSWERED,
        Guard.STILL_WANTED: _still_wanted,
        Guard.COMES_BACK: _comes_back,
        Guard.SENT_AGAIN: lambda case, move: (
            case.code == AttentionCode.UNCERTAIN and move.reason == "send"
        ),
        Guard.PERSON_KNOWN: lambda case, _: not _unknown(case),
        Guard.STILL_TO_CONFIRM: lambda case, move: (
            case.confirm and move.actor.role is ActorRole.SYSTEM
        ),
        Guard.SPOKE_NOT_YET: _spoke_not_yet,
        Guard.SUPPORTER_EXCLUDED: lambda case, move: case.supporter in move.excluded_now,
        Guard.ASKED_EXCLUDED: lambda case, move: (
            bool(case.asked) and move.excluded_now.issuperset(case.asked)
        ),
        Guard.REOPENS: _reopens,
        Guard.REOPENS_TEAM: lambda case, move: (
            _reopens(case, move) and case.subject.kind is SubjectKind.TEAM
        ),
        Guard.REOPENS_UNKNOWN: lambda case, move: _reopens(case, move) and _unknown(case),
        Guard.JOINED_UNKNOWN: lambda case, move: _joined(case, move) and _unknown(case),
        Guard.SAID_NO: _said_no,
        Guard.JOINED: _joined,
        Guard.JOINED_ALONE: lambda case, move: _joined(case, move) and not move.blocked,
    }
)
