"""Limits hold before anything is parsed, whatever the bytes."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import orjson
import pytest

from services.intake.domain.context import Hints, Limits
from services.intake.domain.cutting import array_elements
from services.intake.domain.limits import check_depth
from services.intake.domain.receive import receive
from services.intake.domain.refusals import RefusedError
from services.intake.domain.results import Mapped
from services.intake.domain.rows import form
from services.intake.domain.rows.table import Record, records
from shared.contracts.words import RejectionCode
from shared.site.models import IntakeLimits
from tests.builders.fhir import a_bundle, an_r4_event
from tests.builders.reports import a_native_report, mapped, refused, some_hints
from tests.builders.rows import a_pack, table_hints


def _json(document: object) -> bytes:
    return orjson.dumps(document)


def never_decode(_body: bytes) -> Any:
    raise AssertionError


@pytest.mark.parametrize(
    "body",
    [b"[" * 10_485_760, b'{"a":' * 65 + b"1" + b"}" * 65, b"[" + b'"' + b"x" * 65_537 + b'"]'],
    ids=["10 MiB of [", "65 levels", "a long string"],
)
def test_a_hostile_body_is_refused_unparsed(body: bytes) -> None:
    """The decoder never sees it."""
    (result,) = receive(body, some_hints(decode=never_decode))

    assert getattr(result, "code", None) is RejectionCode.LIMIT


def test_a_request_over_its_size_is_refused_whatever_it_is() -> None:
    """Size comes before everything else, media type included."""
    assert refused(b"x" * 10_485_761, some_hints("text/plain")).code is RejectionCode.LIMIT


def test_a_report_over_its_size_is_refused_and_its_neighbour_is_not() -> None:
    """One MiB a report, ten a request."""
    strings = {str(number): "x" * 60_000 for number in range(20)}
    body = b"[%b,%b]" % (_json(a_native_report(ext=strings)), _json(a_native_report()))

    large, small = receive(body, some_hints())

    assert getattr(large, "code", None) is RejectionCode.LIMIT
    assert not hasattr(small, "code")


def test_the_limits_themselves_are_allowed() -> None:
    """64 levels and 64 KiB of string are fine."""
    deep: Any = 1
    for _ in range(62):
        deep = [deep]

    draft = mapped(a_native_report(ext={"deep": deep}, narrative="x" * 65_536)).draft

    assert draft.content["narrative_present"] is True


def test_brackets_within_strings_do_not_count() -> None:
    """Text may hold what it likes."""
    draft = mapped(a_native_report(narrative="[{" * 500, immediate_actions='\\"[' * 200)).draft

    assert draft.content["narrative_present"] is True


@pytest.mark.parametrize("body", [b"[" * 64 + b"]" * 64, b'"' + b"[" * 99, b'["\\"', b"]" * 5_000])
def test_a_shallow_or_broken_body_passes_the_depth_check(body: bytes) -> None:
    """What is broken is for the parser to say."""
    check_depth(body, 64)


def test_the_depth_is_found_behind_many_shallow_brackets() -> None:
    """The scan carries its depth from stride to stride."""
    body = b"[" + b"[]," * 5_000 + b"[" * 70

    with pytest.raises(RefusedError):
        check_depth(body, 64)


@pytest.mark.parametrize(("field", "count"), [("patients", 101), ("codings", 33), ("staff", 201)])
def test_each_list_has_a_limit(field: str, count: int) -> None:
    """The pointer names the list."""
    refusal = refused(a_native_report(**{field: [{"code": "x"}] * count}))

    assert (refusal.code, refusal.pointer) == (RejectionCode.LIMIT, f"/{field}")


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"[" + b",".join([b'{"record_id":"1"}'] * 1_001) + b"]", "application/json"),
        (b'{"record_id":"1"}\n' * 1_001, "application/x-ndjson"),
    ],
    ids=["array", "lines"],
)
def test_a_request_holds_a_thousand_reports(body: bytes, content_type: str) -> None:
    """One more refuses the request as a whole."""
    assert refused(body, some_hints(content_type)).code is RejectionCode.LIMIT


def test_a_bundle_holds_as_many_entries_as_the_tenant_allows() -> None:
    """A tenant may lower every limit."""
    bundle = a_bundle(*[an_r4_event(id=str(number)) for number in range(3)])

    refusal = refused(bundle, some_hints(limits=Limits(entries=2)))

    assert (refusal.code, refusal.pointer) == (RejectionCode.LIMIT, "/entry")


def a_patient(size: int) -> dict[str, Any]:
    """Return a Patient of about `size` bytes."""
    notes = [{"url": "u", "valueString": "x" * 20_000} for _ in range(size // 20_000)]
    return {"resourceType": "Patient", "id": "p1", "extension": notes}


def a_large_event(size: int, **data: Any) -> bytes:
    """Return an event in structured mode, with about `size` bytes of attributes beside its data."""
    marks = {"specversion": "1.0", "id": "1", "source": "s", "type": "t"}
    long = {f"e{number}": "x" * 20_000 for number in range(size // 20_000)}
    return _json(marks | long | data)


# Without an id they are refused one by one, which is quick.
EVENTS = [an_r4_event(id=None, identifier=None)] * 600
MANY = [a_native_report(record_id=str(number)) for number in range(1_000)]


@pytest.mark.parametrize(
    ("body", "hints"),
    [
        (
            b"record_id," + b"x" * 50_000 + b"\n" + b"1,\n" * 1_000,
            table_hints("generic"),
        ),
        (_json(a_bundle(*EVENTS, a_patient(100_000))), some_hints("application/fhir+json")),
        (a_large_event(60_000, data=MANY), some_hints("application/cloudevents+json")),
        (_json([a_bundle(*EVENTS[:400], a_patient(60_000))] * 2), some_hints()),
    ],
    ids=["header", "shared resource", "envelope", "over several Bundles"],
)
def test_copies_do_not_make_a_small_request_a_large_one(body: bytes, hints: Hints) -> None:
    """What each report repeats is bounded in sum; the request is refused as a whole."""
    assert len(body) < 2 * 1_048_576
    assert refused(body, hints).code is RejectionCode.LIMIT


def test_a_bundle_of_many_events_may_share_resources() -> None:
    """Three hundred events with sixty kilobytes that they all refer to are nothing odd."""
    events = [an_r4_event(id=str(number), identifier=None) for number in range(300)]
    body = _json(a_bundle(*events, a_patient(60_000)))

    results = receive(body, some_hints("application/fhir+json"))

    assert [type(each) for each in results] == [Mapped] * 300


def test_a_request_holds_a_thousand_reports_in_whatever_they_are_wrapped() -> None:
    """Two Bundles of six hundred are too many, as one of twelve hundred is."""
    assert refused(_json([a_bundle(*EVENTS)] * 2)).code is RejectionCode.LIMIT


def test_rows_are_counted_while_they_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each row made into a report has a copy of the header: memory ends before the rows do."""
    taken: list[Record] = []

    def noted(*given: Any) -> Iterator[Record]:
        for record in records(*given):
            taken.append(record)
            yield record

    monkeypatch.setattr(form, "records", noted)
    refusal = refused(b"record_id\n" + b"1\n" * 5_000, table_hints("generic"))

    assert (refusal.code, len(taken)) == (RejectionCode.LIMIT, 1 + 1_001)


def test_rows_that_make_one_report_are_counted_too() -> None:
    """As many as all reports of a request may have people."""
    pack = a_pack("together: [id]")
    limits = Limits(entries=2, staff=3, patients=1)
    body = b"id,ward\n" + b"1,A\n" * 6

    assert mapped(body, table_hints(pack, limits=limits)).draft.record_id == "1"
    assert refused(body + b"1,A\n", table_hints(pack, limits=limits)).code == "limit"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"[]", []),
        (b"[ \n ]", []),
        (b"[1]", [b"1"]),
        (b'[ "a,]" , {"b": [1, 2]},null]', [b'"a,]"', b'{"b": [1, 2]}', b"null"]),
        (b'\xef\xbb\xbf[[],"\\"["]', [b"[]", b'"\\"["']),
    ],
    ids=["empty", "blank", "one", "mixed", "escaped"],
)
def test_an_array_is_cut_into_its_exact_bytes(body: bytes, expected: list[bytes]) -> None:
    """Commas and brackets within strings and elements do not cut."""
    assert array_elements(body) == expected


def test_a_tenants_settings_name_every_limit_with_its_value() -> None:
    """What the operator may lower is what the mapping checks."""
    assert dict(IntakeLimits()) == asdict(Limits())
