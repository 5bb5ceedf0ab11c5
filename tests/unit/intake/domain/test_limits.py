"""Limits hold before anything is parsed, whatever the bytes."""

from dataclasses import asdict
from typing import Any

import orjson
import pytest

from services.intake.domain.context import Limits
from services.intake.domain.cutting import array_elements
from services.intake.domain.limits import check_depth
from services.intake.domain.receive import receive
from services.intake.domain.refusals import RefusedError
from shared.contracts.words import RejectionCode
from shared.site.models import IntakeLimits
from tests.builders.fhir import a_bundle, an_r4_event
from tests.builders.reports import a_native_report, mapped, refused, some_hints


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


def _json(document: object) -> bytes:
    return orjson.dumps(document)


def test_a_tenants_settings_name_every_limit_with_its_value() -> None:
    """What the operator may lower is what the mapping checks."""
    assert dict(IntakeLimits()) == asdict(Limits())
