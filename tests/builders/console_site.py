"""A console that listens on a real port, for real browsers."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from tests.builders.console import ConsoleStage
from tests.builders.mail import free_port
from tests.builders.notifier import Stage, a_file_store

WAIT_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Site:
    """A running console: its address and what stands behind it."""

    console: ConsoleStage
    url: str

    @property
    def stage(self) -> Stage:
        """Return the notifier behind the console."""
        return self.console.stage


@contextmanager
def a_console_site(folder: Path) -> Iterator[Site]:
    """Serve a console on a free port of 127.0.0.1, with its database under `folder`."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    console = ConsoleStage(store=a_file_store(folder), base_url=url)
    server = uvicorn.Server(
        uvicorn.Config(console.app, port=port, log_config=None, access_log=False, lifespan="off")
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        thread.join(0.05)
        assert thread.is_alive(), "the console did not start"
    yield Site(console, url)
    server.should_exit = True
    thread.join(WAIT_SECONDS)
