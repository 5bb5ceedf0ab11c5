"""`peerline up` as a process: signals, keys, ports, one per home; services are stand-ins."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from services.supervisor.bootstrap import check_ports, do_chores, sink_of
from services.supervisor.child import answers_ready
from services.supervisor.product import Ports, mailbox, product
from services.supervisor.refusals import PortTakenError
from services.supervisor.settings import SupervisorSettings
from shared.clock import SystemClock
from shared.site.site import Site

ROOT = Path(__file__).parents[3]
UP = """
import sys
from services.supervisor.bootstrap import run_product
from services.supervisor.child import Child
from services.supervisor.settings import SupervisorSettings
from services.supervisor.status_line import StatusLine
script = "import os, time; print(os.environ['PEERLINE_CONFIG'], flush=True); time.sleep(600)"
def children(ports, environment):
    return (Child("stand-in", (sys.executable, "-c", script), environment),)
def prepare(settings, bootstrap, line):
    line.say("prepared " + bootstrap)
run_product(
    SupervisorSettings(), StatusLine(sys.stdout), children_of=children, prepare_kafka=prepare
)
print("left", flush=True)
"""


def a_free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def an_environment(home: Path, **extra: str) -> dict[str, str]:
    """Return an environment with free ports and a broker that is never asked."""
    return {
        **os.environ,
        "PEERLINE_HOME": str(home),
        "PEERLINE_CONFIG": str(home / "config"),
        "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9",
        "PEERLINE_INTAKE_PORT": str(a_free_port()),
        "PEERLINE_CONSOLE_PORT": str(a_free_port()),
        "PEERLINE_TRIAGE_HEALTH_PORT": str(a_free_port()),
        "PEERLINE_NOTIFIER_HEALTH_PORT": str(a_free_port()),
        "PEERLINE_MAILBOX_PORT": str(a_free_port()),
        "PEERLINE_MAILBOX_SMTP_PORT": str(a_free_port()),
        "NOTIFIER_SMTP__HOST": "mail.invalid",
        **extra,
    }


@contextmanager
def up(home: Path) -> Iterator[subprocess.Popen[str]]:
    """Run the stand-in product until the end of the block; yield once it runs."""
    process = subprocess.Popen(
        [sys.executable, "-c", UP],
        cwd=ROOT,
        env=an_environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("Ctrl-C"):
                break
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_everything_with_exit_code_0(tmp_path: Path, number: signal.Signals) -> None:
    """Ctrl-C, a service manager's stop and a closed terminal mean the same."""
    with up(tmp_path) as process:
        process.send_signal(number)
        out, err = process.communicate(timeout=30)

    assert process.returncode == 0
    assert "stand-in           stopped" in out
    assert out.endswith("left\n")
    assert err == ""


def test_services_get_the_folder_and_the_keys_are_there(tmp_path: Path) -> None:
    """Month key, Message-ID key and rule approval pair exist before the first service starts."""
    with up(tmp_path):
        site = Site(tmp_path / "config")

        assert site.seal_key(SystemClock().now()).public
        assert site.message_id_key()
        assert set(site.rule_public_keys()) == {"rules-admin"}
        log = tmp_path / "log" / "stand-in.log"
        until = time.monotonic() + 15
        while not (log.exists() and log.read_text()) and time.monotonic() < until:
            time.sleep(0.02)
        assert log.read_text().strip() == str(tmp_path / "config")


def test_two_on_one_home_are_refused(tmp_path: Path) -> None:
    """The second says so and touches nothing."""
    with up(tmp_path) as first:
        second = subprocess.run(
            [sys.executable, "-m", "services.cli", "up"],
            cwd=ROOT,
            env=an_environment(tmp_path),
            capture_output=True,
            text=True,
            check=False,
        )

        assert first.poll() is None
    assert second.returncode == 2
    assert "another 'peerline up' runs with" in second.stderr
    assert "PEERLINE_HOME" in second.stderr


def test_a_taken_port_is_refused_before_anything_starts(tmp_path: Path) -> None:
    """With the setting that moves it."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        taken = listener.getsockname()[1]

        told = subprocess.run(
            [sys.executable, "-m", "services.cli", "up"],
            cwd=ROOT,
            env=an_environment(tmp_path, PEERLINE_CONSOLE_PORT=str(taken)),
            capture_output=True,
            text=True,
            check=False,
        )

    assert told.returncode == 2
    assert f"port {taken} on 127.0.0.1 is in use, and 'console' needs it" in told.stderr
    assert "PEERLINE_CONSOLE_PORT" in told.stderr
    assert not (tmp_path / "log").exists()


def test_free_ports_pass() -> None:
    """And the first taken one is named."""
    ports = Ports(a_free_port(), a_free_port(), a_free_port())
    check_ports(ports.named())

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", ports.triage_health))
        listener.listen()
        with pytest.raises(PortTakenError, match="'triage' needs it"):
            check_ports(ports.named())


def test_chores_can_be_repeated(tmp_path: Path) -> None:
    """They run every hour."""
    site = Site(tmp_path)
    do_chores(site)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    do_chores(site)

    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_the_product_starts_with_what_takes_reports() -> None:
    """So that it also stops first; every service is this very Python's peerline."""
    children = product(Ports(1, 2, 3), {"X": "y"})

    assert [child.name for child in children] == [
        "intake-http",
        "intake-normalise",
        "intake-import",
        "triage",
        "notifier",
        "console",
    ]
    assert {child.program[:3] for child in children} == {(sys.executable, "-m", "services.cli")}
    assert all(child.environment == {"X": "y"} for child in children)


def test_the_notifier_is_asked_where_it_has_a_port() -> None:
    """Without one it counts as ready once it runs."""
    with_port = {child.name: child for child in product(Ports(1, 2, 3, 4), {})}
    without = {child.name: child for child in product(Ports(1, 2, 3), {})}

    assert with_port["notifier"].program[-2:] == ("--health-port", "4")
    assert with_port["notifier"].is_ready is not None
    assert without["notifier"].is_ready is None


def test_mail_stays_on_the_host_unless_a_server_is_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Trying it out writes to nobody."""
    settings = SupervisorSettings(peerline_home=tmp_path)
    monkeypatch.delenv("NOTIFIER_SMTP__HOST", raising=False)
    sink = sink_of(settings)
    monkeypatch.setenv("NOTIFIER_SMTP__HOST", "mail.example.org")

    assert sink_of(settings) is None
    assert sink is not None
    assert mailbox(sink, {}).program[3:5] == ("demo", "mailbox")
    assert [port for port, _, _ in sink.named()] == [1025, 8025]


def test_readiness_is_a_2xx_over_http() -> None:
    """A refusal, a 503 and silence are all not ready."""
    import http.server
    import threading

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(204 if self.path == "/readyz" else 503)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"

        assert answers_ready(f"{address}/readyz")()
        assert not answers_ready(f"{address}/other")()
        server.shutdown()
    assert not answers_ready(f"{address}/readyz")()
