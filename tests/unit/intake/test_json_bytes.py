"""The bytes that a content hash covers are the standard library's, whatever writes them."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.intake.bootstrap.json_bytes import encode

TEXTS = st.text(st.characters(codec="utf-8"))
NUMBERS = st.integers(-(2**63), 2**64 - 1)
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
)


@given(DOCUMENTS)
@example({"\U0001f600": 1, "\uffff": 2, "é": '\x00\x1f\x7f\u2028</"\\', "e": [-0, 2**64 - 1]})
def test_canonical_json_is_that_of_the_standard_library(document: object) -> None:
    """A change of library changes no hash: no report becomes a new revision by it."""
    plain = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    assert encode(document) == plain.encode()


@pytest.mark.parametrize("value", [2**64, -(2**63) - 1, "\ud800", {1: "x"}])
def test_what_no_report_holds_is_not_written(value: object) -> None:
    """Numbers beyond 64 bits and lone surrogates have no bytes that everybody agrees on."""
    with pytest.raises(TypeError):
        encode({"a": value})
