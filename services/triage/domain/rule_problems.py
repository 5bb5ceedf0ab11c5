"""Problems of a rule file: where, what, why it matters, what to write; one refuses the set."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final, TypeAlias

KeyPath: TypeAlias = tuple[str | int, ...]


class Check(StrEnum):
    """The load-time checks of rules.md section 11; each has a refused file in the tests."""

    UNREADABLE = "unreadable"
    UNKNOWN_FACT = "unknown_fact"
    UNKNOWN_CODE = "unknown_code"
    BAD_TEST = "bad_test"
    SYNTAX = "syntax"
    ON_UNKNOWN_MISSING = "on_unknown_missing"
    ON_UNKNOWN_SUPERFLUOUS = "on_unknown_superfluous"
    ON_UNKNOWN_TOO_STRONG = "on_unknown_too_strong"
    ASK_INCOMPLETE = "ask_incomplete"
    EXPLAIN = "explain"
    EFFECT = "effect"
    WINDOW = "window"
    WRONG_SUBJECT = "wrong_subject"
    EVIDENCE = "evidence"
    KEY = "key"
    DUPLICATE_ID = "duplicate_id"
    EXAMPLE = "example"
    STEPS = "steps"
    MUTANT = "mutant"
    CONSTANT = "constant"
    BASE = "base"
    RETOUCH = "retouch"
    TOO_LARGE = "too_large"
    VALUE = "value"


_WHY: Final[Mapping[Check, str]] = MappingProxyType(
    {
        Check.UNREADABLE: "A file that reads differently in two tools cannot be policy.",
        Check.UNKNOWN_FACT: "A rule on a fact that nobody fills would stay silent for ever.",
        Check.UNKNOWN_CODE: "A rule on a code that never comes would stay silent for ever.",
        Check.BAD_TEST: "A test of the wrong type has no defined answer.",
        Check.SYNTAX: "A condition must have one reading only.",
        Check.ON_UNKNOWN_MISSING: "Without it, missing data would silently mean no.",
        Check.ON_UNKNOWN_SUPERFLUOUS: "It would suggest a gap that cannot happen.",
        Check.ON_UNKNOWN_TOO_STRONG: "An answer may only confirm or clear, never surprise.",
        Check.ASK_INCOMPLETE: "Each fact that can leave the rule open needs its question.",
        Check.EXPLAIN: "The explanation must follow from what the rule read.",
        Check.EFFECT: "A rule has exactly one effect that somebody will feel.",
        Check.WINDOW: "A count must be sure, whatever is missing.",
        Check.WRONG_SUBJECT: "The rule would read facts that its subject does not have.",
        Check.EVIDENCE: "Rules are policy; whoever reads one must see where it comes from.",
        Check.KEY: "A misspelt key would be ignored, and the rule would do something else.",
        Check.DUPLICATE_ID: "An id names one rule for ever; decisions years old point to it.",
        Check.EXAMPLE: "Examples are the rule's own test; they must hold.",
        Check.STEPS: "More points must never mean less help.",
        Check.MUTANT: "An example must notice when this detail of the rule changes.",
        Check.CONSTANT: "A rule that says the same of every report decides nothing.",
        Check.BASE: "A site set stands on exactly the base that was reviewed.",
        Check.RETOUCH: "Proceedings open months later; the rule must say if it touches again.",
        Check.TOO_LARGE: "A set must stay small enough to be read and reviewed.",
        Check.VALUE: "The value has no meaning here.",
    }
)


@dataclass(frozen=True, slots=True)
class Place:
    """Line and column in the file, from 1; `inline` values start their text at that very column."""

    line: int
    column: int
    inline: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake. `column` is that of the file where known, else of the condition's text."""

    check: Check
    file: str
    place: Place | None
    rule: str | None
    where: str
    what: str
    write: str
    meant: str | None = None

    def __str__(self) -> str:
        """Return the problem as one line."""
        at = f":{self.place.line}:{self.place.column}" if self.place else ""
        of = f"rule {self.rule}, " if self.rule else ""
        hint = f" Did you mean `{self.meant}`?" if self.meant else ""
        why = _WHY[self.check]
        return (
            f"{self.file}{at}: {of}{self.where}: {self.what}. {why} {_sentence(self.write)}{hint}"
        )


class RuleSetError(ValueError):
    """The whole set is refused; `problems` says why, in the order of the file."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


class StoppedError(Exception):
    """A problem has been noted and the part it is in cannot be read further."""


@dataclass(slots=True)
class Problems:
    """Collects the problems of one file; in a draft, examples may be missing or wrong."""

    file: str
    places: Mapping[KeyPath, Place] = field(default_factory=dict)
    draft: bool = False
    found: list[Problem] = field(default_factory=list)
    rule: str | None = None

    def note(
        self,
        check: Check,
        path: KeyPath,
        what: str,
        write: str,
        *,
        meant: str | None = None,
        column: int | None = None,
    ) -> None:
        """Note a problem at a path of the document; `column` counts in the text found there."""
        place = self._place(path)
        where = ".".join(str(step) for step in self._shown(path)) or (
            "the rule" if self.rule else "the file"
        )
        if column is not None:
            where = f"{where}, column {column}"
            if place and place.inline:
                place = Place(place.line, place.column + column - 1)
        self.found.append(Problem(check, self.file, place, self.rule, where, what, write, meant))

    def stop(
        self, check: Check, path: KeyPath, what: str, write: str, *, meant: str | None = None
    ) -> StoppedError:
        """Note a problem and return what to raise."""
        self.note(check, path, what, write, meant=meant)
        return StoppedError()

    @contextmanager
    def part(self) -> Iterator[None]:
        """Read one part of a file; a stop inside ends this part only."""
        try:
            yield
        except StoppedError:
            return

    def refuse_if_any(self) -> None:
        """Raise `RuleSetError` when anything was noted."""
        if self.found:
            raise RuleSetError(tuple(self.found))

    def _place(self, path: KeyPath) -> Place | None:
        for length in range(len(path), -1, -1):
            place = self.places.get(path[:length])
            if place is not None:
                return place if length == len(path) else Place(place.line, place.column)
        return None

    def _shown(self, path: KeyPath) -> KeyPath:
        return path[2:] if self.rule and path[:1] == ("rules",) else path


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}{'' if text.endswith(('.', '?')) else '.'}"
