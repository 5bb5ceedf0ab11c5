"""The corpus of the fuzzer: every input that ever failed is tried again, and some made of it."""

import pytest
from hypothesis import settings

from tests.fuzz.mutation import mutated
from tests.fuzz.target import CORPUS
from tests.fuzz.targets import TARGETS

LARGEST_CORPUS = 300_000
MUTATIONS = 5 if settings.get_current_profile_name() == "quick" else 40


@pytest.mark.parametrize("parser", sorted(TARGETS))
def test_every_input_of_the_corpus_is_read_or_refused(parser: str) -> None:
    """What once made a parser fail never does again; each parser has its own examples."""
    inputs = TARGETS[parser].committed()

    assert inputs
    for path in inputs:
        assert TARGETS[parser].run(path.read_bytes()), path.name


@pytest.mark.parametrize("parser", sorted(TARGETS))
def test_inputs_made_of_the_corpus_are_read_or_refused(parser: str) -> None:
    """A small part of what `make fuzz` does, the same inputs every time."""
    target = TARGETS[parser]
    inputs = [path.read_bytes() for path in target.committed()]

    for made in range(MUTATIONS):
        seed, other = inputs[made % len(inputs)], inputs[made * 7 % len(inputs)]
        assert target.run(mutated(seed, other, f"{parser}/{made}")), made


def test_the_corpus_stays_small() -> None:
    """It is read by people and copied with every checkout; nothing in it is without a parser."""
    files = [path for path in CORPUS.rglob("*") if path.is_file()]

    assert sum(path.stat().st_size for path in files) < LARGEST_CORPUS
    assert {path.parent.name for path in files} == set(TARGETS)
