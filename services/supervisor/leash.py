"""Runs a program that dies with its supervisor: `leash.py SUPERVISOR_PID PROGRAM ARGUMENT…`.

Decision: the kernel's parent-death signal, set here and kept across exec, so that the service has
the pid that the supervisor knows, needs no cooperation, and cannot outlive a supervisor killed with
-9. SIGKILL, because every service must survive it anyway and a stuck one would ignore less. Linux
only; elsewhere a killed supervisor leaves its services, and the next start names their ports. The
signal is tied to the thread that forked, so the supervisor forks from one thread that lives as long
as its children.
"""

import ctypes
import os
import signal
import sys
from typing import Final, Never

_PR_SET_PDEATHSIG: Final = 1
_SUPERVISOR_IS_GONE: Final = 3


def main(arguments: list[str]) -> Never:
    """Tie this process to its supervisor and become the program, or end when it is gone."""
    supervisor, *program = arguments
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != int(supervisor):
            sys.exit(_SUPERVISOR_IS_GONE)  # it died before the line above
    os.execv(program[0], program)  # noqa: S606 - the supervisor's own arguments


if __name__ == "__main__":
    main(sys.argv[1:])
