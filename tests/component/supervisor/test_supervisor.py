"""The supervisor on real processes: order, restarts, logs, the end of everything."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from services.supervisor.child import Child, Standing, State, file_exists
from services.supervisor.refusals import ChildNotReadyError
from services.supervisor.tree import Supervisor

SLEEPER = """
import pathlib, signal, sys, time
name, folder = sys.argv[1], pathlib.Path(sys.argv[2])
def leave(*_):
    with (folder / "ends").open("a") as ends:
        ends.write(name + "\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, leave)
print("hello from", name, flush=True)
(folder / (name + ".ready")).touch()
while True:
    time.sleep(0.05)
"""


def a_child(
    folder: Path, name: str = "sleeper", script: str = SLEEPER, **overrides: object
) -> Child:
    """Return a child that runs a tiny script and tells of its start and end in `folder`."""
    fields = {
        "name": name,
        "program": (sys.executable, "-c", script, name, str(folder)),
        "is_ready": file_exists(folder / f"{name}.ready"),
        "ready_seconds": 20.0,
        "stop_seconds": 5.0,
    }
    return Child(**(fields | overrides))  # type: ignore[arg-type]


@contextmanager
def running(folder: Path, *children: Child) -> Iterator[Supervisor]:
    """Run a supervisor that restarts at once; its logs are in `folder`."""
    supervisor = Supervisor(children, folder / "log", delay=lambda _: 0.0)
    with supervisor:
        yield supervisor


def eventually(holds: Callable[[], bool], seconds: float = 15.0) -> bool:
    """Return whether `holds` became true in time."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if holds():
            return True
        time.sleep(0.02)
    return False


def is_running(pid: int) -> bool:
    """Say whether the process runs (a zombie does not)."""
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False


def test_start_returns_when_all_are_ready(tmp_path: Path) -> None:
    """Each service runs under its own pid and writes to its own log."""
    with running(tmp_path, a_child(tmp_path, "one"), a_child(tmp_path, "two")) as supervisor:
        pids = supervisor.pids()

        assert set(pids) == {"one", "two"}
        assert all(is_running(pid) for pid in pids.values())
        assert (tmp_path / "log" / "one.log").read_text() == "hello from one\n"
        assert (tmp_path / "log" / "one.log").stat().st_mode & 0o777 == 0o600


def test_services_are_stopped_in_the_order_of_their_start(tmp_path: Path) -> None:
    """What takes reports stops first."""
    names = ["intake", "triage", "notifier"]

    with running(tmp_path, *(a_child(tmp_path, name) for name in names)) as supervisor:
        pids = supervisor.pids()

    assert (tmp_path / "ends").read_text().split() == names
    assert not any(is_running(pid) for pid in pids.values())
    assert supervisor.pids() == {}


def test_the_pid_is_the_services_own(tmp_path: Path) -> None:
    """No wrapper stands between, so a kill reaches the service itself."""
    script = SLEEPER.replace("hello from", "pid of") + ""
    script = script.replace('print("pid of", name', "import os; print(os.getpid()")

    with running(tmp_path, a_child(tmp_path, script=script)) as supervisor:
        told = (tmp_path / "log" / "sleeper.log").read_text().strip()

        assert told == str(supervisor.pids()["sleeper"])


def test_a_killed_service_is_started_again_and_counted(tmp_path: Path) -> None:
    """A kill -9 gives another pid, a restart, and the same log goes on."""
    with running(tmp_path, a_child(tmp_path)) as supervisor:
        first = supervisor.pids()["sleeper"]

        os.kill(first, signal.SIGKILL)

        assert eventually(lambda: supervisor.restarts()["sleeper"] == 1)
        second = supervisor.pids()["sleeper"]
        assert second != first
        assert supervisor.standings()[0].exit_code == -signal.SIGKILL
        assert eventually(lambda: (tmp_path / "log/sleeper.log").read_text().count("hello") == 2)


def test_a_service_that_ends_by_itself_is_started_again(tmp_path: Path) -> None:
    """A clean exit is no reason to stay away: services run until they are told."""
    script = SLEEPER.split("while True", maxsplit=1)[0]

    with running(tmp_path, a_child(tmp_path, script=script)) as supervisor:
        assert eventually(lambda: supervisor.restarts()["sleeper"] >= 2)


def test_one_death_leaves_the_others_alone(tmp_path: Path) -> None:
    """The neighbour keeps its pid."""
    with running(tmp_path, a_child(tmp_path, "one"), a_child(tmp_path, "two")) as supervisor:
        before = supervisor.pids()["two"]

        os.kill(supervisor.pids()["one"], signal.SIGKILL)

        assert eventually(lambda: supervisor.restarts()["one"] == 1)
        assert supervisor.pids()["two"] == before


def test_a_service_that_cannot_start_is_told_with_its_log(tmp_path: Path) -> None:
    """The refusal names the service and where to read on; the others are stopped again."""
    broken = a_child(tmp_path, "broken", "raise SystemExit(7)")
    supervisor = Supervisor([a_child(tmp_path), broken], tmp_path / "log", delay=lambda _: 0.0)

    with pytest.raises(ChildNotReadyError, match=r"'broken' ended 3 times \(exit code 7\)") as why:
        supervisor.start()

    assert str(tmp_path / "log" / "broken.log") in why.value.hint
    assert supervisor.pids() == {}
    assert (tmp_path / "ends").read_text() == "sleeper\n"


def test_a_service_that_is_never_ready_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    """The time-out is the child's own."""
    slow = a_child(tmp_path, is_ready=lambda: False, ready_seconds=0.3)
    supervisor = Supervisor([slow], tmp_path / "log")

    with pytest.raises(ChildNotReadyError, match=r"was not ready within 0\.3 s"):
        supervisor.start()

    assert supervisor.pids() == {}


def test_a_program_that_does_not_exist_is_a_service_that_cannot_start(tmp_path: Path) -> None:
    """The leash reports it like any other early end."""
    missing = Child("missing", (str(tmp_path / "nothing"),), is_ready=lambda: False)
    supervisor = Supervisor([missing], tmp_path / "log", delay=lambda _: 0.0)

    with pytest.raises(ChildNotReadyError, match=r"'missing' ended 3 times \(exit code 1\)"):
        supervisor.start()

    assert "No such file" in (tmp_path / "log" / "missing.log").read_text()


def test_a_service_that_ignores_the_signal_is_killed(tmp_path: Path) -> None:
    """After its stop time-out; the end of the product does not hang."""
    deaf = SLEEPER.replace("signal.SIGTERM, leave", "signal.SIGTERM, signal.SIG_IGN")

    with running(tmp_path, a_child(tmp_path, script=deaf, stop_seconds=0.2)) as supervisor:
        pid = supervisor.pids()["sleeper"]

    assert not is_running(pid)
    assert supervisor.standings()[0].exit_code == -signal.SIGKILL


def test_what_a_service_has_started_ends_with_it(tmp_path: Path) -> None:
    """The whole process group goes, so that no orphan writes beside the next life."""
    script = SLEEPER.replace(
        "while True",
        "import subprocess\n"
        "inner = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "(folder / 'inner.part').write_text(str(inner.pid))\n"
        "(folder / 'inner.part').rename(folder / 'inner')\n"
        "while True",
    )

    with running(tmp_path, a_child(tmp_path, script=script)) as supervisor:
        assert eventually((tmp_path / "inner").exists)
        inner = int((tmp_path / "inner").read_text())
        os.kill(supervisor.pids()["sleeper"], signal.SIGKILL)
        assert eventually(lambda: not is_running(inner))


def test_an_environment_of_its_own_reaches_the_service(tmp_path: Path) -> None:
    """What is given replaces the supervisor's."""
    script = SLEEPER.replace('"hello from", name', '__import__("os").environ["PEERLINE_X"]')
    environment = {**os.environ, "PEERLINE_X": "of its own"}

    with running(tmp_path, a_child(tmp_path, script=script, environment=environment)):
        assert (tmp_path / "log" / "sleeper.log").read_text() == "of its own\n"


def test_an_observer_hears_of_start_and_stop(tmp_path: Path) -> None:
    """In order, once each."""
    heard: list[Standing] = []
    supervisor = Supervisor([a_child(tmp_path)], tmp_path / "log", observe=heard.append)

    with supervisor:
        pass

    assert [standing.state for standing in heard] == [State.RUNNING, State.STOPPED]


def test_a_failure_of_the_supervisor_itself_is_raised(tmp_path: Path) -> None:
    """A log folder that cannot be made ends the start with the reason, not with a time-out."""
    (tmp_path / "log").write_text("a file stands in the way")
    supervisor = Supervisor([a_child(tmp_path)], tmp_path / "log")

    with pytest.raises(FileExistsError):
        supervisor.start()


def test_stopping_twice_is_harmless(tmp_path: Path) -> None:
    """As a signal during the stop would do."""
    with running(tmp_path, a_child(tmp_path)) as supervisor:
        supervisor.stop()
        supervisor.stop()

    assert (tmp_path / "ends").read_text() == "sleeper\n"


def test_a_big_log_is_put_aside_at_the_next_start(tmp_path: Path) -> None:
    """So that a service that dies again and again does not fill the disk."""
    log = tmp_path / "log" / "sleeper.log"
    log.parent.mkdir()
    log.write_bytes(b"x" * (10 * 1024 * 1024 + 1))

    with running(tmp_path, a_child(tmp_path)):
        assert log.read_text() == "hello from sleeper\n"
        assert (tmp_path / "log" / "sleeper.log.1").stat().st_size > 10 * 1024 * 1024


@pytest.mark.skipif(
    sys.platform != "linux", reason="the death of a parent is a signal on Linux only"
)
def test_nothing_outlives_a_supervisor_that_was_killed(tmp_path: Path) -> None:
    """A kill -9 of the supervisor ends every service, without its help."""
    script = f"""
import pathlib, sys, time
from services.supervisor.tree import Supervisor
from tests.component.supervisor.test_supervisor import a_child
folder = pathlib.Path({str(tmp_path)!r})
supervisor = Supervisor([a_child(folder, "one"), a_child(folder, "two")], folder / "log")
supervisor.start()
(folder / "pids.part").write_text(" ".join(str(pid) for pid in supervisor.pids().values()))
(folder / "pids.part").rename(folder / "pids")
time.sleep(600)
"""
    import subprocess

    root = Path(__file__).parents[3]
    supervisor = subprocess.Popen([sys.executable, "-c", script], cwd=root)
    try:
        assert eventually((tmp_path / "pids").exists, 30)
        pids = [int(pid) for pid in (tmp_path / "pids").read_text().split()]
        assert all(is_running(pid) for pid in pids)
    finally:
        supervisor.kill()
        supervisor.wait()

    assert len(pids) == 2
    assert eventually(lambda: not any(is_running(pid) for pid in pids))
