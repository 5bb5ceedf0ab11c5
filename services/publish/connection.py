"""One connection to an intake, kept open over many requests; any failure is one exception."""

import ssl
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from typing import Final, Self
from urllib.parse import urlsplit

import orjson

from services.publish.refusals import UrlInvalidError

TIMEOUT_SECONDS: Final = 60.0
_SCHEMES: Final = ("http", "https")


class NoAnswerError(Exception):
    """The request was not answered; whether it arrived nobody knows, so it is sent again."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: its status, its JSON document (None where it is none) and how long to wait."""

    status: int
    document: object = None
    retry_after: float | None = None


@dataclass(slots=True)
class Connection:
    """Posts bodies to one address with one token."""

    url: str
    token: str = field(repr=False)
    ca_file: Path | None = None
    _open: HTTPConnection | None = field(default=None, init=False, repr=False)

    def post(self, path: str, body: bytes, media: str) -> Reply:
        """Return the answer.

        Raises:
            NoAnswerError: the connection failed before there was an answer.
            UrlInvalidError: the address is none.
        """
        headers = {"authorization": f"Bearer {self.token}", "content-type": media}
        try:
            connection = self._open or self._connect()
            self._open = connection
            connection.request("POST", path, body, headers)
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, HTTPException) as error:
            self.close()
            raise NoAnswerError(type(error).__name__) from None
        return Reply(answer.status, _json(content), _seconds(answer.getheader("retry-after")))

    def close(self) -> None:
        """Close the connection; the next request opens another."""
        if self._open is not None:
            self._open.close()
            self._open = None

    def __enter__(self) -> Self:
        """Return the connection, which opens with its first request."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def _connect(self) -> HTTPConnection:
        parts = urlsplit(self.url)
        if parts.scheme not in _SCHEMES or not parts.hostname or parts.path.strip("/"):
            raise UrlInvalidError(self.url)
        if parts.scheme == "http":
            return HTTPConnection(parts.hostname, parts.port, timeout=TIMEOUT_SECONDS)
        trusted = ssl.create_default_context(cafile=self.ca_file)
        return HTTPSConnection(parts.hostname, parts.port, timeout=TIMEOUT_SECONDS, context=trusted)


def _json(content: bytes) -> object:
    try:
        return orjson.loads(content)
    except ValueError:
        return None


def _seconds(text: str | None) -> float | None:
    return float(text) if text and text.isascii() and text.isdigit() else None
