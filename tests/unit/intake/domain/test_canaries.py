"""Planted names, numbers and narratives: none leaves intake, in a report or in a refusal."""

from typing import Any

import orjson
import pytest

from services.intake.domain.finish import finish
from services.intake.domain.receive import receive
from services.intake.domain.results import Mapped
from tests.builders.ahrq import a_choice, a_form
from tests.builders.fhir import a_bundle, a_concept, an_r4_event, an_r5_event
from tests.builders.lfpse import (
    a_patient,
    a_place,
    a_reporter,
    a_section,
    an_lfpse_event,
)
from tests.builders.reports import RAW_REF, RECEIVED_AT, TABLES, a_native_report, some_hints

CANARY = "Zz9Quokka"
ID = {"system": "login", "value": f"{CANARY}-login"}
NATIVE = a_native_report(
    patients=[
        {
            "ids": [{"system": "mrn", "value": f"{CANARY}-mrn"}],
            "birth_date": "1931-07-23",
            "name": f"{CANARY} Patient",
            "harm": {"scale": "nrls", "code": CANARY},
            "harm_psychological": CANARY,
            CANARY: 1,
        }
    ],
    staff=[
        {"id": ID, "signals": ["distress", CANARY], "role": CANARY},
        {"name": f"{CANARY} Nurse", "mood": CANARY},
    ],
    reporter={"id": ID, "role": CANARY},
    investigators=[ID],
    proceedings=[{"type": "police", "persons": [ID]}, {"type": CANARY}],
    narrative=f"{CANARY} fell",
    immediate_actions=f"{CANARY} was lifted",
    location={"unit_name": f"{CANARY} ward"},
    codings=[{"system": "urn:s", "code": f"{CANARY} fell", "display": f"{CANARY} display"}],
    kind=CANARY,
    categories=[CANARY],
    occurred={"at": CANARY, "precision": CANARY},
    ext={CANARY: CANARY},
    **{CANARY: CANARY},
)
PERSON = {
    "resourceType": "Practitioner",
    "id": CANARY,
    "name": [{"family": CANARY}],
    "telecom": [{"system": "email", "value": f"{CANARY}@x.org"}],
}
PATIENT = {
    "resourceType": "Patient",
    "id": CANARY,
    "name": [{"family": CANARY}],
    "birthDate": "1931-07-23",
    "identifier": [{"system": "mrn", "value": CANARY}],
    "address": [{"text": CANARY}],
}
R4 = an_r4_event(
    id=CANARY,
    identifier={"system": "urn:risk", "value": CANARY},
    contained=[PERSON, PATIENT],
    subject={"reference": f"#{CANARY}", "display": CANARY},
    contributor=[{"reference": f"Practitioner/{CANARY}", "display": CANARY}],
    recorder={"type": "Practitioner", "display": CANARY},
    event=a_concept("1", text=f"{CANARY} fell"),
    category=[{"text": CANARY, "coding": [{"code": f"{CANARY} x", "display": CANARY}]}],
    location={"display": CANARY},
    outcome=a_concept(CANARY),
    severity=a_concept(CANARY),
    text={"div": f"<div>{CANARY}</div>"},
    **{CANARY: CANARY},
)
R5 = an_r5_event(
    id=CANARY,
    subject={"identifier": {"system": "mrn", "value": CANARY}},
    note=[{"text": CANARY}],
    participant=[{"function": a_concept(CANARY), "actor": {"display": CANARY}}],
    status=CANARY,
)

TOLD = ("String", f"{CANARY} fell")
LFPSE = an_lfpse_event(
    *(
        a_section(section, **dict.fromkeys(sorted(fields), TOLD))
        for section, fields in TABLES.lfpse_fields.items()
        if section not in {"location-details", "practitioner-details", "patient-information"}
    ),
    a_section(f"{CANARY}-section", **{CANARY: TOLD}),
    id=CANARY,
    description=TOLD[1],
    type={"text": CANARY, "coding": [{"code": CANARY, "display": CANARY}]},
    patients=[a_patient(**dict.fromkeys(TABLES.lfpse_fields["patient-information"], TOLD))],
    reporter=a_reporter(ReporterContact=TOLD, ReporterRoleOther=TOLD, WhyAnonymousOther=TOLD),
    place=a_place(**dict.fromkeys(TABLES.lfpse_fields["location-details"], TOLD)),
    **{CANARY: CANARY},
)
AHRQ = a_form(
    id=CANARY,
    subject={"reference": f"Patient/{CANARY}", "display": CANARY},
    source={"reference": f"Practitioner/{CANARY}", "display": CANARY},
    contained=[PERSON, PATIENT],
    answers={
        code: [{"valueString": CANARY}, a_choice(f"{CANARY} x", CANARY)]
        for code in ("74554-7", "74560-4", "74552-1", "74079-5", "74072-0", "74551-3", "74062-1")
    },
)


@pytest.mark.parametrize(
    "document",
    [NATIVE, R4, R5, a_bundle(PATIENT, R4, PERSON), [NATIVE, R5], LFPSE, a_bundle(LFPSE), AHRQ],
    ids=["native", "R4", "R5", "bundle", "array", "LFPSE", "LFPSE in a bundle", "AHRQ"],
)
def test_no_canary_is_in_a_published_report(document: Any) -> None:
    """Only pseudonyms, keyed hashes and words of our own go on."""
    results = receive(orjson.dumps(document), some_hints())

    for result in results:
        assert isinstance(result, Mapped)
        report = finish(result.draft, received_at=RECEIVED_AT, raw_ref=RAW_REF)
        told = report.to_json().decode() + repr(result)
        assert CANARY.casefold() not in told.casefold()
        assert "1931" not in told


@pytest.mark.parametrize(
    "document",
    [
        NATIVE | {"tenant": CANARY},
        NATIVE | {"record_id": None},
        NATIVE | {"staff": [{"name": CANARY}] * 201},
        R4 | {"study": CANARY},
        {"resourceType": CANARY},
        {CANARY: CANARY},
        {"specversion": CANARY, "type": CANARY, "source": CANARY, CANARY: CANARY},
        {"specversion": "1.0", "id": "1", "type": "t", "source": "s", "time": CANARY},
        CANARY,
    ],
    ids=["tenant", "id", "staff", "study", "type", "shape", "version", "time", "text"],
)
def test_no_canary_is_in_a_refusal(document: Any) -> None:
    """What a publisher is told holds no word of what was sent."""
    for result in receive(orjson.dumps(document), some_hints()):
        assert not isinstance(result, Mapped)
        told = f"{result!r} {result.detail} {result.pointer} {result.code}"
        assert CANARY.casefold() not in told.casefold()
