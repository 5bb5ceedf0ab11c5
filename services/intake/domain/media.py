"""Media types: which ones we read, and what they say about the body."""

import re
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
_FHIR_VERSION: Final = re.compile(r"fhirversion\s*=\s*\"?(\d+)", re.IGNORECASE | re.ASCII)


def media_of(content_type: str | None) -> str | None:
    """Return the media type in lower case without parameters; None where there is none."""
    if content_type is None:
        return None
    return content_type.partition(";")[0].strip().lower() or None


def is_lines(content_type: str | None) -> bool:
    """Tell whether the body is newline-delimited JSON."""
    return media_of(content_type) in _LINES


def is_table(content_type: str | None) -> bool:
    """Tell whether the body is delimited text."""
    return media_of(content_type) in _TABLES


def charset(content_type: str | None) -> str | None:
    """Return the character set that the media type names, in lower case."""
    return _parameters(content_type).get("charset")


def is_guessed(content_type: str | None) -> bool:
    """Tell whether the character set was our own guess, as `of_table` writes it down."""
    return _parameters(content_type).get("guessed") == "yes"


def of_table(encoding: str, *, is_guessed: bool) -> str:
    """Return the media type of one row of a table, which reads it as the whole table was read."""
    return f"text/csv; charset={encoding}" + ("; guessed=yes" if is_guessed else "")


def _parameters(content_type: str | None) -> dict[str, str]:
    return dict(_PARAMETER.findall((content_type or "").lower()))


def is_fhir(content_type: str | None) -> bool:
    """Tell whether the media type says that the body is FHIR."""
    return media_of(content_type) in _FHIR


def is_xml(content_type: str | None) -> bool:
    """Tell whether the media type says that the body is XML."""
    media = media_of(content_type)
    return media is not None and media.endswith(("/xml", "+xml"))


def is_cloudevent(content_type: str | None) -> bool:
    """Tell whether the media type says structured or batched CloudEvents."""
    return (media_of(content_type) or "").startswith(_CLOUDEVENTS)


def fhir_major(content_type: str | None) -> int | None:
    """Return the major FHIR version that the media type's `fhirVersion` names."""
    found = _FHIR_VERSION.search(content_type or "")
    return int(found[1]) if found else None


def of_lines(content_type: str | None) -> str:
    """Return the media type of one line of a newline-delimited body."""
    return FHIR_JSON if is_fhir(content_type) else JSON


def check_json(content_type: str | None) -> None:
    """Refuse a media type that is no JSON; none at all is taken for JSON.

    Raises:
        RefusedError: `unknown_format`, with the media types we read.
    """
    media = media_of(content_type)
    if media is None or media in {JSON, "text/json"} or media.endswith("+json") or is_fhir(media):
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
