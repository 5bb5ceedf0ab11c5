"""What is sent in a run: so many payloads of every format, each with a marker of its own."""

import os
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

from shared.identity import sha256_hex
from tests.builders.canaries.site import Parcel
from tests.builders.canaries.words import MARKERS
from tests.builders.payloads.generator import mixed
from tests.builders.payloads.payload import Payload

PER_FORMAT: Final = int(os.environ.get("PEERLINE_CANARIES", "200"))
KAFKA_ONLY: Final = ("connect", "confluent")
PACKS: Final = ("datixweb", "dciq", "generic", "lfpse-extract", "nrls", "rl6")
_JSON_BEGINS: Final = (b"{", b"[", b"\xef\xbb\xbf", b" ", b"\t", b"\r", b"\n")
_PLAIN: Final = frozenset(string.printable) - frozenset("\r\n\x0b\x0c")
_PLAINLY_WRITTEN: Final = (
    "native", "fhir-stu3", "fhir-r4", "fhir-r5", "fhir-bundle", "lfpse-5", "lfpse-6", "ahrq",
)  # fmt: skip
# How many times PER_FORMAT of each: rows and events come in three modes each.
FORMATS: Final[Mapping[str, int]] = {
    **dict.fromkeys(_PLAINLY_WRITTEN, 1),
    "rows": 3,
    "cloudevents": 3,
    **dict.fromkeys(KAFKA_ONLY, 1),
}
SOURCES: Final[Mapping[str, Mapping[str, Any]]] = {
    "native": {"ordering": "revision", "harm_scale": "nrls"},
    "fhir": {"ordering": "arrival"},
    "lfpse": {"ordering": "revision", "format": None},
    "ahrq": {"ordering": "arrival"},
    "events": {"ordering": "revision"},
    "connect": {"ordering": "updated_at"},
    **{f"rows-{pack}": {"ordering": "updated_at", "pack": pack} for pack in PACKS},
}


@dataclass(frozen=True, slots=True)
class Planned:
    """One payload of a mode, and how it goes over HTTP and Kafka; None where it cannot.

    `is_twin` tells that both ways must come to the same.
    """

    mode: str
    number: int
    payload: Payload = field(repr=False)
    over_http: Parcel | None = field(repr=False)
    over_kafka: Parcel | None = field(repr=False)
    is_twin: bool

    @property
    def unframed(self) -> bytes:
        """Return the body as the importer maps it: out of Confluent's frame, where it has one."""
        body = self.payload.body
        is_framed = body[:1] == b"\0" and body[5:].startswith(_JSON_BEGINS)
        return body[5:] if is_framed else body

    @property
    def kafka_sha256(self) -> str:
        """Return the hash under which raw records that came over Kafka are found."""
        return sha256_hex(self.unframed)

    @property
    def name(self) -> str:
        """Return how it is named in an assertion's message."""
        return f"{self.mode} {self.number} ({self.payload.kind})"


def marker(number: int) -> str:
    """Return the marker of the payload of that number; no other has it."""
    return f"{MARKERS[number % len(MARKERS)]}{number:05}"


def planned(per_format: int = PER_FORMAT) -> Iterator[Planned]:
    """Yield the payloads of each format, a third each valid, degraded and hostile."""
    number = 0
    for format_, times in FORMATS.items():
        for seed in range(per_format * times):
            payload = mixed(format_, seed, marker(number))
            yield _planned(_mode_of(payload), number, payload)
            number += 1


def _mode_of(payload: Payload) -> str:
    if payload.format == "rows":
        return f"rows {_table(payload.content_type or '')}"
    if payload.format == "cloudevents":
        if payload.headers:
            return "cloudevents binary"
        is_batch = payload.body.lstrip()[:1] == b"["
        return "cloudevents batch" if is_batch else "cloudevents structured"
    return payload.format


def _table(content_type: str) -> str:
    if "tab" in content_type:
        return "tsv"
    return "ndjson" if "json" in content_type else "csv"


def _planned(mode: str, number: int, payload: Payload) -> Planned:
    system = _system(payload)
    query = f"?pack={payload.pack}" if payload.pack not in {None, *PACKS} else ""
    over_http = over_kafka = None
    if payload.format not in KAFKA_ONLY:
        over_http = _over_http(system, payload, number, query)
    if mode != "cloudevents batch" and not query:
        over_kafka = Parcel(system, payload.body, _headers(payload, "ce_"))
    is_twin = None not in {over_http, over_kafka} and _is_said_alike(payload)
    return Planned(mode, number, payload, over_http, over_kafka, is_twin)


def _is_said_alike(payload: Payload) -> bool:
    # Frames exist on Kafka alone; broken attributes are spelt differently on both.
    return payload.body[:1] != b"\0" and (not payload.headers or payload.kind == "valid")


def _system(payload: Payload) -> str:
    if payload.format == "rows":
        return f"rows-{payload.pack}" if payload.pack in PACKS else "rows-generic"
    if payload.format == "cloudevents":
        return "events"
    name = payload.format.partition("-")[0]
    return "connect" if name in KAFKA_ONLY else name


def _over_http(system: str, payload: Payload, number: int, query: str) -> Parcel | None:
    headers = _headers(payload, "ce-")
    if not all(_is_sendable(name) and _is_sendable(value) for name, value in headers):
        return None
    is_fhir = payload.format.startswith("fhir") and number % 2
    return Parcel(system, payload.body, headers, "/v1/fhir" if is_fhir else f"/v1/incidents{query}")


def _is_sendable(text: str | bytes) -> bool:
    return isinstance(text, bytes) or _PLAIN.issuperset(text)


def _headers(payload: Payload, prefix: str) -> tuple[tuple[str, str | bytes], ...]:
    events = [
        (
            prefix + name[3:],
            quote(value, safe=string.printable) if _is_quoted(value, prefix) else value,
        )
        for name, value in payload.headers
    ]
    if payload.content_type is not None:
        events.append(("content-type", payload.content_type))
    return tuple(events)


def _is_quoted(value: str | bytes, prefix: str) -> bool:
    # CloudEvents over HTTP: what is not ASCII is percent-encoded. On Kafka it is UTF-8.
    return prefix == "ce-" and isinstance(value, str) and not value.isascii() and _is_text(value)


def _is_text(value: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in value)
