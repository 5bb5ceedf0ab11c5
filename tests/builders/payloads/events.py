"""CloudEvents 1.0 around reports: binary, structured and batch over HTTP, binary on Kafka."""

import base64
from collections.abc import Callable
from typing import Any, Final

import orjson

from tests.builders.payloads import fhir, lfpse, native
from tests.builders.payloads.draw import Draw
from tests.builders.payloads.payload import Draft, Written

STRUCTURED: Final = "application/cloudevents+json"
BATCH: Final = "application/cloudevents-batch+json"


def _native(draw: Draw) -> Draft:
    document, written = native.a_report(draw)
    return Draft(document, (written,))


_DATA: Final[tuple[Callable[[Draw], Draft], ...]] = (
    _native,
    _native,
    lambda draw: fhir.generate(draw, "R4"),
    lambda draw: lfpse.generate(draw, "6"),
)


def generate(draw: Draw) -> Draft:
    """Return reports in one of the modes."""
    return draw.pick((_binary, _structured, _batch))(draw)


def _attributes(draw: Draw) -> dict[str, str]:
    return {
        "specversion": "1.0",
        "id": f"ev-{draw.serial()}",
        "source": "urn:risk:north",
        "type": "org.example.incident",
    } | draw.maybe(
        time=draw.instant()[0],
        subject=draw.secret("bed 7 "),
        dataschema="https://schema.example/1",
        traceparent="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        unitnote=draw.secret("note"),
    )


def _binary(draw: Draw) -> Draft:
    data = draw.pick(_DATA)(draw)
    prefix = draw.pick(("ce-", "Ce-", "CE-", "ce_"))
    headers = tuple((prefix + name, value) for name, value in _attributes(draw).items())
    return Draft(data.document, data.written, data.content_type, headers)


def _event(draw: Draw) -> tuple[dict[str, Any], tuple[Written, ...]]:
    data = draw.pick(_DATA)(draw)
    event: dict[str, Any] = _attributes(draw)
    if draw.chance(0.7):
        event |= {"datacontenttype": "application/json"}
    if draw.chance(0.2):
        event["data_base64"] = base64.b64encode(orjson.dumps(data.document)).decode()
    else:
        event["data"] = data.document
    return event, data.written


def _structured(draw: Draw) -> Draft:
    event, written = _event(draw)
    media = draw.pick((STRUCTURED, f"{STRUCTURED}; charset=utf-8", "application/json"))
    return Draft(event, written, media)


def _batch(draw: Draw) -> Draft:
    pairs = [_event(draw) for _ in range(draw.number(1, 3))]
    written = tuple(said for _, said_of_one in pairs for said in said_of_one)
    return Draft([event for event, _ in pairs], written, BATCH)


def broken(
    draw: Draw, headers: tuple[tuple[str, str | bytes], ...]
) -> tuple[tuple[str, str | bytes], ...]:
    """Return headers of which one is missing, empty, repeated, no text, or of another version."""
    at = draw.number(0, len(headers) - 1)
    name, value = headers[at]
    chosen: tuple[tuple[str, str | bytes], ...] = draw.pick(
        (
            (),
            ((name, ""),),
            ((name, value), (name.upper(), value)),
            ((name, b"\xff\xfe"),),
            ((name, "%ff%zz%"),),
            ((name, "2.0"),),
            ((name, "\ud800"),),
            ((name, value), ("ce-" + "x" * 30, "1"), ("ce-\u00e9", "2"), ("ce-", "3")),
        )
    )
    return (*headers[:at], *chosen, *headers[at + 1 :])
