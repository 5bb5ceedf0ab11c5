"""docker-compose.yml as an operator uses it, under a project and on ports of its own."""

import json
import os
import subprocess
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from services.demo.posting import post
from services.demo.watching import wait_for
from shared.identity import new_token
from tests.builders.mail import free_port

ROOT = Path(__file__).parents[2]
TENANT = "riverside"
PATIENCE_SECONDS = 60.0
_STORY = "/opt/peerline/lib/python3.11/site-packages/services/demo/story"
# Everybody is asked at once: the hour in which a coordinator may stop a case is tested elsewhere.
_QUICK = "outreach:\n  confirm_minutes: {urgent: 0, high: 0, routine: 0}\n"


@dataclass(slots=True)
class Composed:
    """One project; `token` is a publisher's, once the tenant is there."""

    name: str = field(default_factory=lambda: "peerline-" + new_token()[:8].lower().strip("-_"))
    intake: int = field(default_factory=free_port)
    console: int = field(default_factory=free_port)
    mailbox: int = field(default_factory=free_port)
    token: str = field(default="", repr=False)

    @property
    def image(self) -> str:
        """The image that this project builds for itself."""
        return f"peerline-test:{self.name}"

    def environment(self) -> Mapping[str, str]:
        """Return what an operator would write into `.env`."""
        return {
            **os.environ,
            "PEERLINE_IMAGE": self.image,
            "PEERLINE_INTAKE_PORT": str(self.intake),
            "PEERLINE_CONSOLE_PORT": str(self.console),
            "PEERLINE_MAILBOX_PORT": str(self.mailbox),
        }

    def run(self, *arguments: str, stdin: str = "", code: int = 0) -> str:
        """Run `docker compose ARGUMENTS…`, expect its exit code, and return its output."""
        done = self._call(*arguments, stdin=stdin)
        assert done.returncode == code, f"{arguments}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
        return done.stdout

    def up(self, *arguments: str) -> None:
        """Start everything and wait until it is healthy."""
        self.run("up", "--wait", "--wait-timeout", "240", *arguments)

    def admin(self, *arguments: str, code: int = 0) -> str:
        """Run `peerline ARGUMENTS…` in a container of its own."""
        return self.run("run", "--rm", "-T", "admin", *arguments, code=code)

    def create_tenant(self) -> None:
        """Create the demo's hospital group, live, from the tables inside the image."""
        made = self.admin(
            *("tenant", "create", TENANT, "--zone", "Europe/London", "--mode", "live"),
            *("--source", "main:revision", "--units", f"{_STORY}/units.csv"),
            *("--directory", f"{_STORY}/directory.csv", "--telephone", "01632 960100"),
            *("--from-address", "peer-support@riverside.invalid"),
        )
        lines = [line.split() for line in made.splitlines()]
        self.token = next(words[1] for words in lines if words[:1] == ["token"])
        settings = f"/etc/peerline/tenants/{TENANT}/tenant.yaml"
        append = ("--entrypoint", "sh", "admin", "-c", f"cat >> {settings}")
        self.run("run", "--rm", "-T", *append, stdin=_QUICK)

    def send(self, body: Mapping[str, Any]) -> str:
        """Post a report, expect it to be accepted, and return its event id."""
        url = f"http://127.0.0.1:{self.intake}"
        answer = post(url, self.token, json.dumps(body).encode(), "application/json")
        assert answer.status == 202, answer
        assert answer.event_id is not None
        return answer.event_id

    def explained(self, event_id: str) -> str:
        """Wait for the decision about a report and return it in words."""
        explain = ("peerline", "audit", "explain")

        def look() -> str | None:
            told = self._call("exec", "-T", "notifier", *explain, event_id)
            return told.stdout if told.returncode == 0 else None

        told = wait_for(look, PATIENCE_SECONDS)
        assert told is not None, f"not decided within {PATIENCE_SECONDS} s"
        return told

    def mails(self) -> list[dict[str, Any]]:
        """Return what the mailbox took."""
        url = f"http://127.0.0.1:{self.mailbox}/api/mails"
        with urllib.request.urlopen(url, timeout=10) as answer:
            found: list[dict[str, Any]] = json.load(answer)
        return found

    def containers(self, *services: str) -> list[dict[str, Any]]:
        """Return `docker inspect` of the containers of `services`, of all when none is named."""
        return inspected(*self.run("ps", "-a", "-q", *services).split())

    def _call(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        # An operator's own .env in this checkout is none of a test's business.
        alone = ("--env-file", os.devnull, "--ansi", "never", "-p", self.name)
        return subprocess.run(
            ["docker", "compose", *alone, *arguments],
            cwd=ROOT,
            env=dict(self.environment()),
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )


def inspected(*names: str) -> list[dict[str, Any]]:
    """Return what the engine says about containers or images."""
    told = subprocess.run(["docker", "inspect", *names], capture_output=True, check=True)
    found: list[dict[str, Any]] = json.loads(told.stdout)
    return found


def kill_nine(pid: int, image: str) -> None:
    """Kill a process of the engine's host; `docker kill` would count as a wish and not restart."""
    code = f"import os, signal; os.kill({pid}, signal.SIGKILL)"
    near = ("--pid", "host", "--network", "none", "--cap-drop", "ALL", "--cap-add", "KILL")
    command = ("docker", "run", "--rm", *near, "--user", "0", "--entrypoint", "python", image)
    subprocess.run([*command, "-c", code], check=True)


@contextmanager
def a_site() -> Iterator[Composed]:
    """Build and start everything with one tenant; leave neither container, volume nor image."""
    site = Composed()
    try:
        site.up("--build")
        site.create_tenant()
        yield site
    finally:
        site.run("--profile", "admin", "down", "--volumes", "--remove-orphans", "--timeout", "10")
        subprocess.run(["docker", "rmi", "--force", site.image], capture_output=True, check=False)
