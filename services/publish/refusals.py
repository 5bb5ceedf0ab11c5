"""Why sending stopped, in words.

PublishError
├── TokenMissingError    nothing says as whom to send
├── PackMissingError     nothing says what the columns of a table mean
├── UrlInvalidError      the address is none that reports can be sent to
├── UnreachableError     nobody answered, for as long as it was tried
└── TurnedAwayError      intake refused a request as a whole: the next would fare no better
"""

from typing import ClassVar


class PublishError(Exception):
    """Sending stopped; what was taken before stays taken."""

    hint: ClassVar[str] = (
        "What was taken stays taken. Send the same file again when this is mended: reports that "
        "are known already are recognised."
    )


class TokenMissingError(PublishError):
    """Nothing says as whom to send."""

    hint = "Set PEERLINE_TOKEN, or PEERLINE_TOKEN_FILE to a file that only you can read."

    def __init__(self) -> None:
        """Say what a token is for."""
        super().__init__("there is no token, so nobody knows whose reports these are")


class PackMissingError(PublishError):
    """Nothing says what the columns of a table mean."""

    hint = (
        "Add --pack NAME, or the file of your own pack: --pack ./ours.yaml; 'peerline mapping "
        "list' shows those that ship with Peerline."
    )

    def __init__(self, file: str) -> None:
        """Name the table."""
        super().__init__(f"{file} is a table, and no pack says what its columns mean")


class UrlInvalidError(PublishError):
    """The address is none that reports can be sent to."""

    hint = "Write it as https://intake.example.org, without a path."

    def __init__(self, url: str) -> None:
        """Name the address."""
        super().__init__(f"'{url}' is no address of an intake")


class UnreachableError(PublishError):
    """Nobody answered, for as long as it was tried; `reason` is a type or a status."""

    def __init__(self, url: str, reason: str) -> None:
        """Name the address and what came instead of an answer."""
        super().__init__(f"{url} did not take the reports ({reason})")


class TurnedAwayError(PublishError):
    """Intake refused a request as a whole; `detail` are its own words."""

    def __init__(self, status: int, title: str, detail: str) -> None:
        """Keep intake's words: they quote nothing of the reports."""
        super().__init__(f"{title} ({status}). {detail}")
