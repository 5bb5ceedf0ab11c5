"""All 10,000 golden decisions, on whichever hash seed this run has and on three that are fixed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from shared.contracts.words import DecisionFlag, RequestAction, WithheldBecause
from tests.builders.golden_decisions import decide_blocks
from tests.builders.golden_file import differences, read_digests
from tests.builders.golden_reports import BLOCKS

ROOT = Path(__file__).parents[3]
CODES = {
    "first",
    "risen",
    "restored",
    "retouch",
    "named",
    "merged",
    "unmerged",
    "place_known",
    "shadow_ended",
    "exclude",
    "follow_up",
    "lowered",
    "retracted",
    "not_named",
    "opted_out",
    "already_supported",
    "anonymous_reporter",
}
UNSAID = {WithheldBecause.MERGED}  # the request that replaces says so


def test_every_golden_decision_stands_and_together_they_show_every_behaviour() -> None:
    """Byte for byte; each flag, withheld reason, action, request code and tie occurs."""
    blocks = list(decide_blocks(range(BLOCKS)))

    seen = frozenset[str]().union(*(block.behaviours for block in blocks))
    assert list(differences(read_digests(), {b.number: b.digests for b in blocks})) == []
    assert {flag.value for flag in DecisionFlag} <= seen
    assert {f"withheld {code.value}" for code in WithheldBecause if code not in UNSAID} <= seen
    assert {action.value for action in RequestAction} | CODES <= seen
    assert {"group_id", "patient_unit_category", "through_another", "same_patient"} <= seen
    assert {"duplicate", "returned", "forgotten", "confirm True", "asked"} <= seen


@pytest.mark.parametrize("seed", ["0", "1", "2"])
def test_the_hash_seed_of_the_process_does_not_matter(seed: str) -> None:
    """One block is decided alike whatever order Python gives its sets."""
    environment = {**os.environ, "PYTHONHASHSEED": seed}
    command = [sys.executable, "-m", "scripts.goldens", "--block", seed]

    run = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )

    assert run.returncode == 0, run.stdout + run.stderr
    assert "250 golden decisions" in run.stdout
