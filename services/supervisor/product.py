"""The services of one host, in the order in which they start and stop."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from services.supervisor.child import Child, answers_ready, peerline


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the services listen, on 127.0.0.1."""

    intake: int = 8080
    console: int = 8081
    triage_health: int = 8082
    notifier_health: int | None = None

    def named(self) -> Iterator[tuple[int, str, str]]:
        """Yield each port, the service that needs it, and the setting that moves it."""
        yield self.intake, "intake-http", "PEERLINE_INTAKE_PORT"
        yield self.console, "console", "PEERLINE_CONSOLE_PORT"
        yield self.triage_health, "triage", "PEERLINE_TRIAGE_HEALTH_PORT"
        if self.notifier_health is not None:
            yield self.notifier_health, "notifier", "PEERLINE_NOTIFIER_HEALTH_PORT"


@dataclass(frozen=True, slots=True)
class MailSink:
    """Where mail goes on a host for trying out: a local sink with a page, on 127.0.0.1."""

    file: Path
    smtp: int = 1025
    page: int = 8025

    def named(self) -> Iterator[tuple[int, str, str]]:
        """Yield each port, the service that needs it, and the setting that moves it."""
        yield self.smtp, "mailbox", "PEERLINE_MAILBOX_SMTP_PORT"
        yield self.page, "mailbox", "PEERLINE_MAILBOX_PORT"


def product(ports: Ports, environment: Mapping[str, str]) -> tuple[Child, ...]:
    """Return the six services: what takes reports stops first, what speaks to people last."""
    health = str(ports.triage_health)
    return (
        Child(
            "intake-http",
            peerline("intake", "http", "--port", str(ports.intake)),
            environment,
            answers_ready(_ready(ports.intake)),
        ),
        Child("intake-normalise", peerline("intake", "normalise"), environment),
        Child("intake-import", peerline("intake", "import"), environment),
        Child(
            "triage",
            peerline("triage", "run", "--health-port", health),
            environment,
            answers_ready(_ready(ports.triage_health)),
        ),
        _notifier(ports.notifier_health, environment),
        Child(
            "console",
            peerline("notifier", "console", "--port", str(ports.console)),
            environment,
            answers_ready(_ready(ports.console)),
        ),
    )


def mailbox(sink: MailSink, environment: Mapping[str, str]) -> Child:
    """Return the mail sink; it starts first and stops first, the notifier tries again by itself."""
    return Child(
        "mailbox",
        peerline(
            *("demo", "mailbox", "--file", str(sink.file)),
            *("--smtp-port", str(sink.smtp), "--port", str(sink.page)),
        ),
        environment,
        answers_ready(f"http://127.0.0.1:{sink.page}/healthz"),
    )


def _notifier(health: int | None, environment: Mapping[str, str]) -> Child:
    if health is None:
        return Child("notifier", peerline("notifier", "run"), environment)
    program = peerline("notifier", "run", "--health-port", str(health))
    return Child("notifier", program, environment, answers_ready(_ready(health)))


def _ready(port: int) -> str:
    return f"http://127.0.0.1:{port}/readyz"
