"""A token bucket per tenant: one publisher's flood is no other's outage."""

import math
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled_at: float


class TokenBuckets:
    """`per_second` requests on average, `burst` at once; used from one thread only.

    `monotonic` tells seconds on a clock that never jumps.
    """

    def __init__(self, per_second: float, burst: int, monotonic: Callable[[], float]) -> None:
        """Start with every bucket full."""
        self._per_second = per_second
        self._burst = burst
        self._monotonic = monotonic
        self._buckets: dict[str, _Bucket] = {}

    def take(self, tenant: str) -> int:
        """Return 0 and take a token, or the whole seconds (≥ 1) after which to come again."""
        now = self._monotonic()
        bucket = self._buckets.setdefault(tenant, _Bucket(float(self._burst), now))
        gained = (now - bucket.filled_at) * self._per_second
        bucket.tokens = min(float(self._burst), bucket.tokens + gained)
        bucket.filled_at = now
        if bucket.tokens >= 1:
            bucket.tokens -= 1
            return 0
        return max(1, math.ceil((1 - bucket.tokens) / self._per_second))
