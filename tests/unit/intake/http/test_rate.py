"""A tenant that sends too much waits; nobody else does."""

from services.intake.http.rate import TokenBuckets


class Seconds:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_is_allowed_and_then_refused() -> None:
    """Three at once, the fourth waits until a token has grown."""
    buckets = TokenBuckets(per_second=0.5, burst=3, monotonic=Seconds())

    assert [buckets.take("a") for _ in range(4)] == [0, 0, 0, 2]


def test_tokens_grow_with_time_up_to_the_burst() -> None:
    """A long silence earns no more than one burst."""
    clock = Seconds()
    buckets = TokenBuckets(per_second=1, burst=2, monotonic=clock)
    for _ in range(2):
        buckets.take("a")

    clock.now += 3600

    assert [buckets.take("a") for _ in range(3)] == [0, 0, 1]


def test_tenants_do_not_share_a_bucket() -> None:
    """One publisher's flood is no other's outage."""
    buckets = TokenBuckets(per_second=1, burst=1, monotonic=Seconds())
    buckets.take("a")

    assert buckets.take("b") == 0


def test_who_waits_as_long_as_told_is_served() -> None:
    """Retry-After is true."""
    clock = Seconds()
    buckets = TokenBuckets(per_second=0.3, burst=1, monotonic=clock)
    buckets.take("a")

    clock.now += buckets.take("a")

    assert buckets.take("a") == 0
