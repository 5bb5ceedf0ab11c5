"""The programs of docs/examples as a publisher runs them, on real processes and a real Kafka."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from shared.kafka.admin import create_topics
from shared.kafka.client import KafkaClient
from shared.site.source_topics import source_bindings
from tests.builders.guides import DOCS
from tests.builders.intake_processes import IntakeProcesses, eventually
from tests.builders.site import a_tenant_document, a_tenant_file

EXAMPLES = DOCS / "examples"
needs_curl = pytest.mark.skipif(
    shutil.which("curl") is None,
    reason="NOT TESTED: docs/examples/publish.sh; there is no curl here",
)
SHELL = pytest.param((EXAMPLES / "publish.sh",), marks=needs_curl, id="curl")
PYTHON = pytest.param((sys.executable, EXAMPLES / "publish.py"), id="python")
NOBODY = "not-a-token"


def bound_topic(processes: IntakeProcesses) -> str:
    """Give the tenant's datix a topic of its own, and only datix to its credential."""
    document = a_tenant_document(processes.tenant)
    document["sources"] = {"datix": {"topic": f"{processes.tenant}-datix"}}
    a_tenant_file(processes.site, document)
    create_topics(processes.kafka, extra=source_bindings(processes.site).topics)
    return f"incident.source.{processes.tenant}-datix.v1"


def run(settings: Mapping[str, str], *command: str | Path) -> subprocess.CompletedProcess[str]:
    """Run an example with nothing in its environment but `settings`."""
    environment = {"PATH": os.environ["PATH"], **settings}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("over_http", [SHELL, PYTHON])
def test_what_an_example_sends_is_reported(
    processes: IntakeProcesses, lonely_kafka: KafkaClient, over_http: tuple[str | Path, ...]
) -> None:
    """The answer names the event; the same report on Kafka is the same event again."""
    topic = bound_topic(processes)
    for name in ("http", "import", "normalise"):
        processes.start(name)
    url = f"http://127.0.0.1:{processes.port}"

    sent = run({"PEERLINE_URL": url, "PEERLINE_TOKEN": processes.token}, *over_http)
    on_kafka = {"PEERLINE_KAFKA": lonely_kafka.bootstrap, "PEERLINE_TOPIC": topic}
    kafka = run(on_kafka, sys.executable, EXAMPLES / "publish_kafka.py")

    event_id = _event_id(sent.stdout)
    assert kafka.stdout == "0\n"
    eventually(lambda: processes.reported()[event_id] == 2)
    assert not sent.stderr + kafka.stderr


@pytest.mark.parametrize("command", [SHELL, PYTHON])
def test_an_example_that_is_turned_away_says_so(
    processes: IntakeProcesses, command: tuple[str | Path, ...]
) -> None:
    """With a token that nobody has: an exit code for the scheduler, and no token in the text."""
    processes.start("http")
    settings = {"PEERLINE_URL": f"http://127.0.0.1:{processes.port}", "PEERLINE_TOKEN": NOBODY}

    done = run(settings, *command)

    assert done.returncode != os.EX_OK
    assert "401" in done.stdout + done.stderr
    assert NOBODY not in done.stdout + done.stderr


def _event_id(printed: str) -> str:
    """Return the event that an example printed: curl the answer, Python its status and the id."""
    if printed.startswith("202 "):
        return printed.split()[1]
    return str(json.loads(printed)["event_id"])
