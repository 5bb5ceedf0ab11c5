"""The fuzzer itself: it finds a planted defect, keeps the input, and counts a defect once."""

import json
from pathlib import Path

from tests.fuzz.ledger import FAILED, Ledger
from tests.fuzz.mutation import mutated
from tests.fuzz.plain import search
from tests.fuzz.target import Target, block, headed


def _brittle(data: bytes) -> str:
    if b"\x00" in data:
        raise ValueError(len(data))
    return "short" if len(data) < 40 else "long"


def a_ledger(folder: Path) -> Ledger:
    """Return a ledger of a parser that fails on every NUL."""
    target = Target("brittle", "anything", _brittle)
    return Ledger(target, folder / "counts.json", corpus=folder)


def test_a_planted_defect_is_found_and_kept(tmp_path: Path) -> None:
    """The input lies where the fast tests will try it again."""
    ledger = a_ledger(tmp_path)

    search(ledger, 1, lambda made: made == 400)

    (place,) = ledger.defects
    assert place.startswith("ValueError at test_search.py:")
    (kept,) = (tmp_path / "brittle").glob(f"{FAILED}*")
    assert b"\x00" in kept.read_bytes()


def test_the_search_goes_on_after_a_defect(tmp_path: Path) -> None:
    """One defect hides no other: what follows is tried and counted."""
    ledger = a_ledger(tmp_path)

    for data in (b"\x00", b"a", b"\x00\x00", b"b" * 50):
        ledger(data)
    ledger.write(0.0)

    told = json.loads((tmp_path / "counts.json").read_text())
    assert told["executions"] == 4
    assert len(told["defects"]) == 1
    assert told["outcomes"] == 3


def test_a_seed_makes_the_same_inputs() -> None:
    """What was found can be found again, on another machine too."""
    begin = b'application/json\n{"record_id": "1", "occurred": {"at": "2026-03-01"}}'

    first = [mutated(begin, b"a,b\n", str(seed)) for seed in range(50)]
    second = [mutated(begin, b"a,b\n", str(seed)) for seed in reversed(range(50))]

    assert first == second[::-1]
    assert len(set(first)) > 40


def test_a_line_and_a_block_say_how_the_rest_was_sent() -> None:
    """The corpus can be read and written by people."""
    assert headed(b"text/csv\r\na,b\n1,2\n") == ("text/csv", b"a,b\n1,2\n")
    assert block(b"ce-id: 1: 2\nx\n\n{}") == ((("ce-id", b"1: 2"), ("x", b"")), b"{}")
