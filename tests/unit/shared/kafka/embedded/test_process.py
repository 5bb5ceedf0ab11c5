"""A pid alone proves nothing: the start of the process counts too."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from shared.kafka.embedded import process

WILLING = "import time; print('up', flush=True); time.sleep(60)"
STUBBORN = f"import signal; signal.signal(15, signal.SIG_IGN); {WILLING}"


def test_our_own_process_runs() -> None:
    """And keeps its mark."""
    mark = process.start_mark(os.getpid())

    assert mark is not None
    assert process.runs(os.getpid(), mark)


def test_another_process_with_that_pid_is_not_ours() -> None:
    """Pids are given again."""
    assert not process.runs(os.getpid(), "another start")


def test_a_pid_that_nobody_has_does_not_run() -> None:
    """Beyond the highest pid that Linux gives."""
    assert process.start_mark(2**22 + 1) is None


def test_a_process_that_ended_does_not_run_even_before_it_is_reaped() -> None:
    """A zombie has a pid, but serves nobody."""
    with subprocess.Popen([sys.executable, "-c", ""], stdout=subprocess.PIPE) as child:
        assert child.stdout
        child.stdout.read()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)

        assert process.start_mark(child.pid) is None


@pytest.mark.parametrize(("program", "code"), [(WILLING, -15), (STUBBORN, -9)])
def test_a_process_is_asked_to_end_and_made_to(program: str, code: int) -> None:
    """SIGTERM first; what does not listen is killed."""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as child:
        assert child.stdout
        child.stdout.readline()

        process.end(child.pid, process.start_mark(child.pid) or "", 0.3)

        assert child.wait() == code


def test_ending_somebody_elses_process_does_nothing() -> None:
    """The mark differs: the pid was given again."""
    process.end(os.getpid(), "another start", 0.1)


def test_without_proc_the_mark_comes_from_ps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on macOS; `ps -o lstart= -p PID` prints nothing for a process that is not there."""
    ps = tmp_path / "ps"
    ps.write_text(f'#!/bin/sh\n[ "$4" = {os.getpid()} ] && echo "Mon Nov 21 04:00:00 2026"\n')
    ps.chmod(0o700)
    monkeypatch.setattr(process, "_PROC", Path("/nowhere"))
    monkeypatch.setattr(process, "_PS", str(ps))

    assert process.start_mark(os.getpid()) == "Mon Nov 21 04:00:00 2026"
    assert process.start_mark(1) is None
