"""What is shown while jars are fetched."""

from io import StringIO

from rich.console import Console

from shared.kafka.embedded.progress import download_bar


def test_nothing_is_shown_when_nothing_is_fetched() -> None:
    """From the second start on."""
    console = Console(file=StringIO(), force_terminal=True)

    with download_bar(console):
        pass

    assert written(console) == ""


def test_without_a_terminal_it_is_one_line() -> None:
    """A log is no place for a bar."""
    console = Console(file=StringIO(), width=100)

    with download_bar(console) as progress:
        progress(1_000_000, 44_000_000)
        progress(44_000_000, 44_000_000)

    assert written(console) == "Fetching Apache Kafka 4.1.1, only this once (44 MB) …\n"


def test_on_a_terminal_it_is_a_bar() -> None:
    """With what is done and what there is."""
    console = Console(file=StringIO(), force_terminal=True, width=120)

    with download_bar(console) as progress:
        progress(44_000_000, 44_000_000)

    assert "44.0/44.0 MB" in written(console)


def written(console: Console) -> str:
    """Return what the console was told."""
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()
