"""What is hashed of a report has one spelling: no floats, no nulls, nothing kept of another one."""

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import example, given
from hypothesis import strategies as st

from tests.builders.reports import a_native_report, mapped, some_hints

TEXTS = st.text(st.characters(codec="utf-8"), max_size=9)
JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
FIELDS = sorted(a_native_report().keys() - {"record_id"})


def _leaves(node: Any) -> Iterator[object]:
    if isinstance(node, dict):
        for value in node.values():
            yield from _leaves(value)
    elif isinstance(node, list):
        for value in node:
            yield from _leaves(value)
    else:
        yield node


@given(st.dictionaries(st.sampled_from(FIELDS), JUNK))
@example({"patients": [{"age_years": 4.5}, {"age_days": 372.0}], "team_headcount": 5.0})
@example({"reporter": {"concern": 3.0, "type": "staff"}, "staff": [{"id": 2**70, "name": 1e300}]})
def test_content_is_texts_whole_numbers_and_answers(junk: dict[str, Any]) -> None:
    """Whatever numbers come in: a float could be written in two ways, and hashed in two."""
    content = mapped(a_native_report() | junk).draft.content

    assert {type(leaf) for leaf in _leaves(content)} <= {str, int, bool}


def test_a_day_of_one_tenant_is_not_that_of_another() -> None:
    """Days and shifts are kept by their zone, so two hospitals never share one."""
    report = a_native_report(occurred={"date": "2026-07-01"}, staff=None)
    spans = [
        mapped(report, some_hints(zone=ZoneInfo(zone))).draft.content["occurred"]["earliest"]
        for zone in ("Europe/London", "America/New_York", "Europe/London")
    ]

    assert [span[:13] for span in spans] == ["2026-06-30T23", "2026-07-01T04", "2026-06-30T23"]
