"""LFPSE events of versions 5 and 6: the very payload that a trust already sends nationally."""

from datetime import timedelta
from typing import Any, Final

from shared.contracts.values import write_moment
from tests.builders.lfpse import a_patient, a_place, a_reporter, a_section, an_lfpse_event
from tests.builders.payloads.draw import Draw, Span, ends_of
from tests.builders.payloads.payload import Draft, Written

_PHYSICAL: Final = {"1": "death", "2": "severe", "3": "moderate", "4": "mild", "5": "none"}
_MONTH: Final = timedelta(days=31)
_DIRECT, _WITNESS, _STAFF = "4", "1", "3"


def generate(draw: Draw, version: str) -> Draft:
    """Return one event."""
    number = draw.secret(f"LFPSE-{draw.serial()}") if draw.chance(0.7) else None
    event_id = draw.secret(f"e-{draw.serial()}")
    occurred, fields, dates = _times(draw)
    harms = [draw.pick(sorted(_PHYSICAL)) for _ in range(draw.number(1, 3))]
    reporter, anonymous, is_affected = _reporter(draw, version)
    metadata = draw.maybe(FromOnlineForms=False) | {"IsAnonymous": anonymous}
    metadata |= {} if number is None else {"ReferenceNumber": ("String", number)}
    event = an_lfpse_event(
        a_section("adverse-event-estimated-date", version, **dates),
        a_section("adverse-event-reference-metadata", version, **metadata),
        *_sections(draw, version),
        version=version,
        id=event_id,
        description=draw.told(),
        patients=[_patient(draw, version, harm) for harm in harms],
        reporter=reporter,
        place=_place(draw, version),
        **fields,
    )
    levels = tuple(_PHYSICAL[harm] for harm in harms)
    written = Written(number or event_id, occurred, levels, is_affected, is_record_id_private=True)
    return Draft(event, (written,), draw.pick(("application/fhir+json", "application/json")))


def _times(draw: Draw) -> tuple[Span, dict[str, Any], dict[str, Any]]:
    at = draw.at()
    if draw.chance(0.2):
        month = at.replace(day=1, hour=0, minute=0, second=0)
        length = (month + _MONTH).replace(day=1) - month
        return ends_of(month, length), {"date": None}, {"ApproximateDate": f"{month:%Y-%m}"}
    fields = {"date": at.date().isoformat()}
    if draw.chance():
        moment = write_moment(at)
        return (moment, moment), fields, {"PreciseTime": ("Time", f"{at:%H:%M:%S}")}
    midnight = at.replace(hour=0, minute=0, second=0)
    return ends_of(midnight, timedelta(days=1)), fields, {"EstimatedTime": "2"}


def _patient(draw: Draw, version: str, harm: str) -> dict[str, Any]:
    age: dict[str, Any] = draw.pick(
        (
            {"AgeAtTimeOfIncidentDays": 372 * draw.number(1, 99)},
            {"AgeAtTimeOfIncidentDays": draw.number(0, 30)},
            {"AgeAtTimeOfIncidentDays": None, "AgeBracket": str(draw.number(1, 12))},
        )
    )
    more = draw.maybe(
        StrengthOfAssociation="4", Gender="1", ClinicalOutcome=("String", draw.told())
    )
    return a_patient(version, **age, **more, PhysicalHarm=harm)


def _reporter(draw: Draw, version: str) -> tuple[dict[str, Any], bool, bool]:
    kind, involvement = draw.pick("12345"), draw.pick("12345")
    anonymous, has_contact = draw.chance(0.2), draw.chance(0.8)
    contact = draw.secret(f"rita{draw.serial()}@") + ".example"
    section = a_reporter(
        version,
        ReporterType=kind,
        ReporterRole=draw.pick("12345678"),
        ReporterInvolvement=involvement,
        ReporterContact=("String", contact) if has_contact else None,
        ReporterName=("String", draw.secret("Rita ")) if draw.chance() else None,
    )
    is_there = kind == _STAFF and involvement in {_DIRECT, _WITNESS}
    return section, anonymous, is_there and has_contact and not anonymous


def _place(draw: Draw, version: str) -> dict[str, Any]:
    specialty = draw.pick(("107", "147", "174", "105", None))
    area = draw.pick(("3", "19", "9", None))
    return a_place(version, ResponsibleSpecialty=specialty, ServiceArea=area)


def _sections(draw: Draw, version: str) -> list[dict[str, Any]]:
    found = [
        a_section("adverse-event-agent", version, InvolvedAgents=draw.pick((["4"], ["3", "9"]))),
        a_section("adverse-event-safety-challenges", version, SafetyChallenges=draw.pick("12345")),
        a_section("adverse-event-governance", version, NeverEvent="n", SeriousIncident="y"),
        a_section(
            "adverse-event-outcome",
            version,
            OutcomeType=draw.pick(("2", "3", "7")),
            ImmediateActions=("String", draw.told()),
            WentWell=("String", draw.told()),
        ),
        a_section(
            "adverse-event-problem-people",
            version,
            PeopleActionFactors=draw.pick("1234"),
            PeopleActionFactorsOther=("String", draw.told()),
        ),
    ]
    return [section for section in found if draw.chance()]
