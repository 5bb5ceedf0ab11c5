"""Media types: which ones we read, and what they say about the body."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from services.intake.domain.refusals import RefusedError
from shared.contracts.words import RejectionCode

JSON: Final = "application/json"
FHIR_JSON: Final = "application/fhir+json"
CLOUDEVENT: Final = "application/cloudevents+json"
CLOUDEVENT_BATCH: Final = "application/cloudevents-batch+json"
_CLOUDEVENTS: Final = "application/cloudevents"
_LINES: Final = frozenset(
    {
        "application/x-ndjson",
        "application/ndjson",
        "application/jsonl",
        "application/x-jsonlines",
        "application/fhir+ndjson",
    }
)
_TABLES: Final = frozenset(
    {"text/csv", "text/tab-separated-values", "application/csv", "text/x-csv"}
)
_PARAMETER: Final = re.compile(r";\s*(charset|guessed)\s*=\s*\"?([\w.:-]{1,40})", re.ASCII)
_FHIR: Final = frozenset({FHIR_JSON, "application/json+fhir", "application/fhir+ndjson"})
_JSON: Final = _FHIR | {"", JSON, "text/json"}
_FHIR_VERSION: Final = re.compile(r"fhirversion\s*=\s*\"?(\d{1,99})", re.ASCII)
_KEPT: Final = 256


@dataclass(frozen=True, slots=True)
class MediaType:
    """What a media type says of the body; `name` is in lower case, without parameters.

    `charset` is in lower case, None where none is named; `is_guessed` tells that it was our own
    guess, as `of_table` writes it down. `fhir_major` is the major release that `fhirVersion` names.
    `is_json` holds for none at all too.
    """

    name: str | None
    is_json: bool
    is_lines: bool
    is_table: bool
    is_xml: bool
    is_fhir: bool
    is_cloudevent: bool
    fhir_major: int | None
    charset: str | None
    is_guessed: bool


@lru_cache(maxsize=_KEPT)
def read(content_type: str | None) -> MediaType:
    """Return what a media type says; every report of a request asks several times.

    What is kept are headers, which name no person.
    """
    text = (content_type or "").lower()
    name = text.partition(";")[0].strip()
    parameters: dict[str, str] = dict(_PARAMETER.findall(text))
    version = _FHIR_VERSION.search(text)
    return MediaType(
        name=name or None,
        is_json=name in _JSON or name.endswith("+json"),
        is_lines=name in _LINES,
        is_table=name in _TABLES,
        is_xml=name.endswith(("/xml", "+xml")),
        is_fhir=name in _FHIR,
        is_cloudevent=name.startswith(_CLOUDEVENTS),
        fhir_major=int(version[1]) if version else None,
        charset=parameters.get("charset"),
        is_guessed=parameters.get("guessed") == "yes",
    )


def of_table(encoding: str, *, is_guessed: bool) -> str:
    """Return the media type of one row of a table, which reads it as the whole table was read."""
    return f"text/csv; charset={encoding}" + ("; guessed=yes" if is_guessed else "")


def of_lines(media: MediaType) -> str:
    """Return the media type of one line of a newline-delimited body."""
    return FHIR_JSON if media.is_fhir else JSON


def check_json(media: MediaType) -> None:
    """Refuse a media type that is no JSON; none at all is taken for JSON.

    Raises:
        RefusedError: `unknown_format`, with the media types we read.
    """
    if media.is_json:
        return
    raise RefusedError(
        RejectionCode.UNKNOWN_FORMAT,
        detail=(
            "The media type is none that we read, so nothing was mapped. Send application/json, "
            "application/x-ndjson, application/cloudevents+json or application/fhir+json; or "
            "text/csv, with a pack."
        ),
        is_media_problem=True,
    )
