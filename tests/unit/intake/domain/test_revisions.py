"""Which record, which revision: ids, hashes and the one ordering key of a source."""

import json
from typing import Any

import pytest

from services.intake.domain.context import SourceSettings
from services.intake.domain.finish import finish
from shared.contracts.canonical import digest
from shared.contracts.words import OrderingKey, QualityFlag
from shared.identity import derive_id, record_pseudonym
from tests.builders.fhir import an_r4_event, an_r5_event
from tests.builders.reports import (
    PSEUDONYM_KEY,
    RAW_REF,
    RECEIVED_AT,
    a_native_report,
    a_report,
    mapped,
    some_hints,
)

ANN = {"system": "login", "value": "ann"}
_OUTSIDE_THE_HASH = frozenset(
    {
        "event_id",
        "content_hash",
        "received_at",
        "source",
        "quality",
        "mapping_generation",
        "ordering",
    }
)


def ordering_of(by: OrderingKey, **overrides: Any) -> tuple[str, str, bool]:
    hints = some_hints(sources={"native": SourceSettings(ordering=by)})
    report = a_report(hints=hints, **overrides)
    is_missing = QualityFlag.ORDERING_KEY_MISSING in report.quality.flags
    return report.ordering.by.value, report.ordering.value, is_missing


def _unsealed(document: Any) -> Any:
    if isinstance(document, dict):
        return {name: _unsealed(value) for name, value in document.items() if name != "sealed"}
    return [_unsealed(item) for item in document] if isinstance(document, list) else document


@pytest.mark.parametrize(
    "document",
    [
        a_native_report(),
        a_native_report(
            reporter={"id": ANN, "type": "staff", "involvement": "direct"},
            support={"support_offered": "no"},
            confidentiality={"restricted": "yes"},
            occurred={"date": "2026-03-01", "shift": "night"},
        ),
        an_r4_event(),
        an_r5_event(),
    ],
    ids=["native", "native with everything", "R4", "R5"],
)
def test_the_content_hash_can_be_recomputed_from_the_published_report(
    document: dict[str, Any],
) -> None:
    """An auditor needs the record alone; what is random or transport stands outside the hash."""
    hints = some_hints(seal=lambda system, value: f"{system}{value}")
    report = finish(mapped(document, hints).draft, received_at=RECEIVED_AT, raw_ref=RAW_REF)

    published = {n: v for n, v in report.to_document().items() if n not in _OUTSIDE_THE_HASH}

    assert report.content_hash == digest(_unsealed(published))


def test_the_event_id_is_a_function_of_values() -> None:
    """Tenant, source, record, content and mapping generation make the id."""
    report = a_report()

    assert report.event_id == derive_id(
        "event", "mercy", "native", "INC-1", report.content_hash, "0"
    )


def test_a_revision_or_its_time_stands_for_the_content() -> None:
    """The first of revision, updated_at, content hash names the revision."""
    revised = a_report(revision=3, updated_at="2026-03-02T08:00:00Z")
    dated = a_report(updated_at="2026-03-02T08:00:00Z")

    parts = ("event", "mercy", "native", "INC-1")
    assert revised.event_id == derive_id(*parts, "3", "0")
    assert dated.event_id == derive_id(*parts, "2026-03-02T08:00:00.000000Z", "0")
    assert revised.source.revision == "3"


def test_a_remap_makes_a_new_event_of_the_same_content() -> None:
    """mapping_generation is part of the id and not of the hash."""
    first, again = a_report(), a_report(hints=some_hints(mapping_generation=1))

    assert first.content_hash == again.content_hash
    assert first.event_id != again.event_id
    assert again.mapping_generation == 1


@pytest.mark.parametrize("change", [{"kind": "near_miss"}, {"status": "closed"}, {"staff": []}])
def test_any_change_of_content_changes_the_hash(change: dict[str, Any]) -> None:
    """A new revision is told by what it says."""
    assert a_report().content_hash != a_report(**change).content_hash


def test_the_order_of_keys_and_arrival_do_not_change_the_hash() -> None:
    """The same report sent again is the same report."""
    document = a_native_report()
    turned = json.dumps(dict(reversed(document.items()))).encode()

    assert mapped(turned).draft.content_hash == mapped(document).draft.content_hash


@pytest.mark.parametrize(
    ("by", "overrides", "expected"),
    [
        (OrderingKey.ARRIVAL, {"revision": 3}, ("arrival", "2026-03-02T09:30:00.000000Z", False)),
        (OrderingKey.REVISION, {"revision": 3}, ("revision", "00000000000000000003", False)),
        (
            OrderingKey.REVISION,
            {"revision": "x3"},
            ("arrival", "2026-03-02T09:30:00.000000Z", True),
        ),
        (OrderingKey.REVISION, {}, ("arrival", "2026-03-02T09:30:00.000000Z", True)),
        (
            OrderingKey.REVISION,
            {"revision": "1" * 21},
            ("arrival", "2026-03-02T09:30:00.000000Z", True),
        ),
        (
            OrderingKey.UPDATED_AT,
            {"updated_at": "2026-03-02T10:00:00+01:00"},
            ("updated_at", "2026-03-02T09:00:00.000000Z", False),
        ),
        (OrderingKey.UPDATED_AT, {}, ("arrival", "2026-03-02T09:30:00.000000Z", True)),
    ],
    ids=["arrival", "revision", "no number", "none", "too long", "updated_at", "no time"],
)
def test_one_key_orders_a_source(
    by: OrderingKey, overrides: dict[str, Any], expected: tuple[str, str, bool]
) -> None:
    """A missing key falls back to arrival and says so."""
    assert ordering_of(by, **overrides) == expected


def test_a_revision_beyond_any_length_is_noted_and_dropped() -> None:
    """An absurd revision does not cost the report."""
    draft = mapped(a_native_report(revision="r" * 300)).draft

    assert draft.revision is None
    assert draft.unmapped[0][0] == "/revision"


def test_record_ids_are_pseudonyms_where_the_source_says_so() -> None:
    """A native source may ask for it, a FHIR source may do without."""
    private = some_hints(sources={"native": SourceSettings(record_id_hmac=True)})
    plain = some_hints(sources={"native": SourceSettings(record_id_hmac=False, record_id="id")})

    assert mapped(a_native_report(), private).draft.record_id == record_pseudonym(
        PSEUDONYM_KEY, "INC-1"
    )
    fhir = mapped(an_r4_event(), plain).draft
    assert fhir.record_id == "ae-1"
    assert fhir.content["group_ids"] == [{"system": "urn:risk", "value": "49476534"}]


def test_finishing_twice_gives_the_same_report() -> None:
    """A crash between two attempts changes nothing."""
    draft = mapped(a_native_report()).draft

    first = finish(draft, received_at=RECEIVED_AT, raw_ref=RAW_REF)

    assert finish(draft, received_at=RECEIVED_AT, raw_ref=RAW_REF).to_json() == first.to_json()
    assert first.received_at == RECEIVED_AT
    assert first.source.raw_ref == RAW_REF
    assert len(first.source.raw_sha256) == 64
