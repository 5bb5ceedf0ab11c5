"""Cuts what comes one by one into pieces, so that a database is asked once per piece.

One statement takes a bounded number of values: SQLite 32,766, PostgreSQL 65,535.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final, TypeVar

T = TypeVar("T")
_AT_ONCE: Final = 500


def batches(items: Iterable[T], size: int = _AT_ONCE) -> Iterator[tuple[T, ...]]:
    """Yield tuples of `size` items, the last one shorter; as itertools.batched of Python 3.12."""
    rest = iter(items)
    while some := tuple(islice(rest, size)):
        yield some
