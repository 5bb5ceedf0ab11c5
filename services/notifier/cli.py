"""`peerline notifier`: run cases, messages and the console."""

import click

from services.notifier.settings import NotifierSettings


@click.group("notifier", short_help="Cases, messages and the console.")
def group() -> None:
    """Turn requests of triage into cases, ask supporters, and keep the clocks."""


@group.command("run")
@click.option("--health-port", type=int, help="Serve /healthz, /readyz, /metrics on loopback.")
@click.pass_context
def run_command(context: click.Context, health_port: int | None) -> None:
    """Run inbox, timers, sending and relay in one process until SIGTERM.

    Needs Kafka, the site folder and a mail server (NOTIFIER_SMTP__HOST, NOTIFIER_SMTP__PORT).
    The database is brought up to date first.
    """
    from services.notifier import bootstrap  # noqa: PLC0415 - heavy

    settings = NotifierSettings()
    if health_port is not None:
        settings = settings.model_copy(update={"health_port": health_port})
    context.exit(bootstrap.run(settings))


@group.command("migrate")
def migrate_command() -> None:
    """Create or bring up to date the database (NOTIFIER_DATABASE_URL, default SQLite)."""
    from services.notifier import bootstrap  # noqa: PLC0415 - heavy

    store = bootstrap.open_store(NotifierSettings())
    click.echo(f"The database is up to date ({store.engine.dialect.name}).")
