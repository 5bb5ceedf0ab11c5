"""The machine a measurement runs on: which cores a process may use, and what it has used."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_USER, _SYSTEM = 11, 12  # fields of /proc/<pid>/stat after the name, from 0


@dataclass(frozen=True, slots=True)
class Cores:
    """The core that what is measured has for itself, and those of everything around it."""

    measured: frozenset[int]
    others: frozenset[int]

    @property
    def are_apart(self) -> bool:
        """Whether there are two cores at all; with one, client and broker count as load."""
        return self.measured != self.others


def cores() -> Cores:
    """Return the cores of this machine, the first of them to be measured on."""
    first, *rest = sorted(os.sched_getaffinity(0))
    return Cores(frozenset({first}), frozenset(rest or {first}))


@contextmanager
def kept_to(which: frozenset[int]) -> Iterator[None]:
    """Keep this process, and every process it starts in the block, to some cores.

    A child keeps them; this process gets back what it had. Threads that run already are not moved.
    """
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, which)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def cpu_seconds(pid: int) -> float:
    """Return the CPU time, user and system, that a process and its threads have used so far."""
    text = Path(f"/proc/{pid}/stat").read_text()
    fields = text[text.rindex(")") + 2 :].split()
    return (int(fields[_USER]) + int(fields[_SYSTEM])) / _TICKS
