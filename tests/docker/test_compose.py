"""`docker compose up --build --wait` on a fresh tree, and what an operator relies on afterwards."""

import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from services.demo.link_page import press
from services.demo.mailbox_page import links
from services.demo.story.reports import chapters
from services.demo.watching import wait_for
from shared.identity import new_token
from tests.docker.compose import PATIENCE_SECONDS, Composed, a_site, inspected, kill_nine

pytestmark = [pytest.mark.docker, pytest.mark.timeout(600)]
ONE_SHOTS = {"secrets", "install"}
SERVICES = {
    "keys",
    "intake-http",
    "intake-normalise",
    "intake-import",
    "triage",
    "notifier",
    "console",
    "mailbox",
}


@pytest.fixture(scope="module")
def site() -> Iterator[Composed]:
    """Give a running site, or say that this part was not tested."""
    version = subprocess.run(["docker", "compose", "version"], capture_output=True, check=False)
    if version.returncode:
        pytest.skip("NOT TESTED: docker-compose.yml; this Docker has no compose plugin")
    with a_site() as site:
        yield site


def a_death() -> dict[str, Any]:
    """Return the story's first report as an occurrence of its own."""
    body = dict(chapters(datetime.now(UTC))[0].body)
    return body | {"record_id": f"R-{new_token()[:10]}", "group_ids": []}


def test_a_second_up_finds_everything_healthy_and_changes_nothing(site: Composed) -> None:
    """One-shots ended well, everything else runs, says that it is ready, and is left alone."""
    before = {one["Id"] for one in site.containers()}

    site.up()

    found = site.containers()
    assert {one["Id"] for one in found} == before
    states = {one["Config"]["Labels"]["com.docker.compose.service"]: one["State"] for one in found}
    ended = {name: state["ExitCode"] for name, state in states.items() if name in ONE_SHOTS}
    assert ended == dict.fromkeys(ONE_SHOTS, 0)
    health = {name: states[name]["Health"]["Status"] for name in states.keys() - ONE_SHOTS}
    assert health == dict.fromkeys(SERVICES | {"kafka", "postgres"}, "healthy")


def test_services_can_change_nothing_but_their_volumes(site: Composed) -> None:
    """Numeric user, read-only root, no capability, no new privileges."""
    for one in site.containers(*SERVICES):
        assert one["Config"]["User"] == "10001:10001"
        assert one["HostConfig"]["ReadonlyRootfs"]
        assert one["HostConfig"]["CapDrop"] == ["ALL"]
        assert one["HostConfig"]["SecurityOpt"] == ["no-new-privileges:true"]


def test_ports_are_open_on_loopback_only(site: Composed) -> None:
    """Three ports, and neither Kafka nor PostgreSQL is among them."""
    bound = [
        (int(place["HostPort"]), place["HostIp"])
        for one in site.containers()
        for places in (one["HostConfig"]["PortBindings"] or {}).values()
        for place in places
    ]

    assert dict(bound) == dict.fromkeys((site.intake, site.console, site.mailbox), "127.0.0.1")


def test_triage_cannot_reach_the_world(site: Composed) -> None:
    """The network of the data answers no name of the outside and has no way there."""
    ask = "import socket; socket.create_connection(('kafka', 9092), 5); {}".format
    away = "socket.create_connection(('192.0.2.1', 80), 5)"
    name = "socket.getaddrinfo('deb.debian.org', 80)"

    site.run("exec", "-T", "triage", "python", "-c", ask("None"))
    site.run("exec", "-T", "triage", "python", "-c", ask(away), code=1)
    site.run("exec", "-T", "triage", "python", "-c", ask(name), code=1)


def test_the_password_is_in_no_setting_and_no_layer(site: Composed) -> None:
    """It lives in one file of one volume."""
    secret = site.run("exec", "-T", "notifier", "cat", "/run/peerline/postgres-password")
    history = subprocess.run(
        ["docker", "history", "--no-trunc", site.image], capture_output=True, text=True, check=True
    )

    assert len(secret) > 30
    assert secret not in str(site.containers()) + str(inspected(site.image)) + history.stdout
    assert secret not in site.run("logs")


def test_a_report_ends_in_a_supporter_who_accepts(site: Composed) -> None:
    """Post, decision, case, mail, link: through every container."""
    told = site.explained(site.send(a_death()))

    assert "tier 2" in told or "tier 3" in told
    link = wait_for(lambda: _accepts(site.mails()), PATIENCE_SECONDS)
    assert link is not None, "no supporter was asked"
    assert press(link) == 200


def test_a_killed_triage_comes_back_and_decides_on(site: Composed) -> None:
    """It had decided before it was killed; its next life decides what came meanwhile."""
    site.explained(site.send(a_death()))
    (before,) = site.containers("triage")

    kill_nine(before["State"]["Pid"], site.image)

    assert "decision" in site.explained(site.send(a_death()))
    (after,) = site.containers("triage")
    assert after["RestartCount"] == before["RestartCount"] + 1
    assert "equal" in site.admin("audit", "replay")


def test_down_and_up_again_loses_nothing(site: Composed) -> None:
    """Keys, tokens, decisions and cases are in volumes, not in containers."""
    event_id = site.send(a_death())
    told = site.explained(event_id)

    site.run("down")
    site.up()

    assert site.explained(event_id) == told
    assert "decision" in site.explained(site.send(a_death()))
    assert "equal" in site.admin("audit", "replay")


def test_nothing_clinical_is_in_any_log(site: Composed) -> None:
    """The narrative that was posted is in no line that any container wrote."""
    site.explained(site.send(a_death() | {"narrative": "CANARY-NARRATIVE of a container"}))

    assert "CANARY-NARRATIVE" not in site.run("logs", "--no-color")


def _accepts(mails: list[dict[str, Any]]) -> str | None:
    found = (link for mail in mails for link in links(mail["text"]))
    return next((link for link in found if link.endswith("/accept")), None)
