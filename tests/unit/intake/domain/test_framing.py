"""JSON comes out of its frame; what is framed and no JSON is named for what it is."""

import pytest

from services.intake.domain.framing import unframed
from services.intake.domain.refusals import RefusedError
from shared.contracts.words import RejectionCode


@pytest.mark.parametrize("body", [b"", b"{}", b"[1]", b"\xef\xbb\xbf{}", b"\x02abc", b"x"])
def test_a_body_without_a_frame_stays_as_it_is(body: bytes) -> None:
    """Byte for byte: its hash is the report's identity."""
    assert unframed(body) == body


@pytest.mark.parametrize("inner", [b"{}", b"[1]", b"\xef\xbb\xbf{}", b" {}", b'\n{"a": 1}'])
def test_json_in_a_frame_comes_out_whole(inner: bytes) -> None:
    """Whatever the schema's id is, or its GUID."""
    assert unframed(b"\x00\x00\x7b\x00\xff" + inner) == inner
    assert unframed(b"\x01" + b"\x7b\x00" * 8 + inner) == inner


@pytest.mark.parametrize(
    "body", [b"\x00", b"\x00\x00\x00\x00\x01", b"\x00\x00\x00\x00\x01\x02a", b"\x01{}"]
)
def test_a_frame_around_something_else_needs_a_registry(body: bytes) -> None:
    """Avro, Protobuf, or nothing at all."""
    with pytest.raises(RefusedError) as refusal:
        unframed(body)
    assert refusal.value.code is RejectionCode.SCHEMA_REGISTRY_REQUIRED
