"""Parts of a decision in both forms: the contract's value, and the canonical JSON it is hashed as.

Most of a decision repeats what others said: the same reasons, questions, facts of a patient. What
is written once is hashed again without being written again.
"""

from collections.abc import Iterable, Sequence
from json.encoder import encode_basestring
from typing import Any, Final, NamedTuple


class Part(NamedTuple):
    """A value of the contract's own type, and its canonical JSON."""

    value: Any
    json: str


NONE_OF_IT: Final = Part((), "[]")


def text(value: str) -> str:
    """Return the JSON of a text."""
    return encode_basestring(value)


def texts(values: Iterable[str]) -> str:
    """Return the JSON of a list of texts."""
    return "[" + ",".join(map(encode_basestring, values)) + "]"


def yes_no(value: bool) -> str:  # noqa: FBT001 - the value is all there is
    """Return the JSON of a yes or no."""
    return "true" if value else "false"


def stated(name: str, value: str | int | None) -> str:
    """Return the member of an object with a comma behind it; nothing for what is unknown."""
    if value is None:
        return ""
    return f'"{name}":{encode_basestring(value) if isinstance(value, str) else value},'


def listed(parts: Sequence[Part]) -> Part:
    """Return parts as one part, in their order."""
    if not parts:
        return NONE_OF_IT
    return Part(
        tuple([part.value for part in parts]), f"[{','.join([part.json for part in parts])}]"
    )
