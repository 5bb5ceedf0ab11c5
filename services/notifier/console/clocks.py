"""The clocks of a case as pages show them: what is due next, what is over, what was met."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.notifier.console import words
from services.notifier.console.moments import distance, moment
from services.notifier.domain.case import Case
from services.notifier.domain.states import State, TimerKind

_NEXT: Final = {
    State.ASSIGNED: TimerKind.CONTACT_BY,
    State.INVITED: TimerKind.ANSWER,
    State.ENGAGED: TimerKind.CHECK_IN,
}
_BINDING: Final = (TimerKind.RESPOND_BY, TimerKind.CONTACT_BY)


@dataclass(frozen=True, slots=True)
class Clock:
    """One clock: label, when in the viewer's zone, how far away, and what became of it.

    `iso` is the machine's spelling. `status` is running, over, kept, late (done, but after the
    promised time) or done.
    """

    label: str
    text: str
    distance: str
    iso: str
    status: str

    @property
    def is_over(self) -> bool:
        """Say whether a promised time has passed."""
        return self.status == "over"


def next_clock(case: Case, zone: str, now: datetime) -> Clock | None:
    """Return the clock that matters now; None for a case that waits for nothing."""
    if not case.is_open:
        return None
    kind = _NEXT.get(case.state)
    at = case.timers.get(kind) if kind is not None else None
    if kind is None or at is None:
        return _promise(case, zone, now)
    return _clock(kind, at, zone, now)


def all_clocks(case: Case, zone: str, now: datetime) -> tuple[Clock, ...]:
    """Return the two promises first, then every running timer by its time."""
    promises = (_promise(case, zone, now), _contact(case, zone, now))
    rest = sorted(
        ((at, kind) for kind, at in case.timers.items() if kind not in _BINDING),
        key=lambda one: (one[0], one[1]),
    )
    running = tuple(_clock(kind, at, zone, now, is_promise=False) for at, kind in rest)
    return (*promises, *running) if case.is_open else promises


def _promise(case: Case, zone: str, now: datetime) -> Clock:
    end = None
    if case.taken_at is not None:
        end = "kept" if case.taken_at <= case.respond_by else "late"
    return _clock(TimerKind.RESPOND_BY, case.respond_by, zone, now, end=end)


def _contact(case: Case, zone: str, now: datetime) -> Clock:
    # The case keeps its last contact, not its first: whether that was late, the history tells.
    end = "done" if case.begun or case.touched_at is not None else None
    return _clock(TimerKind.CONTACT_BY, case.contact_by, zone, now, end=end)


def _clock(
    kind: TimerKind,
    at: datetime,
    zone: str,
    now: datetime,
    *,
    end: str | None = None,
    is_promise: bool = True,
) -> Clock:
    over = is_promise and at <= now
    status = end or ("over" if over else "running")
    label = words.say(words.TIMERS, kind)
    return Clock(label, moment(at, zone), distance(at, now), at.isoformat(), status)
