"""The check-in form: when, how, how long, how it goes on; no free text."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from services.notifier.console import words
from services.notifier.console.forms import Form
from services.notifier.console.refusals import FormInvalidError
from services.notifier.store.encounter_rows import Encounter

FINISHED: Final = "finished"
REFERRED: Final = "referred"
_CONTINUE: Final = "continue"
_MORNING: Final = time(9)  # policy: the reminder of an agreed date comes as the day begins


@dataclass(frozen=True, slots=True)
class CheckIn:
    """A filled-in form."""

    encounter: Encounter
    is_last: bool
    is_referral: bool
    reminder_at: datetime | None = None


def read_check_in(form: Form, supporter: str, zone: str, now: datetime) -> CheckIn:
    """Return what the form says; `zone` is that of the page it was shown in.

    Raises:
        FormInvalidError: a field is missing, not among the choices, or a time to come.
    """
    at = _at(form, zone)
    if at > now:
        raise FormInvalidError("The conversation lies in the future.")
    outcome = _chosen(form, "outcome", words.OUTCOMES, "how it goes on")
    encounter = Encounter(
        supporter=supporter,
        at=at,
        mode=_chosen(form, "mode", words.MODES, "how you spoke"),
        duration=_chosen(form, "duration", words.DURATIONS, "how long it was"),
        outcome=outcome,
        next_on=_next(form, now, zone) if outcome == _CONTINUE else None,
    )
    day = encounter.next_on
    morning = None if day is None else datetime.combine(day, _MORNING, ZoneInfo(zone))
    reminder_at = morning and morning.astimezone(UTC)
    return CheckIn(encounter, outcome == FINISHED, outcome == REFERRED, reminder_at)


def _at(form: Form, zone: str) -> datetime:
    try:
        day, clock = date.fromisoformat(form.get("on", "")), time.fromisoformat(form.get("at", ""))
    except ValueError:
        raise FormInvalidError("Please give date and time of the conversation.") from None
    return datetime.combine(day, clock.replace(tzinfo=None), ZoneInfo(zone)).astimezone(UTC)


def _next(form: Form, now: datetime, zone: str) -> date | None:
    text = form.get("next_on", "")
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise FormInvalidError("The next date is no date.") from None
    if day < now.astimezone(ZoneInfo(zone)).date():
        raise FormInvalidError("The next date is over already.")
    return day


def _chosen(form: Form, name: str, choices: Mapping[str, str], what: str) -> str:
    value = form.get(name, "")
    if value not in choices:
        raise FormInvalidError(f"Please choose {what}.")
    return value
