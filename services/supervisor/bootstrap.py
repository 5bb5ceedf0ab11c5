"""Puts the product of one host together and runs it until it is told to stop."""

import fcntl
import importlib
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from types import FrameType
from typing import Final

from services.supervisor.product import Ports, product
from services.supervisor.refusals import PortTakenError, SupervisorError
from services.supervisor.settings import SupervisorSettings, inherited_environment
from services.supervisor.status_line import StatusLine
from services.supervisor.tree import Supervisor
from shared.clock import SystemClock, monotonic
from shared.contracts.words import RulesMode
from shared.kafka.admin import create_topics
from shared.kafka.client import KafkaClient
from shared.kafka.embedded.server import BANNER, EmbeddedKafka
from shared.site.keys import destroy_old_secrets
from shared.site.provision import provide_site_keys
from shared.site.site import Site

_EVERY_TENANT: Final = "*"
_TICK_SECONDS: Final = 1.0
_CHORES_EVERY: Final = timedelta(hours=1)


def ports_of(settings: SupervisorSettings) -> Ports:
    """Return the ports as they are set."""
    return Ports(
        settings.peerline_intake_port,
        settings.peerline_console_port,
        settings.peerline_triage_health_port,
    )


def run_product(settings: SupervisorSettings, line: StatusLine) -> None:
    """Run Kafka and all services until SIGINT or SIGTERM, then stop them in order.

    Raises:
        SupervisorError: another one runs here, a port is taken, a service does not come up.
        EmbeddedKafkaError: the embedded Kafka cannot be had.
    """
    with _until_told(), ExitStack() as stack:
        stack.enter_context(_alone(settings.home))
        ports = ports_of(settings)
        check_ports(ports)
        site = Site(settings.config_folder)
        do_chores(site)
        bootstrap = stack.enter_context(_kafka(settings, line))
        _prepare(settings, bootstrap, line)
        children = product(ports, _environment(settings, bootstrap))
        supervisor = Supervisor(children, settings.home / "log", observe=line.observe)
        stack.callback(_uninterrupted)
        stack.enter_context(supervisor)
        _say_where(settings, ports, site, line)
        _look_after(supervisor, site, line)


def check_ports(ports: Ports) -> None:
    """Return when every port is free.

    Raises:
        PortTakenError: naming the port, who needs it and the setting that moves it.
    """
    for port, name, setting in ports.named():
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                raise PortTakenError(port, name, setting) from None


def do_chores(site: Site) -> None:
    """Lay out what keys are due and destroy month secrets past their term; safe to repeat."""
    now = SystemClock().now()
    provide_site_keys(site, now)
    destroy_old_secrets(site.seal_folder, now)


@contextmanager
def _until_told() -> Iterator[None]:
    def leave(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = [(number, signal.signal(number, leave)) for number in (signal.SIGINT, signal.SIGTERM)]
    try:
        yield
    except KeyboardInterrupt:
        return
    finally:
        for number, handler in before:
            signal.signal(number, handler)


def _uninterrupted() -> None:
    pass


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (home / "up.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SupervisorError(
                f"another 'peerline up' runs with {home}",
                "Stop that one, or set PEERLINE_HOME to another folder.",
            ) from None
        yield


@contextmanager
def _kafka(settings: SupervisorSettings, line: StatusLine) -> Iterator[str]:
    if settings.kafka_bootstrap_servers:
        yield settings.kafka_bootstrap_servers
        return
    line.say(BANNER)
    kafka = EmbeddedKafka(settings.home)
    ran_before = kafka.status().running is not None
    progress = importlib.import_module("shared.kafka.embedded.progress")
    with progress.progress_bar() as show:
        bootstrap = kafka.start(show)
    line.say(f"{'kafka':<18} runs, {bootstrap}")
    try:
        yield bootstrap
    finally:
        if not ran_before:
            kafka.stop()
            line.say(f"{'kafka':<18} stopped")


def _environment(settings: SupervisorSettings, bootstrap: str) -> dict[str, str]:
    return inherited_environment(
        KAFKA_BOOTSTRAP_SERVERS=bootstrap,
        PEERLINE_HOME=str(settings.home),
        PEERLINE_CONFIG=str(settings.config_folder),
        PEERLINE_PARTITIONS=str(settings.peerline_partitions),
    )


def _prepare(settings: SupervisorSettings, bootstrap: str, line: StatusLine) -> None:
    created = create_topics(KafkaClient(bootstrap, "operator"), settings.peerline_partitions)
    if created:
        line.say(f"{'topics':<18} {len(created)} created")
    triage = importlib.import_module("services.triage.bootstrap")
    triage_settings = importlib.import_module("services.triage.settings").TriageSettings(
        KAFKA_BOOTSTRAP_SERVERS=bootstrap,
        PEERLINE_HOME=settings.home,
        PEERLINE_CONFIG=settings.config_folder,
    )
    said = triage.activate_default(triage_settings, _EVERY_TENANT, RulesMode.SHADOW, None)
    line.say(f"{'rules':<18} {said}")


def _say_where(
    settings: SupervisorSettings, ports: Ports, site: Site, line: StatusLine
) -> None:
    line.say("")
    line.say(f"Reports   http://127.0.0.1:{ports.intake}/v1/incidents")
    line.say(f"Console   http://127.0.0.1:{ports.console}/")
    line.say(f"Logs      {settings.home / 'log'}")
    if not site.tenants():
        line.say("No tenant yet: peerline tenant create TENANT --zone Europe/London")
    line.say("Ctrl-C stops everything.")
    line.say("")


def _look_after(supervisor: Supervisor, site: Site, line: StatusLine) -> None:
    began = monotonic()
    chores_due = began + _CHORES_EVERY.total_seconds()
    while True:
        supervisor.check()
        now = monotonic()
        line.tick(supervisor.standings(), now - began)
        if now >= chores_due:
            do_chores(site)
            chores_due = now + _CHORES_EVERY.total_seconds()
        time.sleep(_TICK_SECONDS)
