"""Did you mean: the nearest known word to one that nobody knows."""

import difflib
from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word most like `word`, or None when nothing is near."""
    choices = sorted(known)
    found = difflib.get_close_matches(word, choices, n=1, cutoff=0.6)
    if found:
        return found[0]
    # `patient.dead` for `patient.died`: the room is right, so compare what follows the dot.
    tails = {choice.rpartition(".")[2]: choice for choice in choices}
    near = difflib.get_close_matches(word.rpartition(".")[2], sorted(tails), n=1, cutoff=0.6)
    return tails[near[0]] if near else None
