"""Names obey the grammar of the house; see CONTRIBUTING."""

import re
from enum import StrEnum

import pytest

from shared import contracts
from shared.contracts import words
from shared.contracts.topics import TOPICS, source_topic
from shared.contracts.values import Produced

TOPIC = re.compile(r"^[a-z]+\.[a-z]+\.v[1-9]$")
SNAKE = re.compile(r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$")
ENUMS = [
    value
    for value in vars(words).values()
    if isinstance(value, type) and issubclass(value, StrEnum) and len(value) > 0
]


@pytest.mark.parametrize("name", sorted(TOPICS))
def test_a_topic_is_dotted_singular_and_versioned(name: str) -> None:
    """Topics end in their version and use dots only."""
    assert TOPIC.match(name)


def test_a_source_topic_carries_its_publisher() -> None:
    """Publishers' own topics follow the same grammar with one more part."""
    assert source_topic("northern").name == "incident.source.northern.v1"


@pytest.mark.parametrize("enum", ENUMS, ids=lambda enum: enum.__name__)
def test_every_code_is_snake_case(enum: type[StrEnum]) -> None:
    """Codes are public: flags, reasons, categories are all spelt alike."""
    assert [code for code in enum if not SNAKE.match(code.value)] == []


@pytest.mark.parametrize("enum", ENUMS, ids=lambda enum: enum.__name__)
def test_unknown_is_never_a_member(enum: type[StrEnum]) -> None:
    """Unknown is the absence of a value, so that no rule can compare with it."""
    if enum is not words.Verdict:
        assert "unknown" not in {code.value for code in enum}


def _events() -> list[type[Produced]]:
    models = [getattr(contracts, name) for name in contracts.__all__]
    return [model for model in models if issubclass(model, Produced)]


@pytest.mark.parametrize("model", _events(), ids=lambda model: model.__name__)
def test_every_event_belongs_to_a_registered_topic(model: type[Produced]) -> None:
    """An event's CloudEvents type is a topic of the registry."""
    assert getattr(model, "topic", None) in TOPICS
