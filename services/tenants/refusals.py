"""What the tenant commands refuse.

TenantCommandError
├── UnitTableError    the unit table cannot be used as it stands
├── RulesActiveError  the tenant has active rules, which a default set does not replace
├── TenantNameError   the new tenant's settings are not possible
└── TokenLimitError   two tokens for the same systems are valid already
"""


class TenantCommandError(Exception):
    """A tenant command was refused; `hint` says what to do."""

    def __init__(self, message: str, hint: str) -> None:
        """Keep the sentence and the advice apart."""
        super().__init__(message)
        self.hint = hint


class UnitTableError(TenantCommandError):
    """A row or column of the unit table is wrong; nothing has been written."""


class RulesActiveError(TenantCommandError):
    """There are active rules already; a default set replaces none, whatever mode was asked for."""

    def __init__(self, whom: str) -> None:
        """Name for whom."""
        super().__init__(
            f"{whom} has active rules already; change them with 'peerline rules activate'",
            "Nothing was changed.",
        )


class TenantNameError(TenantCommandError):
    """A tenant of these settings cannot exist; nothing has been written."""


class TokenLimitError(TenantCommandError):
    """Rotation needs two valid tokens, never three."""
