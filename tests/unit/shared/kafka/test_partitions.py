"""A tenant's partition is the one that any Kafka client of any language would choose."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kafka.partitions import partition_of

# Hashes from Apache Kafka's own test of murmur2 (UtilsTest.testMurmur2), sign bit dropped.
KAFKA_HASHES = {
    "21": -973932308,
    "foobar": -790332482,
    "a-little-bit-long-string": -985981536,
    "a-little-bit-longer-string": -1486304829,
    "lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
    "abc": 479470107,
}


@pytest.mark.parametrize(("tenant", "signed"), KAFKA_HASHES.items())
def test_a_tenant_lives_where_kafkas_default_partitioner_puts_it(tenant: str, signed: int) -> None:
    """Java producers of a publisher agree with us."""
    assert partition_of(tenant, 48) == (signed & 0x7FFFFFFF) % 48


@given(tenant=st.text(min_size=1), count=st.integers(1, 1000))
def test_a_partition_is_within_the_topic(tenant: str, count: int) -> None:
    """Whatever the name, whatever the count."""
    assert 0 <= partition_of(tenant, count) < count


def test_a_topic_without_partitions_is_refused() -> None:
    """A count of 0 is a broken setting, not a division."""
    with pytest.raises(ValueError, match="partition count"):
        partition_of("north", 0)
