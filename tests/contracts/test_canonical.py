"""Canonical JSON: one spelling for one value."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.canonical import canonical_json, digest

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.text(st.characters(max_codepoint=126)), inner)
    ),
    max_leaves=12,
)


@given(JSON)
def test_order_of_keys_does_not_matter(document: object) -> None:
    """The same document from another parser has the same bytes."""
    again = json.loads(json.dumps(document))

    assert canonical_json(again) == canonical_json(document)


@given(JSON)
def test_it_reads_back(document: object) -> None:
    """Canonical JSON is JSON."""
    assert json.loads(canonical_json(document)) == document


@pytest.mark.parametrize("document", [1.0, {"a": [0.5]}, {"é": 1}, {1: 2}])
def test_floats_and_odd_keys_are_refused(document: object) -> None:
    """Where spellings differ between languages, we refuse."""
    with pytest.raises(TypeError):
        canonical_json(document)


def test_a_digest_names_its_algorithm() -> None:
    """A digest can be recomputed with sha256sum."""
    assert digest({}) == ("sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a")
