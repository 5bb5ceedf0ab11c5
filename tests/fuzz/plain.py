"""Fuzzing without help: an input is worth another try where its outcome was a new one."""

from collections.abc import Callable
from typing import Final

from tests.fuzz.ledger import Ledger
from tests.fuzz.mutation import mutated

LONGEST: Final = 8_192
_LATEST: Final = 16


def search(ledger: Ledger, seed: int, is_over: Callable[[int], bool]) -> None:
    """Try the corpus and then what is made of it, until `is_over` says so of the number made.

    The inputs with the newest outcomes are the strange ones: every other try begins with one.
    """
    pool = ledger.target.seeds() or [b""]
    for data in pool:
        ledger(data)
    made = 0
    while not is_over(made):
        made += 1
        latest = pool[-1 - made // 2 % min(len(pool), _LATEST)]
        begin = pool[made % len(pool)] if made % 2 else latest
        data = mutated(begin, pool[made * 7 % len(pool)], f"{seed}/{made}")[:LONGEST]
        if ledger(data) is not None:
            pool.append(data)
