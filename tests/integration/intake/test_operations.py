"""Operators' commands as they are typed, on real processes and a real Kafka."""

import pytest

from tests.builders.intake_processes import IntakeProcesses, eventually
from tests.builders.site import a_tenant_document, a_tenant_file

# kafka-python 3.0.12 leaves a socket to the garbage collector when a connection is cut short.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
REPORT = {"record_id": "1", "confidentiality": {"restricted": True}, "narrative": "canary"}


def state(processes: IntakeProcesses, event_id: str) -> object:
    """Return where the edge says that a report is."""
    return processes.ask(f"/v1/incidents/{event_id}").get("state")


def test_a_refused_report_is_listed_redriven_remapped_and_erased(
    processes: IntakeProcesses,
) -> None:
    """From a refusal by policy to a report, to nothing new to map, to a tombstone."""
    tenant = processes.tenant
    processes.start("http")
    event_id = processes.post(REPORT).json()["event_id"]
    strict = a_tenant_document(tenant, privacy={"restricted": "refuse"})
    a_tenant_file(processes.site, strict)
    processes.start("normalise")
    eventually(lambda: state(processes, event_id) == "rejected")
    # What publishers may ask is noted moments before the refusal itself is committed.
    refused = f"1  {tenant}  refused_by_policy"
    eventually(lambda: refused in processes.command("rejected", "--tenant", tenant))

    a_tenant_file(processes.site, a_tenant_document(tenant))
    which = ("redrive", "--tenant", tenant, "--reason", "refused_by_policy")
    assert "1  would be mapped now" in processes.command(*which)
    assert "1 record was appended" in processes.command(*which, "--write")
    eventually(lambda: state(processes, event_id) == "mapped")
    assert "There is no such report" in processes.command(*which, "--write")

    same = processes.command("remap", "--tenant", tenant, "--write")
    assert "1  map to the same as before" in same
    chosen = ("--tenant", tenant, "--record", "1", "--source", "datix")
    assert "1 reports are unreadable now" in processes.command("erase", *chosen, "--yes")
