"""One worker as a process: started, watched, and read when it has ended."""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

_ROOT: Final = Path(__file__).parents[2]
_NOTHING: Final[dict[str, Any]] = {
    "executions": 0, "outcomes": 0, "defects": {}, "slowest_seconds": 0.0,
}  # fmt: skip
_LAST_LINES: Final = 12


@dataclass(frozen=True, slots=True)
class Finished:
    """What a run found; `grown` counts the inputs that reached new code, None without atheris."""

    name: str
    seconds: float
    executions: int
    outcomes: int
    slowest_seconds: float
    defects: dict[str, str]
    grown: int | None


@dataclass(slots=True)
class Run:
    """A worker at its work; `folder` is its own and goes when the program ends."""

    name: str
    folder: Path
    process: subprocess.Popen[bytes] = field(repr=False)
    started: float

    @classmethod
    def start(cls, name: str, folder: Path, seconds: float, seed: int, *, plain: bool) -> "Run":
        """Start the worker of a parser."""
        folder.mkdir(parents=True)
        command = [
            sys.executable, "-m", "tests.fuzz.worker", name,
            f"--seconds={seconds}", f"--file={folder / 'counts.json'}", f"--seed={seed}",
        ]  # fmt: skip
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                command + ["--plain"] * plain,
                cwd=_ROOT,
                stdout=log,
                stderr=log,
                env=os.environ | {"TMPDIR": str(folder)},  # what it leaves goes with the folder
            )
        return cls(name, folder, process, time.monotonic())

    def is_going(self) -> bool:
        """Tell whether the worker is still at it."""
        return self.process.poll() is None

    def age(self) -> float:
        """Return the seconds since it was started."""
        return time.monotonic() - self.started

    def read(self) -> dict[str, Any]:
        """Return what the worker has counted so far."""
        try:
            return dict(json.loads((self.folder / "counts.json").read_bytes()))
        except FileNotFoundError:
            return _NOTHING


def finished(run: Run) -> Finished:
    """Return what an ended run found; a worker that died has a defect of its own."""
    told = run.read()
    defects: dict[str, str] = dict(told["defects"])
    if run.process.returncode:
        log = (run.folder / "log").read_text(errors="replace")
        defects["the worker died"] = "\n".join(log.splitlines()[-_LAST_LINES:])
    grown = run.folder / "grown"
    return Finished(
        name=run.name,
        seconds=run.age(),
        executions=told["executions"],
        outcomes=told["outcomes"],
        slowest_seconds=told["slowest_seconds"],
        defects=defects,
        grown=len([*grown.iterdir()]) if grown.is_dir() else None,
    )
