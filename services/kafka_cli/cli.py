"""`peerline kafka`: the embedded Kafka of this machine, and the topics of whichever is used."""

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any, Final

import click
from rich.console import Console
from rich.table import Table

from services.kafka_cli.access import acls, logins
from services.kafka_cli.options import (
    bindings_of,
    client_of,
    config_option,
    home_option,
    login_options,
    partitions_option,
    servers_option,
    show,
)
from shared.contracts.topics import TOPICS, Topic
from shared.kafka.admin import check_topics, create_topics, partition_counts
from shared.kafka.client import KafkaClient
from shared.kafka.embedded.progress import download_bar
from shared.kafka.embedded.server import BANNER, PREFERRED_PORT, EmbeddedKafka

NOT_RUNNING: Final = 3  # as `systemctl status` has it


@click.group()
def group() -> None:
    """The embedded Kafka, and topics and rights on whichever is used.

    The embedded Kafka is a real Apache Kafka with one node, on this machine only: for trying out
    and for tests, not for patients. It needs neither Docker nor Java. Its jars (44 MB) are fetched
    once. A Kafka of your own always wins: set KAFKA_BOOTSTRAP_SERVERS.
    """


group.add_command(acls)
group.add_command(logins)


@group.command(short_help="Start it, wait until it is ready, create the topics.")
@home_option
@config_option
@servers_option
@partitions_option
@click.option(
    "--port",
    type=click.IntRange(min=0, max=65535),
    default=PREFERRED_PORT,
    show_default=True,
    help="Port on 127.0.0.1; the next free one if it is taken, any free one for 0.",
)
def start(
    home: Path, config: Path | None, bootstrap_servers: str | None, partitions: int, port: int
) -> None:
    """Start the embedded Kafka, wait until it is ready, create the topics.

    Safe to repeat: a broker that runs is found again, topics that exist are left as they are. It
    goes on running until 'peerline kafka stop'.

    \b
    Example:
      peerline kafka start
      peerline kafka topics
    """  # noqa: D301 - click's mark for lines that stay as they are
    if bootstrap_servers:
        click.echo(f"KAFKA_BOOTSTRAP_SERVERS names {bootstrap_servers}: nothing is started.")
        click.echo("Create the topics there with 'peerline kafka topics --create'.")
        return
    kafka = EmbeddedKafka(home, port=port)
    click.echo(BANNER)
    with download_bar(Console()) as progress:
        bootstrap = kafka.start(progress)
    created = _provide(
        KafkaClient(bootstrap, "operator"), partitions, bindings_of(home, config).topics
    )
    click.echo(f"Kafka is ready at {bootstrap} ({created} topics created).")
    click.echo(f"Data: {kafka.status().data}   Kafka's own log: {kafka.status().log}")
    click.echo("Peerline's commands find it. Stop it: peerline kafka stop")


@group.command(short_help="Stop it; its data stay.")
@home_option
def stop(home: Path) -> None:
    """Stop the embedded Kafka and wait for its end; its data stay.

    A Kafka of your own (KAFKA_BOOTSTRAP_SERVERS) is never touched.
    """
    was_running = EmbeddedKafka(home).stop()
    click.echo("Kafka is stopped." if was_running else "Kafka was not running.")


@group.command(short_help="Say whether it runs, where its address and data are.")
@home_option
@servers_option
@click.pass_context
def status(context: click.Context, home: Path, bootstrap_servers: str | None) -> None:
    """Say which Kafka is used, whether it runs and where its data are.

    Exit code 0: an address is known. Exit code 3: the embedded Kafka is not running and no other
    is named.
    """
    if bootstrap_servers:
        click.echo(f"Kafka of your own: {bootstrap_servers} (KAFKA_BOOTSTRAP_SERVERS)")
        return
    found = EmbeddedKafka(home).status()
    if found.running is None:
        click.echo("The embedded Kafka is not running. Start it: peerline kafka start")
        context.exit(NOT_RUNNING)
    click.echo(f"The embedded Kafka runs at {found.running.bootstrap} (pid {found.running.pid}).")
    click.echo(f"Data: {found.data}   Kafka's own log: {found.log}")


@group.command(short_help="List, check and create the topics.")
@home_option
@config_option
@servers_option
@partitions_option
@login_options
@click.option("--create", is_flag=True, help="Create what is missing first (operator's right).")
@click.option(
    "--replication",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Copies of each new topic: 3 in production, 1 on one broker.",
)
def topics(
    home: Path,
    config: Path | None,
    bootstrap_servers: str | None,
    partitions: int,
    create: bool,  # noqa: FBT001 - a flag of the command line
    replication: int,
    **login: Any,  # noqa: ANN401 - the options of `_login`
) -> None:
    """List the topics with their purpose, and check them against the registry.

    Refuses a broker whose partition counts differ from this site's: a tenant's partition follows
    from the count, so its history would be split. A publisher's own topic that a tenant.yaml binds
    (sources.SYSTEM.topic) is created and listed too; '-' in place of a count: not there yet.

    \b
    Example, on a Kafka of your own, once, as the operator:
      export KAFKA_BOOTSTRAP_SERVERS=kafka:9092 PEERLINE_PARTITIONS=48
      peerline kafka topics --create --replication 3
    """  # noqa: D301 - click's mark for lines that stay as they are
    client = client_of(bootstrap_servers, home, login)
    bound = bindings_of(home, config).topics
    if create:
        click.echo(f"{_provide(client, partitions, bound, replication)} topics created.")
    check_topics(client, partitions)
    listed = (*TOPICS.values(), *bound)
    show(_table(listed, partition_counts(client, [topic.name for topic in listed])))


def _provide(
    client: KafkaClient, partitions: int, bound: Collection[Topic], replication: int = 1
) -> int:
    created = create_topics(client, partitions, replication, bound)
    check_topics(client, partitions)
    return len(created)


def _table(listed: Iterable[Topic], counts: dict[str, int]) -> Table:
    table = Table("topic", "partitions", "cleanup", "purpose", box=None, pad_edge=False)
    for topic in listed:
        table.add_row(topic.name, str(counts.get(topic.name, "-")), topic.cleanup, topic.purpose)
    return table
