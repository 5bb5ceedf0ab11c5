"""What a broker answers to the creation of topics."""

import pytest
from kafka.errors import TopicAlreadyExistsError, TopicAuthorizationFailedError

from shared.kafka.admin import _created


def test_a_topic_that_somebody_else_has_just_created_is_no_trouble() -> None:
    """Two services start at once: one creates, the other finds."""
    answers = [
        {"name": "ours", "error_code": 0, "error_message": None},
        {"name": "theirs", "error_code": TopicAlreadyExistsError.errno, "error_message": "exists"},
    ]

    assert _created(answers) == ["ours"]


def test_any_other_refusal_is_raised() -> None:
    """A principal without the right to create hears so."""
    denied = TopicAuthorizationFailedError.errno

    with pytest.raises(TopicAuthorizationFailedError):
        _created([{"name": "ours", "error_code": denied, "error_message": "denied"}])
