"""What the console itself refuses; the refusals of a case are in `domain/errors.py`.

ConsoleError
├── SignInNeededError     nobody is signed in, or for too long without a click
├── ScreenForbiddenError  the role has no such screen
├── ForgedError           the form was not ours: another site, or a page that is out of date
├── FormInvalidError      a field is missing or has a value that the form does not offer
└── TooManyError          too many requests from one address
"""


class ConsoleError(Exception):
    """Anything the console refuses; nothing has been changed."""


class SignInNeededError(ConsoleError):
    """Sign in first."""

    def __init__(self) -> None:
        """Say so."""
        super().__init__("Please sign in.")


class ScreenForbiddenError(ConsoleError):
    """This screen belongs to another role."""

    def __init__(self) -> None:
        """Say so, and who can help."""
        super().__init__(
            "This page belongs to another role. If you need it, ask a coordinator of the programme."
        )


class ForgedError(ConsoleError):
    """The form did not come from a page of this console."""

    def __init__(self) -> None:
        """Say what to do."""
        super().__init__(
            "This form was too old, or did not come from this site, so nothing was changed. "
            "Open the page again and repeat what you wanted to do."
        )


class FormInvalidError(ConsoleError):
    """A field is missing or not one of those offered."""

    def __init__(self, advice: str) -> None:
        """Say which field in the words of the page."""
        super().__init__(f"{advice} Nothing was changed.")


class TooManyError(ConsoleError):
    """Too many requests from one address."""

    def __init__(self) -> None:
        """Ask for patience."""
        super().__init__("Too many requests from here. Please wait a minute and try again.")
