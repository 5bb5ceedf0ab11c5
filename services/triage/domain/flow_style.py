"""Plain values as YAML writes them on one line, in the style of the shipped rule files."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Final

_PLAIN: Final = re.compile(r"[a-z0-9][a-z0-9_.]*([ -][a-z0-9_.]+)*")
_NUMBER: Final = re.compile(r"[0-9_.-]+")
# Words that YAML tools read as something else than text.
_RESERVED: Final = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})


def flow(value: object) -> str:
    """Return mappings, lists, texts, numbers and booleans in flow style; odd texts in quotes."""
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{key}: {flow(inner)}' for key, inner in value.items())}}}"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Sequence):
        return f"[{', '.join(map(flow, value))}]"
    return json.dumps(value)


def _text(text: str) -> str:
    plain = _PLAIN.fullmatch(text) and text not in _RESERVED and not _NUMBER.fullmatch(text)
    return text if plain else json.dumps(text, ensure_ascii=False)
