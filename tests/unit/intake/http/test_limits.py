"""A body is measured while it streams in; nothing beyond a limit is ever held."""

import asyncio
import gzip
import hashlib
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.http.limits import (
    MOST_MEMBERS,
    BodyRefusedError,
    BodyTooLargeError,
    BodyTooSlowError,
    BodyUndecodableError,
    EncodingUnknownError,
    Limits,
    read_body,
)

SMALL = Limits(request_bytes=1000, gzip_ratio=20, body_seconds=5)


def read(
    *chunks: bytes, declared: str | None = None, encoding: str = "", limits: Limits = SMALL
) -> bytes:
    """Read a body that arrives in `chunks`."""

    async def stream() -> AsyncIterator[bytes]:
        for chunk in chunks:
            yield chunk

    return asyncio.run(read_body(stream(), declared, encoding, limits))


def test_chunks_become_one_body() -> None:
    """The usual way."""
    assert read(b"ab", b"", b"cd") == b"abcd"


def test_a_body_of_exactly_the_limit_is_taken() -> None:
    """The limit is the largest size that is allowed."""
    assert read(b"x" * 1000) == b"x" * 1000


def test_a_declared_size_over_the_limit_is_refused_before_anything_is_read() -> None:
    """Content-Length alone is enough."""
    with pytest.raises(BodyTooLargeError) as refusal:
        read(declared="1001")

    assert refusal.value.size == 1001


@pytest.mark.parametrize("declared", ["9" * 5_000, "9" * 25])
def test_a_declared_size_that_no_body_has_is_refused_with_a_size_that_fits(declared: str) -> None:
    """Its digits are more than Python reads, or than a database keeps."""
    with pytest.raises(BodyTooLargeError) as refusal:
        read(declared=declared)

    assert 1_000 < refusal.value.size < 2**63


def test_a_body_that_grows_over_the_limit_is_refused_at_once() -> None:
    """Whatever was declared: what counts is what arrives, and the rest is never read."""

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 400

    with pytest.raises(BodyTooLargeError) as refusal:
        asyncio.run(read_body(endless(), "10", "", SMALL))

    assert refusal.value.size == 1200


def test_gzip_is_read_member_by_member() -> None:
    """RFC 1952 allows several members; `cat a.gz b.gz` makes such files."""
    assert read(gzip.compress(b"ab") + gzip.compress(b"cd"), encoding="gzip") == b"abcd"


def test_gzip_may_have_as_many_members_as_agreed() -> None:
    """Each costs by itself, also an empty one; more than that is a 413, not a pause for all."""
    empty = gzip.compress(b"")

    assert read(empty * MOST_MEMBERS, encoding="gzip", limits=Limits()) == b""
    for count in (MOST_MEMBERS + 1, 100_000):
        with pytest.raises(BodyTooLargeError) as refusal:
            read(empty * count, encoding="gzip", limits=Limits())
        assert refusal.value.size == len(empty) * count


def test_gzip_members_of_any_length_are_read_to_the_byte() -> None:
    """Longer than the window in which they are read, shorter, and ending with it."""
    noise = hashlib.shake_256().digest(100_000)
    lengths = (0, 16_361, 16_362, 1, 40_000, 32_768, 5_000)
    parts = [noise[:length] for length in lengths]

    packed = b"".join(map(gzip.compress, parts))
    assert read(packed, encoding="gzip", limits=Limits()) == b"".join(parts)


async def test_while_gzip_is_read_others_are_answered() -> None:
    """The event loop turns meanwhile."""
    packed = gzip.compress(hashlib.shake_256().digest(1_000_000) * 10, compresslevel=1)

    async def chunks() -> AsyncIterator[bytes]:
        yield packed

    reading = asyncio.ensure_future(read_body(chunks(), None, "gzip", Limits()))
    turns = 0
    while not reading.done():
        await asyncio.sleep(0.001)
        turns += 1
    assert (turns > 2, len(await reading)) == (True, 10_000_000)


@pytest.mark.parametrize("size", [2_000, 1_000_000])
def test_a_gzip_bomb_is_refused(size: int) -> None:
    """Neither the size after gzip nor the ratio may pass its limit."""
    with pytest.raises(BodyTooLargeError):
        read(gzip.compress(b"x" * size), encoding="gzip")


@pytest.mark.parametrize(
    "body",
    [b"{}", gzip.compress(b"abcd")[:-6], gzip.compress(b"ab") + b"?"],
    ids=["no gzip", "cut off", "more behind it"],
)
def test_what_is_no_whole_gzip_is_undecodable_and_kept_as_sent(body: bytes) -> None:
    """The bytes as they came go to the raw topic."""
    with pytest.raises(BodyUndecodableError) as refusal:
        read(body, encoding="GZIP")

    assert refusal.value.received == body


def test_another_encoding_is_refused_and_kept_as_sent() -> None:
    """Brotli and friends are not read."""
    with pytest.raises(EncodingUnknownError) as refusal:
        read(b"abc", encoding="br")

    assert refusal.value.received == b"abc"


def test_a_body_that_does_not_arrive_in_time_is_refused() -> None:
    """A slow sender holds no connection for ever."""

    async def stalled() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(30)

    with pytest.raises(BodyTooSlowError):
        asyncio.run(read_body(stalled(), None, "", Limits(body_seconds=0.05)))


@given(st.binary(max_size=1500), st.sampled_from(["", "identity", "gzip", "br"]))
def test_any_bytes_are_a_body_or_a_named_refusal(body: bytes, encoding: str) -> None:
    """No input makes the reader fail in another way, and none passes the limit."""
    try:
        assert len(read(body, encoding=encoding)) <= 1000
    except BodyRefusedError:
        return


@given(st.binary(max_size=900))
def test_gzip_round_trip(body: bytes) -> None:
    """What was compressed comes back, as long as it is no bomb."""
    packed = gzip.compress(body)
    try:
        assert read(packed, encoding="gzip") == body
    except BodyTooLargeError:
        assert len(body) > 20 * len(packed)
