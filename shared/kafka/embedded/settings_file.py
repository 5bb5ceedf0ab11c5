"""The settings of a Kafka with one node for everything, on the loopback address only."""

from pathlib import Path

from shared.kafka.embedded.ports import LOOPBACK


def server_properties(data: Path, port: int, controller_port: int) -> str:
    """Return the text of `server.properties` for a broker and controller in one process."""
    return "".join(f"{name}={value}\n" for name, value in _settings(data, port, controller_port))


def _settings(data: Path, port: int, controller_port: int) -> tuple[tuple[str, str], ...]:
    broker, controller = f"{LOOPBACK}:{port}", f"{LOOPBACK}:{controller_port}"
    return (
        ("process.roles", "broker,controller"),
        ("node.id", "1"),
        ("controller.quorum.voters", f"1@{controller}"),
        ("controller.listener.names", "CONTROLLER"),
        ("listeners", f"PLAINTEXT://{broker},CONTROLLER://{controller}"),
        ("advertised.listeners", f"PLAINTEXT://{broker}"),
        ("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT"),
        ("inter.broker.listener.name", "PLAINTEXT"),
        ("log.dirs", str(data)),
        ("auto.create.topics.enable", "false"),
        ("default.replication.factor", "1"),
        ("min.insync.replicas", "1"),
        ("offsets.topic.replication.factor", "1"),
        ("offsets.topic.num.partitions", "3"),
        # 31 days: as long as a source topic, which must not be read again from its beginning.
        ("offsets.retention.minutes", "44640"),
        ("transaction.state.log.replication.factor", "1"),
        ("transaction.state.log.min.isr", "1"),
        ("transaction.state.log.num.partitions", "3"),
        ("share.coordinator.state.topic.replication.factor", "1"),
        ("share.coordinator.state.topic.min.isr", "1"),
        ("share.coordinator.state.topic.num.partitions", "1"),
        # What a killed process left open is aborted as soon as its time-out has passed.
        ("transaction.abort.timed.out.transaction.cleanup.interval.ms", "1000"),
        # After kill -9 the next start waits until its predecessor counts as gone: 9 s by default.
        ("broker.session.timeout.ms", "4000"),
        ("broker.heartbeat.interval.ms", "500"),
        ("group.initial.rebalance.delay.ms", "0"),
        ("group.min.session.timeout.ms", "1000"),
    )
