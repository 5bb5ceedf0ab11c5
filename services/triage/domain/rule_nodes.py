"""A cursor over a parsed rule file: reads typed values and notes a problem where they are not."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from services.triage.domain.rule_problems import Check, KeyPath, Problems, StoppedError
from services.triage.domain.spelling import nearest

LONGEST_TEXT: Final = 600
_LONGEST_WORD: Final = 60
NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,62}")
SLUG: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
DURATION: Final = re.compile(r"([1-9][0-9]{0,6}) (minute|hour|day)s?")
_UNIT: Final = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
}


@dataclass(frozen=True, slots=True)
class Node:
    """One value of the file with its path; a reader that notes a problem raises `StoppedError`."""

    value: Any
    path: KeyPath
    problems: Problems

    def stop(
        self, what: str, write: str, *, check: Check = Check.VALUE, meant: str | None = None
    ) -> StoppedError:
        """Note a problem here and return what to raise."""
        return self.problems.stop(check, self.path, what, write, meant=meant)

    def keys(
        self,
        required: Sequence[str],
        optional: Sequence[str] = (),
        *,
        advised: Sequence[str] | None = None,
    ) -> Mapping[str, "Node"]:
        """Return the entries of a mapping that has these keys and no others.

        `advised` are the keys that an author is told of, where they differ.
        """
        entries = self.entries()
        known = (*required, *optional)
        for key, node in entries.items():
            if key not in known:
                choice = advised or known
                what = f"there is no key `{key}` here"
                write = f"write one of {', '.join(choice)}"
                meant = nearest(key, choice)
                self.problems.note(Check.KEY, node.path, what, write, meant=meant)
        missing = [key for key in required if key not in entries]
        for key in missing:
            what = f"the key `{key}` is missing"
            self.problems.note(Check.KEY, self.path, what, f"add `{key}:`")
        if missing:
            raise StoppedError
        return entries

    def entries(self) -> dict[str, "Node"]:
        """Return the entries of a mapping with text keys."""
        if not isinstance(self.value, Mapping):
            raise self.stop("this is not a mapping", "write `key: value` lines")
        return {
            str(key): Node(v, (*self.path, key), self.problems) for key, v in self.value.items()
        }

    def items(self, most: int) -> Iterator["Node"]:
        """Yield the entries of a list of at most `most`."""
        if not isinstance(self.value, list | tuple):
            raise self.stop("this is not a list", "write `- entry` lines or [entry, entry]")
        if len(self.value) > most:
            what = f"the list has {len(self.value)} entries"
            raise self.stop(what, f"at most {most} are allowed", check=Check.TOO_LARGE)
        for index, value in enumerate(self.value):
            yield Node(value, (*self.path, index), self.problems)

    def text(self, longest: int = LONGEST_TEXT) -> str:
        """Return text that is not empty."""
        if not isinstance(self.value, str) or not self.value.strip():
            raise self.stop("this is not text", "write a sentence, in quotes if in doubt")
        if len(self.value) > longest:
            what = f"the text has {len(self.value)} characters"
            raise self.stop(what, f"at most {longest} are allowed", check=Check.TOO_LARGE)
        return " ".join(self.value.split())

    def name(self) -> str:
        """Return a snake_case name."""
        return self._matching(NAME, "write snake_case, starting with a letter")

    def slug(self) -> str:
        """Return a name that may have hyphens."""
        return self._matching(SLUG, "write lower-case letters, digits, _ and -")

    def whole(self, low: int, high: int, *, check: Check = Check.VALUE) -> int:
        """Return a whole number within limits."""
        if isinstance(self.value, bool) or not isinstance(self.value, int):
            raise self.stop("this is not a whole number", f"write {low} to {high}", check=check)
        if not low <= self.value <= high:
            what = f"{self.value} is outside {low} to {high}"
            raise self.stop(what, f"write {low} to {high}", check=check)
        return self.value

    def flag(self) -> bool:
        """Return true or false."""
        if not isinstance(self.value, bool):
            raise self.stop("this is not true or false", "write true or false")
        return self.value

    def choice(self, words: Sequence[str], *, check: Check = Check.VALUE) -> str:
        """Return one of these words."""
        if not isinstance(self.value, str) or self.value not in words:
            meant = nearest(self.value, words) if isinstance(self.value, str) else None
            write = (
                f"write {', '.join(words)}"
                if len(words) == 1
                else f"write one of {', '.join(words)}"
            )
            raise self.stop(f"{self._said()} has no meaning here", write, check=check, meant=meant)
        return self.value

    def duration(self, longest: timedelta) -> timedelta:
        """Return a duration written as `30 days`, `24 hours` or `15 minutes`."""
        match = DURATION.fullmatch(self.value) if isinstance(self.value, str) else None
        if match is None:
            raise self.stop("this is not a duration", "write for example `30 days` or `24 hours`")
        length = int(match[1]) * _UNIT[match[2]]
        if length > longest:
            raise self.stop("the duration is too long", f"write at most {longest.days} days")
        return length

    def _said(self) -> str:
        is_word = isinstance(self.value, str) and len(self.value) <= _LONGEST_WORD
        return f"`{self.value}`" if is_word else "this"

    def _matching(self, pattern: re.Pattern[str], write: str) -> str:
        if not isinstance(self.value, str) or not pattern.fullmatch(self.value):
            raise self.stop("this is not a name", write)
        return self.value
