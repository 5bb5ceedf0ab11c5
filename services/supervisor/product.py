"""The services of one host, in the order in which they start and stop."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from services.supervisor.child import Child, answers_ready, peerline


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the services listen, on 127.0.0.1."""

    intake: int = 8080
    console: int = 8081
    triage_health: int = 8082

    def named(self) -> Iterator[tuple[int, str, str]]:
        """Yield each port, the service that needs it, and the setting that moves it."""
        yield self.intake, "intake-http", "PEERLINE_INTAKE_PORT"
        yield self.console, "console", "PEERLINE_CONSOLE_PORT"
        yield self.triage_health, "triage", "PEERLINE_TRIAGE_HEALTH_PORT"


def product(ports: Ports, environment: Mapping[str, str]) -> tuple[Child, ...]:
    """Return the five services: what takes reports stops first, what speaks to people last."""
    health = str(ports.triage_health)
    return (
        Child(
            "intake-http",
            peerline("intake", "http", "--port", str(ports.intake)),
            environment,
            answers_ready(_ready(ports.intake)),
        ),
        Child("intake-normalise", peerline("intake", "normalise"), environment),
        Child(
            "triage",
            peerline("triage", "run", "--health-port", health),
            environment,
            answers_ready(_ready(ports.triage_health)),
        ),
        Child("notifier", peerline("notifier", "run"), environment),
        Child(
            "console",
            peerline("notifier", "console", "--port", str(ports.console)),
            environment,
            answers_ready(_ready(ports.console)),
        ),
    )


def _ready(port: int) -> str:
    return f"http://127.0.0.1:{port}/readyz"
