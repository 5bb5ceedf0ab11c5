"""A console on a real port and a real Chromium in front of it."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.builders.console_site import Site, a_console_site

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")  # as scripts/get-chromium


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Serve a console with the people of `some_people` and no case."""
    with a_console_site(tmp_path) as served:
        yield served


@pytest.fixture(scope="module")  # its event loop would be in the way of other tests' own
def chromium() -> Iterator["Browser"]:
    """Start Chromium; without one, say what was not tested."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        pytest.skip("no chromium here: the console was not tried in a real browser")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()
