"""Puts the product of one host together and runs it until it is told to stop."""

import fcntl
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import FrameType
from typing import Final, TypeAlias

from rich.console import Console

from services.supervisor.child import Child
from services.supervisor.product import MailSink, Ports, mailbox, product
from services.supervisor.refusals import PortTakenError, SupervisorError
from services.supervisor.settings import SupervisorSettings, inherited_environment
from services.supervisor.status_line import StatusLine
from services.supervisor.tree import Supervisor
from services.tenants.default_rules import EVERY_TENANT, activate_default
from services.tenants.refusals import RulesActiveError
from shared.clock import SystemClock, monotonic
from shared.contracts.words import RulesMode
from shared.kafka.admin import create_topics
from shared.kafka.client import KafkaClient
from shared.kafka.embedded.progress import download_bar
from shared.kafka.embedded.server import BANNER, EmbeddedKafka
from shared.site.keys import destroy_old_secrets
from shared.site.provision import provide_site_keys
from shared.site.site import Site
from shared.site.source_topics import source_bindings

_TICK_SECONDS: Final = 1.0
_STOP_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_CHORES_EVERY: Final = timedelta(hours=1)

ChildrenOf: TypeAlias = Callable[[Ports, Mapping[str, str]], tuple[Child, ...]]
Prepare: TypeAlias = Callable[[SupervisorSettings, str, StatusLine], None]


def ports_of(settings: SupervisorSettings) -> Ports:
    """Return the ports as they are set."""
    return Ports(
        settings.peerline_intake_port,
        settings.peerline_console_port,
        settings.peerline_triage_health_port,
        settings.peerline_notifier_health_port,
    )


def run_product(
    settings: SupervisorSettings,
    line: StatusLine,
    *,
    children_of: ChildrenOf = product,
    prepare_kafka: Prepare | None = None,
) -> None:
    """Run Kafka and all services until SIGINT or SIGTERM, then stop them in order.

    Raises:
        SupervisorError: another one runs here, a port is taken, a service does not come up.
        EmbeddedKafkaError: the embedded Kafka cannot be had.
    """
    ports = ports_of(settings)
    sink = sink_of(settings)
    site = Site(settings.config_folder)
    with _until_told(), _alone(settings.home):
        check_ports([*ports.named(), *(sink.named() if sink else ())])
        do_chores(site)
        with _kafka(settings, line) as bootstrap:
            (prepare_kafka or prepare)(settings, bootstrap, line)
            environment = _environment(settings, bootstrap)
            children = children_of(ports, environment)
            if sink is not None:
                children = (mailbox(sink, environment), *children)
            with Supervisor(children, settings.home / "log", observe=line.observe) as supervisor:
                _say_where(settings, ports, sink, line)
                if not site.tenants():
                    line.say("No tenant yet: peerline tenant create TENANT --zone Europe/London")
                _look_after(supervisor, site, line)


def sink_of(settings: SupervisorSettings) -> MailSink | None:
    """Return the local mail sink, None where a mail server is set (NOTIFIER_SMTP__HOST)."""
    if "NOTIFIER_SMTP__HOST" in inherited_environment():
        return None
    file = settings.home / "data" / "mailbox.jsonl"
    return MailSink(file, settings.peerline_mailbox_smtp_port, settings.peerline_mailbox_port)


def check_ports(ports: Iterable[tuple[int, str, str]]) -> None:
    """Return when every port of (port, who needs it, its setting) is free.

    Raises:
        PortTakenError: naming the port, who needs it and the setting that moves it.
    """
    for port, name, setting in ports:
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
    told = threading.Event()

    def leave(_number: int, _frame: FrameType | None) -> None:
        if not told.is_set():  # impatience must not interrupt the stopping itself
            told.set()
            raise KeyboardInterrupt

    before = [(number, signal.signal(number, leave)) for number in _STOP_SIGNALS]
    try:
        yield
    except KeyboardInterrupt:
        return
    finally:
        for number, handler in before:
            signal.signal(number, handler)


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
    try:
        with download_bar(Console()) as show:
            bootstrap = kafka.start(show)
        line.say(f"{'kafka':<18} runs, {bootstrap}")
        yield bootstrap
    finally:
        if not ran_before:
            kafka.stop()
            line.say(f"{'kafka':<18} stopped")


def _environment(settings: SupervisorSettings, bootstrap: str) -> dict[str, str]:
    environment = inherited_environment(
        KAFKA_BOOTSTRAP_SERVERS=bootstrap,
        PEERLINE_HOME=str(settings.home),
        PEERLINE_CONFIG=str(settings.config_folder),
        PEERLINE_PARTITIONS=str(settings.peerline_partitions),
    )
    console = f"http://127.0.0.1:{settings.peerline_console_port}"
    environment.setdefault("NOTIFIER_CONSOLE_URL", console)
    if (sink := sink_of(settings)) is not None:
        environment |= {
            "NOTIFIER_SMTP__HOST": "127.0.0.1",
            "NOTIFIER_SMTP__PORT": str(sink.smtp),
        }
    return environment


def install(settings: SupervisorSettings, line: StatusLine) -> None:
    """Prepare a site for services that run elsewhere: keys, topics, default rules.

    Raises:
        SupervisorError: no broker is named.
        KafkaError: the broker refuses.
    """
    if settings.kafka_bootstrap_servers is None:
        raise SupervisorError(
            "no Kafka is named, so no topic can be created",
            "Set KAFKA_BOOTSTRAP_SERVERS=host:port; on one machine 'peerline up' needs none.",
        )
    do_chores(Site(settings.config_folder))
    line.say(f"{'keys':<18} {settings.config_folder}")
    prepare(settings, settings.kafka_bootstrap_servers, line)


def prepare(settings: SupervisorSettings, bootstrap: str, line: StatusLine) -> None:
    """Create the topics that are missing, those that tenants bind too; see that there are rules.

    Raises:
        KafkaError: the broker refuses.
        ActivationRefusedError, KeyMissingError: from triage's rule admin.
    """
    rules_login = settings.peerline_kafka
    operator_login = settings.operator_kafka or rules_login
    operator = KafkaClient(bootstrap, "operator", **operator_login.model_dump())
    site, now = Site(settings.config_folder), SystemClock().now()
    bound = source_bindings(site).topics
    created = create_topics(operator, settings.peerline_partitions, extra=bound)
    if created:
        line.say(f"{'topics':<18} {len(created)} created")
    admin = KafkaClient(bootstrap, "rules-admin", **rules_login.model_dump())
    try:
        said = activate_default(admin, site, EVERY_TENANT, RulesMode.SHADOW, now)
    except RulesActiveError as active:
        said = str(active)
    line.say(f"{'rules':<18} {said}")


def _say_where(
    settings: SupervisorSettings, ports: Ports, sink: MailSink | None, line: StatusLine
) -> None:
    line.say("")
    line.say(f"Reports   http://127.0.0.1:{ports.intake}/v1/incidents")
    line.say(f"Console   http://127.0.0.1:{ports.console}/")
    if sink is not None:
        line.say(f"Mailbox   http://127.0.0.1:{sink.page}/   (no mail leaves this host)")
    line.say(f"Logs      {settings.home / 'log'}")
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
