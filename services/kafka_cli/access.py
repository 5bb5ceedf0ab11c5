"""`peerline kafka acls` and `logins`: who may do what on a Kafka with access control."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import click
from rich.table import Table

from services.kafka_cli.options import (
    bindings_of,
    client_of,
    config_option,
    home_option,
    login_options,
    servers_option,
    show,
)
from shared.contracts import access
from shared.contracts.topics import source_name
from shared.identity import new_token
from shared.kafka.access import (
    Comparison,
    apply,
    await_applied,
    compare,
    known_logins,
    set_passwords,
)
from shared.site.files import replace_private

DIFFERENT: Final = 1


@click.command(short_help="Print, apply and compare who may do what.")
@home_option
@config_option
@servers_option
@login_options
@click.option("--apply", "write", is_flag=True, help="Create on the broker what it lacks.")
@click.option("--check", is_flag=True, help="Compare with the broker; exit code 1 if they differ.")
@click.option(
    "--prune", is_flag=True, help="With --apply: delete rules on Peerline's names that are no ours."
)
def acls(
    home: Path,
    config: Path | None,
    bootstrap_servers: str | None,
    write: bool,  # noqa: FBT001 - a flag of the command line
    check: bool,  # noqa: FBT001 - likewise
    prune: bool,  # noqa: FBT001 - likewise
    **login: Any,  # noqa: ANN401 - the options of `login_options`
) -> None:
    """Print who may do what on Kafka, a line per allowed operation; all else is denied.

    The list follows from the registry of topics, with the login 'publisher-NAME' for each source
    topic that a tenant.yaml binds. --apply creates what the broker lacks and is safe to repeat;
    rules of other systems on other names are never touched. --check compares and says what is
    missing and what somebody else may do on Peerline's names.

    The first time as a super user of the broker; afterwards the principal 'operator' may do it.

    \b
    Example:
      peerline kafka acls
      peerline kafka acls --apply
      peerline kafka acls --check
    """  # noqa: D301 - click's mark for lines that stay as they are
    if prune and not write:
        raise click.UsageError("--prune deletes, so it needs --apply; --check shows what it would.")
    wanted = access.rules(_sources(home, config))
    if not (write or check):
        click.echo("\n".join(map(access.line, wanted)))
        return
    client = client_of(bootstrap_servers, home, login)
    if write:
        before = apply(client, wanted, prune=prune)
        click.echo(f"{len(before.missing)} rules created, {len(wanted)} in all.")
        if prune:
            click.echo(f"{len(before.foreign)} other rules on Peerline's names deleted.")
    found = await_applied(client, wanted) if write else compare(client, wanted)
    _tell(found)
    if check and not found.is_equal:
        click.get_current_context().exit(DIFFERENT)


@click.command(short_help="Give each service and publisher a password.")
@home_option
@config_option
@servers_option
@login_options
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Where the password files are, one per login, mode 0600.",
)
@click.option("--create", is_flag=True, help="Make a password for each login that has none.")
@click.option("--new", multiple=True, metavar="LOGIN", help="Replace this login's password.")
def logins(
    home: Path,
    config: Path | None,
    bootstrap_servers: str | None,
    folder: Path,
    create: bool,  # noqa: FBT001 - a flag of the command line
    new: tuple[str, ...],
    **login: Any,  # noqa: ANN401 - the options of `login_options`
) -> None:
    """List who logs in to Kafka (SCRAM-SHA-512), and make passwords.

    A password is 192 random bits. It is written to FOLDER/LOGIN, the PASSWORD_FILE of that service,
    and shown nowhere. A publisher's file goes to the publisher by a safe way and is then deleted. A
    password that is replaced counts for new connections; services read the file when they start.

    \b
    Example:
      peerline kafka logins --folder /etc/peerline/kafka --create
      peerline kafka logins --folder /etc/peerline/kafka --new publisher-northwick-datix
    """  # noqa: D301 - click's mark for lines that stay as they are
    names = access.logins(_sources(home, config))
    if unknown := set(new) - set(names):
        raise click.UsageError(
            f"{', '.join(sorted(unknown))}: no such login. There are {', '.join(names)}; a "
            "publisher has one once its topic is bound in tenant.yaml."
        )
    client = client_of(bootstrap_servers, home, login)
    known = known_logins(client)
    chosen = {*new, *(name for name in names if create and name not in known)}
    for name in sorted(chosen):
        password = new_token()
        set_passwords(client, {name: password})
        replace_private(folder / name, password + "\n")
    click.echo(f"{len(chosen)} passwords made in {folder}.")
    show(_logins_table(names, known | chosen, folder))


def _sources(home: Path, config: Path | None) -> list[str]:
    return sorted(map(source_name, bindings_of(home, config).bound))


def _tell(found: Comparison) -> None:
    if found.is_equal:
        click.echo("The broker allows what it should on Peerline's names, and nothing else.")
        return
    _list("The broker lacks (create them: --apply)", map(access.line, found.missing))
    _list("The broker also has (delete them: --apply --prune)", found.foreign)


def _list(title: str, lines: Iterable[str]) -> None:
    if found := list(lines):
        click.echo(f"{title}:")
        click.echo("\n".join(f"  {each}" for each in found))


def _logins_table(names: Iterable[str], known: Iterable[str], folder: Path) -> Table:
    table = Table("login", "on the broker", "password file", box=None, pad_edge=False)
    for name in names:
        file = folder / name
        table.add_row(name, "yes" if name in known else "no", str(file) if file.exists() else "-")
    return table
