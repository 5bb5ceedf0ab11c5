"""Everything that turns a publisher's bytes into reports: media types, formats, packs, events."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from services.intake.domain.context import Hints, Limits
from services.intake.domain.finish import finish
from services.intake.domain.framing import unframed
from services.intake.domain.receive import receive
from services.intake.domain.refusals import RefusedError
from services.intake.domain.results import Mapped, Refused, Result
from services.intake.packs.pack_files import shipped_packs
from tests.builders.payloads.mapping import MARKER, said
from tests.builders.reports import RAW_REF, RECEIVED_AT, a_context
from tests.fuzz.target import Target, block, headed, words

# Smaller than in service, so that an input of a few kB can reach and pass each of them.
_LIMITS: Final = Limits(
    report_bytes=4_000, request_bytes=8_000, entries=20, string_bytes=1_000, columns=60
)
_CONTEXT: Final = a_context(packs=shipped_packs(), limits=_LIMITS)
_POINTER: Final = re.compile(r"(/[A-Za-z0-9_*-]{1,40})*", re.ASCII)
_FHIR: Final = "application/fhir+json"


def mapped(body: bytes, hints: Hints) -> str:
    """Map a body and name what became of it.

    Raises:
        AssertionError: a refusal tells of its input, the same body maps otherwise the second time,
            or a result does not come again from its own raw record.
    """
    results = receive(body, hints)
    assert [*map(said, results)] == [*map(said, receive(body, hints))]
    for result in results:
        _check(result, hints)
    return words(*sorted({_outcome(result) for result in results})) or "no report"


def _check(result: Result, hints: Hints) -> None:
    if isinstance(result, Mapped):
        finish(result.draft, received_at=RECEIVED_AT, raw_ref=RAW_REF).to_json()
    else:
        assert result.detail
        assert MARKER not in f"{result!r}{result.detail}{result.pointer}"
        assert _POINTER.fullmatch(result.pointer or "")
        if result.because_of is not None:  # alone these bytes would be mapped
            return
    alone = replace(hints, content_type=result.content_type, headers=result.headers)
    again = receive(result.body, alone)
    assert [*map(said, again)] == [said(result)]


def _outcome(result: Result) -> str:
    if isinstance(result, Refused):
        return result.code.value
    return f"{result.draft.format}:{','.join(result.draft.flags)}"


def _as(content_type: str | None, pinned: str | None = None) -> Callable[[bytes], str]:
    hints = Hints(_CONTEXT, content_type, pinned_format=pinned)
    return lambda data: mapped(data, hints)


def _row(pack: str) -> Callable[[bytes], str]:
    def run(data: bytes) -> str:
        media, body = headed(data)
        return mapped(body, Hints(_CONTEXT, media or None, pack=pack))

    return run


def _detection(data: bytes) -> str:
    media, body = headed(data)
    return mapped(body, Hints(_CONTEXT, media or None))


def _http_event(data: bytes) -> str:
    headers, body = block(data)
    texts = tuple((name, value.decode("latin-1")) for name, value in headers)
    media = next((value for name, value in texts if name.lower() == "content-type"), None)
    return mapped(body, Hints(_CONTEXT, media, texts))


def _kafka_record(data: bytes) -> str:
    headers, value = block(data)
    media = next((v.decode("latin-1") for n, v in headers if n.lower() == "content-type"), None)
    try:
        body = unframed(value)
    except RefusedError as error:
        return error.code.value
    return mapped(body, Hints(_CONTEXT, media, headers))


TARGETS: Final = (
    Target("detection", "a line with the media type, then the body of a request", _detection),
    Target("native", "native JSON", _as("application/json")),
    Target("fhir", "FHIR JSON: an AdverseEvent or a Bundle", _as(_FHIR)),
    Target("lfpse", "an LFPSE event", _as(_FHIR, "lfpse")),
    Target("ahrq", "a QuestionnaireResponse", _as(_FHIR, "ahrq")),
    Target("ndjson", "lines of JSON", _as("application/x-ndjson")),
    Target("http-event", "headers, an empty line, the body: a CloudEvent over HTTP", _http_event),
    Target("kafka-record", "headers, an empty line, the value: framed or not", _kafka_record),
    *(
        Target(f"rows-{pack}", f"a line with the media type, then rows for {pack}", _row(pack))
        for pack in shipped_packs()
    ),
)
