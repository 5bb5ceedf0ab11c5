"""The seven reports of the demo. People, places and numbers are invented.

Times are given relative to the moment of the demo, so that no report is late.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from shared.contracts.values import write_moment

NATIVE = "application/json"
FHIR = "application/fhir+json"
GROUP = {"system": "riverside-occurrence", "value": "RO-4711"}


@dataclass(frozen=True, slots=True)
class Chapter:
    """One report of the story: what is posted, and what must become of it.

    `tier`: which highest tiers are right (none: refused with `status`); `persons`: how many persons
    have a tier of 2 or more; `team` whether a team is to be asked.
    """

    title: str
    teaches: str
    body: Mapping[str, Any]
    media_type: str = NATIVE
    status: int = 202
    tier: tuple[int, ...] = ()
    persons: int = 0
    team: bool = False
    joins: bool = False


def chapters(now: datetime) -> tuple[Chapter, ...]:
    """Return the story, told at `now`."""
    return (
        _tenfold_dose(now),
        _same_again(now),
        _expected_death(now),
        _fall(now),
        _near_miss(now),
        _fhir(now),
        _broken(),
    )


def _ago(now: datetime, **span: float) -> str:
    return write_moment(now - timedelta(**span))


def _login(value: str) -> dict[str, str]:
    return {"system": "login", "value": value}


def _tenfold_dose(now: datetime) -> Chapter:
    return Chapter(
        title="A child dies after a tenfold dose; three members of staff are named",
        teaches="each of the three is offered a trained peer, at once",
        tier=(2, 3),
        persons=3,
        body={
            "record_id": "R-1001",
            "revision": 1,
            "kind": "incident",
            "group_ids": [GROUP],
            "occurred": {"at": _ago(now, hours=2)},
            "reported_at": _ago(now, minutes=20),
            "location": {"unit_id": "childrens-ward", "place_type": "inpatient"},
            "categories": ["medication"],
            "patients": [
                {
                    "ids": [{"system": "hospital-number", "value": "H-000123"}],
                    "age_years": 4,
                    "harm": "death",
                    "died": True,
                }
            ],
            "circumstances": {"error": "yes", "death_expected": "no", "reached_patient": "yes"},
            "staff": [
                {
                    "id": _login("a.lindqvist"),
                    "role": "nurse",
                    "involvement": "direct",
                    "own_act": "yes",
                },
                {
                    "id": _login("b.okonedo"),
                    "role": "resident",
                    "involvement": "direct",
                    "trainee": "yes",
                    "own_act": "no",
                },
                {"id": _login("c.marchetti"), "role": "pharmacist", "involvement": "assisted"},
            ],
            "reporter": {
                "id": _login("d.hallberg"),
                "type": "staff",
                "role": "nurse",
                "involvement": "informed",
            },
            "narrative": "Written by the ward. It stays encrypted at intake.",
        },
    )


def _same_again(now: datetime) -> Chapter:
    return Chapter(
        title="The pharmacy files the same event; both records carry one group id",
        teaches="one occurrence: nobody is asked a second time, the technician is found",
        tier=(2, 3),
        persons=4,
        joins=True,
        body={
            "record_id": "P-2001",
            "revision": 1,
            "kind": "incident",
            "group_ids": [GROUP],
            "occurred": {"at": _ago(now, hours=2)},
            "location": {"unit_id": "pharmacy", "place_type": "pharmacy"},
            "categories": ["medication"],
            "patients": [{"age_years": 4, "harm": "death"}],
            "circumstances": {"error": "yes"},
            "staff": [
                {"id": _login("c.marchetti"), "role": "pharmacist", "involvement": "direct"},
                {
                    "id": _login("e.novak"),
                    "role": "pharmacy_technician",
                    "involvement": "direct",
                    "own_act": "yes",
                },
            ],
        },
    )


def _expected_death(now: datetime) -> Chapter:
    return Chapter(
        title="An expected death in palliative care",
        teaches="nobody is disturbed; self-referral stays open to everyone",
        tier=(0,),
        body={
            "record_id": "R-1002",
            "kind": "outcome",
            "occurred": {"at": _ago(now, hours=9)},
            "location": {"unit_id": "palliative-care", "place_type": "inpatient"},
            "categories": ["other"],
            "patients": [{"age_years": 81, "harm": "none", "died": True}],
            "circumstances": {
                "death_expected": "yes",
                "palliative": "yes",
                "error": "no",
                "resuscitation": "no",
            },
            "staff": [
                {
                    "id": _login("f.ahlgren"),
                    "role": "nurse",
                    "involvement": "direct",
                    "own_act": "no",
                    "trainee": "no",
                    "first_of_kind": "no",
                    "relationship": [],
                    "signals": [],
                }
            ],
            "proceedings": [],
        },
    )


def _fall(now: datetime) -> Chapter:
    return Chapter(
        title="A fall with severe harm; nobody is named",
        teaches="the unit's team stands before the coordinator, with a shift and no names",
        tier=(1, 2),
        team=True,
        body={
            "record_id": "R-1003",
            "kind": "incident",
            "occurred": {"at": _ago(now, hours=5)},
            "location": {"unit_id": "orthopaedics", "place_type": "inpatient"},
            "categories": ["fall"],
            "patients": [{"age_years": 77, "harm": "severe", "harm_duration": "permanent"}],
            "team_headcount": 4,
            "reporter": {"type": "staff", "role": "nurse", "anonymous": "yes"},
        },
    )


def _near_miss(now: datetime) -> Chapter:
    return Chapter(
        title="A near miss by a nurse who is new",
        teaches="no letter to anybody; it counts for the unit's weekly digest (tier 1)",
        tier=(1,),
        body={
            "record_id": "R-1004",
            "kind": "near_miss",
            "occurred": {"at": _ago(now, hours=4)},
            "location": {"unit_id": "childrens-ward", "place_type": "inpatient"},
            "categories": ["medication"],
            "patients": [{"age_years": 52, "harm": "none", "died": False}],
            "circumstances": {"error": "yes", "reached_patient": "no"},
            "staff": [
                {
                    "id": _login("g.demir"),
                    "role": "nurse",
                    "involvement": "direct",
                    "own_act": "yes",
                    "new_in_role": "yes",
                }
            ],
        },
    )


def _fhir(now: datetime) -> Chapter:
    return Chapter(
        title="A FHIR R4 AdverseEvent from the electronic record: an unexpected death in theatre",
        teaches="mapped without code; the named anaesthetist is offered a peer",
        media_type=FHIR,
        tier=(2, 3),
        persons=1,
        body={
            "resourceType": "AdverseEvent",
            "id": "riverside-ae-7",
            "actuality": "actual",
            "category": [
                {
                    "coding": [
                        {
                            "system": "http://terminology.hl7.org/CodeSystem/adverse-event-category",
                            "code": "procedure-mishap",
                        }
                    ]
                }
            ],
            "subject": {"reference": "Patient/example"},
            "date": _ago(now, hours=3),
            "recordedDate": _ago(now, minutes=10),
            "severity": {"coding": [{"code": "severe"}]},
            "outcome": {
                "coding": [
                    {
                        "system": "http://terminology.hl7.org/CodeSystem/adverse-event-outcome",
                        "code": "fatal",
                    }
                ]
            },
            "contributor": [
                {
                    "type": "Practitioner",
                    "identifier": {"system": "login", "value": "h.sorensen"},
                }
            ],
        },
    )


def _broken() -> Chapter:
    return Chapter(
        title="A broken report without a record id",
        teaches="refused with a reason that names the field, and kept, encrypted, for a redrive",
        status=422,
        body={"kind": "incident", "categories": ["fall"]},
    )
