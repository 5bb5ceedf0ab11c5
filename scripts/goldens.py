"""Compare the golden decisions with what the code decides today, show one, or write them.

Run as `python -m scripts.goldens`. The golden reports and rule sets are committed and never change,
so a digest that differs means that Peerline decides otherwise than it did: an auditor could not
replay what was recorded. Exits 1 on a difference, 2 on a refusal to write.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from itertools import islice

from rich.console import Console
from rich.progress import track

from services.triage.domain.kleene import SEMANTICS
from tests.builders.golden_decisions import decide_block, decide_blocks, document_of, steps_of
from tests.builders.golden_file import (
    FILE,
    Difference,
    differences,
    read_digests,
    read_reasons,
    write_digests,
)
from tests.builders.golden_reports import BLOCKS, REPORTS, golden_reports

_MEANING = """
Decisions of released semantics may not change. If they must:
  - a change of what rules mean is a new semantics id (services/triage/domain/kleene.py); the old
    one and its digests stay
  - a mended mistake of the fold keeps the id: look at each kind of difference with --show, here and
    in a worktree of the commit before, then write with --changed-because and say so in CHANGELOG.md
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Check, show or write."""
    options = _parser().parse_args(arguments)
    if options.show:
        return _show(options.show)
    found = _decide(options.block)
    if options.write:
        return _write(found, options.changed_because)
    return _check(found)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m scripts.goldens",
        description=__doc__,
        epilog=_MEANING,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    doing = parser.add_mutually_exclusive_group()
    doing.add_argument("--check", action="store_true", help="compare (the default)")
    doing.add_argument(
        "--show", type=_place, metavar="BLOCK/N", help="print one report and its decision"
    )
    doing.add_argument("--write", action="store_true", help="write the digests of all decisions")
    parser.add_argument(
        "--block", type=int, choices=range(BLOCKS), metavar="N", help="check one block only"
    )
    parser.add_argument(
        "--changed-because", metavar="REASON", help="with --write: change committed decisions"
    )
    return parser


def _place(text: str) -> Difference:
    block, _, number = text.partition("/")
    if not (
        block.isdecimal() and number.isdecimal() and int(block) < BLOCKS and int(number) < REPORTS
    ):
        last = f"{BLOCKS - 1}/{REPORTS - 1}"
        msg = f"there is no decision {text}: write one from 0/0 to {last}"
        raise argparse.ArgumentTypeError(msg)
    return Difference(int(block), int(number))


def _decide(only: int | None) -> dict[int, list[str]]:
    if only is not None:
        return {only: decide_block(only).digests}
    told = Console(stderr=True)
    blocks = track(
        decide_blocks(range(BLOCKS)),
        "Deciding",
        total=BLOCKS,
        console=told,
        disable=not told.is_terminal,
    )
    return {block.number: block.digests for block in blocks}


def _check(found: dict[int, list[str]]) -> int:
    total = sum(map(len, found.values()))
    changed = list(differences(read_digests(), found))
    if not changed:
        print(f"{total} golden decisions of {SEMANTICS} are as committed.")
        return 0
    first = changed[0]
    print(f"{len(changed)} of {total} golden decisions of {SEMANTICS} differ; the first in full:")
    _show(first)
    print(f"Its committed digest stands in {FILE.name}, line {first.block:02}/… .{_MEANING}")
    return 1


def _show(place: Difference) -> int:
    """Print the report, and what comes of it once all before it are decided."""
    report = next(islice(golden_reports(place.block), place.number, None))
    step = next(islice(steps_of(place.block), place.number, None))
    shown = {"report": report.to_document(), **document_of(step)}
    print(json.dumps(shown, indent=1, sort_keys=True))
    return 0


def _write(found: dict[int, list[str]], reason: str | None) -> int:
    committed = read_digests()
    changed = [place for place in differences(committed, found) if place.block in committed]
    if changed and not reason:
        print(f"Not written: {len(changed)} committed decisions of {SEMANTICS} would change.")
        print(_MEANING)
        return 2
    reasons = [*read_reasons(), *([f"{len(changed)} decisions: {reason}"] if changed else [])]
    write_digests({**committed, **found}, reasons)
    print(f"wrote {sum(map(len, found.values()))} digests to {FILE.name}; {len(changed)} changed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
