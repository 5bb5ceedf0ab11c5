"""What is wrong with a pack: where, what, what to write; one problem refuses the pack."""

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

KeyPath: TypeAlias = tuple[str | int, ...]
LONGEST_TEXT: Final = 600
_NEAR: Final = 0.6


class PackError(ValueError):
    """The pack is refused; `problems` holds one line per mistake, in the order of the file."""

    def __init__(self, problems: Sequence[str]) -> None:
        """Join the lines: a pack is corrected in one go."""
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class StoppedError(Exception):
    """A problem has been noted, and the part it is in cannot be read further."""


@dataclass(slots=True)
class Problems:
    """Collects the problems of one file; `places` gives line and column by path."""

    file: str
    places: Mapping[KeyPath, tuple[int, int]] = field(default_factory=dict)
    found: list[str] = field(default_factory=list)

    def note(self, path: KeyPath, what: str, write: str, meant: str | None = None) -> None:
        """Note what is wrong at `path`, what to write, and perhaps what was meant."""
        place = next((p for n in range(len(path), -1, -1) if (p := self.places.get(path[:n]))), ())
        at = "".join(f":{number}" for number in place)
        where = ".".join(str(step) for step in path) or "the file"
        hint = f" Did you mean `{meant}`?" if meant else ""
        self.found.append(f"{self.file}{at}: {where}: {what}. {write[0].upper()}{write[1:]}.{hint}")

    @contextmanager
    def part(self) -> Iterator[None]:
        """Read one part of the file; a stop inside ends this part only."""
        try:
            yield
        except StoppedError:
            return

    def refuse_if_any(self) -> None:
        """Refuse the pack when anything was noted.

        Raises:
            PackError: with every problem.
        """
        if self.found:
            raise PackError(self.found)


@dataclass(frozen=True, slots=True)
class Node:
    """One value of the file and its path; a reader that notes a problem raises StoppedError."""

    value: Any
    path: KeyPath
    problems: Problems

    def stop(self, what: str, write: str, meant: str | None = None) -> StoppedError:
        """Note a problem here and return what to raise."""
        self.problems.note(self.path, what, write, meant)
        return StoppedError()

    def entries(self) -> dict[str, "Node"]:
        """Return the entries of a mapping."""
        if not isinstance(self.value, dict):
            raise self.stop("this is not a mapping", "write `key: value` lines")
        return {key: Node(v, (*self.path, key), self.problems) for key, v in self.value.items()}

    def keys(self, required: Iterable[str], optional: Iterable[str] = ()) -> dict[str, "Node"]:
        """Return the entries of a mapping that has these keys and no others."""
        entries, needed = self.entries(), list(required)
        known = [*dict.fromkeys((*needed, *optional))]
        for key, node in entries.items():
            if key not in known:
                write = f"write one of {', '.join(known)}"
                node.problems.note(node.path, f"`{key}` is not known here", write, near(key, known))
        missing = [key for key in needed if key not in entries]
        for key in missing:
            self.problems.note(self.path, f"the key `{key}` is missing", f"add `{key}:`")
        if missing or not entries.keys() <= set(known):
            raise StoppedError
        return entries

    def items(self) -> list["Node"]:
        """Return the entries of a list; a single value is a list of one."""
        if not isinstance(self.value, list):
            return [self]
        return [Node(v, (*self.path, n), self.problems) for n, v in enumerate(self.value)]

    def text(self) -> str:
        """Return text that is not blank."""
        if not isinstance(self.value, str) or not self.value.strip():
            raise self.stop("this is not text", "write a text, in quotes if in doubt")
        if len(self.value) > LONGEST_TEXT:
            raise self.stop("the text is too long", f"write at most {LONGEST_TEXT} characters")
        return self.value

    def choice(self, words: Iterable[str]) -> str:
        """Return one of these words."""
        known = list(words)
        if self.value not in known:
            meant = near(self.value, known) if isinstance(self.value, str) else None
            raise self.stop(
                "this word is not known here", f"write one of {', '.join(known)}", meant
            )
        return str(self.value)


def near(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that is most like `word`, or None where nothing is near."""
    found = difflib.get_close_matches(word, sorted(known), n=1, cutoff=_NEAR)
    return found[0] if found else None
