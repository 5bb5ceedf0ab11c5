"""What follows from the outcomes of one poll."""

import pytest

from shared.contracts.words import RejectionCode
from shared.kafka.outcomes import Done, Reject, RetryLater
from shared.kafka.settlement import ResultCountError, Retry, settle
from tests.builders.records import an_incoming, an_outgoing

LATER = RetryLater("key_store_down")


def test_outputs_and_offsets_of_done_records_are_committed_together() -> None:
    """The next offset of a partition is one past its last settled record."""
    records = [an_incoming(offset=4), an_incoming(offset=5), an_incoming(partition=1, offset=9)]
    outputs = [an_outgoing(key=b"a"), an_outgoing(key=b"b"), an_outgoing(key=b"c")]

    settled = settle(records, [([output], Done()) for output in outputs])

    assert settled.outgoing == tuple(outputs)
    assert settled.offsets == {("in", 0): 6, ("in", 1): 10}
    assert (settled.retries, settled.settled, settled.rejected) == ({}, 3, ())


def test_a_record_may_have_several_outputs_or_none() -> None:
    """Their order is the order of the records."""
    first, second = an_outgoing(key=b"a"), an_outgoing(key=b"b")

    settled = settle(
        [an_incoming(offset=0), an_incoming(offset=1)], [((), Done()), ((first, second), Done())]
    )

    assert settled.outgoing == (first, second)
    assert settled.offsets == {("in", 0): 2}


def test_retry_later_holds_back_the_rest_of_its_partition() -> None:
    """Order within a partition is kept; what came before is committed."""
    records = [an_incoming(offset=n) for n in (3, 4, 5)]
    kept = an_outgoing(key=b"kept")

    settled = settle(
        records, [((kept,), Done()), ((an_outgoing(),), LATER), ((an_outgoing(),), Done())]
    )

    assert settled.outgoing == (kept,)
    assert settled.offsets == {("in", 0): 4}
    assert settled.retries == {("in", 0): Retry(4, LATER)}


def test_retry_later_does_not_hold_up_other_partitions() -> None:
    """Tenants do not wait for each other's infrastructure."""
    records = [an_incoming(offset=3), an_incoming(partition=1, offset=8)]

    settled = settle(records, [((), LATER), ((), Done())])

    assert settled.offsets == {("in", 1): 9}
    assert settled.retries == {("in", 0): Retry(3, LATER)}


def test_a_rejection_is_settled_with_its_record() -> None:
    """The rejection record is an output like any other, the offset moves on."""
    refusal = an_outgoing(topic="incident.rejected.v1")

    settled = settle([an_incoming(offset=0)], [((refusal,), Reject(RejectionCode.UNDECODABLE))])

    assert settled.outgoing == (refusal,)
    assert settled.offsets == {("in", 0): 1}
    assert settled.rejected == (RejectionCode.UNDECODABLE,)


@pytest.mark.parametrize("count", [0, 1, 3])
def test_one_result_per_record_is_owed(count: int) -> None:
    """Otherwise nobody knows which record was meant: nothing is committed."""
    with pytest.raises(ResultCountError, match="given 2 records"):
        settle([an_incoming(), an_incoming(offset=1)], [((), Done())] * count)


def test_topics_are_told_apart() -> None:
    """An importer reads several source topics in one loop."""
    settled = settle(
        [an_incoming(topic="a", offset=1), an_incoming(topic="b", offset=5)], [((), Done())] * 2
    )

    assert settled.offsets == {("a", 0): 2, ("b", 0): 6}
