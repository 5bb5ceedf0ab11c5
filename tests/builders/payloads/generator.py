"""Payloads of every format by seed: valid as a conforming sender's, degraded as real, hostile.

`generate("fhir-r5", "degraded", 17)` is the same payload on every machine. With a `marker`, that
text stands in every place whose class is D or N (contracts.md), and in identifiers of staff, which
may leave intake as pseudonyms only. Birth dates hold no marker: they stay dates.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

import orjson

from tests.builders.payloads import (
    ahrq,
    envelopes,
    events,
    fhir,
    fhir_bundle,
    lfpse,
    native,
    tables,
)
from tests.builders.payloads.degrading import degraded
from tests.builders.payloads.draw import Draw
from tests.builders.payloads.hostility import attacked, hostile
from tests.builders.payloads.payload import KINDS, Draft, Kind, Payload

_CONFLUENT: Final = "confluent"
_GENERATORS: Final[Mapping[str, Callable[[Draw], Draft]]] = {
    "native": native.generate,
    "fhir-stu3": lambda draw: fhir.generate(draw, "STU3"),
    "fhir-r4": lambda draw: fhir.generate(draw, "R4"),
    "fhir-r5": lambda draw: fhir.generate(draw, "R5"),
    "fhir-bundle": fhir_bundle.generate,
    "lfpse-5": lambda draw: lfpse.generate(draw, "5"),
    "lfpse-6": lambda draw: lfpse.generate(draw, "6"),
    "ahrq": ahrq.generate,
    "rows": tables.generate,
    "cloudevents": events.generate,
    "connect": envelopes.connect,
    _CONFLUENT: envelopes.framed,
}
FORMATS: Final = tuple(_GENERATORS)
_NDJSON_SHARE: Final = 0.3
_HOSTILE_MEDIA: Final = (
    None, "application/json", "text/csv", "application/xml", "application/fhir+json; fhirVersion=x",
    "application/cloudevents+json", "application/cloudevents-batch+json", "APPLICATION/JSON;;",
    "image/png", "application/x-ndjson", "\x00", "",
)  # fmt: skip


def generate(format_: str, kind: Kind, seed: int, marker: str | None = None) -> Payload:
    """Return the payload of that format, kind and seed.

    Raises:
        KeyError: no such format.
    """
    draw = Draw(f"{format_}/{kind}/{seed}", marker)
    draft = _GENERATORS[format_](draw)
    if kind == "valid":
        return _payload(draw, format_, kind, draft, _valid(draw, draft))
    return replace(_SPOILERS[kind](draw, format_, draft), written=None)


def mixed(format_: str, seed: int, marker: str | None = None) -> Payload:
    """Return the payload of a seed whose kind goes by turns: valid, degraded, hostile."""
    return generate(format_, KINDS[seed % len(KINDS)], seed, marker)


def _payload(draw: Draw, format_: str, kind: Kind, draft: Draft, body: bytes) -> Payload:
    is_framed = format_ == _CONFLUENT
    return Payload(
        format=format_,
        kind=kind,
        body=envelopes.frame(draw, body) if is_framed else body,
        content_type=draft.content_type,
        headers=draft.headers,
        pack=draft.pack,
        is_framed=is_framed,
        written=draft.written,
    )


def _valid(draw: Draw, draft: Draft) -> bytes:
    if isinstance(draft.document, bytes):
        return draft.document
    is_list = draft.content_type == "application/json" and isinstance(draft.document, list)
    if is_list and draw.chance(_NDJSON_SHARE):
        draft.content_type = tables.NDJSON
        return b"\n".join(map(orjson.dumps, draft.document))
    return orjson.dumps(draft.document)


def _degraded(draw: Draw, format_: str, draft: Draft) -> Payload:
    if format_ == "rows":
        draft = tables.degraded(draw)
    else:
        draft.document = degraded(draw, draft.document)
    return _payload(draw, format_, "degraded", draft, _valid(draw, draft))


def _hostile(draw: Draw, format_: str, draft: Draft) -> Payload:
    if format_ == "rows":
        draft = tables.hostile(draw)
    if isinstance(draft.document, bytes):
        body = attacked(draw, draft.document) if draw.chance(0.4) else draft.document
    else:
        body = hostile(draw, draft.document)
    if draft.headers and draw.chance(0.5):
        draft.headers = events.broken(draw, draft.headers)
    if draw.chance(0.1):
        draft.content_type = draw.pick(_HOSTILE_MEDIA)
    return _payload(draw, format_, "hostile", draft, body)


_SPOILERS: Final[Mapping[Kind, Callable[[Draw, str, Draft], Payload]]] = {
    "degraded": _degraded,
    "hostile": _hostile,
}
