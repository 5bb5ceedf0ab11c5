"""Whatever arrives, mapping answers with values: never an exception, never the sender's words."""

import copy
import json
from typing import Any

import orjson
from hypothesis import example, given
from hypothesis import strategies as st

from services.intake.domain.finish import finish
from services.intake.domain.receive import receive
from services.intake.domain.results import Mapped, Result
from tests.builders.ahrq import a_form
from tests.builders.fhir import a_bundle, an_r4_event, an_r5_event, an_stu3_event
from tests.builders.lfpse import an_lfpse_event
from tests.builders.reports import RAW_REF, RECEIVED_AT, a_native_report, some_hints

CANARY = "Xq7ZebraQuartz"
CONTENT_TYPES = (
    None,
    "application/json",
    "application/x-ndjson",
    "application/fhir+json; fhirVersion=5.0",
    "application/cloudevents+json",
    "application/cloudevents-batch+json",
    "application/xml",
    "text/plain",
)
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=20)
    | st.sampled_from(["yes", "death", "#x", "Patient/1", "Practitioner/1", "2026-03-29T01:30:00"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["system", "value", "code", "coding", "reference", "display", "at"])
            | st.text(max_size=8),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)
SEEDS = (
    a_native_report(),
    an_stu3_event(),
    an_r4_event(),
    an_r5_event(),
    a_bundle(an_r4_event()),
    an_lfpse_event(),
    a_bundle(an_lfpse_event(version="6")),
    a_form(),
)


def _finish_all(body: bytes, results: tuple[Result, ...]) -> None:
    for result in results:
        if isinstance(result, Mapped):
            finish(result.draft, received_at=RECEIVED_AT, raw_ref=RAW_REF)
        else:
            assert result.detail
            assert result.body or not body.strip()


def _paths(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    members: Any = ()
    if isinstance(node, dict):
        members = node.items()
    elif isinstance(node, list):
        members = enumerate(node)
    found = [path] if path else []
    for name, value in members:
        found += _paths(value, (*path, name))
    return found


def _replaced(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    changed = copy.deepcopy(document)
    node = changed
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = value
    return changed


@given(body=st.binary(max_size=300), content_type=st.sampled_from(CONTENT_TYPES))
@example(body=b"[" * 10_000, content_type="application/json")
@example(body=b'{"a":' * 200 + b"1" + b"}" * 200, content_type="application/json")
@example(body=b'{"record_id":"\x00"}', content_type="application/json")
@example(body=rb'{"record_id":"\ud800"}', content_type="application/json")
@example(body=b'{"record_id":"\\u0000"}', content_type="application/json")
@example(body=b"\xef\xbb\xbf", content_type=None)
def test_any_bytes_are_mapped_or_refused(body: bytes, content_type: str | None) -> None:
    """Random bytes under every media type end in a value."""
    _finish_all(body, receive(body, some_hints(content_type)))


@given(document=json_values, content_type=st.sampled_from(CONTENT_TYPES))
def test_any_json_is_mapped_or_refused(document: Any, content_type: str | None) -> None:
    """Random JSON of any shape ends in a value."""
    body = json.dumps(document).encode()

    _finish_all(body, receive(body, some_hints(content_type)))


@given(data=st.data())
def test_any_value_in_any_place_is_mapped_or_refused(data: st.DataObject) -> None:
    """A good report of each format with one value replaced by anything ends in a value."""
    seed = data.draw(st.sampled_from(SEEDS))
    path = data.draw(st.sampled_from(_paths(seed)))
    body = json.dumps(_replaced(seed, path, data.draw(json_values))).encode()

    _finish_all(body, receive(body, some_hints()))


@given(data=st.data())
def test_every_result_comes_again_from_its_own_bytes(data: st.DataObject) -> None:
    """The normaliser, who reads one raw record, sees what the HTTP edge saw."""
    documents = data.draw(st.lists(st.sampled_from(SEEDS) | json_values, min_size=1, max_size=4))
    content_type = data.draw(st.sampled_from(CONTENT_TYPES))
    join = b"\n".join if content_type == "application/x-ndjson" else _as_array
    body = join([orjson.dumps(document) for document in documents if _fits(document)])

    for result in receive(body, some_hints(content_type)):
        hints = some_hints(result.content_type, headers=result.headers)
        (again,) = receive(result.body, hints)
        assert _told(again) == _told(result)


def _as_array(bodies: list[bytes]) -> bytes:
    return b"[" + b",".join(bodies) + b"]"


def _fits(document: Any) -> bool:
    try:
        orjson.dumps(document)
    except (TypeError, orjson.JSONEncodeError):
        return False
    return True


def _told(result: Result) -> object:
    if isinstance(result, Mapped):
        return result.draft, result.body, result.content_type, result.headers
    return result.code, result.body, result.content_type, result.headers


@given(path=st.sampled_from(_paths(a_native_report())))
def test_a_refusal_never_repeats_the_payload(path: tuple[Any, ...]) -> None:
    """No text of the body is in a refusal's words, wherever it stood."""
    document = _replaced(a_native_report(tenant="another"), path, CANARY)

    for result in receive(json.dumps([document]).encode(), some_hints()):
        told = (
            repr(result)
            if isinstance(result, Mapped)
            else f"{result!r}{result.detail}{result.pointer}"
        )
        assert CANARY not in told
