"""CloudEvents 1.0 attributes, strict: missing, empty or repeated is refused, never invented.

Source: CloudEvents 1.0.2 core specification, HTTP and Kafka protocol bindings.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

SPECVERSION: Final = "1.0"
REQUIRED: Final = ("id", "source", "specversion", "type")
OPTIONAL: Final = ("datacontenttype", "dataschema", "subject", "time")


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


def read_attributes(pairs: Iterable[tuple[str, str]]) -> Attributes:
    """Return the attributes of `pairs` (names without prefix, any case).

    Raises:
        CloudEventInvalidError: a required attribute is missing or empty, any is repeated,
        the version is
            not 1.0, or `time` is not RFC 3339 with an offset.
    """
    found: dict[str, str] = {}
    for name, value in pairs:
        lowered = name.lower()
        if lowered in found:
            raise CloudEventInvalidError(lowered, "is repeated")
        found[lowered] = value
    for name in REQUIRED:
        if name not in found:
            raise CloudEventInvalidError(name, "is missing")
    for name in (*REQUIRED, *OPTIONAL):
        if name in found and not found[name].strip():
            raise CloudEventInvalidError(name, "is empty")
    if found["specversion"] != SPECVERSION:
        raise CloudEventInvalidError("specversion", "is not 1.0, the only version we read")
    return _attributes(found)


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
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise CloudEventInvalidError("time", "is not RFC 3339") from None
    if moment.tzinfo is None:
        raise CloudEventInvalidError("time", "has no offset from UTC")
    return moment
