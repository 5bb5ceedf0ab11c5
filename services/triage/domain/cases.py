"""The next step of one case: what a decision wants against what was last requested."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from services.triage.domain.memo import CaseMemo
from shared.contracts.words import Priority, RequestAction, WithheldBecause

TEAM: Final = "team:"
SHADOW: Final = "shadow"
MOVED: Final = "moved"
ACTIVE: Final = frozenset({RequestAction.OPEN, RequestAction.RAISE, RequestAction.AMEND})
_RANK: Final = {priority.value: rank for rank, priority in enumerate(Priority)}
# What a report says of a person ends an offer that has not begun; late and shadow do not.
_ENDING: Final = frozenset(
    {
        WithheldBecause.ANONYMOUS_REPORTER,
        WithheldBecause.OPTED_OUT,
        WithheldBecause.ALREADY_SUPPORTED,
    }
)


class Wish(NamedTuple):
    """What one decision wants for one subject; `exclude` is a digest, `touched` has marks."""

    subject: str
    tier: int
    priority: str
    follow_up: str
    exclude: str
    touched: tuple[str, ...]
    withheld: WithheldBecause | None

    @property
    def is_offer(self) -> bool:
        """Whether somebody should be reached."""
        return self.tier >= 1 and self.withheld is None

    def ending(self, ended: str) -> str | None:
        """Return the code that ends whatever stands for the subject, None where it may go on.

        `ended` is the code where nothing is wished any more (lowered, retracted).
        """
        if self.tier == 0:
            return ended
        return self.withheld.value if self.withheld in _ENDING else None


class Arriving(NamedTuple):
    """A case that goes on under another reference; `code` says why (merged, unmerged, …)."""

    case: CaseMemo
    address: str
    code: str


class Move(NamedTuple):
    """A request to make: its action, why, and the case as it is remembered afterwards."""

    action: RequestAction
    code: str
    case: CaseMemo


def next_move(
    known: CaseMemo | None, wish: Wish, arriving: Sequence[Arriving], ended: str
) -> Move | None:
    """Return the request that brings the case where the wish is, or None.

    `ended` is the code of a withdrawal because nothing is wished any more.
    """
    if wish.is_offer:
        return _offer(known, wish, arriving)
    if known is None or known.action not in ACTIVE:
        return None
    code = wish.ending(ended)
    return withdraw(known, code) if code else _exclude(known, wish)


def _exclude(known: CaseMemo, wish: Wish) -> Move | None:
    """Return what keeps whoever is involved now from helping in a case that only goes on."""
    if known.exclude == wish.exclude:
        return None
    case = known._replace(action=RequestAction.AMEND.value, exclude=wish.exclude)
    return Move(RequestAction.AMEND, "exclude", case)


def withdraw(known: CaseMemo, code: str) -> Move:
    """Return the withdrawal of a case; a withdrawn one starts again from nothing."""
    case = known._replace(tier=0, priority=Priority.NONE.value, action=RequestAction.WITHDRAW.value)
    return Move(RequestAction.WITHDRAW, code, case)


def shadowed(known: CaseMemo | None, wish: Wish) -> CaseMemo | None:
    """Return what to remember of an offer that shadow mode held back, if nothing is known yet."""
    if known is None and wish.tier >= 1 and wish.withheld is WithheldBecause.SHADOW:
        return _case(wish, SHADOW)
    return None


def _offer(known: CaseMemo | None, wish: Wish, arriving: Sequence[Arriving]) -> Move | None:
    taken = arriving[0].code if arriving else None
    if known is None:
        return _move(RequestAction.OPEN, taken or "first", known, wish, arriving)
    if known.action == SHADOW:
        return _move(RequestAction.OPEN, "shadow_ended", known, wish, arriving)
    if known.action == RequestAction.WITHDRAW or (known.action == MOVED and not arriving):
        return _move(RequestAction.RAISE, taken or "restored", known, wish, arriving)
    if _is_higher(wish, known):
        return _move(RequestAction.RAISE, taken or "risen", known, wish, arriving)
    if not set(wish.touched) <= set(known.touched):
        return _move(RequestAction.RAISE, taken or "retouch", known, wish, arriving)
    return _amend(known, wish, arriving, taken)


def _amend(
    known: CaseMemo, wish: Wish, arriving: Sequence[Arriving], taken: str | None
) -> Move | None:
    code = taken
    if code is None and known.exclude != wish.exclude:
        code = "exclude"
    if code is None and known.follow_up != wish.follow_up:
        code = "follow_up"
    return _move(RequestAction.AMEND, code, known, wish, arriving) if code else None


def _is_higher(wish: Wish, known: CaseMemo) -> bool:
    return wish.tier > known.tier or _RANK[wish.priority] > _RANK[known.priority]


def _move(
    action: RequestAction,
    code: str,
    known: CaseMemo | None,
    wish: Wish,
    arriving: Sequence[Arriving],
) -> Move:
    """Return the move; what was requested before, here or under another case, is never lowered."""
    requested = [item.case for item in arriving]
    if known is not None and known.action != SHADOW:
        requested.append(known)
    fresh = _case(wish, action.value)
    case = fresh._replace(
        tier=max([fresh.tier, *(case.tier for case in requested)]),
        priority=max([fresh.priority, *(case.priority for case in requested)], key=_rank),
        touched=tuple(sorted({*fresh.touched, *(mark for c in requested for mark in c.touched)})),
        aliases=tuple(
            sorted({*(known.aliases if known else ()), *(item.address for item in arriving)})
        ),
    )
    return Move(action, code, case)


def _case(wish: Wish, action: str) -> CaseMemo:
    return CaseMemo(
        wish.subject, wish.tier, wish.priority, action, wish.follow_up, wish.exclude, wish.touched
    )


def _rank(priority: str) -> int:
    return _RANK[priority]
