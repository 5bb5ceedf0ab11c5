"""CloudEvents 1.0 attributes, strict: missing, empty or repeated is refused, never invented.

Source: CloudEvents 1.0.2 core specification, HTTP and Kafka protocol bindings.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

SPECVERSION: Final = "1.0"
REQUIRED: Final = ("id", "source", "specversion", "type")
OPTIONAL: Final = ("datacontenttype", "dataschema", "subject", "time")
# What the type String leaves out: control characters, lone surrogates, noncharacters.
_NO_TEXT: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef"
    + "".join(chr(plane << 16 | low) for plane in range(17) for low in (0xFFFE, 0xFFFF))
    + "]"
)
# RFC 3339, section 5.6, which is narrower than what `datetime` reads as ISO 8601.
_TIME: Final = re.compile(
    r"(\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:)(\d\d)((?:\.\d+)?)([Zz]|[+-]\d\d:\d\d)?", re.ASCII
)
_LEAP_SECOND: Final = "60"


class CloudEventInvalidError(ValueError):
    """An attribute is missing.

    Empty, repeated or unreadable; `attribute` names it, never its value.
    """

    def __init__(self, attribute: str, problem: str) -> None:
        """Name the attribute and what is wrong with it."""
        super().__init__(f"CloudEvents attribute '{attribute}' {problem}")
        self.attribute = attribute
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Attributes:
    """The context of one event; `time` stays None where the sender gave none."""

    id: str
    source: str
    type: str
    subject: str | None = None
    time: datetime | None = None
    datacontenttype: str | None = None
    dataschema: str | None = None
    extensions: Mapping[str, str] = field(default_factory=dict)


def is_text(value: str) -> bool:
    """Tell whether a value is of the type String, which no other attribute may leave either."""
    return _NO_TEXT.search(value) is None


def read_attributes(pairs: Iterable[tuple[str, str]]) -> Attributes:
    """Return the attributes of `pairs`: names without prefix, in lower case, decoded values.

    A name that the specification does not know is an extension's; its value is not looked at.

    Raises:
        CloudEventInvalidError: a required attribute is missing; one of the specification's own is
            empty or no text; any is repeated; the version is not 1.0; or `time` is not RFC 3339.
    """
    found: dict[str, str] = {}
    for name, value in pairs:
        if name in found:
            raise CloudEventInvalidError(name, "is repeated")
        found[name] = value
    for name in REQUIRED:
        if name not in found:
            raise CloudEventInvalidError(name, "is missing")
    for name in (*REQUIRED, *OPTIONAL):
        if name in found:
            _check(name, found[name])
    if found["specversion"] != SPECVERSION:
        raise CloudEventInvalidError("specversion", "is not 1.0, the only version we read")
    return _attributes(found)


def _check(name: str, value: str) -> None:
    if not value.strip():
        raise CloudEventInvalidError(name, "is empty")
    if not is_text(value):
        raise CloudEventInvalidError(name, "holds a character that no attribute may have")


def _attributes(found: dict[str, str]) -> Attributes:
    known = {name: found.get(name) for name in ("subject", "datacontenttype", "dataschema")}
    return Attributes(
        id=found["id"],
        source=found["source"],
        type=found["type"],
        time=_moment(found["time"]) if "time" in found else None,
        extensions={n: v for n, v in found.items() if n not in (*REQUIRED, *OPTIONAL)},
        **known,
    )


def _moment(text: str) -> datetime:
    written = _TIME.fullmatch(text)
    if written is None:
        raise CloudEventInvalidError("time", "is not RFC 3339")
    minute, second, fraction, offset = written.groups()
    if offset is None:
        raise CloudEventInvalidError("time", "has no offset from UTC")
    is_leap = second == _LEAP_SECOND
    try:
        moment = datetime.fromisoformat(
            f"{minute}{'59' if is_leap else second}{fraction}{offset.upper()}"
        )
        return moment + timedelta(seconds=is_leap)
    except (ValueError, OverflowError):
        raise CloudEventInvalidError("time", "is not RFC 3339") from None
