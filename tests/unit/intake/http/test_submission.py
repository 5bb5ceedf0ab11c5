"""A round asks each question about a tenant once; what fails is asked again."""

from datetime import UTC, datetime
from typing import Any

import pytest

from services.intake.domain.context import MappingContext
from services.intake.http.submission import AskedOnce
from services.intake.raw.record import Envelope
from shared.site.refusals import NoSealKeyError

NOW = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)


class Site:
    """Answers with its own name for each question; remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []
        self.is_sealable = True

    def context(self, tenant: str, envelope: Envelope) -> MappingContext:
        self.asked.append(("context", tenant, envelope.source_system))
        return object.__new__(MappingContext)

    def pinned_format(self, tenant: str, source_system: str) -> str | None:
        self.asked.append(("format", tenant, source_system))
        return None

    def raw_key(self, tenant: str) -> bytes:
        self.asked.append(("key", tenant))
        return tenant.encode()

    def check_month_key(self, _at: datetime) -> None:
        self.asked.append(("month",))
        if not self.is_sealable:
            raise NoSealKeyError("there is none", "make one")


def test_each_question_is_asked_once() -> None:
    """Whatever the answer, None too; other tenants and systems are other questions."""
    site = Site()
    once = AskedOnce(site)
    datix, hub = Envelope("datix"), Envelope("hub", content_type="text/csv")
    for _ in range(2):
        assert [once.raw_key(name) for name in ("a", "b")] == [b"a", b"b"]
        assert once.pinned_format("a", "datix") is None
        assert once.context("a", datix) is once.context("a", Envelope("datix", pack="other"))
        assert once.context("a", hub) is not once.context("a", datix)
        once.check_month_key(NOW)

    assert len(site.asked) == len(set(site.asked)) == 6


def test_what_fails_is_asked_again() -> None:
    """A file that was put back counts at once."""
    site = Site()
    once = AskedOnce(site)
    site.is_sealable = False
    with pytest.raises(NoSealKeyError):
        once.check_month_key(NOW)
    site.is_sealable = True

    once.check_month_key(NOW)

    assert site.asked == [("month",)] * 2
