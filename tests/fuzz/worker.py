"""Fuzzes one parser in a process of its own: `python -m tests.fuzz.worker PARSER …`.

With atheris, new inputs are kept where they reach new code; without it, where they have a new
outcome. Both make them by `mutation`.
"""

import sys
import time
from importlib import import_module, util
from pathlib import Path
from typing import Any, Final

import click

_INSTRUMENTED: Final = ["services", "shared"]  # what is not ours would take most of the time
_LONGEST: Final = 8_192
_CLOCK_EACH: Final = 50


def has_atheris() -> bool:
    """Tell whether atheris is installed here."""
    return util.find_spec("atheris") is not None


@click.command()
@click.argument("parser")
@click.option("--seconds", type=float, required=True, help="How long.")
@click.option("--file", type=click.Path(path_type=Path), required=True, help="Where to count.")
@click.option("--seed", type=int, default=1, help="Another seed makes other inputs.")
@click.option("--plain", is_flag=True, help="Do without atheris.")
def main(parser: str, seconds: float, file: Path, seed: int, *, plain: bool) -> None:
    """Fuzz one parser."""
    if plain or not has_atheris():
        _plain(parser, seconds, file, seed)
    else:
        _guided(parser, seconds, file, seed)


def _plain(parser: str, seconds: float, file: Path, seed: int) -> None:
    ledger, ends = _ledger(parser, file), time.monotonic() + seconds
    search = import_module("tests.fuzz.plain").search
    search(ledger, seed, lambda made: made % _CLOCK_EACH == 0 and time.monotonic() > ends)
    ledger.write(time.monotonic())


def _guided(parser: str, seconds: float, file: Path, seed: int) -> None:
    atheris: Any = import_module("atheris")
    with atheris.instrument_imports(include=_INSTRUMENTED):
        ledger = _ledger(parser, file)
    mutated = import_module("tests.fuzz.mutation").mutated
    seeds = ledger.target.seeds() or [b"0"]
    begin, grown = file.parent / "seeds", file.parent / "grown"
    for folder in (begin, grown):
        folder.mkdir(exist_ok=True)
    for place, data in enumerate(seeds):
        (begin / str(place)).write_bytes(data)

    def mutator(data: bytes, longest: int, made: int) -> bytes:
        if made % 3 == 0:
            return bytes(atheris.Mutate(data, longest))
        return bytes(mutated(data, seeds[made % len(seeds)], str(made)))[:longest]

    def one(data: bytes) -> None:
        ledger(data)

    options = [
        f"-max_total_time={max(1, round(seconds))}",
        f"-max_len={_LONGEST}",
        f"-seed={seed}",
        "-timeout=20",
        "-rss_limit_mb=3000",
        "-print_final_stats=1",
        f"-artifact_prefix={file.parent}/",
    ]
    atheris.Setup([sys.argv[0], str(grown), str(begin), *options], one, custom_mutator=mutator)
    atheris.Fuzz()


def _ledger(parser: str, file: Path) -> Any:
    # Imported here and not above: atheris instruments what is imported under its eyes.
    target = import_module("tests.fuzz.targets").TARGETS[parser]
    return import_module("tests.fuzz.ledger").Ledger(target, file)


if __name__ == "__main__":
    main()
