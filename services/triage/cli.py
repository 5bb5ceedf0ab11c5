"""`peerline triage`: parses arguments, builds settings, runs the worker."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click
from rich.console import Console
from rich.progress import Progress

from services.triage.settings import TriageSettings


@click.group()
def group() -> None:
    """Triage: who is likely a second victim, and why.

    One worker decides the reports of its partitions, one transaction per chunk. Start as many as
    there are cores, each with its own slot; Kafka shares the partitions out among them.
    """


@group.command("run")
@click.option(
    "--slot",
    type=click.IntRange(0, 999),
    default=None,
    help="Which worker this is, 0 by default; the same number after every restart (TRIAGE_SLOT).",
)
@click.option(
    "--health-port",
    type=click.IntRange(0, 65535),
    default=None,
    help="Serve /healthz, /startupz, /readyz on this loopback port (TRIAGE_HEALTH__PORT).",
)
def run_worker(slot: int | None, health_port: int | None) -> None:
    """Run one worker until SIGTERM or Ctrl-C; it finishes what it is writing and leaves with 0.

    Any other end has exit code 1: start it again, it goes on where it stopped.
    """
    from services.triage.bootstrap import run  # noqa: PLC0415 - Faust is slow to import

    given = TriageSettings()
    changed: dict[str, object] = {} if slot is None else {"slot": slot}
    if health_port is not None:
        changed["health"] = given.health.model_copy(update={"port": health_port})
    chosen = given.model_copy(update=changed)
    run(chosen)


@group.command("rebuild")
@click.option(
    "--partition",
    "partitions",
    type=click.IntRange(0, 999),
    multiple=True,
    help="Rebuild this one even if its memory is whole; may be repeated. Default: all that lost.",
)
@click.option("--check", is_flag=True, help="Fold and compare, but write nothing.")
@click.option(
    "--accept-differences",
    is_flag=True,
    help="Write even where history is cut or recomputed answers differ from the recorded ones.",
)
def rebuild_memory(partitions: tuple[int, ...], *, check: bool, accept_differences: bool) -> None:
    """Rebuild what triage remembers after triage.state.v1 was lost; workers must be stopped.

    A worker whose memory is gone pauses its partitions and pages (`state_lost`), because deciding
    on would decide some reports twice. This folds incident.reported.v1 again up to the last report
    that has an answer, with the rule sets then in force, compares each answer with the recorded
    one, and writes memory only: no decision, request or question is emitted.

    It refuses, and writes nothing for that partition, when answers differ or when the reports kept
    do not reach back 400 days. Exit code 0: done; 2: refused, the message says why and what to do.

    \b
    Examples:
      peerline triage rebuild --check
      peerline triage rebuild
      peerline triage rebuild --partition 3 --partition 4
    """  # noqa: D301 - click's mark for lines that stay as they are
    from services.triage.bootstrap import rebuild  # noqa: PLC0415 - slow to import
    from services.triage.rebuild.rebuilding import Wanted  # noqa: PLC0415 - likewise
    from services.triage.rebuild.telling import (  # noqa: PLC0415 - likewise
        closing_line,
        partition_lines,
    )

    wanted = Wanted(check, accept_differences, whole_too=bool(partitions))
    done = []
    with _bar("reading") as advance:
        for rebuilt in rebuild(TriageSettings(), partitions, wanted, advance):
            done.append(rebuilt)
            click.echo("\n".join(partition_lines(rebuilt, is_check=check)))
    click.echo(closing_line(done, is_check=check))


@contextmanager
def _bar(title: str) -> Iterator[Callable[[int, int], None]]:
    """Give a callback (records read since, upper bound of all) that draws on a terminal."""
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(title, total=None)
        yield lambda records, total: progress.update(task, total=total, advance=records)
