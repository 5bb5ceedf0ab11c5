"""Where the demo listens: the well-known ports where they are free, else any."""

import socket
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Places:
    """Ports on 127.0.0.1."""

    intake: int = 8080
    console: int = 8081
    triage_health: int = 8082
    mailbox: int = 8025
    smtp: int = 1025


def free_places(*, usual: bool = False) -> Places:
    """Return free ports: the usual ones where possible if `usual`, else any."""
    wanted = Places()
    names = Places.__slots__
    taken: set[int] = set()
    found = {}
    for name in names:
        found[name] = _free(getattr(wanted, name) if usual else 0, taken)
        taken.add(found[name])
    return Places(**found)


def _free(wanted: int, taken: set[int]) -> int:
    for port in (wanted, *[0] * 20):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            chosen = int(probe.getsockname()[1])
            if chosen not in taken:
                return chosen
    raise OSError("no free port on the loopback address")
