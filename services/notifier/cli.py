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


@group.command("console")
@click.option("--host", help="The address to listen on; default 127.0.0.1.")
@click.option("--port", type=click.IntRange(0, 65_535), help="The port; default 8081.")
def console_command(host: str | None, port: int | None) -> None:
    """Serve the web console until SIGTERM: cases, supporters' pages, links of mails.

    Needs the site folder, the database and, to mail sign-in links, a mail server. Kafka is not
    needed. NOTIFIER_CONSOLE_URL is its address as people see it; behind https it starts with
    https://.
    """
    from services.notifier import console_bootstrap  # noqa: PLC0415 - heavy

    settings = NotifierSettings()
    given = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    served = settings.console.model_copy(update=given)
    console_bootstrap.run_console(settings.model_copy(update={"console": served}))


@group.command("sign-in-link")
@click.option("--tenant", required=True, help="The tenant of the person.")
@click.option("--email", required=True, help="The person's e-mail address in the directory.")
def sign_in_link_command(tenant: str, email: str) -> None:
    """Print a link that signs one person in at the console: 15 minutes, once.

    For the first coordinator, and for when mail does not arrive. Hand it over in person: whoever
    opens it is signed in.
    """
    from services.notifier import console_bootstrap  # noqa: PLC0415 - heavy

    click.echo(console_bootstrap.sign_in_link(NotifierSettings(), tenant, email))
