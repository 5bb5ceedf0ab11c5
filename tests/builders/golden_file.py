"""The committed digests of the golden decisions: one file per semantics, ten digests a line."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from services.triage.domain.kleene import SEMANTICS
from tests.builders.golden_decisions import FOLDER

FILE: Final = FOLDER / f"{SEMANTICS.replace('/', '-')}.digests"
_TITLE: Final = (
    "# Golden decisions: one digest per report, ten a line, replayed for ever (see",
    "# `python -m scripts.goldens --help`). Lines with `# changed:` say why some changed.",
)
_CHANGED: Final = "# changed: "
_A_LINE: Final = 10


class Difference(NamedTuple):
    """One decision that is not what was committed."""

    block: int
    number: int


def read_digests(path: Path = FILE) -> dict[int, list[str]]:
    """Return the committed digests by block; nothing where there is no file."""
    found: dict[int, list[str]] = {}
    for line in _lines(path):
        if not line.startswith("#"):
            place, *digests = line.split()
            found.setdefault(int(place.partition("/")[0]), []).extend(digests)
    return found


def read_reasons(path: Path = FILE) -> list[str]:
    """Return why committed decisions were changed, in the order it was said."""
    return [line.removeprefix(_CHANGED) for line in _lines(path) if line.startswith(_CHANGED)]


def write_digests(
    digests: Mapping[int, Sequence[str]], reasons: Iterable[str], path: Path = FILE
) -> None:
    """Write all digests and the reasons."""
    lines = [*_TITLE, *(f"{_CHANGED}{reason}" for reason in reasons)]
    for block in sorted(digests):
        for first in range(0, len(digests[block]), _A_LINE):
            some = digests[block][first : first + _A_LINE]
            lines.append(f"{block:02}/{first:03} {' '.join(some)}")
    path.write_text("\n".join(lines) + "\n", encoding="ascii")


def differences(
    committed: Mapping[int, Sequence[str]], found: Mapping[int, Sequence[str]]
) -> Iterator[Difference]:
    """Yield the decisions of the blocks found that differ from what was committed, in order."""
    for block in sorted(found):
        known = committed.get(block, ())
        for number in range(max(len(known), len(found[block]))):
            if known[number : number + 1] != found[block][number : number + 1]:
                yield Difference(block, number)


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="ascii").splitlines() if path.exists() else []
