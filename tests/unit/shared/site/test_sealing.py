"""Sealed identifiers: anybody closes the box, only the secret of the month opens it."""

import base64
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.public import PrivateKey

from shared.identity import new_key
from shared.site.keys import KEY_BYTES, SealKey, month_bounds
from shared.site.refusals import KeyMissingError, SealBrokenError
from shared.site.sealing import open_sealed, seal, sealed_month
from tests.builders.site import NOW, a_site

SECRET = new_key(KEY_BYTES)
KEY = SealKey("2026-03", bytes(PrivateKey(SECRET).public_key), *month_bounds("2026-03"))


def test_what_intake_seals_the_notifier_opens(tmp_path: Path) -> None:
    """The round trip through a site's own files."""
    site = a_site(tmp_path)
    sealed = seal('{"system":"login","value":"jdoe"}', site.seal_key(NOW))

    opened = open_sealed(sealed, site.seal_secret)

    assert opened == '{"system":"login","value":"jdoe"}'
    assert "jdoe" not in base64.b64decode(sealed).decode("latin-1")


@given(st.text())
def test_every_text_survives_the_box(identifier: str) -> None:
    """Any identifier comes back unchanged, and two boxes of it differ."""
    first, second = seal(identifier, KEY), seal(identifier, KEY)

    assert open_sealed(first, lambda _: SECRET) == identifier
    assert first != second


def test_the_month_stands_outside_the_box() -> None:
    """So the right key can be chosen, or known to be destroyed."""
    assert sealed_month(seal("jdoe", KEY)) == "2026-03"


def test_another_key_opens_nothing() -> None:
    """A box for another site is refused, not garbled."""
    sealed = seal("jdoe", KEY)

    with pytest.raises(SealBrokenError, match="2026-03"):
        open_sealed(sealed, lambda _: new_key(KEY_BYTES))


@given(st.text() | st.binary().map(lambda data: base64.b64encode(data).decode()))
def test_what_was_never_sealed_is_refused(text: str) -> None:
    """No input makes it raise anything else, or reach for a file outside the key folder."""
    with pytest.raises(SealBrokenError):
        open_sealed(text, lambda _: SECRET)


def test_a_path_in_place_of_the_month_is_refused() -> None:
    """The month comes from outside and must never become a path."""
    text = base64.b64encode(b"../../x:" + b"0" * 60).decode()

    with pytest.raises(SealBrokenError):
        sealed_month(text)


def test_a_destroyed_month_is_told_apart_from_damage(tmp_path: Path) -> None:
    """The coordinator sees that the key is gone, not that something is broken."""
    site = a_site(tmp_path)
    sealed = seal("jdoe", site.seal_key(NOW))
    (site.seal_folder / "2026-03.secret").unlink()

    with pytest.raises(KeyMissingError):
        open_sealed(sealed, site.seal_secret)
