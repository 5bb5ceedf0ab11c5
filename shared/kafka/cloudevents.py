"""CloudEvents in Kafka's binary mode: attributes as `ce_` headers, strict both ways.

Source: CloudEvents 1.0.2, Kafka protocol binding section 3.2, core specification section 3.1.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import ClassVar, Final, Protocol
from uuid import UUID

from shared.contracts.cloudevents import (
    OPTIONAL,
    REQUIRED,
    SPECVERSION,
    Attributes,
    CloudEventInvalidError,
    is_text,
    read_attributes,
)
from shared.contracts.values import write_moment
from shared.kafka.records import Headers, Outgoing

PREFIX: Final = "ce_"
CONTENT_TYPE: Final = "content-type"
JSON: Final = "application/json"
_NO_EXTENSIONS: Final[Mapping[str, str]] = MappingProxyType({})
_NAME: Final = re.compile(r"[a-z0-9]+")
# A name should not be longer; others' may be, ours are not.
_LONGEST_NAME: Final = 20


class Event(Protocol):
    """A contract that knows its topic, which is also its CloudEvents type."""

    topic: ClassVar[str]

    def to_json(self) -> bytes:
        """Return the record's value."""
        ...


def to_headers(attributes: Attributes) -> Headers:
    """Return the headers of one event, required attributes first, extensions in order of name.

    Raises:
        CloudEventInvalidError: an attribute is empty, repeated by an extension, misnamed, not text,
            or `time` has no offset.
    """
    posing = attributes.extensions.keys() & {*REQUIRED, *OPTIONAL}
    if posing:
        raise CloudEventInvalidError(min(posing), "is repeated")
    pairs = tuple(_written(attributes))
    for name, value in pairs:
        if len(name) > _LONGEST_NAME:
            raise CloudEventInvalidError(_shown(name), "has a name of more than 20 characters")
        _refuse(name, value)
    return tuple((_header_name(name), value.encode()) for name, value in pairs)


def from_headers(headers: Iterable[tuple[str, bytes]]) -> Attributes:
    """Return the attributes of `headers`; headers that are not CloudEvents' own are ignored.

    Raises:
        CloudEventInvalidError: an attribute is missing, empty, repeated, misnamed, not UTF-8
            or of an unknown version.
    """
    pairs = tuple(_read(headers))
    attributes = read_attributes(pairs)
    for name, value in pairs:
        _refuse(name, value)
    return attributes


def outgoing(  # noqa: PLR0913 - the attributes of one event, all by name
    model: Event,
    *,
    key: str,
    event_id: UUID | str,
    source: str,
    subject: str | None,
    time: datetime,
    partition: int,
    extensions: Mapping[str, str] = _NO_EXTENSIONS,
) -> Outgoing:
    """Return `model` as a record for its own topic.

    Raises:
        CloudEventInvalidError: an attribute breaks the specification; see `to_headers`.
    """
    attributes = Attributes(
        id=str(event_id),
        source=source,
        type=model.topic,
        subject=subject,
        time=time,
        datacontenttype=JSON,
        extensions=extensions,
    )
    return Outgoing(model.topic, key.encode(), model.to_json(), to_headers(attributes), partition)


def _written(attributes: Attributes) -> Iterator[tuple[str, str]]:
    yield "specversion", SPECVERSION
    yield "id", attributes.id
    yield "source", attributes.source
    yield "type", attributes.type
    if attributes.time is not None:
        yield "time", _moment(attributes.time)
    for name in ("subject", "dataschema", "datacontenttype"):
        value: str | None = getattr(attributes, name)
        if value is not None:
            yield name, value
    yield from sorted(attributes.extensions.items())


def _moment(moment: datetime) -> str:
    if moment.tzinfo is None:
        raise CloudEventInvalidError("time", "has no offset from UTC")
    return write_moment(moment)


def _read(headers: Iterable[tuple[str, bytes]]) -> Iterator[tuple[str, str]]:
    for header, value in headers:
        lowered = header.lower()
        if lowered == CONTENT_TYPE:
            yield "datacontenttype", _text("datacontenttype", value)
        elif lowered == PREFIX + "datacontenttype":
            # Section 3.2.1 gives this attribute one place, so a second one repeats it.
            raise CloudEventInvalidError("datacontenttype", "is repeated")
        elif lowered.startswith(PREFIX):
            name = lowered.removeprefix(PREFIX)
            yield name, _text(name, value)


def _text(name: str, value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise CloudEventInvalidError(_shown(name), "is not UTF-8") from None


def _refuse(name: str, value: str) -> None:
    if not _NAME.fullmatch(name) or name == "data":
        raise CloudEventInvalidError(_shown(name), "has a name with other characters than a-z, 0-9")
    if not value.strip():
        raise CloudEventInvalidError(_shown(name), "is empty")
    if not is_text(value):
        raise CloudEventInvalidError(_shown(name), "holds a character that no attribute may have")


def _shown(name: str) -> str:
    # What a stranger put into a header's name may be anything: only well-formed names are repeated.
    return name if len(name) <= _LONGEST_NAME and _NAME.fullmatch(name) else "(misnamed)"


def _header_name(name: str) -> str:
    return CONTENT_TYPE if name == "datacontenttype" else PREFIX + name
