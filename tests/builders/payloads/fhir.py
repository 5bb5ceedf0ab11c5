"""FHIR AdverseEvents of STU3, R4 and R5 as a conforming server writes them."""

from typing import Any, Final

from tests.builders.fhir import a_concept
from tests.builders.payloads.draw import Draw, Span
from tests.builders.payloads.payload import Draft, Written

_CATEGORIES: Final = (
    "medication-mishap",
    "wrong-patient",
    "product-use-error",
    "unsafe-physical-environment",
    "hospital-aquired-infection",
    "device",
)
_LEVELS: Final = ("mild", "moderate", "severe")
_OUTCOMES: Final = ("resolved", "recovering", "ongoing", "resolvedWithSequelae", "fatal", "unknown")
_TELLING: Final = frozenset({"resolved", "recovering", "resolvedWithSequelae"})
_FUNCTIONS: Final = ("WIT", "AUT", "INF", "PART")
_SUSPECTS: Final = ("Medication/m1", "Device/d1", "Immunization/i1")
_MEDIA: Final = {
    "STU3": "application/fhir+json; fhirVersion=3.0",
    "R4": "application/fhir+json; fhirVersion=4.0",
    "R5": "application/fhir+json; fhirVersion=5.0",
}


def generate(draw: Draw, release: str) -> Draft:
    """Return one event of a release, which its media type may name."""
    event, written = an_event(draw, release)
    media = _MEDIA[release] if draw.chance() else "application/fhir+json"
    return Draft(event, (written,), media)


def an_event(draw: Draw, release: str) -> tuple[dict[str, Any], Written]:
    """Return an event and what it says."""
    event: dict[str, Any] = {"resourceType": "AdverseEvent"}
    record_id = _identify(draw, event, release)
    contained: list[dict[str, Any]] = []
    occurred = _times(draw, event, release)
    level, says_harm = _clinical(draw, event, release)
    is_staff, harms = _subject(draw, event, contained, level, says_harm=says_harm)
    named = _people(draw, event, contained, release) + is_staff
    if contained:
        event["contained"] = contained
    _texts(draw, event, release)
    return event, Written(record_id, occurred, harms, named, is_record_id_private=True)


def _identify(draw: Draw, event: dict[str, Any], release: str) -> str:
    parts = []
    if draw.chance(0.8):
        event["id"] = draw.secret(f"ae-{draw.serial()}")
        parts.append(event["id"])
    if not parts or draw.chance(0.7):
        identifiers = [
            {"system": f"urn:risk:{place}", "value": draw.secret(draw.serial())}
            for place in range(draw.number(1, 3) if release == "R5" else 1)
        ]
        event["identifier"] = identifiers if release == "R5" else identifiers[0]
        parts += sorted(f"{each['system']}|{each['value']}" for each in identifiers)
    event |= draw.maybe(meta={"versionId": "3", "lastUpdated": draw.instant()[0]})
    return "|".join(parts)


def _times(draw: Draw, event: dict[str, Any], release: str) -> Span | None:
    event |= draw.maybe(detected=draw.instant()[0], recordedDate=draw.instant()[0])
    if release == "STU3":  # it has neither
        event.pop("detected", None)
        event.pop("recordedDate", None)
    if draw.chance(0.15):
        return None
    exact = "occurrenceDateTime" if release == "R5" else "date"
    if release == "R5" and draw.chance(0.4):
        (start, end), ends = draw.between()
        is_period = draw.chance()
        event |= (
            {"occurrencePeriod": {"start": start, "end": end}}
            if is_period
            else {"occurrenceTiming": {"event": [start, end]}}
        )
        return ends
    if draw.chance(0.6):
        event[exact], at = draw.instant()
        return at, at
    event[exact], ends = draw.day()
    return ends


def _clinical(draw: Draw, event: dict[str, Any], release: str) -> tuple[str | None, bool]:
    is_potential = draw.chance(0.2)
    if release == "STU3":
        event["category"] = "PAE" if is_potential else "AE"
    else:
        event["actuality"] = "potential" if is_potential else "actual"
        if draw.chance(0.7):
            event["category"] = [a_concept(draw.pick(_CATEGORIES))]
    if release == "R5":
        event["status"] = draw.pick(("in-progress", "completed", "entered-in-error"))
    level = _level(draw, event, release)
    outcome = draw.pick(_OUTCOMES) if draw.chance(0.4) else None
    if outcome is not None:
        code = "C48275" if release == "R5" and outcome == "fatal" else outcome
        concept = a_concept(code)
        event["outcome"] = [concept] if release == "R5" else concept
    if outcome == "fatal":
        level = "death"
    elif level is None and is_potential:
        level = "none"
    if draw.chance(0.3):
        event["suspectEntity"] = [_suspect(draw, release)]
    return level, level is not None or outcome in _TELLING


