"""Time is a port: the machine's, moved by an offset, or fixed."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from shared.clock import FixedClock, SystemClock, monotonic


def test_the_system_clock_is_aware_and_utc() -> None:
    """No naive moment ever enters the product."""
    assert SystemClock().now().tzinfo is UTC


def test_an_offset_file_moves_the_clock(tmp_path: Path) -> None:
    """Fault rows skew time without touching the machine."""
    offset = tmp_path / "offset"
    offset.write_text("10800")

    moved = SystemClock(offset_file=offset).now() - SystemClock(tmp_path / "none").now()

    assert timedelta(hours=2, minutes=59) < moved < timedelta(hours=3, minutes=1)


def test_a_fixed_clock_moves_only_when_told() -> None:
    """The fake of the clock."""
    clock = FixedClock(datetime(2026, 1, 1, tzinfo=UTC))

    clock.move(timedelta(days=1))

    assert clock.now() == datetime(2026, 1, 2, tzinfo=UTC)


def test_monotonic_never_goes_back() -> None:
    """Time-outs do not depend on the wall clock."""
    assert monotonic() <= monotonic()
