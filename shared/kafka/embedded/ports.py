"""Free ports on the loopback address."""

import socket
from typing import Final

from shared.kafka.embedded.errors import EmbeddedKafkaError

LOOPBACK: Final = "127.0.0.1"
_TRIES: Final = 100


def free_port(wanted: int, taken: frozenset[int] = frozenset()) -> int:
    """Return `wanted` or the next port above it that nobody listens on; 0 means any.

    Raises:
        EmbeddedKafkaError: a hundred ports in a row are taken.
    """
    if wanted == 0:
        return _any_port(taken)
    for port in range(wanted, wanted + _TRIES):
        if port not in taken and _is_free(port):
            return port
    raise EmbeddedKafkaError(
        f"Ports {wanted} to {wanted + _TRIES - 1} on {LOOPBACK} are all taken, so the embedded "
        "Kafka has nowhere to listen. Choose another: peerline kafka start --port 0 takes any."
    )


def answers(port: int) -> bool:
    """Return whether somebody listens on `port` of the loopback address."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((LOOPBACK, port)) == 0


def _any_port(taken: frozenset[int]) -> int:
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.bind((LOOPBACK, 0))
            port = int(probe.getsockname()[1])
        if port not in taken:
            return port


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As Kafka binds: a connection of the last run that lingers does not count as taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True
