"""The closed vocabularies of a case: where it stands, what may happen to it, why it ended."""

from enum import StrEnum
from typing import Final


class State(StrEnum):
    """Where a case stands (outreach.md section 3)."""

    PROPOSED = "proposed"
    SEARCHING = "searching"
    OFFERED = "offered"
    ASSIGNED = "assigned"
    INVITED = "invited"
    ENGAGED = "engaged"
    ATTENTION = "attention"
    CLOSED = "closed"


OPEN: Final = tuple(state for state in State if state is not State.CLOSED)
SUPPORTED: Final = (State.ASSIGNED, State.INVITED, State.ENGAGED)
LOOKING: Final = (State.PROPOSED, State.SEARCHING, State.OFFERED)


class Action(StrEnum):
    """What a human, a timer, a request or the dispatcher does to a case."""

    CONFIRM = "confirm"
    WINDOW_OVER = "window_over"
    CONFIRM_DUE = "confirm_due"
    DISMISS = "dismiss"
    OFFER = "offer"
    NONE_LEFT = "none_left"
    ACCEPT = "accept"
    DECLINE = "decline"
    SILENT = "silent"
    ASSIGN = "assign"
    TAKE = "take"
    RESPOND_BY = "respond_by"
    CONTACT_BY = "contact_by"
    CONTACT = "contact"
    CONTACT_ACCEPTS = "contact_accepts"
    CONTACT_DECLINES = "contact_declines"
    SEND_INVITATION = "send_invitation"
    SEND_SECOND_TOUCH = "send_second_touch"
    INVITATION_SENT = "invitation_sent"
    PERSON_ACCEPTS = "person_accepts"
    PERSON_DECLINES = "person_declines"
    LATER = "later"
    OTHER_SUPPORTER = "other_supporter"
    HAND_BACK = "hand_back"
    ANSWER_DUE = "answer_due"
    TOUCH_MISSED = "touch_missed"
    CHECK_IN_DUE = "check_in_due"
    CHECK_IN_MISSED = "check_in_missed"
    CHECK_IN_DONE = "check_in_done"
    STOP = "stop"
    REFER = "refer"
    CRISIS = "crisis"
    RAISE = "raise"
    AMEND = "amend"
    WITHDRAW = "withdraw"
    MERGE = "merge"
    UNCERTAIN = "uncertain"
    SAME_PERSON = "same_person"
    REMATCH = "rematch"
    ADD_PERSON = "add_person"
    OPT_OUT = "opt_out"
    ERASE = "erase"
    CLOSE = "close"
    ATTENTION_DUE = "attention_due"
    RESOLVE_SEARCH = "resolve_search"
    RESOLVE_ASSIGN = "resolve_assign"
    RESOLVE_INVITED = "resolve_invited"
    RESOLVE_ENGAGED = "resolve_engaged"
    RECENT_CONTACT = "recent_contact"
    PROMOTE = "promote"
    SPLIT = "split"


class AttentionCode(StrEnum):
    """Why only a human moves the case on."""

    RECENT_CONTACT = "recent_contact"
    UNRESOLVED = "unresolved"
    ASK_UNIT = "ask_unit"
    NO_COORDINATOR = "no_coordinator"
    NO_SUPPORTER = "no_supporter"
    TAKEN = "taken"
    NO_ANSWER = "no_answer"
    CRISIS = "crisis"
    ASK_SUPPORTER = "ask_supporter"
    UNCERTAIN = "uncertain"
    DECLINED_BEFORE = "declined_before"
    WANTS_TO_TALK = "wants_to_talk"
    SAME_PERSON = "same_person"


class ClosingCode(StrEnum):
    """Why the case is closed."""

    DISMISSED = "dismissed"
    DECLINED = "declined"
    COMPLETED = "completed"
    WITHDRAWN = "withdrawn"
    UNREACHABLE = "unreachable"
    JOINED_OPEN_CASE = "joined_open_case"
    OPTED_OUT = "opted_out"
    STOPPED = "stopped"
    HANDED_OVER = "handed_over"
    ERASED = "erased"
    WRONG = "wrong"


class TimerKind(StrEnum):
    """What falls due; a case has at most one timer of a kind."""

    CONFIRM_WINDOW = "confirm_window"
    CONFIRM_DUE = "confirm_due"
    SEARCH = "search"
    ACKNOWLEDGE = "acknowledge"
    RESPOND_BY = "respond_by"
    CONTACT_BY = "contact_by"
    ANSWER = "answer"
    TOUCH_MISSED = "touch_missed"
    CHECK_IN = "check_in"
    CHECK_IN_MISSED = "check_in_missed"
    ATTENTION = "attention"


class MessageKind(StrEnum):
    """Reasons to send (outreach.md section 5)."""

    FIRST_CONTACT = "first_contact"
    SECOND_TOUCH = "second_touch"
    CHECK_IN = "check_in"
    SUPPORTER_TASK = "supporter_task"
    SUPPORTER_OFFER = "supporter_offer"
    SUPPORTER_REMINDER = "supporter_reminder"
    TAKEN = "taken"
    CONFIRM_REQUEST = "confirm_request"
    ESCALATION = "escalation"
    BREACH = "breach"
    CRISIS = "crisis"


TO_PERSON: Final = frozenset({MessageKind.FIRST_CONTACT, MessageKind.SECOND_TOUCH})
