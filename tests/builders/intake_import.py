"""What publishers write to their own topic, and an importer over fakes to give it to."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from services.intake.importer import Importer
from shared.kafka.records import Incoming
from shared.kafka.settlement import Result as Settled
from tests.builders.intake_edge import ARRIVED_MS, PARTITIONS, IntakeStage, arrived
from tests.builders.site import a_tenant_document, a_tenant_file

TOPIC = "incident.source.northwick-datix.v1"
SENT_MS = ARRIVED_MS - 86_400_000  # the importer was down for a day


def bind(intake: IntakeStage, tenant: str = "northwick", **topics: str) -> None:
    """Bind source topics to a tenant's systems (default: TOPIC to datix)."""
    document = a_tenant_document(tenant)
    for system, name in (topics or {"datix": "northwick-datix"}).items():
        document["sources"].setdefault(system, {})["topic"] = name
    a_tenant_file(intake.site, document)


def a_source_record(
    value: Any,
    headers: Mapping[str, str] | None = None,
    *,
    topic: str = TOPIC,
    offset: int = 0,
    is_append_time: bool = True,
) -> Incoming:
    """Return a publisher's record: a JSON document, or bytes, or None for a tombstone."""
    body = value if isinstance(value, bytes | None) else orjson.dumps(value)
    pairs = tuple((name, text.encode()) for name, text in (headers or {}).items())
    return Incoming(topic, 0, offset, SENT_MS, None, body, pairs, is_append_time)


def imported(intake: IntakeStage, *records: Incoming) -> Sequence[Settled]:
    """Run the importer on `records`."""
    importer = Importer(
        intake.tenants, intake.keys, intake.statuses, intake.clock, PARTITIONS, intake.metrics
    )
    return importer(records)


def raw_records(settled: Sequence[Settled]) -> tuple[Incoming, ...]:
    """Return what a consumer of the raw topic reads of it."""
    written = [record for records, _ in settled for record in records]
    raw = [record for record in written if record.topic == "incident.raw.v1"]
    return tuple(arrived(record, offset) for offset, record in enumerate(raw))


def published(intake: IntakeStage, *records: Incoming) -> list[tuple[str, dict[str, Any]]]:
    """Import and normalise `records`; return topic and document of everything written."""
    raw = raw_records(imported(intake, *records))
    settled = intake.normalise(*raw) if raw else ()
    return [
        (record.topic, orjson.loads(record.value or b"null"))
        for written, _ in settled
        for record in written
    ]
