"""Builders of LFPSE events: version 5 from the published taxonomy, version 6 as trusts send it."""

from typing import Any

HOST = "https://psims-uat.azure-api.net/taxonomy/fhir/StructureDefinition/"
REFERENCE = "LFPSE-2026-0042"
CONTACT = "Rita.Reporter@trust.example"


def a_section(name: str, version: Any = "5", **words: Any) -> dict[str, Any]:
    """Return an extension of LFPSE; a list stands for a value that is given several times.

    A number, a boolean or a pair (type, value) chooses the type of the value; else it is a code.
    """
    given = [
        {"url": word, **_typed(value)}
        for word, values in words.items()
        for value in (values if isinstance(values, list) else [values])
    ]
    return {"url": f"{HOST}{name}-{version}", "extension": given}


def a_patient(version: Any = "5", **words: Any) -> dict[str, Any]:
    """Return patient details: fifty years old, severe harm of body, low harm of mind."""
    usual = {"AgeAtTimeOfIncidentDays": 18600, "PhysicalHarm": "2", "PsychologicalHarm": "3"}
    return a_section("patient-information", version, **_without_none(usual | words))


def a_reporter(version: Any = "5", **words: Any) -> dict[str, Any]:
    """Return practitioner details: a nurse who helped to provide the care."""
    usual = {
        "ReporterType": "3",
        "ReporterRole": "5",
        "ReporterInvolvement": "4",
        "ReporterContact": ("String", CONTACT),
    }
    return a_section("practitioner-details", version, **_without_none(usual | words))


def a_place(version: Any = "5", **words: Any) -> dict[str, Any]:
    """Return location details: intensive care of one trust."""
    usual = {"LocationKnown": "y", "Organisation": "RX1", "ResponsibleSpecialty": "107"}
    return a_section("location-details", version, **_without_none(usual | words))


def an_lfpse_event(*sections: dict[str, Any], version: str = "5", **fields: Any) -> dict[str, Any]:
    """Return an event: an insulin overdose in intensive care, reported by the nurse who gave it.

    A section replaces the usual one of its name. A field of None is left out; `patients`,
    `reporter` and `place` are the sections of the contained resources.
    """
    usual = (
        a_section("adverse-event-agent", version, InvolvedAgents=["4", "3"]),
        a_section("adverse-event-problem-people", version, PeopleActionFactors="3"),
        a_section("adverse-event-classification", version, LevelOfConcern="4"),
        a_section(
            "adverse-event-estimated-date", version, PreciseTime=("Time", "22:10:00"),
            EstimatedTime="2",
        ),
        a_section(
            "adverse-event-reference-metadata", version, ReferenceNumber=("String", REFERENCE),
            IsAnonymous=False, DataSharingOptOut=False,
        ),
    )  # fmt: skip
    chosen = {each["url"]: each for each in (*usual, *sections)}
    name = "event" if version == "6" else "type"
    event = {
        "resourceType": "AdverseEvent",
        "id": "7f0c",
        "meta": {"profile": [f"{HOST}patient-safety-adverse-event-{version}"], "versionId": "2"},
        "contained": _contained(version, fields),
        "extension": [*chosen.values()],
        "category": "AE",
        name: {"coding": [{"code": "1"}]},
        "date": "2026-03-01",
        "subject": {"reference": "#patient"},
        "location": {"reference": "#location1"},
        "recorder": {"reference": "#practitioner1"},
        "description": "ten times the dose of insulin was given",
    }
    return _without_none(event | fields)


def _contained(version: str, fields: dict[str, Any]) -> list[dict[str, Any]]:
    patients = fields.pop("patients", [a_patient(version)])
    place = fields.pop("place", a_place(version))
    reporter = fields.pop("reporter", a_reporter(version))
    resources = (
        ("Location", "location1", [place]),
        ("Practitioner", "practitioner1", [reporter]),
        ("Patient", "patient", patients),
    )
    return [{"resourceType": kind, "id": id_, "extension": ext} for kind, id_, ext in resources]


def _typed(value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"valueBoolean": value}
    if isinstance(value, int):
        return {"valueInteger": value}
    if isinstance(value, tuple):
        return {f"value{value[0]}": value[1]}
    return {"valueCode": value}


def _without_none(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if value is not None}
