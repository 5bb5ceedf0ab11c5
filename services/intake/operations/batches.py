"""Cuts what comes one by one into pieces, so that a database is asked once per piece."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def batches(items: Iterable[T], size: int) -> Iterator[tuple[T, ...]]:
    """Yield tuples of `size` items, the last one shorter; as itertools.batched of Python 3.12."""
    rest = iter(items)
    while some := tuple(islice(rest, size)):
        yield some
