"""An AdverseEvent as it is being read: what more than one part of the mapping asks of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.intake.domain.fhir_elements import codes
from services.intake.domain.fhir_references import Resources, Target
from services.intake.domain.fhir_release import Release


@dataclass(slots=True)
class Event:
    """The fields of the resource, and how to read them; `categories` are its category's codes."""

    fields: Mapping[str, Any]
    release: Release
    resources: Resources
    subject: Target | None
    categories: list[str]

    @classmethod
    def of(cls, fields: Mapping[str, Any], release: Release, resources: Resources) -> "Event":
        """Resolve the subject and read the codes, once for all who ask."""
        subject = resources.resolve(fields.get("subject"))
        return cls(fields, release, resources, subject, codes(fields.get("category")))
