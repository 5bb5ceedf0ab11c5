"""What a generated payload is: bytes as they are sent, and what its generator knows it wrote."""

from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

Kind: TypeAlias = Literal["valid", "degraded", "hostile"]
KINDS: tuple[Kind, ...] = ("valid", "degraded", "hostile")


@dataclass(frozen=True, slots=True)
class Written:
    """One report of a valid payload, as it must come out again for a tenant in UTC.

    `record_id` is as the sender wrote it; where `is_record_id_private`, its pseudonym comes out.
    `occurred` are both ends in the contract's spelling, `harms` the level of each patient, None
    where it is unknown, `staff` how many persons the report names as affected.
    """

    record_id: str
    occurred: tuple[str, str] | None = None
    harms: tuple[str | None, ...] = ()
    staff: int = 0
    is_record_id_private: bool = False


@dataclass(frozen=True, slots=True)
class Payload:
    """One body as a publisher sends it, and what goes with it.

    `headers` are the CloudEvents headers, as HTTP (`ce-`) or Kafka (`ce_`) spells them. `is_framed`
    tells that the body has Confluent's frame, which exists on Kafka alone. `written` are the
    reports of a valid payload in the order in which they are published; None where nobody can tell.
    """

    format: str
    kind: Kind
    body: bytes = field(repr=False)
    content_type: str | None = "application/json"
    headers: tuple[tuple[str, str | bytes], ...] = ()
    pack: str | None = None
    is_framed: bool = False
    written: tuple[Written, ...] | None = None


@dataclass(slots=True)
class Draft:
    """A payload before it is bytes: a JSON document, or text already encoded."""

    document: Any = field(repr=False)
    written: tuple[Written, ...]
    content_type: str | None = "application/json"
    headers: tuple[tuple[str, str | bytes], ...] = ()
    pack: str | None = None
