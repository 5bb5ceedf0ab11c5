"""`peerline up` runs the whole product on this host; `peerline install` only prepares a site."""

import sys

import click


@click.command("up")
def command() -> None:
    """Run the whole product on this host: Kafka and all services, until Ctrl-C.

    Starts the embedded Kafka unless KAFKA_BOOTSTRAP_SERVERS is set, creates topics, renews month
    keys, activates the default rules in shadow mode where there are none, then runs intake (HTTP,
    normaliser, importer), triage, notifier and console. A service that dies is started again, with
    a growing pause. Each writes to its own file under $PEERLINE_HOME/log.

    Mail goes to a local mailbox with a page unless NOTIFIER_SMTP__HOST is set.

    Ports: PEERLINE_INTAKE_PORT (8080), PEERLINE_CONSOLE_PORT (8081), PEERLINE_TRIAGE_HEALTH_PORT
    (8082), PEERLINE_NOTIFIER_HEALTH_PORT (8083), PEERLINE_MAILBOX_PORT (8025),
    PEERLINE_MAILBOX_SMTP_PORT (1025). In production run each service in its own container instead.
    """
    from services.supervisor.bootstrap import run_product  # noqa: PLC0415 - Kafka clients are heavy
    from services.supervisor.settings import SupervisorSettings  # noqa: PLC0415
    from services.supervisor.status_line import StatusLine  # noqa: PLC0415

    run_product(SupervisorSettings(), StatusLine(sys.stdout))


@click.command("install")
def install_command() -> None:
    """Prepare a site on a Kafka of your own: keys, topics, default rules in shadow mode.

    Needs KAFKA_BOOTSTRAP_SERVERS. With access control, topics are created as the principal
    'operator' (OPERATOR_KAFKA__...) and rules activated as 'rules-admin' (PEERLINE_KAFKA__...); see
    'peerline kafka acls'. Safe to repeat: what is there is left as it is. 'peerline up' does the
    same by itself. Afterwards: 'peerline tenant create'.
    """
    from services.supervisor.bootstrap import install  # noqa: PLC0415 - Kafka clients are heavy
    from services.supervisor.settings import SupervisorSettings  # noqa: PLC0415
    from services.supervisor.status_line import StatusLine  # noqa: PLC0415

    install(SupervisorSettings(), StatusLine(sys.stdout))
