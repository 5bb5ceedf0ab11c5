"""Reads what a form sent: a few short fields, from our own pages."""

from collections.abc import Mapping
from typing import Final, TypeAlias
from urllib.parse import parse_qsl, urlsplit

from fastapi import Request

from services.notifier.console.refusals import ForgedError, FormInvalidError

MOST_BYTES: Final = 16_384
MOST_FIELDS: Final = 32
_URLENCODED: Final = "application/x-www-form-urlencoded"
_SITES: Final = ("same-origin", "none")

Form: TypeAlias = Mapping[str, str]


async def read_form(request: Request) -> Form:
    """Return the fields of an urlencoded form, trimmed.

    Raises:
        FormInvalidError: another media type, more than 16 kB or 32 fields, not UTF-8.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != _URLENCODED:
        raise FormInvalidError("The form arrived in a way this site does not read.")
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise FormInvalidError("The form is too long.")
    try:
        fields = parse_qsl(
            body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict"
        )
    except ValueError:
        raise FormInvalidError("The form cannot be read.") from None
    return {name: value.strip() for name, value in fields}


def same_origin(request: Request) -> None:
    """Return when the request came from a page of this host, as far as the browser tells.

    Our `Referrer-Policy: no-referrer` makes browsers send `Origin: null` with our own forms (Fetch
    standard, "append a request Origin header"), so null says nothing; Sec-Fetch-Site then does.
    Whoever sends neither is no browser: the token in the link or the form decides.

    Raises:
        ForgedError: the browser says that another site sent it.
    """
    if request.headers.get("sec-fetch-site", "same-origin") not in _SITES:
        raise ForgedError
    origin = request.headers.get("origin", "null")
    if origin != "null" and urlsplit(origin).netloc != request.headers.get("host"):
        raise ForgedError
