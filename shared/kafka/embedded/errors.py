"""The refusals of the embedded Kafka: each is one paragraph that says what, why and what to do."""


class EmbeddedKafkaError(Exception):
    """The embedded Kafka cannot be had or cannot run on this machine."""
