"""Known inputs map to the committed reports, so that a change of the mapping is never unnoticed."""

import json

import pytest

from tests.builders.mapping_goldens import FOLDER, INPUTS, document_of


@pytest.mark.parametrize("name", INPUTS)
def test_an_input_maps_to_its_golden_report(name: str) -> None:
    """If this is meant: raise MAPPING_VERSION, run `python -m tests.builders.mapping_goldens`."""
    golden = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))

    assert document_of(name) == golden


def test_there_is_one_golden_report_per_input() -> None:
    """No file is left over from an input that is gone."""
    assert {path.stem for path in FOLDER.glob("*.json")} == set(INPUTS)


def test_an_event_alone_and_in_a_bundle_has_one_golden_report() -> None:
    """The envelope of a FHIR event changes nothing of what is published."""
    assert document_of("fhir_bundle") == document_of("fhir_r5")
