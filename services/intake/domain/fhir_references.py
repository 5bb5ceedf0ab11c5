"""FHIR references: what they point to, in `contained`, in the Bundle, or by type and identifier."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from services.intake.domain.fhir_elements import objects
from services.intake.domain.readers import clean

_LITERAL: Final = re.compile(r"(?:.*/)?([A-Z][A-Za-z]{1,63})/([^/\s?#]{1,128})(?:/_history/.*)?")
_TYPE: Final = re.compile(r"[A-Z][A-Za-z]{1,63}")


@dataclass(frozen=True, slots=True)
class Target:
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

    def find(self, address: str) -> Mapping[str, Any] | None:
        """Return the resource at an address, also where a literal is absolute or versioned."""
        found = self._by_address.get(address)
        return found or self._by_address.get(literal_of(address) or "")

    def resolve(self, reference: object) -> Target | None:
        """Return what a Reference element points to; None for an element that says nothing."""
        if not isinstance(reference, dict):
            return None
        address = clean(reference.get("reference"))
        resource = self.find(address) if address else None
        literal = literal_of(address) if address else None
        is_lost = bool(address) and resource is None and literal is None
        identifier, display = reference.get("identifier"), clean(reference.get("display"))
        if address is None and identifier is None and display is None:
            return None
        return Target(
            type=_type_of(resource, literal, reference.get("type")),
            literal=literal,
            resource=resource,
            identifier=identifier,
            display=display,
            is_lost=is_lost,
        )


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
    found = _LITERAL.fullmatch(address)
    return f"{found[1]}/{found[2]}" if found else None


def _type_of(resource: Mapping[str, Any] | None, literal: str | None, named: object) -> str | None:
    if resource is not None:
        found = resource.get("resourceType")
        return found if isinstance(found, str) else None
    if literal is not None:
        return literal.partition("/")[0]
    # `type` may be a bare name or the canonical address of the type's definition.
    last = named.rpartition("/")[2] if isinstance(named, str) else ""
    return last if _TYPE.fullmatch(last) else None
