"""Read the mapping tables that ship with intake; the only code beside the data."""

from importlib.resources import files
from typing import Final

TABLES: Final = (
    "harm.tsv",
    "synonyms.tsv",
    "fhir_codes.tsv",
    "lfpse_codes.tsv",
    "lfpse_fields.tsv",
    "ahrq_codes.tsv",
)
_HEADERS: Final = "headers.tsv"


def read_tables() -> dict[str, str]:
    """Return the text of each shipped table by file name, for `Tables.parse`."""
    folder = files("services.intake.packs")
    return {name: (folder / name).read_text(encoding="utf-8") for name in TABLES}


def read_headers() -> dict[str, str]:
    """Return what columns of an export are usually called: name in lower case to field."""
    text = (files("services.intake.packs") / _HEADERS).read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines()[1:])
    return {row[0]: row[1] for row in rows}
