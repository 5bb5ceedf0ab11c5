"""Lets a download trust whom this machine trusts: a site's own authority is in its store only.

`requests`, by which the jars come, brings a list of authorities of its own and does not know those
that a hospital's proxy signs with.
"""

import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_ASKED_FIRST: Final = "REQUESTS_CA_BUNDLE"
_CHOSEN: Final = (_ASKED_FIRST, "CURL_CA_BUNDLE")


@contextmanager
def as_this_machine_trusts() -> Iterator[None]:
    """Make `requests` use the machine's store for a while, unless the environment names another."""
    environment = os.environ  # noqa: TID251 - requests takes it from nowhere else, in a library's hands
    store = machine_store()
    if store is None or any(environment.get(name) for name in _CHOSEN):
        yield
        return
    environment[_ASKED_FIRST] = store
    try:
        yield
    finally:
        del environment[_ASKED_FIRST]


def machine_store() -> str | None:
    """Return the file or folder of authorities that OpenSSL uses here, None where it is empty."""
    paths = ssl.get_default_verify_paths()
    if paths.cafile:
        return paths.cafile
    if paths.capath and any(Path(paths.capath).glob("*.0")):
        return paths.capath
    return None
