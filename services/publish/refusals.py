"""Why sending stopped, in words.

PublishError
├── TokenMissingError    nothing says as whom to send
├── PackMissingError     nothing says what the columns of a table mean
├── UrlInvalidError      the address is none that reports can be sent to
├── UnreachableError     nobody answered, for as long as it was tried
├── PackDiffersError     intake reads rows with another pack than the file that was named
├── RowsJoinedError      intake makes other reports of the rows than this machine expects
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
        "Add --pack NAME, a pack that intake has, or the file of your own: --pack ./ours.yaml; "
        "'peerline mapping list' shows those that ship with Peerline."
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


class PackDiffersError(PublishError):
    """Intake reads rows with another pack, or another version, than the file that was named.

    Both are name and version; intake's may be missing.
    """

    hint = (
        "Ask your operator to install your file (in the folder packs/ of your tenant), and raise "
        "its `version` with every change; or name intake's own pack without a path."
    )

    def __init__(self, theirs: tuple[object, object], own: tuple[object, object]) -> None:
        """Name both."""
        (their_name, their_version), (name, version) = theirs, own
        pack = "" if their_name == name else f" of the pack '{their_name}'"
        super().__init__(
            f"intake reads with version {their_version}{pack}, your file is version {version} of "
            f"'{name}'"
        )


class RowsJoinedError(PublishError):
    """Intake makes other reports of the rows than this machine expects."""

    hint = (
        "Name the file of the pack that intake has: --pack ./ours.yaml. Its `together` says which "
        "rows are one record, and only then no record is cut in two between requests."
    )

    def __init__(self, theirs: int, own: int) -> None:
        """Tell both counts."""
        super().__init__(
            f"intake makes {theirs} reports of rows that are {own} by what is known here, so its "
            "pack joins rows otherwise"
        )


class TurnedAwayError(PublishError):
    """Intake refused a request as a whole; `detail` are its own words."""

    def __init__(self, status: int, title: str, detail: str) -> None:
        """Keep intake's words: they quote nothing of the reports."""
        super().__init__(f"{title} ({status}). {detail}")
