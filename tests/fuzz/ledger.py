"""What one worker has seen: how many inputs, which outcomes, and each defect once."""

import json
import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from shared.identity import sha256_hex
from tests.fuzz.target import CORPUS, Target

FAILED: Final = "failed-"
_LONGEST_KEPT: Final = 16_384
_EACH_SECONDS: Final = 0.5


@dataclass
class Ledger:
    """Runs a target and counts; `file` is what the program that started the worker reads.

    An input on which the target fails is written into the corpus, once for each place where it
    fails, so that it is tried again by every `make test` until it is mended and after.
    """

    target: Target
    file: Path
    executions: int = 0
    outcomes: set[str] = field(default_factory=set)
    defects: dict[str, str] = field(default_factory=dict)
    slowest_seconds: float = 0.0
    written_at: float = 0.0
    corpus: Path = CORPUS

    def __call__(self, data: bytes) -> str | None:
        """Try one input; return its outcome where it is a new one."""
        self.executions += 1
        started = time.monotonic()
        outcome = self._outcome(data)
        ended = time.monotonic()
        self.slowest_seconds = max(self.slowest_seconds, ended - started)
        is_new = outcome not in self.outcomes
        self.outcomes.add(outcome)
        if is_new or ended - self.written_at > _EACH_SECONDS:
            self.write(ended)
        return outcome if is_new else None

    def write(self, now: float) -> None:
        """Write down where the worker stands."""
        self.written_at = now
        told = {
            "executions": self.executions,
            "outcomes": len(self.outcomes),
            "defects": self.defects,
            "slowest_seconds": round(self.slowest_seconds, 3),
        }
        draft = self.file.with_suffix(".draft")
        draft.write_text(json.dumps(told))
        draft.replace(self.file)

    def _outcome(self, data: bytes) -> str:
        try:
            return self.target.run(data)
        except Exception as error:  # noqa: BLE001 - any exception is what is looked for
            last = traceback.extract_tb(error.__traceback__)[-1]
            place = f"{type(error).__name__} at {Path(last.filename).name}:{last.lineno}"
            if place not in self.defects:
                self.defects[place] = self._kept(data)
            return place

    def _kept(self, data: bytes) -> str:
        folder = self.corpus / self.target.name
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{FAILED}{sha256_hex(data)[:10]}"
        path.write_bytes(data[:_LONGEST_KEPT])
        return path.name
