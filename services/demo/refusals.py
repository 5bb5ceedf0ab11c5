"""What can keep the demo from playing, as named refusals.

DemoError
├── StageError        the stage could not be set
└── StoryError        the story did not end as it must
"""


class DemoError(RuntimeError):
    """The demo cannot go on; `hint` says what to do."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class StageError(DemoError):
    """The stage could not be set."""

    def __init__(self, said: str) -> None:
        super().__init__(f"the demo's tenant could not be created: {said}")


class StoryError(DemoError):
    """The story did not end as it must."""

    def __init__(self, chapters: list[str]) -> None:
        super().__init__(
            "the story did not end as it must: " + "; ".join(chapters),
            "The log files of the services are in the demo's folder, under log/.",
        )
