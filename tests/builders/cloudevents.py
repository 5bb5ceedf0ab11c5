"""CloudEvents on the wire: sent to intake's real edges, read from what intake really publishes."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeVar

import httpx
import orjson

from shared.kafka.records import Incoming, Outgoing
from tests.builders.intake_edge import IntakeStage, arrived
from tests.builders.intake_import import SENT_MS, TOPIC, imported, raw_records

STRUCTURED: Final = "application/cloudevents+json; charset=UTF-8"
BATCH: Final = "application/cloudevents-batch+json; charset=UTF-8"
JSON: Final = "application/json"
ATTRIBUTES: Final = {
    "specversion": "1.0",
    "id": "e-1",
    "source": "/datix/northwick",
    "type": "example.incident.updated",
}
REPORT: Final = {"record_id": "1", "kind": "incident", "narrative": "kept out"}

Pairs = Sequence[tuple[str, bytes]]
_Test = TypeVar("_Test", bound=Callable[..., object])


def clause(*ids: str) -> Callable[[_Test], _Test]:
    """Mark a test as the one of these clauses; its fixtures say for which roles."""

    def mark(test: _Test) -> _Test:
        test.clauses = ids  # type: ignore[attr-defined]
        return test

    return mark


@dataclass(frozen=True, slots=True)
class Told:
    """What became of one report: the canonical report, or why it was refused."""

    report: Mapping[str, Any] | None = None
    code: str | None = None
    pointer: str | None = None

    @property
    def revision(self) -> str | None:
        """The revision, for which the attribute `sequence` stands in."""
        found: str | None = (self.report or {}).get("source", {}).get("revision")
        return found


class Wire(Protocol):
    """One way into intake."""

    @property
    def prefix(self) -> str:
        """Return the prefix of an attribute's header."""
        ...

    def send(self, headers: Iterable[tuple[str, bytes]], body: bytes) -> list[Told]:
        """Send bytes under headers; return what became of each report in it."""
        ...


@dataclass(frozen=True, slots=True)
class HttpWire:
    """The HTTP edge, and the normaliser behind it."""

    intake: IntakeStage
    prefix: str = "ce-"

    def send(self, headers: Iterable[tuple[str, bytes]], body: bytes) -> list[Told]:
        """Post to /v1/incidents."""
        before = len(self.intake.log.records)
        own = [(b"authorization", self.intake.headers["authorization"].encode())]
        given = httpx.Headers([*own, *((name.encode(), value) for name, value in headers)])
        path = "/v1/incidents"
        answer = self.intake.client.request("POST", path, content=body, headers=given)
        written = self.intake.log.records[before:]
        told = _normalised(self.intake, [arrived(each, n) for n, each in enumerate(written)])
        # The answer and what is published must never differ.
        assert (answer.status_code < 300) is any(each.report for each in told) or not told
        return told


@dataclass(frozen=True, slots=True)
class KafkaWire:
    """A source topic, the importer on it and the normaliser behind it."""

    intake: IntakeStage
    prefix: str = "ce_"

    def send(self, headers: Iterable[tuple[str, bytes]], body: bytes | None) -> list[Told]:
        """Give a record to the importer; None is a tombstone."""
        record = Incoming(TOPIC, 0, 0, SENT_MS, b"key", body, tuple(headers))
        return _normalised(self.intake, raw_records(imported(self.intake, record)))


def pairs(wire: Wire, content_type: str | None = JSON, **attributes: str | bytes | None) -> Pairs:
    """Return the headers of an event in binary mode; None leaves an attribute out."""
    event = ATTRIBUTES | attributes
    written = [(wire.prefix + name, _bytes(value)) for name, value in event.items() if value]
    # An empty one is sent, a None is not.
    written += [(wire.prefix + name, b"") for name, value in event.items() if value in {"", b""}]
    return written + ([("content-type", content_type.encode())] if content_type else [])


def binary(wire: Wire, document: object = REPORT, **attributes: str | bytes | None) -> Told:
    """Send a report in binary mode; return what became of it."""
    (told,) = wire.send(pairs(wire, JSON, **attributes), orjson.dumps(document))
    return told


def an_event(**members: Any) -> dict[str, Any]:
    """Return an event in structured mode; None leaves a member out."""
    event = ATTRIBUTES | {"data": REPORT} | members
    return {name: value for name, value in event.items() if value is not None}


def structured(
    wire: Wire, event: object = None, content_type: str = STRUCTURED, *headers: tuple[str, bytes]
) -> Told:
    """Send one event in structured mode: a document, or its bytes."""
    body = (
        event if isinstance(event, bytes) else orjson.dumps(an_event() if event is None else event)
    )
    (told,) = wire.send([("content-type", content_type.encode()), *headers], body)
    return told


def in_both_modes(wire: Wire, **attributes: str | None) -> tuple[Told, Told]:
    """Send the same event in binary and in structured mode."""
    return binary(wire, **attributes), structured(wire, an_event(**attributes))


def headers_of(record: Outgoing) -> dict[str, bytes]:
    """Return a published record's headers, of which none comes twice."""
    names = [name for name, _ in record.headers]
    assert len(set(names)) == len(names)
    return dict(record.headers)


def _bytes(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode()


def _normalised(intake: IntakeStage, raw: Sequence[Incoming]) -> list[Told]:
    written = [each for records, _ in (intake.normalise(*raw) if raw else ()) for each in records]
    return [_told(orjson.loads(each.value or b"null"), each.topic) for each in written]


def _told(document: Mapping[str, Any], topic: str) -> Told:
    if topic == "incident.reported.v1":
        return Told(report=document)
    return Told(code=document["code"], pointer=document.get("pointer"))