def _level(draw: Draw, event: dict[str, Any], release: str) -> str | None:
    if draw.chance(0.4):
        return None
    level = draw.pick(_LEVELS)
    if release == "R5":  # its seriousness gives no level
        event["seriousness"] = a_concept("serious")
        return None
    if release == "R4":
        event["severity"] = a_concept(level)
        event |= draw.maybe(seriousness=a_concept("Serious"))
    else:
        event["seriousness"] = a_concept(level.capitalize())
    return level


def _suspect(draw: Draw, release: str) -> dict[str, Any]:
    name = "instanceReference" if release == "R5" else "instance"
    return {name: {"reference": draw.pick(_SUSPECTS), "display": draw.told()}}


def _subject(
    draw: Draw,
    event: dict[str, Any],
    contained: list[dict[str, Any]],
    level: str | None,
    *,
    says_harm: bool,
) -> tuple[bool, tuple[str | None, ...]]:
    kind = draw.number(0, 9)
    if kind == 0:
        event["subject"] = {"reference": f"Practitioner/{draw.secret('s' + draw.serial())}"}
        return level != "death", ()  # a colleague who died is nobody to write to
    if kind == 1:
        event["subject"] = {"reference": "Group/g1"}
        return False, (level,) if says_harm else ()
    secret = draw.secret("p" + draw.serial())
    name = {"display": draw.told()} if draw.chance() else {}
    if kind < 4:
        contained.append(a_patient(draw, "pat1"))
        event["subject"] = {"reference": "#pat1"} | name
    elif kind < 6:
        identifier = {"system": "mrn", "value": secret}
        event["subject"] = {"type": "Patient", "identifier": identifier} | name
    else:
        event["subject"] = {"reference": f"Patient/{secret}"} | name
    return False, (level,)


def a_patient(draw: Draw, patient_id: str) -> dict[str, Any]:
    """Return a Patient with all that must not leave intake."""
    return {
        "resourceType": "Patient",
        "id": patient_id,
        "identifier": [{"system": "mrn", "value": draw.secret(draw.serial())}],
        "name": [{"family": draw.secret("Adler"), "given": [draw.secret("Ute")]}],
        "birthDate": draw.day()[0],
        "address": [{"text": draw.told()}],
        "telecom": [{"system": "phone", "value": draw.secret("0151")}],
    }


def a_practitioner(draw: Draw, practitioner_id: str) -> dict[str, Any]:
    """Return a Practitioner who can be told from every other."""
    return {
        "resourceType": "Practitioner",
        "id": practitioner_id,
        "identifier": [
            {"system": "http://hl7.org/fhir/sid/us-npi", "value": draw.secret(draw.serial())}
        ],
        "name": [{"text": draw.secret("Nora Nurse ")}],
        "telecom": [{"system": "email", "value": draw.secret(f"n{draw.serial()}@") + ".example"}],
    }


def _people(
    draw: Draw, event: dict[str, Any], contained: list[dict[str, Any]], release: str
) -> int:
    actors = [_actor(draw, contained, place) for place in range(draw.number(0, 3))]
    recorder = {"reference": f"Practitioner/{draw.secret('r' + draw.serial())}"}
    event |= draw.maybe(
        recorder=recorder | {"display": draw.secret("Rita ")}, location=_place(draw)
    )
    if release == "R5":
        if actors:
            event["participant"] = [
                {"actor": actor} | draw.maybe(function=a_concept(draw.pick(_FUNCTIONS)))
                for actor in actors
            ]
        return len(actors)
    if release == "R4":
        if actors:
            event["contributor"] = actors
        return len(actors)
    if actors:  # STU3 has at most one
        event["eventParticipant"] = actors[0]
    return min(len(actors), 1)


def _actor(draw: Draw, contained: list[dict[str, Any]], place: int) -> dict[str, Any]:
    kind = draw.number(0, 3)
    if kind == 0:
        contained.append(a_practitioner(draw, f"pr{place}"))
        if draw.chance():
            role = {"resourceType": "PractitionerRole", "id": f"role{place}"}
            contained.append(role | {"practitioner": {"reference": f"#pr{place}"}})
            return {"reference": f"#role{place}"}
        return {"reference": f"#pr{place}", "display": draw.secret("Nora ")}
    if kind == 1:
        identifier = {"system": "login", "value": draw.secret(f"u{draw.serial()}")}
        return {"type": "Practitioner", "identifier": identifier}
    return {"reference": f"Practitioner/{draw.secret('c' + draw.serial())}"}


def _place(draw: Draw) -> dict[str, str]:
    return {"reference": f"Location/ward-{draw.number(1, 40)}", "display": draw.told()}


def _texts(draw: Draw, event: dict[str, Any], release: str) -> None:
    what = a_concept(str(draw.number(1, 10**9)), "http://snomed.info/sct", text=draw.told())
    what["coding"][0]["display"] = draw.told()
    event |= draw.maybe(text={"status": "generated", "div": f"<div>{draw.secret('x')}</div>"})
    if release == "STU3":
        event |= draw.maybe(type=what, description=draw.told())
    elif release == "R4":
        event |= draw.maybe(event=what)
    else:
        event |= draw.maybe(code=what, note=[{"text": draw.told()}])
