"""What Kafka's own tools put around a report: Connect's JSON envelope, Confluent's frame."""

from typing import Any, Final

from tests.builders.payloads import fhir, native
from tests.builders.payloads.draw import Draw
from tests.builders.payloads.payload import Draft

_SCHEMA: Final[dict[str, Any]] = {"type": "struct", "optional": False, "name": "incident"}


def connect(draw: Draw) -> Draft:
    """Return a report as Connect's JSON converter writes it with `schemas.enable`."""
    payload, written = native.a_report(draw)
    return Draft({"schema": draw.pick((_SCHEMA, None)), "payload": payload}, (written,))


def framed(draw: Draw) -> Draft:
    """Return a report that goes into Confluent's frame."""
    if draw.chance(0.3):
        return fhir.generate(draw, "R5")
    document, written = native.a_report(draw)
    return Draft(document, (written,))


def frame(draw: Draw, body: bytes) -> bytes:
    """Return the body in Confluent's wire format: a zero and the schema's id in four bytes."""
    return b"\0" + draw.number(1, 2**31).to_bytes(4, "big") + body
