"""Take a record's JSON out of the frame that Kafka's schema registries put around it."""

from typing import Final

from services.intake.domain.refusals import RefusedError
from shared.contracts.words import RejectionCode

# Confluent wire format (published): a zero, then the schema's id in four bytes; or a one, then its
# GUID in sixteen, as their clients write it where no header holds it.
_FRAME_BYTES: Final[dict[bytes, int]] = {b"\x00": 5, b"\x01": 17}
_JSON_BEGINS: Final = (b"{", b"[", b"\xef\xbb\xbf", b" ", b"\t", b"\r", b"\n")
_ADVICE: Final = (
    "The record is framed for a schema registry and holds no JSON, so it cannot be read without "
    "the registry. Publish JSON, framed or not."
)


def unframed(body: bytes) -> bytes:
    """Return the body without a Confluent frame; one that has none is returned as it is.

    Raises:
        RefusedError: `schema_registry_required`, a frame with something else than JSON in it.
    """
    length = _FRAME_BYTES.get(body[:1])
    if length is None:
        return body
    inner = body[length:]
    if not inner.startswith(_JSON_BEGINS):
        raise RefusedError(RejectionCode.SCHEMA_REGISTRY_REQUIRED, detail=_ADVICE)
    return inner
