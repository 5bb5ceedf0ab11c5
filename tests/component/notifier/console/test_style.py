"""The colours of the console are told apart by weak eyes: WCAG 2.2, 1.4.3 and 1.4.11."""

import re
from pathlib import Path

import pytest

STYLE = Path("services/notifier/console/static/style.css").read_text(encoding="utf-8")
COLOURS = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", STYLE)) | {"white": "#ffffff"}


def luminance(colour: str) -> float:
    """Return the relative luminance of #rrggbb."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours of the style, 1 to 21."""
    light, dark = sorted((luminance(COLOURS[one]), luminance(COLOURS[other])), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("ground", ["white", "wash", "alert-wash"])
@pytest.mark.parametrize("ink", ["ink", "quiet", "accent", "alert"])
def test_text_has_contrast_on_every_ground(ink: str, ground: str) -> None:
    """At least 4.5 to 1."""
    assert contrast(ink, ground) >= 4.5


@pytest.mark.parametrize("ground", ["white", "wash", "alert-wash"])
@pytest.mark.parametrize("line", ["focus", "edge"])
def test_focus_and_edges_of_fields_have_contrast(line: str, ground: str) -> None:
    """At least 3 to 1."""
    assert contrast(line, ground) >= 3
