"""The entries of a FHIR Bundle by the addresses under which they can be referenced.

Source: hl7.org/fhir, Bundle, "Resolving references in Bundles" (R4, R5): an absolute reference is
an entry's fullUrl; a relative one is completed by the server in the fullUrl of the entry that holds
it. Entries without a server are found by type and id alone (judgement).
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeAlias

from services.intake.domain.readers import clean

_RELATIVE: Final = re.compile(r"[A-Z][A-Za-z]{1,63}/[^/\s?#]{1,128}")
_LITERAL: Final = re.compile(r"(.*/)?([A-Z][A-Za-z]{1,63}/[^/\s?#]{1,128})(?:/_history/.*)?")
_SEVERAL: Final = 2

_Entry: TypeAlias = dict[str, Any]
_Place: TypeAlias = tuple[str, str]
_Claims: TypeAlias = dict[str, list[_Entry]]


class Entries:
    """The entries that hold a resource; of two under one address the first counts.

    That is the newest in a history, which is written newest first.
    """

    __slots__ = ("_anywhere", "_by_url", "_nowhere")

    def __init__(self, entries: Iterable[_Entry]) -> None:
        """Index them by fullUrl, with and without version, and by `Type/id`."""
        self._by_url: dict[str, _Entry] = {}
        self._anywhere: _Claims = {}
        self._nowhere: _Claims = {}  # of no server that we know
        for entry in entries:
            if isinstance(entry.get("resource"), dict):
                self._add(entry, entry["resource"])

    def _add(self, entry: _Entry, resource: Mapping[str, Any]) -> None:
        url = clean(entry.get("fullUrl"))
        if url is not None:
            self._by_url.setdefault(url, entry)
            meta = resource.get("meta")
            version = clean(meta.get("versionId")) if isinstance(meta, dict) else None
            self._by_url.setdefault(f"{url}/_history/{version}", entry)
        kind, name = resource.get("resourceType"), resource.get("id")
        if isinstance(kind, str) and isinstance(name, str):
            _claim(self._anywhere, f"{kind}/{name}", entry)
            if not server_of(entry):
                _claim(self._nowhere, f"{kind}/{name}", entry)

    def find(self, address: str, place: _Place | None, server: str) -> list[_Entry]:
        """Return the entry that `address` means in a resource of `server` (`server_of`).

        `place` is the address's `place_of`. Nothing where it is not here; two where it cannot be
        told which of them it is.
        """
        found = self._by_url.get(address) or self._by_url.get(server + address)
        if found is not None or place is None:
            return [] if found is None else [found]
        named, literal = place
        found = self._by_url.get((named or server) + literal)
        if found is not None:
            return [found]
        if named and server and named != server:
            return []
        return (self._nowhere if named or server else self._anywhere).get(literal, [])


def place_of(address: str) -> _Place | None:
    """Return server and `Type/id` of a literal reference, without version; None for other kinds.

    The server ends in a slash; it is empty where the reference is relative.
    """
    if address.startswith(("#", "urn:")):
        return None
    if _RELATIVE.fullmatch(address):
        return "", address
    found = _LITERAL.fullmatch(address)
    return (found[1] or "", found[2]) if found else None


def server_of(entry: Mapping[str, Any]) -> str:
    """Return the server in an entry's fullUrl; empty where it names none."""
    url = clean(entry.get("fullUrl"))
    place = place_of(url) if url else None
    return place[0] if place else ""


def _claim(claims: _Claims, literal: str, entry: _Entry) -> None:
    # Two that differ are enough to know that it cannot be told.
    known = claims.setdefault(literal, [])
    if len(known) < _SEVERAL and not (known and _is_same(known[0], entry)):
        known.append(entry)


def _is_same(one: _Entry, other: _Entry) -> bool:
    urls = clean(one.get("fullUrl")), clean(other.get("fullUrl"))
    if None in urls:
        return bool(one["resource"] == other["resource"])
    return urls[0] == urls[1]
