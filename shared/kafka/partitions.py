"""Which partition a tenant lives on: topics up to triage are partitioned by tenant (ADR 0002)."""

from kafka.partitioner.default import murmur2

_POSITIVE = 0x7FFFFFFF  # Kafka's default partitioner drops the sign bit


def partition_of(tenant: str, count: int) -> int:
    """Return the partition (0 to `count` - 1) of `tenant`, as Kafka's default partitioner would.

    Raises:
        ValueError: `count` is below 1.
    """
    if count < 1:
        raise ValueError(
            "a topic has at least one partition: the partition count must be 1 or more"
        )
    return int(murmur2(tenant.encode()) & _POSITIVE) % count
