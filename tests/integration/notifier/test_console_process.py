"""The console as a process of its own: commands, readiness, sign-in, a calm end."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC
from pathlib import Path

import httpx
import pytest

from services.notifier.bootstrap import import_directory
from services.notifier.settings import NotifierSettings
from shared.clock import SystemClock, monotonic
from tests.builders.mail import Behaviour, a_mail_server, free_port
from tests.builders.notifier import TENANT
from tests.builders.site import a_site

PATIENCE_SECONDS = 60
CORA = "cora@northwick.example"
STAFF = f"""identifier_system,identifier,given_name,family_name,email,roles
ad,cora,Cora,Dale,{CORA},coordinator
ad,ada,Ada,Lane,ada@northwick.example,staff
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Return the environment of a host with a tenant and two people."""
    now = SystemClock().now().astimezone(UTC)
    a_site(tmp_path / "config", TENANT, now=now)
    (tmp_path / "staff.csv").write_text(STAFF, encoding="utf-8")
    settings = NotifierSettings(home=tmp_path, config=tmp_path / "config")
    import_directory(settings, TENANT, tmp_path / "staff.csv")
    own = {"PEERLINE_HOME": str(tmp_path), "PEERLINE_CONFIG": str(tmp_path / "config")}
    return dict(os.environ) | own


def peerline(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "services.cli", "notifier", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )


@contextmanager
def a_console(environment: dict[str, str], url: str) -> Iterator[list[str]]:
    """Run `peerline notifier console` until ready; stop it; give its log, whole at the end."""
    port = url.rpartition(":")[2]
    log: list[str] = []
    with subprocess.Popen(
        [sys.executable, "-m", "services.cli", "notifier", "console", "--port", port],
        env=environment,
        stderr=subprocess.STDOUT,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            wait_ready(process, url)
            yield log
        finally:
            process.send_signal(signal.SIGTERM)
            log.append(process.communicate(timeout=PATIENCE_SECONDS)[0])
        assert process.returncode == 0, log


def wait_ready(process: "subprocess.Popen[str]", url: str) -> None:
    """Return when /readyz answers 200."""
    end, pause = monotonic() + PATIENCE_SECONDS, threading.Event()
    while monotonic() < end and process.poll() is None:
        try:
            if httpx.get(f"{url}/readyz").status_code == 200:
                return
        except httpx.TransportError:
            pause.wait(0.1)
    pytest.fail("the console was not ready in time")


def test_mailed_link_and_printed_link_sign_in(environment: dict[str, str]) -> None:
    """The process starts, mails over SMTP, signs in, and ends with exit code 0 and a clean log."""
    url, behaviour = f"http://127.0.0.1:{free_port()}", Behaviour()
    with a_mail_server(behaviour) as smtp:
        environment |= {"NOTIFIER_CONSOLE_URL": url, "NOTIFIER_SMTP__PORT": str(smtp)}
        with a_console(environment, url) as log:
            httpx.post(f"{url}/sign-in", data={"email": CORA})
            printed = peerline(environment, "sign-in-link", "--tenant", TENANT, "--email", CORA)
            (mail,) = behaviour.received
            mailed = str(mail.get_payload()).partition(url)[2].split()[0]
            links = [printed.stdout.strip(), url + mailed]
            answers = [httpx.post(link, data={"next": "/"}) for link in links]
            page = httpx.get(f"{url}/today", cookies=answers[0].cookies)

    assert [one.status_code for one in answers] == [303, 303]
    assert "Nothing waits for a human decision" in page.text
    assert not any(word in log[0] for word in ("WARN", "ERROR", "Traceback", "cora", "127.0.0.1/"))


def test_command_refuses_somebody_without_a_role(environment: dict[str, str]) -> None:
    """Nothing on stdout, a refusal with what to do on stderr, the address is not repeated."""
    found = peerline(
        environment, "sign-in-link", "--tenant", TENANT, "--email", "ada@northwick.example"
    )

    assert found.returncode == 2
    assert found.stdout == ""
    assert "directory CSV" in found.stderr
    assert "ada@" not in found.stderr
