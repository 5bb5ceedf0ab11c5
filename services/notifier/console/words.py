"""The console's English: every code that a page may show, in words; another language is a twin."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

Words = Mapping[str, str]


def say(words: Words, code: str | None) -> str:
    """Return the words of a code; a code without words is shown plainly, never hidden."""
    if code is None:
        return ""
    return words.get(code, str(code).replace("_", " "))


def role(code: str | None) -> str:
    """Return a staff role as it begins a line; empty when it is not known."""
    text = say(STAFF, code)
    return text[:1].upper() + text[1:]


STATES: Final[Words] = MappingProxyType(
    {
        "proposed": "New, can still be stopped",
        "searching": "Looking for a supporter",
        "offered": "A supporter has been asked",
        "assigned": "A supporter has it",
        "invited": "Contact made, answer open",
        "engaged": "They are talking",
        "attention": "Needs you",
        "closed": "Closed",
    }
)
ATTENTION: Final[Words] = MappingProxyType(
    {
        "recent_contact": "There was contact a short while ago",
        "unresolved": "We do not know who it is about",
        "ask_unit": "Ask the unit who may welcome an offer",
        "no_coordinator": "Nobody has confirmed it",
        "no_supporter": "No supporter is free",
        "taken": "A coordinator has taken it",
        "no_answer": "Two contacts without an answer",
        "crisis": "Safety escalation: call the supporter now",
        "wants_to_talk": "They would like to talk after all",
        "ask_supporter": "Withdrawn: have you spoken already?",
        "uncertain": "A message may or may not have arrived",
        "declined_before": "Said no before: one later touch, or close",
        "same_person": "Two cases of one person have begun",
    }
)
CLOSINGS: Final[Words] = MappingProxyType(
    {
        "dismissed": "Dismissed",
        "declined": "Said no",
        "completed": "Completed",
        "withdrawn": "Withdrawn",
        "unreachable": "Could not be reached",
        "joined_open_case": "Joined the person's open case",
        "opted_out": "Never wants to be asked",
        "stopped": "Stopped by the person",
        "handed_over": "Handed over to a professional",
        "erased": "Erased",
        "wrong": "Was about somebody else",
        "local_check": "Left to the unit",
    }
)
EVENTS: Final[Words] = MappingProxyType(
    {
        "opened": "Opened",
        "confirmed": "Confirmed",
        "dismissed": "Dismissed",
        "assigned": "A supporter has it",
        "offered_to_supporter": "Supporter asked",
        "supporter_accepted": "Supporter accepted",
        "supporter_declined": "Supporter cannot take it",
        "supporter_silent": "No answer from the supporter in time",
        "invitation_sent": "Message to the person sent",
        "uncertain": "A message may or may not have arrived",
        "contacted": "Contact with the person",
        "accepted": "The person would like to talk",
        "declined": "The person said no",
        "unreachable": "No answer after two contacts",
        "check_in_due": "Supporter reminded of the check-in",
        "check_in_done": "Check-in done",
        "referred": "Professional help offered",
        "escalated": "Brought to the next in line",
        "breached": "A promised time has passed",
        "raised": "Asked for again",
        "withdrawn": "Withdrawn",
        "closed": "Closed",
        "match": "Supporters compared",
        "open": "Request: open",
        "raise": "Request: raise",
        "amend": "Request: amend",
        "withdraw": "Request: withdraw",
    }
)
MESSAGES: Final[Words] = MappingProxyType(
    {
        "first_contact": "First message to the person",
        "second_touch": "Second and last message to the person",
        "check_in": "Check-in reminder",
        "supporter_task": "Task",
        "supporter_offer": "Question: can you take it?",
        "supporter_reminder": "Reminder",
        "taken": "Taken, thank you",
        "confirm_request": "New conversation",
        "escalation": "Needs a decision",
        "breach": "A promised time has passed",
        "crisis": "Please help at once",
    }
)
RESULTS: Final[Words] = MappingProxyType(
    {
        "sent": "Sent",
        "not_sent": "Not sent",
        "deferred": "Waits",
        "sending": "Being sent",
        "uncertain": "Nobody can tell whether it arrived",
    }
)
REASONS: Final[Words] = MappingProxyType(
    {
        "sending_off": "sending is switched off",
        "not_confirmed": "not confirmed yet",
        "case_closed": "the case was closed",
        "attention_pending": "a human has to decide first",
        "opted_out": "never wants to be asked",
        "excluded": "is part of it",
        "already_sent": "one of this kind was sent",
        "cap_reached": "two contacts are the most",
        "quiet_hours": "quiet hours of the recipient",
        "no_address": "no address in the directory",
        "channel_disabled": "the channel is switched off",
        "channel_refused": "the mail server refused it",
        "expired": "no longer makes sense",
        "unreachable": "the mail server does not answer",
        "lost_before_data": "the mail server went silent",
        "lost_after_data": "the mail server went silent",
        "garbled_after_data": "the mail server gave no clear answer",
        "respond_by": "a supporter, by the promised time",
        "contact_by": "first contact, by the promised time",
        "second_touch": "second touch",
        "nobody_on_call": "nobody is on call",
        "someone_else": "someone else fits better",
        "taken": "taken by a coordinator",
        "asked_later": "not now, please ask later",
        "second_occurrence": "a second occurrence",
        "already_begun": "contact had begun",
        "first": "first report",
        "crisis": "safety escalation",
        "local_check": "left to the unit",
    }
)
EXCLUSIONS: Final[Words] = MappingProxyType(
    {
        "same_person": "is the person",
        "involved": "is part of it",
        "line_manager": "is the line manager",
        "direct_report": "reports to the person",
        "risk_legal_hr": "works in risk, legal or HR",
        "refused": "has said no",
        "absent": "is away",
        "paused": "has paused",
        "off_shift": "is off shift",
        "load_limit": "has enough open cases",
    }
)
ROLES: Final[Words] = MappingProxyType(
    {
        "system": "Peerline",
        "supporter": "supporter",
        "coordinator": "coordinator",
        "programme_lead": "programme lead",
        "person": "the person",
    }
)
STAFF: Final[Words] = MappingProxyType(
    {"emt": "EMT", "laboratory": "laboratory staff", "other": "other role"}
)
FAMILIES: Final[Words] = MappingProxyType(
    {
        "critical_event": "A critical event",
        "own_involvement": "Own involvement",
        "new_to_this": "New to this work or place",
        "cumulative": "Several within a short time",
        "proceedings": "Proceedings to be expected",
        "concern": "Somebody is concerned",
        "staff_safety": "Own safety was at risk",
    }
)
PRIORITIES: Final[Words] = MappingProxyType(
    {"urgent": "Urgent", "high": "High", "routine": "Routine", "none": "No priority"}
)
ORIGINS: Final[Words] = MappingProxyType(
    {
        "report": "A report",
        "self": "The person asked",
        "colleague": "A colleague asked",
        "manager": "A leader asked",
    }
)
TIMERS: Final[Words] = MappingProxyType(
    {
        "confirm_window": "Goes on by itself",
        "confirm_due": "Next coordinator is asked",
        "search": "A supporter is asked",
        "acknowledge": "The asked supporter answers by",
        "respond_by": "Somebody has it by",
        "contact_by": "First contact by",
        "answer": "Time to ask about a second touch",
        "touch_missed": "Coordinators hear if there is no touch by",
        "check_in": "Next check-in",
        "check_in_missed": "Coordinators hear if there is no check-in by",
        "attention": "Programme lead is told",
    }
)
DISMISSALS: Final[Words] = MappingProxyType(
    {
        "has_support": "Has support already",
        "not_affected": "Was not affected",
        "duplicate": "Is another case's",
        "other": "Another reason",
    }
)
MODES: Final[Words] = MappingProxyType(
    {"in_person": "In person", "telephone": "Telephone", "video": "Video", "message": "Messages"}
)
DURATIONS: Final[Words] = MappingProxyType(
    {
        "under_15": "Less than 15 minutes",
        "under_30": "15 to 30 minutes",
        "under_60": "30 to 60 minutes",
        "from_60": "An hour or more",
    }
)
OUTCOMES: Final[Words] = MappingProxyType(
    {
        "continue": "We talk again",
        "finished": "We are finished",
        "referred": "I offered professional help",
    }
)
DONE: Final[Words] = MappingProxyType(
    {
        "confirm": "Confirmed. A supporter is looked for.",
        "dismiss": "Dismissed.",
        "accept": "Thank you. It is yours now; you find below how to reach your colleague.",
        "decline": "Noted. We ask somebody else.",
        "assign": "Assigned. The supporter has been told.",
        "take": "It is yours now.",
        "contact": "Contact noted.",
        "contact_accepts": "Contact noted. We remind you of check-ins.",
        "contact_declines": "Noted. Nobody asks again.",
        "send_invitation": "The message goes out, outside their quiet hours.",
        "send_second_touch": "The second message goes out, outside their quiet hours.",
        "hand_back": "Noted. We ask somebody else.",
        "check_in_done": "Check-in noted.",
        "refer": "Noted.",
        "crisis": "Coordinators have been told. Please call now.",
        "resolve_search": "A supporter is looked for.",
        "resolve_assign": "Noted.",
        "resolve_invited": "Noted.",
        "resolve_engaged": "Noted.",
        "close": "Closed.",
        "rematch": "Closed as the wrong person.",
        "add_person": "A case for this person is open.",
        "pause": "You are not asked until you come back.",
        "resume": "Welcome back. You may be asked again.",
    }
)
