"""What became of a file, for people and for programs."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, Final

from services.publish.tally import RefusedReport, Tally

_ROWS_SHOWN: Final = 5


def page(name: str, found: Tally, *, is_trial: bool) -> Iterator[str]:
    """Yield the lines that tell people what became of a file."""
    total = found.taken + len(found.refused)
    verb = "would be taken" if is_trial else "taken"
    yield f"{name}: {found.taken:,} of {total:,} reports {verb}"
    if found.repeats:
        yield f"  {found.repeats:,} of them are equal to an earlier one"
    if found.flags:
        flags = ", ".join(f"{flag} {count:,}" for flag, count in found.flags.most_common())
        yield f"  to look at: {flags}"
    for (code, detail), rows in _by_reason(found.refused).items():
        shown = ", ".join(f"{row:,}" for row in rows[:_ROWS_SHOWN])
        more = f" and {len(rows) - _ROWS_SHOWN:,} more" if len(rows) > _ROWS_SHOWN else ""
        yield f"  refused: row {shown}{more}: {detail} [{code}]"
    if found.refused:
        yield "  rows count from 1 after the heading; a spreadsheet counts one more"


def document(name: str, found: Tally, *, is_trial: bool) -> Mapping[str, Any]:
    """Return the same for a program; nothing of a report is in it."""
    return {
        "file": name,
        "stored": not is_trial,
        "taken": found.taken,
        "repeats": found.repeats,
        "flags": dict(found.flags.most_common()),
        "events": [{"row": row, "event_id": event_id} for row, event_id in found.events],
        "refused": [
            {"row": each.row, "code": each.code, "detail": each.detail, "pointer": each.pointer}
            for each in found.refused
        ],
    }


def _by_reason(refused: list[RefusedReport]) -> Mapping[tuple[str, str], list[int]]:
    found: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for each in refused:
        found[each.code, each.detail].append(each.row)
    return found
