"""`peerline demo`: the whole story, live; `peerline demo mailbox`: the mail sink alone."""

import os
import signal
import sys
import threading
from pathlib import Path

import click

from services.demo.bootstrap import run_demo, run_mailbox
from services.demo.settings import DemoSettings


@click.group(invoke_without_command=True)
@click.option("--exit", "leave", is_flag=True, help="Check the story and end, also on a terminal.")
@click.pass_context
def group(context: click.Context, *, leave: bool) -> None:
    """Play the whole story, live, with made-up people.

    Starts a real Apache Kafka, the services and a mailbox on this machine, posts seven reports and
    shows what each became and where to look. On a terminal it stays up until Ctrl-C; without one,
    or with --exit (make demo DEMO_EXIT=1), it checks its own story and ends: 0 when all held.
    """
    if context.invoked_subcommand is None:
        stay = sys.stdin.isatty() and sys.stdout.isatty() and not leave
        run_demo(DemoSettings(), stay=stay, say=click.echo)


@group.command()
@click.option(
    "--file", "path", type=click.Path(path_type=Path), required=True, help="Mails, JSONL."
)
@click.option("--smtp-port", type=int, default=1025, show_default=True)
@click.option("--port", type=int, default=8025, show_default=True, help="The page, http.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Where both listen.")
def mailbox(path: Path, smtp_port: int, port: int, host: str) -> None:
    """Take every mail, deliver none, show them on a page: a sink for trying out."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    run_mailbox(path, host, smtp_port, port, stop)
    os._exit(0)
