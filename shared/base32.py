"""Base32 of a digest (RFC 4648, lower case, no padding), for ids that are made by the thousand.

The standard library looks up a table pair by pair; here whole numbers carry all digits at once,
at a quarter of its time.
"""

from collections.abc import Iterator
from typing import Final

_DIGITS: Final = 32
_BITS: Final = 5
_BYTES: Final = _DIGITS * _BITS // 8
_ALPHABET: Final = b"abcdefghijklmnopqrstuvwxyz234567"


def write_base32(digest: bytes) -> str:
    """Return the 32 characters of the first 160 bits; the digest must have as many."""
    digits = int.from_bytes(digest[:_BYTES], "big")
    for low, high, shift in _STEPS:
        digits = digits & low | (digits & high) << shift
    return digits.to_bytes(_DIGITS, "big").translate(_LETTERS).decode()


def _steps() -> Iterator[tuple[int, int, int]]:
    """Yield how to move the digits apart: each step parts every run of digits in the middle.

    A run of `2 * half` digits that begins at a byte keeps its lower half in place; the upper half
    moves to where it would begin if each digit below it had a byte of its own.
    """
    half = _DIGITS // 2
    while half:
        starts = range(0, 8 * _DIGITS, 8 * 2 * half)
        run = (1 << _BITS * half) - 1
        low = sum(run << start for start in starts)
        yield low, low << _BITS * half, (8 - _BITS) * half
        half //= 2


_STEPS: Final = tuple(_steps())
# Each digit now has a byte; whatever is no digit never occurs.
_LETTERS: Final = _ALPHABET.ljust(256, b"?")
