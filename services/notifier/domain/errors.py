"""The refusals of the notifier.

NotifierError
├── NotApplicableError      the action is not in the table for this state
├── NotAllowedError         this role, or this person, may not do it
├── CodeInvalidError         a reason is no code of ours
├── CaseUnknownError        no case with this reference
├── PersonUnknownError      nobody with this reference in the directory
├── SupporterExcludedError  the supporter may not take this case
├── LinkUnusableError       the link was used, has expired or never existed
├── DirectoryRefusedError   the file was not imported
└── PolicyUnavailableError  the tenant's settings cannot be read right now
"""

from collections.abc import Sequence


class NotifierError(Exception):
    """Anything the notifier refuses; nothing has been changed."""


class NotApplicableError(NotifierError):
    """What is not in the transition table is refused and changes nothing."""

    def __init__(self, state: str, action: str) -> None:
        """Name the state and the action."""
        super().__init__(
            f"'{action}' does not apply while the case is '{state}'; somebody may have moved it "
            "in the meantime. Reload the case and choose again."
        )
        self.state = state
        self.action = action


class NotAllowedError(NotifierError):
    """The actor may not do this to this case."""

    def __init__(self, role: str, action: str) -> None:
        """Name the role and the action."""
        super().__init__(
            f"The role '{role}' may not '{action}' this case. Ask a coordinator of the programme."
        )


class CodeInvalidError(NotifierError):
    """A reason is a code, never free text: what was said is written down nowhere."""

    def __init__(self) -> None:
        """Say what to choose, without repeating what was written."""
        super().__init__(
            "This reason is not one of the codes, and free text is not kept. "
            "Choose a reason from the list."
        )


class CaseUnknownError(NotifierError):
    """No case with this reference exists for the tenant."""

    def __init__(self) -> None:
        """Say so, without repeating what was asked for."""
        super().__init__("There is no such case. It may have been merged or its retention ended.")


class PersonUnknownError(NotifierError):
    """Nobody with this reference is in the directory."""

    def __init__(self) -> None:
        """Say so, without repeating what was asked for."""
        super().__init__(
            "This person is not in the directory, so nobody can be reached. Import the person "
            "with `peerline directory import` first."
        )


class SupporterExcludedError(NotifierError):
    """A hard exclusion forbids this supporter for this case."""

    def __init__(self, reason: str) -> None:
        """Name the exclusion, never the person."""
        super().__init__(
            f"This supporter may not take the case ({reason}). Choose another supporter."
        )
        self.reason = reason


class LinkUnusableError(NotifierError):
    """Used, expired, revoked or unknown: one kind page for all of them."""

    def __init__(self) -> None:
        """Say the same for every cause."""
        super().__init__("This link can no longer be used. Nothing was changed.")


class DirectoryRefusedError(NotifierError):
    """The file has rows that cannot be used; nothing was imported."""

    def __init__(self, findings: Sequence[str]) -> None:
        """List the findings: row numbers and column names, never values."""
        super().__init__("Nothing was imported. " + " ".join(findings))
        self.findings = tuple(findings)


class PolicyUnavailableError(NotifierError):
    """The tenant's settings cannot be read; the request waits, it is not lost."""

    def __init__(self, tenant: str) -> None:
        """Name the tenant."""
        super().__init__(
            f"The settings of tenant '{tenant}' cannot be read, so its requests wait. "
            "Run 'peerline config check' and correct what it names."
        )
