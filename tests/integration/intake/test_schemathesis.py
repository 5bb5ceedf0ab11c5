"""The running service keeps what its OpenAPI document promises, whatever is sent to it."""

import subprocess
from pathlib import Path
from shutil import which
from sys import executable

import pytest

from tests.builders.intake_processes import IntakeProcesses

# kafka-python 3.0.12 leaves a socket to the garbage collector when a connection is cut short.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
COMMAND = which("schemathesis", path=str(Path(executable).parent))
# By design what is odd is accepted with flags, and what a schema allows may be refused by policy.
NOT_OURS = "positive_data_acceptance,negative_data_rejection"
EXAMPLES = 8  # per route; the phase "coverage" sends 6 000 requests and is for a run by hand


@pytest.mark.skipif(COMMAND is None, reason="schemathesis is missing: the API was not fuzzed")
def test_no_generated_request_breaks_a_promise(processes: IntakeProcesses, tmp_path: Path) -> None:
    """No 5xx, no undocumented status, media type or shape; 401 without a token."""
    processes.start("http")

    done = subprocess.run(
        [
            *(str(COMMAND), "run", f"http://127.0.0.1:{processes.port}/openapi.json"),
            *("--header", f"Authorization: Bearer {processes.token}"),
            *("--phases", "fuzzing", "--max-examples", str(EXAMPLES), "--seed", "1"),
            *("--exclude-checks", NOT_OURS, "--continue-on-failure", "--no-color"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "Tested: 12" in done.stdout
