"""What is fuzzed: one parser, the way in to it, and what must hold of every input."""

import atexit
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Final

CORPUS: Final = Path(__file__).parent / "corpus"
_LARGEST_SEED: Final = 100_000


@dataclass(frozen=True, slots=True)
class Target:
    """One parser; `run` takes any bytes and names what became of them, or raises what is a defect.

    An input may begin with a line that says how the rest was sent: `about` tells. `more` are files
    of the product that are good beginnings.
    """

    name: str
    about: str
    run: Callable[[bytes], str]
    more: tuple[Path, ...] = ()

    def seeds(self) -> list[bytes]:
        """Return the inputs to begin with: the committed ones, and files of the product."""
        return [path.read_bytes()[:_LARGEST_SEED] for path in (*self.committed(), *self.more)]

    def committed(self) -> list[Path]:
        """Return the files of this parser's corpus, regressions included."""
        return sorted(each for each in (CORPUS / self.name).glob("*") if each.is_file())


def headed(data: bytes) -> tuple[str, bytes]:
    """Return the first line as text, and the rest."""
    head, _, rest = data.partition(b"\n")
    return head.decode("latin-1").strip("\r"), rest


def block(data: bytes) -> tuple[tuple[tuple[str, bytes], ...], bytes]:
    """Return the lines `name: value` before an empty line as headers, and the rest."""
    head, _, rest = data.partition(b"\n\n")
    pairs = (line.partition(b": ") for line in head.split(b"\n"))
    return tuple((name.decode("latin-1"), value) for name, _, value in pairs), rest


def on_disk(name: str, data: bytes) -> Path:
    """Return a file with these bytes; the same file for the same name."""
    path = _folder() / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


@cache
def _folder() -> Path:
    folder = Path(mkdtemp(prefix="peerline-fuzz-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def name_of(error: Exception) -> str:
    """Return what an expected refusal is called in the summary."""
    return type(error).__name__


def words(*parts: object) -> str:
    """Return the name of an outcome out of its parts."""
    return " ".join(str(part) for part in parts)
