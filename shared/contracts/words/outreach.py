"""What happens between request and case."""

from enum import StrEnum


class RequestAction(StrEnum):
    """What triage asks of the notifier for one case."""

    OPEN = "open"
    RAISE = "raise"
    AMEND = "amend"
    WITHDRAW = "withdraw"


class CaseEvent(StrEnum):
    """What happened to a case, as told on `outreach.case.v1`."""

    OPENED = "opened"
    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"
    ASSIGNED = "assigned"
    OFFERED_TO_SUPPORTER = "offered_to_supporter"
    SUPPORTER_ACCEPTED = "supporter_accepted"
    SUPPORTER_DECLINED = "supporter_declined"
    SUPPORTER_SILENT = "supporter_silent"
    INVITATION_SENT = "invitation_sent"
    UNCERTAIN = "uncertain"
    CONTACTED = "contacted"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    UNREACHABLE = "unreachable"
    CHECK_IN_DUE = "check_in_due"
    CHECK_IN_DONE = "check_in_done"
    REFERRED = "referred"
    ESCALATED = "escalated"
    BREACHED = "breached"
    RAISED = "raised"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"


class Origin(StrEnum):
    """Which door a case came through."""

    REPORT = "report"
    SELF = "self"
    COLLEAGUE = "colleague"
    MANAGER = "manager"


class SubjectKind(StrEnum):
    """One person or one team."""

    PERSON = "person"
    TEAM = "team"


class ActorRole(StrEnum):
    """Who moved a case; never a name."""

    SYSTEM = "system"
    SUPPORTER = "supporter"
    COORDINATOR = "coordinator"
    PROGRAMME_LEAD = "programme_lead"
    PERSON = "person"
