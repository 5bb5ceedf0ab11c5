"""Options that the commands of `peerline kafka` share: which Kafka, which site, whose login."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

import click
from rich.console import Console
from rich.table import Table

from shared.contracts.topics import DEFAULT_PARTITIONS
from shared.kafka.client import KafkaClient
from shared.kafka.embedded.server import resolve_bootstrap
from shared.site.site import Site
from shared.site.source_topics import SourceBindings, source_bindings

Command = TypeVar("Command", bound=Callable[..., Any])
_DEFAULT_HOME: Final = Path("~/.local/share/peerline")

# Of a line that goes to a file or another program: what is cut off there is lost.
_PIPED_WIDTH: Final = 10_000


def show(table: Table) -> None:
    """Print a table: as wide as the terminal, or as its content where there is none."""
    Console(width=None if sys.stdout.isatty() else _PIPED_WIDTH).print(table)


home_option = click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="PEERLINE_HOME",
    show_envvar=True,
    default=_DEFAULT_HOME,
    show_default=True,
    help="Folder of this installation; Kafka lives in kafka/ below it.",
)
config_option = click.option(
    "--config",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="PEERLINE_CONFIG",
    show_envvar=True,
    help="The site's configuration, whose tenants may bind source topics; default: HOME/config.",
)
servers_option = click.option(
    "--bootstrap-servers",
    envvar="KAFKA_BOOTSTRAP_SERVERS",
    show_envvar=True,
    help="A Kafka of your own, host:port; it always wins over the embedded one.",
)
partitions_option = click.option(
    "--partitions",
    type=click.IntRange(min=1),
    envvar="PEERLINE_PARTITIONS",
    show_envvar=True,
    default=DEFAULT_PARTITIONS,
    show_default=True,
    help="Partitions of each topic that is split by tenant; fixed at installation.",
)


_file = click.Path(path_type=Path, exists=True, dir_okay=False)


def login_options(command: Command) -> Command:
    """Add the options of a Kafka that wants to know who asks; named as KafkaClient's fields."""
    for name, kind, default, says in (
        ("ca-file", _file, None, "Certificate of who signed the brokers'."),
        ("password-file", _file, None, "File with the operator's password."),
        ("username", str, None, "The operator's principal."),
        ("sasl-mechanism", str, None, "SCRAM-SHA-512, as a rule."),
        ("security-protocol", str, "PLAINTEXT", "SASL_SSL for a Kafka of your own, as a rule."),
    ):
        variable = f"OPERATOR_KAFKA__{name.replace('-', '_').upper()}"
        command = click.option(
            f"--{name}", type=kind, default=default, envvar=variable, show_envvar=True, help=says
        )(command)
    return command


def client_of(bootstrap_servers: str | None, home: Path, login: Mapping[str, Any]) -> KafkaClient:
    """Return the operator's client on the Kafka that is named, else on the embedded one.

    Raises:
        ClickException: there is neither.
    """
    bootstrap = resolve_bootstrap(bootstrap_servers, home)
    if bootstrap is None:
        raise click.ClickException(
            "There is no Kafka to look at: the embedded one is not running and "
            "KAFKA_BOOTSTRAP_SERVERS is not set. Start it with 'peerline kafka start', or set "
            "the address of your own."
        )
    return KafkaClient(bootstrap, "operator", **login)


def bindings_of(home: Path, config: Path | None) -> SourceBindings:
    """Return which source topics the tenants of this site bind."""
    return source_bindings(Site((config or home / "config").expanduser()))
