"""What the tenant commands refuse.

TenantCommandError
├── UnitTableError    the unit table cannot be used as it stands
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


class TenantNameError(TenantCommandError):
    """A tenant of these settings cannot exist; nothing has been written."""


class TokenLimitError(TenantCommandError):
    """Rotation needs two valid tokens, never three."""
