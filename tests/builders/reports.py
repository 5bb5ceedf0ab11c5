"""Builders of reports: as a publisher writes them, as intake maps them, as triage reads them."""

import json
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from services.intake.bootstrap.json_bytes import encode
from services.intake.domain.context import Hints, MappingContext
from services.intake.domain.finish import finish
from services.intake.domain.receive import receive
from services.intake.domain.results import Mapped, Refused
from services.intake.domain.tables import Tables
from services.intake.packs.files import read_tables
from shared.contracts.incident_reported import IncidentReported

TENANT: Final = "mercy"
SOURCE_SYSTEM: Final = "native"
PSEUDONYM_KEY: Final = b"k" * 32
RECEIVED_AT: Final = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
RAW_REF: Final = "incident.raw.v1/0/0"
TABLES: Final = Tables.parse(read_tables())


def a_native_report(**overrides: Any) -> dict[str, Any]:
    """Return a native report: a child died after a tenfold dose, one nurse is named.

    An override of None removes the field.
    """
    report = {
        "record_id": "INC-1",
        "status": "reported",
        "kind": "incident",
        "occurred": {"at": "2026-03-01T22:10:00+00:00"},
        "reported_at": "2026-03-01T23:00:00+00:00",
        "location": {"unit_id": "ward-7", "place_type": "inpatient"},
        "categories": ["medication"],
        "patients": [{"age_years": 4, "harm": "death", "died": True}],
        "circumstances": {"death_expected": "no", "error": "yes"},
        "staff": [
            {
                "id": {"system": "login", "value": "nurse.one"},
                "role": "nurse",
                "involvement": "direct",
                "own_act": "yes",
            }
        ],
    } | overrides
    return {name: value for name, value in report.items() if value is not None}


def a_context(**overrides: Any) -> MappingContext:
    """Return the settings of one tenant in UTC, with the shipped tables and no seal."""
    settings: dict[str, Any] = {
        "tenant": TENANT,
        "source_system": SOURCE_SYSTEM,
        "pseudonym_key": PSEUDONYM_KEY,
        "tables": TABLES,
        "decode": orjson.loads,
        "encode": encode,
    }
    return MappingContext(**settings | overrides)


def some_hints(content_type: str | None = "application/json", **overrides: Any) -> Hints:
    """Return hints for a body; what is no field of `Hints` goes into its context."""
    own = {"headers", "pinned_format", "mapping_generation"}
    hints = {name: value for name, value in overrides.items() if name in own}
    context = {name: value for name, value in overrides.items() if name not in own}
    return Hints(context=a_context(**context), content_type=content_type, **hints)


def mapped(document: object, hints: Hints | None = None) -> Mapped:
    """Return the one mapped result of a document, and fail when there is another."""
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    (result,) = receive(body, hints or some_hints())
    assert isinstance(result, Mapped), result
    return result


def refused(document: object, hints: Hints | None = None) -> Refused:
    """Return the one refusal of a document, and fail when there is another result."""
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    (result,) = receive(body, hints or some_hints())
    assert isinstance(result, Refused), result
    return result


def a_report(
    *,
    received_at: datetime = RECEIVED_AT,
    raw_ref: str = RAW_REF,
    hints: Hints | None = None,
    **overrides: Any,
) -> IncidentReported:
    """Return the canonical report of `a_native_report(**overrides)`, through the real mapping."""
    draft = mapped(a_native_report(**overrides), hints).draft
    return finish(draft, received_at=received_at, raw_ref=raw_ref)
