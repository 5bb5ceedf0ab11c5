"""FHIR references: what they point to, in `contained`, in the Bundle, or by type and identifier."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from services.intake.domain.fhir_elements import objects
from services.intake.domain.readers import clean

_RELATIVE: Final = re.compile(r"[A-Z][A-Za-z]{1,63}/[^/\s?#]{1,128}")
_LITERAL: Final = re.compile(r"(?:.*/)?([A-Z][A-Za-z]{1,63})/([^/\s?#]{1,128})(?:/_history/.*)?")
_TYPE: Final = re.compile(r"[A-Z][A-Za-z]{1,63}")


class Target(NamedTuple):
    """What a reference says: type and id, the resource where at hand, an identifier, a name.

    `is_lost` is true for a reference into `contained` or the Bundle that leads nowhere.
    """

    type: str | None = None
    literal: str | None = None
    resource: Mapping[str, Any] | None = None
    identifier: object = None
    display: str | None = None
    is_lost: bool = False


class Resources:
    """The resources at hand: those contained in the event and those of its Bundle."""

    __slots__ = ("_by_address",)

    def __init__(self, contained: object, entries: Iterable[Mapping[str, Any]] = ()) -> None:
        """Index `contained` by `#id` and Bundle entries by fullUrl and `Type/id`."""
        self._by_address: dict[str, Mapping[str, Any]] = {}
        for entry in entries:
            self._by_address |= dict.fromkeys(addresses(entry), entry["resource"])
        for resource in objects(contained):
            if isinstance(resource.get("id"), str):
                self._by_address["#" + resource["id"].removeprefix("#")] = resource

    def resolve(self, reference: object) -> Target | None:
        """Return what a Reference element points to; None for an element that says nothing."""
        if not isinstance(reference, dict):
            return None
        address, identifier = clean(reference.get("reference")), reference.get("identifier")
        display = clean(reference["display"]) if "display" in reference else None
        if address is not None:
            return self._target(address, identifier, display, reference)
        if identifier is None and display is None:
            return None
        named = _named_type(reference.get("type"))
        return Target(type=named, identifier=identifier, display=display)

    def _target(
        self, address: str, identifier: object, display: str | None, reference: Mapping[str, Any]
    ) -> Target:
        literal = literal_of(address)
        # A literal may be absolute or versioned where the resource is known by a relative one.
        resource = self._by_address.get(address) or self._by_address.get(literal or "")
        if resource is not None:
            found = resource.get("resourceType")
            kind = found if isinstance(found, str) else None
        elif literal is not None:
            kind = literal.partition("/")[0]
        else:
            kind = _named_type(reference.get("type"))
        is_lost = resource is None and literal is None
        return Target(kind, literal, resource, identifier, display, is_lost)


def addresses(entry: Mapping[str, Any]) -> list[str]:
    """Return the addresses under which a Bundle entry's resource can be referenced."""
    resource = entry.get("resource")
    if not isinstance(resource, dict):
        return []
    found = [entry["fullUrl"]] if isinstance(entry.get("fullUrl"), str) else []
    if isinstance(resource.get("resourceType"), str) and isinstance(resource.get("id"), str):
        found.append(f"{resource['resourceType']}/{resource['id']}")
    return found


def literal_of(address: str) -> str | None:
    """Return `Type/id` of a literal reference, without server and version; None for other kinds."""
    if address.startswith(("#", "urn:")):
        return None
    if _RELATIVE.fullmatch(address):
        return address
    found = _LITERAL.fullmatch(address)
    return f"{found[1]}/{found[2]}" if found else None


def _named_type(named: object) -> str | None:
    # `type` may be a bare name or the canonical address of the type's definition.
    last = named.rpartition("/")[2] if isinstance(named, str) else ""
    return last if _TYPE.fullmatch(last) else None
