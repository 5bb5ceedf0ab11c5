"""Back-off and the words for the terminal: values only, no process."""

import io

import pytest

from services.supervisor.child import Standing, State
from services.supervisor.life import restart_delay
from services.supervisor.refusals import ChildNotReadyError, PortTakenError
from services.supervisor.status_line import StatusLine, change, summary


@pytest.mark.parametrize(
    ("failures", "seconds"), [(1, 0.2), (2, 0.4), (3, 0.8), (6, 6.4), (7, 10.0), (1_000, 10.0)]
)
def test_the_delay_doubles_up_to_ten_seconds(failures: int, seconds: float) -> None:
    """A service that cannot run costs little; one that died once is back at once."""
    assert restart_delay(failures) == pytest.approx(seconds)


def a_standing(**overrides: object) -> Standing:
    """Return a service that runs for the first time."""
    fields = {
        "name": "triage",
        "state": State.RUNNING,
        "pid": 42,
        "restarts": 0,
        "exit_code": None,
    }
    return Standing(**(fields | overrides))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("standing", "words"),
    [
        (a_standing(), "runs, pid 42"),
        (a_standing(restarts=2), "runs, pid 42, start 3"),
        (a_standing(state=State.WAITING, exit_code=-9), "ended (signal 9), will be started again"),
        (a_standing(state=State.WAITING, exit_code=1), "ended (exit code 1)"),
        (a_standing(state=State.STOPPED), "stopped"),
    ],
)
def test_a_change_is_told_in_words(standing: Standing, words: str) -> None:
    """An operator reads what happened and what will."""
    assert words in change(standing)
    assert change(standing).startswith("triage")


def test_the_summary_counts() -> None:
    """Running of all, restarts, time."""
    standings = [a_standing(restarts=2), a_standing(state=State.WAITING)]

    assert summary(standings, 3_725) == "1 of 2 services run, 2 restarts, up 1:02:05"


def test_without_a_terminal_only_changes_are_written() -> None:
    """A log of our output is not filled with a running clock."""
    out = io.StringIO()
    line = StatusLine(out)

    line.observe(a_standing())
    line.tick([a_standing()], 1)

    assert out.getvalue() == change(a_standing()) + "\n"


def test_on_a_terminal_the_summary_is_rewritten() -> None:
    """It stays on one line, below what stays."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    out = Terminal()
    line = StatusLine(out)

    line.tick([a_standing()], 1)
    line.say("something")

    assert (
        out.getvalue() == "\r\x1b[K1 of 1 services run, 0 restarts, up 0:00:01\r\x1b[Ksomething\n"
    )


def test_refusals_say_what_to_do(tmp_path: object) -> None:
    """The setting and the log are named."""
    from pathlib import Path

    taken = PortTakenError(8080, "intake-http", "PEERLINE_INTAKE_PORT")
    late = ChildNotReadyError("triage", "was not ready", Path("/x/triage.log"))

    assert "PEERLINE_INTAKE_PORT" in taken.hint
    assert "/x/triage.log" in late.hint
