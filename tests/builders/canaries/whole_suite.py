"""Scans, after the last test, what all tests made the product log: no planted word is in it.

Two sources: what was logged within the test process, formatted as a service formats it, and the log
files that services left in the folders of their tests.
"""

import logging
import os
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

from shared.observability import JsonLines
from tests.builders.canaries.search import Piece, Search
from tests.builders.canaries.words import ALL

_ENDINGS = (".log", ".log.1", ".progress")
_NOT_OURS = frozenset({"jars", "data"})  # a broker's programs and topics
_SEGMENT = 20  # a broker's segments are called by their first offset: 20 digits, then .log
# Tests that show that the search finds write here what must be found.
LEAKING = "deliberately-leaking"


class EveryLine(logging.StreamHandler[StringIO]):
    """Keeps each line that is logged within this process."""

    def __init__(self) -> None:
        """Format as services do."""
        super().__init__(StringIO())
        self.setFormatter(JsonLines("tests"))


def log_files(folder: Path) -> Iterator[Piece]:
    """Yield the log files below a folder, but for those of tests that leak deliberately."""
    for parent, folders, files in os.walk(folder):
        is_broker = Path(parent).name == "kafka"
        folders[:] = [
            name for name in folders if name != LEAKING and not (is_broker and name in _NOT_OURS)
        ]
        for name in files:
            if name.endswith(_ENDINGS) and not name[:_SEGMENT].isdigit():
                path = Path(parent) / name
                yield Piece(f"file {path.relative_to(folder)}", path.read_bytes())


def leaks(lines: EveryLine, folder: Path | None) -> list[str]:
    """Return where planted words are found: in lines of this process, in files below `folder`."""
    pieces = [Piece("a line of the test process", lines.stream.getvalue().encode())]
    pieces += log_files(folder) if folder is not None else ()
    return [str(leak) for leak in Search(ALL).leaks(pieces)]
