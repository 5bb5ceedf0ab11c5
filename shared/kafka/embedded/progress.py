"""What is shown while Kafka's jars are fetched: a bar on a terminal, one line elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from shared.kafka.embedded import jars

_TITLE = f"Fetching Apache Kafka {jars.KAFKA_VERSION}, only this once"


@contextmanager
def download_bar(console: Console) -> Iterator[jars.Progress]:
    """Give a callback that draws on `console`; nothing appears unless it is called."""
    bar = Progress(
        "[progress.description]{task.description}",
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=console,
    )
    task = bar.add_task(_TITLE, total=None)
    shown = False

    def advance(done: int, total: int) -> None:
        nonlocal shown
        if not shown:
            shown = True
            if console.is_terminal:
                bar.start()
            else:
                console.print(f"{_TITLE} ({total / 1e6:.0f} MB) …")
        bar.update(task, completed=done, total=total)

    try:
        yield advance
    finally:
        if shown and console.is_terminal:
            bar.stop()
