"""Whom the download of the jars trusts."""

import ssl
from pathlib import Path

import pytest

from shared.kafka.embedded.trust import as_this_machine_trusts, machine_store


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give this machine a store of its own, and an environment that names none for requests."""
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    paths = ssl.DefaultVerifyPaths("", str(tmp_path), "", "", "", "")
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: paths)
    (tmp_path / "0a1b2c3d.0").touch()
    return tmp_path


def _used_by_requests() -> object:
    import requests

    with requests.Session() as session:
        chosen = session.merge_environment_settings("https://x.invalid", {}, None, None, None)
    return chosen["verify"]


def test_the_machines_store_is_used_for_the_download_only(store: Path) -> None:
    """A proxy that signs with the site's own authority is believed, as by every other program."""
    with as_this_machine_trusts():
        assert _used_by_requests() == str(store)

    assert _used_by_requests() is True


def test_a_named_bundle_wins(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What an operator chose is left alone."""
    monkeypatch.setenv("CURL_CA_BUNDLE", "/chosen.pem")

    with as_this_machine_trusts():
        assert _used_by_requests() == "/chosen.pem"


def test_an_empty_store_is_no_store(store: Path) -> None:
    """Where the machine has no authorities, the library's own list is better than nothing."""
    (store / "0a1b2c3d.0").unlink()

    assert machine_store() is None
    with as_this_machine_trusts():
        assert _used_by_requests() is True
