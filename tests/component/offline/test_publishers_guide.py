"""The hour of docs/publishers.md, command by command, on a folder of its own."""

import os
import subprocess
import sys
from pathlib import Path

from tests.builders.guides import DOCS, steps_of


def test_every_command_of_the_guide_does_what_it_shows(tmp_path: Path) -> None:
    """In its order, as a reader types it; only what needs a running service is tried elsewhere."""
    (tmp_path / "docs").symlink_to(DOCS)
    environment = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PEERLINE_HOME": str(tmp_path / "home"),
        "PEERLINE_CONFIG": str(tmp_path / "home" / "config"),
    }
    steps = [step for step in steps_of("publishers.md") if not step.commands.startswith("curl")]

    for step in steps:
        done = subprocess.run(
            ["bash", "-euc", step.commands],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{step.commands}\n{done.stderr}"
        for line in step.shown:
            assert line in done.stdout.splitlines(), f"{step.commands}\n{line}\n{done.stdout}"
    assert len(steps) == 6
