"""Files as bodies: their bytes and the media type that their name says."""

from pathlib import Path, PurePath
from typing import Final

import click

STANDARD_INPUT: Final = "-"
JSON: Final = "application/json"
_MEDIA: Final = {
    ".ndjson": "application/x-ndjson",
    ".jsonl": "application/x-ndjson",
    ".xml": "application/xml",
}


def read_body(name: str) -> bytes:
    """Return the bytes of a file, or of standard input for `-`.

    Raises:
        OSError: the file cannot be read.
    """
    if name == STANDARD_INPUT:
        return click.get_binary_stream("stdin").read()
    return Path(name).read_bytes()


def media_type(name: str) -> str:
    """Return the media type by the file's ending; JSON where it says nothing else."""
    return _MEDIA.get(PurePath(name).suffix.lower(), JSON)
