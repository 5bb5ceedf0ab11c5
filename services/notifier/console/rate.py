"""A limit on requests per address, so that tokens cannot be guessed; kept in this process only."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Final

from fastapi import Request

from services.notifier.console.refusals import TooManyError

_ADDRESSES: Final = 10_000


@dataclass(slots=True)
class RateLimit:
    """At most `burst` requests at once and `per_second` over time, for each client address."""

    per_second: float
    burst: float
    seconds: Callable[[], float]
    _buckets: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def enter(self, request: Request) -> None:
        """Return, or refuse.

        Raises:
            TooManyError: too many requests from this address.
        """
        address = request.client.host if request.client else "-"
        with self._lock:
            allowed = self._take(address)
        if not allowed:
            raise TooManyError

    def _take(self, address: str) -> bool:
        now = self.seconds()
        level, at = self._buckets.pop(address, (self.burst, now))
        level = min(self.burst, level + (now - at) * self.per_second)
        allowed = level >= 1
        self._buckets[address] = (level - 1 if allowed else level, now)
        while len(self._buckets) > _ADDRESSES:
            self._buckets.popitem(last=False)
        return allowed
