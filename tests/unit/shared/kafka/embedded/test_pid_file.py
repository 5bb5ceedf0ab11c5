"""The pid file tells of a broker that runs on this folder, and of nothing else."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from shared.kafka.embedded import pid_file, process
from shared.kafka.embedded.pid_file import Running


@pytest.fixture
def ours(tmp_path: Path) -> Running:
    """Describe a "broker" that runs for sure: this process."""
    mark = process.start_mark(os.getpid()) or ""
    return Running(os.getpid(), mark, 9092, 9093, str(tmp_path / "data"))


def test_a_running_broker_is_found_again(tmp_path: Path, ours: Running) -> None:
    """By any process of this user."""
    pid_file.write(tmp_path / "pid", ours)

    assert pid_file.read(tmp_path / "pid", tmp_path / "data") == ours
    assert ours.bootstrap == "127.0.0.1:9092"


def test_a_stale_file_is_nobody(tmp_path: Path, ours: Running) -> None:
    """The machine was switched off; the pid belongs to somebody else by now."""
    pid_file.write(tmp_path / "pid", replace(ours, mark="another start"))

    assert pid_file.read(tmp_path / "pid", tmp_path / "data") is None


def test_a_broker_of_another_folder_is_nobody(tmp_path: Path, ours: Running) -> None:
    """The folder was copied or moved while its broker ran."""
    pid_file.write(tmp_path / "pid", replace(ours, data="/elsewhere"))

    assert pid_file.read(tmp_path / "pid", tmp_path / "data") is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": 1}', '"x"', "null"])
def test_an_unreadable_file_is_nobody(tmp_path: Path, text: str) -> None:
    """Half written, or by another version."""
    (tmp_path / "pid").write_text(text)

    assert pid_file.read(tmp_path / "pid", tmp_path / "data") is None


def test_no_file_is_nobody(tmp_path: Path) -> None:
    """Never started."""
    assert pid_file.read(tmp_path / "pid", tmp_path / "data") is None
