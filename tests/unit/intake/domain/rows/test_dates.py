"""Dates by pattern."""

import pytest

from services.intake.domain.rows.dates import date_reader


@pytest.mark.parametrize(
    ("pattern", "text", "iso"),
    [
        ("%d/%m/%Y", " 1/3/2026 ", "2026-03-01"),
        ("%d/%m/%y", "01/03/26", "2026-03-01"),
        ("%d/%m/%y", "01/03/69", "1969-03-01"),
        ("%m/%d/%Y %I:%M %p", "03/01/2026 12:05 AM", "2026-03-01T00:05:00"),
        ("%m/%d/%Y %I:%M %p", "03/01/2026 12:05 pm", "2026-03-01T12:05:00"),
        ("%d-%b-%Y %H:%M:%S", "01-MAR-2026 07:08:09", "2026-03-01T07:08:09"),
        ("%Y-%m-%dT%H:%M:%S.%f", "2026-03-01T07:08:09.123456", "2026-03-01T07:08:09"),
        ("%b %d %Y", "Mar  1 2026", "2026-03-01"),
        ("%m.%Y", "03.2026", "2026-03"),
        ("%H%M", "2210", "22:10:00"),
        ("%H.%M", "7.05", "07:05:00"),
    ],
)
def test_a_pattern_reads_its_text(pattern: str, text: str, iso: str) -> None:
    """To ISO; the zone follows later."""
    found = date_reader((pattern,))(text)

    assert found is not None
    assert found[0] == iso


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("%d/%m/%Y", "31/02/2026"),
        ("%d/%m/%Y", "1/3/26"),
        ("%d/%m/%Y", "01/03/2026 10:00"),
        ("%d %b %Y", "01 Mxr 2026"),
        ("%I:%M %p", "13:00 PM"),
        ("%H:%M", "24:00"),
        ("%H.%M", "7:05"),
    ],
)
def test_what_does_not_fit_is_not_read(pattern: str, text: str) -> None:
    """Neither a day that does not exist, nor more than the pattern has."""
    assert date_reader((pattern,))(text) is None


def test_the_first_pattern_that_fits_counts() -> None:
    """A day that is none in the first may be one in the second."""
    read = date_reader(("%d/%m/%Y", "%m/%d/%Y"))

    assert read("03/04/2026") == ("2026-04-03", False, False)
    assert read("03/25/2026") == ("2026-03-25", False, False)
