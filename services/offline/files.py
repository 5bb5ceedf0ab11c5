"""Files as bodies: the media type that their name says."""

from pathlib import PurePath
from typing import Final

STANDARD_INPUT: Final = "-"
JSON: Final = "application/json"
_MEDIA: Final = {
    ".ndjson": "application/x-ndjson",
    ".jsonl": "application/x-ndjson",
    ".xml": "application/xml",
}
NAMED: Final = frozenset({".json", *_MEDIA})


def media_type(name: str) -> str:
    """Return the media type by the file's ending; JSON where it says nothing else."""
    return _MEDIA.get(PurePath(name).suffix.lower(), JSON)
