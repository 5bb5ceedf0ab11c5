"""Sample reports on trial: each file through mapping and rules, told as who gets what."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from services.intake.domain.results import Refused
from services.offline.bootstrap import Chosen, offline, refusal_line
from services.offline.files import media_type, read_body
from services.offline.outcomes import Outcome, outcomes_of
from services.offline.settings import OfflineSettings

REPORT_FILES: Final = (".json", ".ndjson", ".jsonl", ".xml")


class Tried(NamedTuple):
    """One report: where it stands, what it says (by hash) and who gets what."""

    place: str
    record_id: str
    content_hash: str
    outcomes: tuple[Outcome, ...]


class Unread(NamedTuple):
    """One report that mapping refused, in words."""

    says: str


def report_files(paths: Iterable[Path]) -> list[Path]:
    """Return the files, folders replaced by the report files in them, sorted by name."""
    found: list[Path] = []
    for path in paths:
        inside = sorted(p for p in path.rglob("*") if p.suffix.lower() in REPORT_FILES)
        found += inside if path.is_dir() else [path]
    return found


def try_reports(chosen: Chosen, files: Iterable[Path]) -> Iterator[Tried | Unread]:
    """Yield what becomes of each report, in the order of the files, with one memory.

    Raises:
        RuleSetError: the rule file does not load.
    """
    session = offline(chosen, OfflineSettings())
    for path in files:
        name = str(path)
        for answer in session.fold.decide_body(name, read_body(name), media_type(name)):
            if isinstance(answer, Refused):
                yield Unread(refusal_line(path.name, answer))
            else:
                yield Tried(
                    place=f"{path.name}[{answer.index}]",
                    record_id=answer.record_id,
                    content_hash=answer.report.content_hash,
                    outcomes=outcomes_of(answer.step.decision),
                )
