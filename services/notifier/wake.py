"""Wakes loops of this process when something was committed; a poll catches the rest."""

import threading


class Wake:
    """One bell, many listeners; a ring that nobody hears in time is not lost."""

    def __init__(self) -> None:
        """Start silent."""
        self._condition = threading.Condition()
        self._rung = 0

    def ring(self) -> None:
        """Wake every listener."""
        with self._condition:
            self._rung += 1
            self._condition.notify_all()

    def heard(self) -> int:
        """Return a mark to give to `wait`, taken before looking for work."""
        with self._condition:
            return self._rung

    def wait(self, mark: int, seconds: float) -> None:
        """Return at the next ring after `mark`, at the latest after `seconds`."""
        with self._condition:
            self._condition.wait_for(lambda: self._rung != mark, timeout=seconds)
