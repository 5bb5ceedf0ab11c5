"""What may be wrong with a site's configuration folder, each with what to do about it.

SiteError
├── SiteFileError        a file is missing, unreadable, or says something we do not know
├── TenantUnknownError   no such tenant on this site
├── KeyMissingError      a key file is not there
│   └── NoSealKeyError   no month key is valid now: identifiers cannot be sealed
├── KeyInvalidError      a key file holds no key of the right length
├── SealBrokenError      a sealed identifier cannot be opened
└── TokenRefusedError    a publisher's token is unknown, malformed or expired
"""

from pathlib import Path


class SiteError(Exception):
    """Something about the site's configuration; `hint` says what to do. Never holds a secret."""

    def __init__(self, message: str, hint: str) -> None:
        """Keep the sentence and the advice apart, so that a command prints them as two lines."""
        super().__init__(message)
        self.hint = hint


class SiteFileError(SiteError):
    """A configuration file is missing, unreadable or says something that we do not know."""

    def __init__(self, path: Path, wrong: str, hint: str) -> None:
        """Name the file first: that is where the reader goes next."""
        super().__init__(f"{path}: {wrong}", hint)
        self.path = path


class TenantUnknownError(SiteError):
    """No tenant of that name is configured here."""


class KeyMissingError(SiteError):
    """A key file is not there."""


class NoSealKeyError(KeyMissingError):
    """No month key is valid at that moment, so no staff identifier can be sealed."""


class KeyInvalidError(SiteError):
    """A key file holds something else than a key."""


class SealBrokenError(SiteError):
    """A sealed identifier is damaged, or was sealed for another site."""


class TokenRefusedError(SiteError):
    """A publisher's token or certificate opens nothing; `reason` is a word.

    One of missing, malformed, unknown, expired, ambiguous, untrusted.
    """

    def __init__(self, reason: str, hint: str) -> None:
        """Keep the reason as a word: the answer to the publisher and the log line use it."""
        super().__init__(f"the token is {reason}", hint)
        self.reason = reason
