"""A pytest plugin: after the last test, everything that was logged is scanned for planted words."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:  # the fast tiers do not pay for what they do not use
    from tests.builders.canaries.whole_suite import EveryLine

_SILENT = frozenset({"unit", "contracts", "rules"})  # tiers in which no service logs
_LINES: pytest.StashKey[EveryLine] = pytest.StashKey()
_LEAKS: pytest.StashKey[list[str]] = pytest.StashKey()


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Begin to keep what is logged within this process."""
    if _scans(session.config):
        from tests.builders.canaries.whole_suite import EveryLine

        session.config.stash[_LINES] = lines = EveryLine()
        logging.getLogger().addHandler(lines)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Scan; with pytest-xdist each worker scans its own part and tells the first process."""
    config = session.config
    found = config.stash.setdefault(_LEAKS, [])
    if (lines := config.stash.get(_LINES, None)) is not None:
        from tests.builders.canaries.whole_suite import leaks

        factory: pytest.TempPathFactory | None = getattr(config, "_tmp_path_factory", None)
        found += leaks(lines, factory.getbasetemp() if factory else None)
    if hasattr(config, "workeroutput"):
        config.workeroutput["leaks"] = found
    elif found:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """Take what a worker of pytest-xdist has found."""
    told = getattr(node, "workeroutput", {}).get("leaks", [])
    node.config.stash.setdefault(_LEAKS, []).extend(told)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say what leaked."""
    found = config.stash.get(_LEAKS, [])
    if found:
        terminalreporter.section("planted words in logs", red=True)
        for each in found:
            terminalreporter.write_line(each)


def _scans(config: pytest.Config) -> bool:
    """Say whether some of the tests that were asked for make services log."""
    asked = [Path(each.partition("::")[0]).parts for each in config.args]
    return not asked or any(_SILENT.isdisjoint(parts) for parts in asked)
