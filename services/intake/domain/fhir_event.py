"""An AdverseEvent as it is being read: what more than one part of the mapping asks of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from services.intake.domain.fhir_elements import objects
from services.intake.domain.fhir_references import Resources, Target
from services.intake.domain.fhir_release import Release

_WHAT: Final = ("event", "code", "type")  # R4, R5, STU3


@dataclass(slots=True)
class Event:
    """The fields of the resource, how to read them, and whom it happened to.

    `what` are the concepts that say what happened, under whichever name a release gives them.
    `outcomes` is what the event says of its end, None until `fhir_harm` was asked: once, so that a
    value without a meaning is noted once.
    """

    fields: Mapping[str, Any]
    release: Release
    resources: Resources
    subject: Target | None
    what: list[dict[str, Any]]
    outcomes: frozenset[str] | None = None

    @classmethod
    def of(cls, fields: Mapping[str, Any], release: Release, resources: Resources) -> "Event":
        """Resolve the subject once for all who ask."""
        what = [concept for name in _WHAT for concept in objects(fields.get(name))]
        return cls(fields, release, resources, resources.resolve(fields.get("subject")), what)
