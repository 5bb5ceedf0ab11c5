"""Golden examples: yesterday's messages must stay readable, and reading loses nothing."""

import json
from pathlib import Path

import pytest

from services.intake.domain.detect import FORMATS
from shared import contracts
from shared.contracts.values import Produced

FOLDER = Path(contracts.__file__).parent / "examples"
EXAMPLES = sorted(FOLDER.glob("*.json"))


def test_every_event_has_an_example() -> None:
    """A model without an example has no promise to keep."""
    named = {path.name.split(".")[0] for path in EXAMPLES}

    assert set(contracts.__all__) <= named


def test_every_adapter_has_an_example_of_what_it_publishes() -> None:
    """Whoever reads reports sees what comes of each format; a new adapter brings one."""
    told = [json.loads(path.read_text()) for path in FOLDER.glob("IncidentReported.*.json")]

    assert {each["source"]["format"] for each in told} == {each.name for each in FORMATS}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_an_example_reads_and_writes_back_equal(path: Path) -> None:
    """What we wrote once, we read today, field by field."""
    model = getattr(contracts, path.name.split(".")[0])
    text = json.loads(path.read_text())

    value = model.model_validate(text)

    if issubclass(model, Produced):
        assert json.loads(value.to_json()) == text


@pytest.mark.parametrize(
    "path",
    [p for p in EXAMPLES if issubclass(getattr(contracts, p.name.split(".")[0]), Produced)],
    ids=lambda path: path.name,
)
def test_a_field_we_never_wrote_is_refused(path: Path) -> None:
    """What we produce is closed: a stray field is a bug, not an extension."""
    model = getattr(contracts, path.name.split(".")[0])

    with pytest.raises(ValueError, match="surprise"):
        model.model_validate({**json.loads(path.read_text()), "surprise": 1})
