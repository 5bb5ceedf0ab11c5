"""FHIR references: what they point to, in `contained`, in the Bundle, or by type and identifier."""

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from services.intake.domain.fhir_elements import objects
from services.intake.domain.fhir_entries import Entries, place_of, server_of
from services.intake.domain.fhir_times import day_of
from services.intake.domain.readers import clean

_TYPE: Final = re.compile(r"[A-Z][A-Za-z]{1,63}")
_CONTAINED: Final = "#"


class Target(NamedTuple):
    """What a reference says: type and id, the resource where at hand, an identifier, a name.

    `entry` is the Bundle's that holds the resource. `is_lost` is true for a reference into
    `contained` or the Bundle that leads nowhere, or to one of several.
    """

    type: str | None = None
    literal: str | None = None
    resource: Mapping[str, Any] | None = None
    identifier: object = None
    display: str | None = None
    is_lost: bool = False
    entry: Mapping[str, Any] | None = None


class Resources:
    """The resources at hand where a reference is written: contained beside it, or in the Bundle."""

    __slots__ = ("_contained", "_entries", "_report", "_server")

    def __init__(
        self,
        entry: Mapping[str, Any],
        entries: Entries | None = None,
        report: Mapping[str, Any] | None = None,
    ) -> None:
        """Look from the resource of `entry`, the report or what belongs to `report`."""
        resource = entry["resource"]
        self._report: Mapping[str, Any] = resource if report is None else report
        self._entries = entries
        self._server = server_of(entry)
        self._contained = {
            _CONTAINED + each["id"].removeprefix(_CONTAINED): each
            for each in objects(resource.get("contained"))
            if isinstance(each.get("id"), str)
        }

    @property
    def day(self) -> str | None:
        """The day of which the report speaks last, `YYYY-MM-DD`; None where it names none."""
        return day_of(self._report)

    def around(self, target: Target) -> "Resources":
        """Return what is at hand in the target's own resource: `#id` never leaves its resource."""
        if target.entry is None:
            return self
        return Resources(target.entry, self._entries, self._report)

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
        if address.startswith(_CONTAINED):
            resource = self._contained.get(address)
            if resource is not None:
                return Target(_type_of(resource), None, resource, identifier, display)
            named = _named_type(reference.get("type"))
            return Target(named, None, None, identifier, display, is_lost=True)
        place = place_of(address)
        literal = place[1] if place else None
        found = [] if self._entries is None else self._entries.find(address, place, self._server)
        if len(found) == 1:
            resource = found[0]["resource"]
            kind = _type_of(resource)
            return Target(kind, literal, resource, identifier, display, entry=found[0])
        kind = literal.partition("/")[0] if literal else _named_type(reference.get("type"))
        if found:
            literal = None  # one of several is nobody: the wrong one must not be written to
        return Target(kind, literal, None, identifier, display, is_lost=literal is None)


def _type_of(resource: Mapping[str, Any]) -> str | None:
    kind = resource.get("resourceType")
    return kind if isinstance(kind, str) else None


def _named_type(named: object) -> str | None:
    # `type` may be a bare name or the canonical address of the type's definition.
    last = named.rpartition("/")[2] if isinstance(named, str) else ""
    return last if _TYPE.fullmatch(last) else None
