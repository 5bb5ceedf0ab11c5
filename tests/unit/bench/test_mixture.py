"""What is measured is what publishers send: every format, each report another one."""

from datetime import UTC, datetime

from services.intake.domain.receive import receive
from services.intake.domain.results import Mapped
from services.offline.context import default_context
from tests.bench.mixture import EACH, bodies

FORMATS = ["native", "fhir", "fhir", "lfpse", "ahrq", "rows"]


def test_a_mixture_has_equal_parts_of_every_format_and_no_report_twice() -> None:
    """A report that repeats another one would cost nothing."""
    context = default_context("bench")
    results = [
        receive(body.content, body.hints(context)) for body in bodies(EACH * 6, datetime.now(UTC))
    ]
    mapped = [each.draft for part in results for each in part if isinstance(each, Mapped)]

    assert [draft.format for draft in mapped[::EACH]] == FORMATS
    assert len({draft.event_id for draft in mapped}) == EACH * len(FORMATS)
