"""What a rebuild tells its operator: one line per partition, and what is left to do."""

from collections.abc import Iterator, Sequence

from services.triage.rebuild.fold import Folded
from services.triage.rebuild.rebuilding import Rebuilt


def partition_lines(rebuilt: Rebuilt, *, is_check: bool) -> Iterator[str]:
    """Yield what was found and written for one partition."""
    number, folded = rebuilt.partition, rebuilt.folded
    if folded is None:
        yield f"partition {number}: its memory is whole up to offset {rebuilt.next_offset}"
        return
    verb = "would remember" if is_check else "remembers"
    yield (
        f"partition {number}: {verb} {rebuilt.incidents} incidents from {folded.reports} reports; "
        f"{folded.equal} of {folded.compared} answers equal; goes on at offset "
        f"{rebuilt.next_offset}"
    )
    yield from (f"  {line}" for line in _doubts(rebuilt, folded))


def _doubts(rebuilt: Rebuilt, folded: Folded) -> Iterator[str]:
    if folded.undecided:
        yield f"{folded.undecided} records were refused by triage then and are left out now"
    if rebuilt.is_cut:
        yield (
            f"older reports have passed their retention; {folded.early} answers near the cut "
            "differ, because what came before them is gone"
        )
    if folded.different:
        yield f"{folded.different} answers differ, the first at offset {folded.first_different}"
    if folded.unrecorded:
        yield f"{folded.unrecorded} answers have passed their retention and were not compared"


def closing_line(all_rebuilt: Sequence[Rebuilt], *, is_check: bool) -> str:
    """Return the last line: what was written and what comes next."""
    done = sum(rebuilt.folded is not None for rebuilt in all_rebuilt)
    if not done:
        return "Nothing is lost, nothing was written."
    if is_check:
        return f"{done} partition(s) looked at; nothing was written."
    return (
        f"{done} partition(s) rebuilt; no decision, request or question was emitted. "
        "Start the workers: peerline triage run"
    )
