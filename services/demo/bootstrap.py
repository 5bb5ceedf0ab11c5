"""Puts the demo together: broker, stage, story, checks; leaves nothing running."""

import fcntl
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from rich.console import Console

from services.demo.ending import checks, failed
from services.demo.mailbox import Mailbox, smtp_server
from services.demo.mailbox_page import mailbox_app
from services.demo.places import free_places
from services.demo.play import Play
from services.demo.refusals import DemoError, StoryError
from services.demo.settings import DemoSettings
from services.demo.stage import TENANT, Stage
from shared.clock import SystemClock, monotonic
from shared.kafka.embedded.progress import download_bar
from shared.kafka.embedded.server import BANNER, EmbeddedKafka

Say = Callable[[str], None]
COORDINATOR = "k.ibsen@riverside.invalid"


def run_demo(settings: DemoSettings, *, stay: bool, say: Say) -> None:
    """Play the story; stay up until Ctrl-C, or check it and end.

    Raises:
        DemoError: another demo runs, the stage could not be set, or the story ended otherwise.
    """
    began = monotonic()
    with _alone(settings.folder), _broker(settings, say) as bootstrap:
        stage = Stage(settings.folder / "site", bootstrap, free_places(usual=True))
        say("Starting the services …")
        with stage:
            say(f"Everything is up after {monotonic() - began:.0f} s.\n")
            play = Play(stage, SystemClock(), say)
            play.run()
            _say_where(stage, say)
            if stay:
                _wait(say)
            else:
                _check(play, say)


def _check(play: Play, say: Say) -> None:
    say("Checking the story:")
    broken = failed(list(checks(play)), say)
    if broken:
        raise StoryError(broken)
    say("\nThe story held.")


def _say_where(stage: Stage, say: Say) -> None:
    link = stage.peerline("notifier", "sign-in-link", "--tenant", TENANT, "--email", COORDINATOR)
    say("Where to look:")
    say(f"   mailbox   {stage.mailbox_url}/            what supporters and coordinators received")
    say(f"   console   {link.stdout.strip() or stage.console_url}   (signs the coordinator in)")
    say(f"   API       {stage.intake_url}/docs")
    say(f"   logs      {stage.home / 'log'}")
    say(f"   decisions PEERLINE_HOME={stage.home} KAFKA_BOOTSTRAP_SERVERS={stage.bootstrap} \\")
    say("             .venv/bin/peerline audit explain R-1001\n")


def _wait(say: Say) -> None:
    say("Ctrl-C stops everything.")
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        say("\nStopping …")


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / "demo.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            hint = "Stop that one with Ctrl-C, or set PEERLINE_HOME to another folder."
            raise DemoError(f"another demo runs in {folder}", hint) from None
        yield


@contextmanager
def _broker(settings: DemoSettings, say: Say) -> Iterator[str]:
    if settings.kafka_bootstrap_servers:
        yield settings.kafka_bootstrap_servers
        return
    home = settings.folder / "broker"
    kafka = EmbeddedKafka(home, jar_folder=settings.home / "kafka" / "jars")
    kafka.stop()  # a demo that was killed left its broker behind
    shutil.rmtree(home, ignore_errors=True)
    say(BANNER)
    try:
        with download_bar(Console(stderr=True)) as progress:
            bootstrap = kafka.start(progress)
        yield bootstrap
    finally:
        kafka.stop()


def run_mailbox(path: Path, host: str, smtp_port: int, port: int, stop: threading.Event) -> None:
    """Serve the mail sink and its page until `stop`."""
    mailbox = Mailbox(path)
    smtp = smtp_server(mailbox, SystemClock(), host, smtp_port)
    smtp.start()
    app = mailbox_app(mailbox)
    page = uvicorn.Server(
        uvicorn.Config(app, host=host, port=port, log_level="critical", lifespan="off")
    )
    thread = threading.Thread(target=page.run, daemon=True)
    thread.start()
    stop.wait()
    page.should_exit = True
    thread.join(timeout=5)
    smtp.stop()
