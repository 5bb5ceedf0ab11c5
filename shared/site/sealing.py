"""Sealed staff identifiers: intake closes the box, only the notifier can open it."""

import base64
import binascii
import re
from collections.abc import Callable
from typing import Final

from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox

from shared.site.keys import SealKey
from shared.site.refusals import SealBrokenError

_MARK: Final = b":"
_MONTH: Final = re.compile(r"\d{4}-\d{2}")
_HINT: Final = "Check that the notifier has the private month keys of the intake that sent it."


def seal(identifier: str, key: SealKey) -> str:
    """Return base64 of `<month>:` and the box; random by design, so never compare two of them."""
    box = SealedBox(PublicKey(key.public)).encrypt(identifier.encode())
    return base64.b64encode(key.month.encode() + _MARK + box).decode()


def sealed_month(text: str) -> str:
    """Return the month (YYYY-MM) whose key opens the sealed text.

    Raises:
        SealBrokenError: when the text was never sealed.
    """
    return _parts(text)[0]


def open_sealed(text: str, secret: Callable[[str], bytes]) -> str:
    """Return the identifier; `secret` gives the private key of a month.

    Raises:
        SealBrokenError: when the text is damaged or was sealed for another key.
        KeyMissingError: from `secret`, when the month's key has been destroyed.
    """
    month, box = _parts(text)
    key = PrivateKey(secret(month))
    try:
        return SealedBox(key).decrypt(box).decode()
    except (CryptoError, ValueError):
        raise SealBrokenError(f"a sealed identifier of {month} cannot be opened", _HINT) from None


def _parts(text: str) -> tuple[str, bytes]:
    try:
        month, mark, box = base64.b64decode(text, validate=True).partition(_MARK)
        name = month.decode("ascii")
    except (binascii.Error, ValueError):
        name, mark, box = "", b"", b""
    if not mark or not _MONTH.fullmatch(name):
        raise SealBrokenError("a sealed identifier is not in our form", _HINT)
    return name, box
