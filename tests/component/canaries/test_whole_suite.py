"""The scan after the whole suite finds a planted word in what was logged, wherever that lies."""

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from shared.observability import JsonLines, event_log
from tests.builders.canaries.search import Piece, Search
from tests.builders.canaries.whole_suite import LEAKING, EveryLine, leaks
from tests.builders.canaries.words import ALL, MARKERS, NAME

ROOT = Path(__file__).parents[3]
SUITE = """
import logging

def test_that_leaks(tmp_path):
    {how}
"""
BY_LINE = "logging.getLogger('peerline.intake').error('{word}')"
BY_FILE = "(tmp_path / 'intake.log').write_text('a name: {word}')"


def a_record(text: str) -> logging.LogRecord:
    """Return what a logger hands to its handlers."""
    return logging.LogRecord("peerline.intake", logging.ERROR, __file__, 1, text, (), None)


def test_a_line_that_carries_a_word_is_found() -> None:
    """Past the event log, which lets no text through, straight into a logger."""
    lines = EveryLine()
    lines.emit(a_record(f"report of {NAME}"))

    assert [NAME in leak for leak in leaks(lines, None)] == [True]


def test_the_event_log_itself_lets_no_word_through(caplog: pytest.LogCaptureFixture) -> None:
    """An event that is none is unnamed, a field that is not on the list is left out."""
    event_log("intake").fault(f"report of {NAME}", ValueError(NAME), patient=NAME)

    written = "".join(map(JsonLines("intake").format, caplog.records))
    assert "unnamed_event" in written
    assert list(Search(ALL).leaks([Piece("log", written.encode())])) == []


def test_a_file_that_carries_a_word_is_found_unless_it_leaks_deliberately(tmp_path: Path) -> None:
    """Log files are looked for in every folder below."""
    root = tmp_path / LEAKING
    for folder in ("a/log", f"b/{LEAKING}"):
        (root / folder).mkdir(parents=True)
        for name in ("intake.log", f"{7:020}.log"):  # the second is a broker's segment
            (root / folder / name).write_bytes(MARKERS[1].encode("utf-16"))

    (found,) = leaks(EveryLine(), root)
    assert found.startswith("file a/log/intake.log")


@pytest.mark.parametrize(
    ("how", "workers"),
    [(BY_FILE, ()), (BY_LINE, ("-p", "xdist", "-n", "1"))],
    ids=["a file", "a line, in a worker"],
)
def test_a_suite_that_leaks_fails_though_its_tests_pass(
    tmp_path: Path, how: str, workers: tuple[str, ...]
) -> None:
    """With and without pytest-xdist, by a line or by a file; the leak is shown."""
    folder = tmp_path / LEAKING
    folder.mkdir()
    (folder / "test_it.py").write_text(SUITE.format(how=how.format(word=NAME)))
    (folder / "pytest.ini").write_text("[pytest]")
    command = [sys.executable, "-m", "pytest", "-p", "tests.builders.canaries.plugin", *workers]

    ended = subprocess.run(
        [*command, f"--basetemp={folder / 'temp'}", str(folder)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (ended.returncode, "1 passed" in ended.stdout) == (1, True), ended.stdout + ended.stderr
    assert "planted words in logs" in ended.stdout
    assert NAME in ended.stdout
