"""`peerline triage`: parses arguments, builds settings, runs the worker."""

import click

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
