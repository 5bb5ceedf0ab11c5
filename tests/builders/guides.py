"""Guides under docs/ as tests read them: their commands, and what they promise of each."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Step:
    """A block of commands and the lines that the guide shows of their output."""

    commands: str
    shown: tuple[str, ...] = ()


def steps_of(guide: str) -> Iterator[Step]:
    """Yield the `sh` blocks of a guide, each with the `text` block that follows it."""
    blocks = _BLOCK.findall((DOCS / guide).read_text(encoding="utf-8"))
    for place, (language, text) in enumerate(blocks):
        if language == "sh":
            after = blocks[place + 1] if place + 1 < len(blocks) else ("", "")
            shown = tuple(after[1].splitlines()) if after[0] == "text" else ()
            yield Step(text, shown)


def block_with(guide: str, command: str) -> str:
    """Return the one block of a guide in which a line begins with the command."""
    found: list[tuple[str, str]] = _BLOCK.findall((DOCS / guide).read_text(encoding="utf-8"))
    blocks = [text for _, text in found]
    (block,) = [text for text in blocks if re.search(f"^{re.escape(command)}", text, re.MULTILINE)]
    return block
