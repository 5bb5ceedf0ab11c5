"""FHIR AdverseEvent releases: which one a resource is written in, and how its fields are called.

Sources: hl7.org/fhir STU3 (3.0.2), R4 (4.0.1) = R4B (4.3.0), R5 (5.0.0), AdverseEvent.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from services.intake.domain.media import MediaType


@dataclass(frozen=True, slots=True)
class Release:
    """What depends on the release in reading an event; what one release alone has is always read.

    `evidence` are fields that only this release has. `levels` are the fields that say how bad it
    was, each with the scale of its codes: `seriousness` is a level in STU3 alone, `severity` is the
    same wherever it stands, also where a release has no such field.
    """

    name: str
    levels: tuple[tuple[str, str], ...]
    evidence: frozenset[str]


_SEVERITY: Final = ("severity", "fhir-r4")
STU3: Final = Release(
    name="STU3",
    levels=(("seriousness", "fhir-stu3"), _SEVERITY),
    evidence=frozenset({"type", "eventParticipant", "description", "reaction"}),
)
R4: Final = Release(
    name="R4",
    levels=(_SEVERITY,),
    evidence=frozenset({"event", "date", "contributor", "resultingCondition", "severity"}),
)
R5: Final = Release(
    name="R5",
    levels=(_SEVERITY,),
    evidence=frozenset(
        {
            "status",
            "code",
            "occurrenceDateTime",
            "occurrencePeriod",
            "occurrenceTiming",
            "participant",
            "resultingEffect",
            "note",
        }
    ),
)
_BY_MAJOR: Final[Mapping[int, Release]] = MappingProxyType({3: STU3, 4: R4, 5: R5})
_SHARED_FIELDS: Final = frozenset(
    {
        "resourceType",
        "id",
        "meta",
        "implicitRules",
        "language",
        "text",
        "contained",
        "extension",
        "modifierExtension",
        "identifier",
        "actuality",
        "category",
        "subject",
        "encounter",
        "detected",
        "recordedDate",
        "location",
        "seriousness",
        "outcome",
        "recorder",
        "suspectEntity",
        "subjectMedicalHistory",
        "referenceDocument",
        "study",
        "expectedInResearchStudy",
        "contributingFactor",
        "preventiveAction",
        "mitigatingAction",
        "supportingInfo",
    }
)
KNOWN_FIELDS: Final = _SHARED_FIELDS | STU3.evidence | R4.evidence | R5.evidence


def release_of(
    event: Mapping[str, Any], media: MediaType, setting: int | None = None
) -> tuple[Release, bool]:
    """Return the release and whether it was guessed.

    The media type's `fhirVersion` decides, then the source's `setting`; without either the most
    evidence wins, and a tie is R4.
    """
    named = _BY_MAJOR.get(media.fhir_major or setting or 0)
    if named is not None:
        return named, False
    scores = (
        (len(R4.evidence & event.keys()) + ("actuality" in event and "event" in event), R4),
        (len(R5.evidence & event.keys()) + isinstance(event.get("identifier"), list), R5),
        (_stu3_score(event), STU3),
    )
    best = max([score for score, _ in scores])
    leading = [release for score, release in scores if score == best]
    return leading[0] if len(leading) == 1 else R4, len(leading) > 1


def _stu3_score(event: Mapping[str, Any]) -> int:
    score = len(STU3.evidence & event.keys()) + isinstance(event.get("category"), str)
    return score + ("actuality" not in event) if score else 0
