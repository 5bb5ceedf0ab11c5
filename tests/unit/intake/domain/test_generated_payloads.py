"""Generated payloads of every format through the mapping: never a `mapper_error`, never a leak."""

from dataclasses import replace

import pytest
from hypothesis import settings

from tests.builders.payloads.generator import FORMATS, generate
from tests.builders.payloads.mapping import MARKER, check, tally
from tests.builders.payloads.payload import KINDS, Kind

# All 20,000 of each format: `python -m tests.fuzz --minutes 0 --payloads 20000`.
COUNT = 40 if settings.get_current_profile_name() == "quick" else 2_500


@pytest.mark.parametrize("format_", FORMATS)
def test_a_generated_payload_is_mapped_or_refused(format_: str) -> None:
    """Valid ones say what their publisher wrote; of all, nothing marked leaves intake."""
    found = tally(format_, range(COUNT))

    assert found.total() >= COUNT * 0.9  # a Bundle or table gives several, a bad frame none
    assert found["mapped"] > COUNT // 2


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_gives_the_same_payload(format_: str, kind: Kind) -> None:
    """A failure's seed is all that is needed to see it again."""
    first = [generate(format_, kind, seed, MARKER) for seed in range(20)]
    second = [generate(format_, kind, seed, MARKER) for seed in reversed(range(20))]

    assert first == second[::-1]
    assert len({payload.body for payload in first}) > 1


@pytest.mark.parametrize("format_", FORMATS)
def test_markers_are_planted(format_: str) -> None:
    """A search for markers that nobody planted would prove nothing."""
    bodies = [
        generate(format_, "valid", seed, MARKER).body.replace(b"\0", b"") for seed in range(50)
    ]

    marked = sum(MARKER.encode() in body for body in bodies)
    assert marked > len(bodies) * 0.7


def test_a_marker_in_an_output_is_noticed() -> None:
    """The check itself: a ward named like the marker leaves intake, and is found."""
    payload = generate("native", "valid", 1)
    told = payload.body.replace(b'"record_id":"', f'"record_id":"{MARKER}'.encode(), 1)

    with pytest.raises(AssertionError):
        check(replace(payload, body=told, written=None))


def test_a_lost_fact_is_noticed() -> None:
    """The oracle itself: a report that says something else than was written is found."""
    payload = generate("native", "valid", 1)
    assert payload.written is not None
    wrong = replace(payload.written[0], staff=payload.written[0].staff + 1)

    with pytest.raises(AssertionError):
        check(replace(payload, written=(wrong, *payload.written[1:])))
