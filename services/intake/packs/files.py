"""Read the mapping tables that ship with intake; the only code beside the data."""

from importlib.resources import files
from typing import Final

TABLES: Final = ("harm.tsv", "synonyms.tsv", "fhir_codes.tsv")


def read_tables() -> dict[str, str]:
    """Return the text of each shipped table by file name, for `Tables.parse`."""
    folder = files("services.intake.packs")
    return {name: (folder / name).read_text(encoding="utf-8") for name in TABLES}
