"""What the supervisor refuses.

SupervisorError
├── ChildNotReadyError   a service did not come up in time, or died again and again
└── PortTakenError       something else listens where a service should
"""

from pathlib import Path


class SupervisorError(Exception):
    """The product cannot run here as asked; `hint` says what to do."""

    def __init__(self, message: str, hint: str) -> None:
        """Keep the sentence and the advice apart."""
        super().__init__(message)
        self.hint = hint


class ChildNotReadyError(SupervisorError):
    """A service did not become ready; everything has been stopped again."""

    def __init__(self, name: str, what: str, log: Path) -> None:
        """Name the service, what it did instead, and its log."""
        super().__init__(
            f"'{name}' {what}, so everything has been stopped again", f"Its own account: {log}"
        )
        self.name = name


class PortTakenError(SupervisorError):
    """A port that a service needs is in use."""

    def __init__(self, port: int, name: str, setting: str) -> None:
        """Name the port, who needs it, and the setting that moves it."""
        super().__init__(
            f"port {port} on 127.0.0.1 is in use, and '{name}' needs it",
            f"End what listens there, or set {setting} to another port.",
        )
