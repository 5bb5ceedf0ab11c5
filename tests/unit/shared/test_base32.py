"""Base32 by whole numbers is the standard library's."""

import base64

from hypothesis import given
from hypothesis import strategies as st

from shared.base32 import write_base32


@given(st.binary(min_size=20, max_size=40))
def test_base32_is_that_of_rfc_4648(digest: bytes) -> None:
    """The first 160 bits, in lower case; what follows does not count."""
    assert write_base32(digest) == base64.b32encode(digest[:20]).decode().lower()
