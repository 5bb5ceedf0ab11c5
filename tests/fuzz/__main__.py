"""Fuzz every parser, and send generated payloads through the mapping: `python -m tests.fuzz`."""

import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from tests.builders.payloads.generator import FORMATS
from tests.builders.payloads.mapping import tally
from tests.fuzz.runs import Finished, Run, finished
from tests.fuzz.targets import TARGETS
from tests.fuzz.worker import has_atheris

_CONSOLE = Console()
_STEP = 500


@click.command(context_settings={"max_content_width": 100})
@click.option(
    "--minutes", default=10.0, show_default=True, help="For all parsers together; 0: none."
)
@click.option(
    "--only",
    multiple=True,
    metavar="PARSER",
    type=click.Choice(sorted(TARGETS)),
    help="Repeatable.",
)
@click.option("--payloads", default=0, show_default=True, help="Generated payloads of each format.")
@click.option("--seed", default=1, show_default=True, help="Another seed makes other inputs.")
@click.option("--plain", is_flag=True, help="Without atheris, though it is installed.")
@click.option("--list", "is_listed", is_flag=True, help="Say which parsers there are, and end.")
def main(
    minutes: float, only: tuple[str, ...], payloads: int, seed: int, *, plain: bool, is_listed: bool
) -> None:
    """Fuzz every parser with inputs made from tests/fuzz/corpus and from the shipped files.

    \b
    A quick look:          python -m tests.fuzz --minutes 1
    One parser, longer:    python -m tests.fuzz --minutes 10 --only fhir
    What is generated:     python -m tests.fuzz --minutes 0 --payloads 20000

    An input on which a parser fails is written to tests/fuzz/corpus/PARSER/failed-…; from then on
    the fast tests try it. Mend the parser, give the file a name that says what it is, commit both.
    With atheris (`make fuzz` installs it) new inputs are chosen by the code that they reach,
    without it by their outcome. Ends with 1 when something failed.
    """  # noqa: D301
    if is_listed:
        _list()
        return
    if payloads:
        _generated(payloads)  # ends with the seed of the first payload that is wrong
    if minutes > 0 and _fuzzed(sorted(only or TARGETS), minutes, seed, plain=plain):
        sys.exit(1)


def _list() -> None:
    table = Table("parser", "an input is", "examples", box=None)
    for name in sorted(TARGETS):
        table.add_row(name, TARGETS[name].about, str(len(TARGETS[name].seeds())))
    _CONSOLE.print(table)


def _generated(count: int) -> None:
    table = Table("format", "payloads", "reports mapped", "refused", "seconds", box=None)
    started = time.monotonic()
    with Progress(console=_CONSOLE, transient=True) as progress:
        bar = progress.add_task("payloads", total=count * len(FORMATS))
        for format_ in FORMATS:
            began, mapped, refused = time.monotonic(), 0, 0
            progress.update(bar, description=format_)
            for start in range(0, count, _STEP):
                found = tally(format_, range(start, min(start + _STEP, count)))
                mapped += found["mapped"]
                refused += found.total() - found["mapped"]
                progress.advance(bar, min(_STEP, count - start))
            cells = (count, mapped, refused)
            took = f"{time.monotonic() - began:.0f}"
            table.add_row(format_, *(f"{cell:,}" for cell in cells), took)
            if not _CONSOLE.is_terminal:
                _CONSOLE.print(f"{format_}: {count:,} payloads")
    _CONSOLE.print(table)
    total = f"{count * len(FORMATS):,} payloads in {time.monotonic() - started:.0f} s"
    _CONSOLE.print(f"{total}: each mapped or refused, none a mapper_error.")


def _fuzzed(names: list[str], minutes: float, seed: int, *, plain: bool) -> bool:
    seconds = minutes * 60 / len(names)
    how = "by outcome" if plain or not has_atheris() else "by coverage (atheris)"
    _CONSOLE.print(f"{len(names)} parsers, {seconds:.0f} s each, {how}")
    runs = []
    with TemporaryDirectory() as folder, Progress(console=_CONSOLE, transient=True) as progress:
        bar = progress.add_task("", total=len(names) * seconds)
        for done, name in enumerate(names):
            run = Run.start(name, Path(folder) / name, seconds, seed, plain=plain)
            while run.is_going():
                so_far = min(run.age(), seconds)
                told = f"{name}: {run.read()['executions']:,} inputs"
                progress.update(bar, completed=done * seconds + so_far, description=told)
                time.sleep(0.5)
            runs.append(finished(run))
            if not _CONSOLE.is_terminal:
                _CONSOLE.print(f"{name}: {runs[-1].executions:,} inputs")
    _summarise(runs)
    return any(run.defects for run in runs)


def _summarise(runs: list[Finished]) -> None:
    table = Table("parser", "inputs", "a second", "kept as new", "outcomes", "slowest", "failed",
                  box=None)  # fmt: skip
    for run in runs:
        table.add_row(
            run.name,
            f"{run.executions:,}",
            f"{run.executions / run.seconds:,.0f}",
            "-" if run.grown is None else f"{run.grown:,}",
            str(run.outcomes),
            f"{run.slowest_seconds:.2f} s",
            str(len(run.defects)),
        )
    _CONSOLE.print(table)
    for run in runs:
        for place, file in run.defects.items():
            _CONSOLE.print(f"{run.name}: {place}: {file}")
    total = sum(run.executions for run in runs)
    _CONSOLE.print(f"{total:,} inputs, {sum(len(run.defects) for run in runs)} defects.")


if __name__ == "__main__":
    main()
