"""The reporter of an LFPSE event, and where and when it happened."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.intake.domain.context import UnitTable
from services.intake.domain.results import Draft
from shared.contracts.words import QualityFlag
from shared.identity import person_ref
from tests.builders.lfpse import CONTACT, a_place, a_reporter, a_section, an_lfpse_event
from tests.builders.reports import PSEUDONYM_KEY, mapped, some_hints

METADATA = "adverse-event-reference-metadata"
DATE = "adverse-event-estimated-date"
NURSE = person_ref(PSEUDONYM_KEY, "email", CONTACT.lower())


def draft_of(*sections: dict[str, Any], hints: Any = None, **fields: Any) -> Draft:
    """Return what an event maps to."""
    return mapped(an_lfpse_event(*sections, **fields), hints).draft


def test_a_reporter_who_helped_to_provide_the_care_is_one_of_those_affected() -> None:
    """Involvement 4; the team is looked for as well, since nobody else is named."""
    content = draft_of().content

    assert content["staff"] == [{"person_ref": NURSE, "role": "nurse", "involvement": "direct"}]
    assert content["reporter"]["concern"] == 4
    assert content["team_hint"]["reason"] == "reporter_only"


@pytest.mark.parametrize(
    "section",
    [
        a_section(METADATA, IsAnonymous=True),
        a_section(METADATA, IsAnonymous=("String", "true")),
    ],
)
def test_an_anonymous_reporter_is_nobody(section: dict[str, Any]) -> None:
    """No outreach to the reporter, ever: no identifier is left."""
    content = draft_of(section).content

    assert content["reporter"]["anonymous"] is True
    assert "staff" not in content
    assert NURSE not in repr(content)


def test_reasons_for_staying_anonymous_are_anonymity_and_may_be_fear() -> None:
    """Whatever the boolean says: the reasons were only asked of those who stayed unnamed."""
    for code, fear in (("1", None), ("4", True), ("7", True), ("8", None)):
        reporter = draft_of(reporter=a_reporter(WhyAnonymous=code)).content["reporter"]

        assert reporter["anonymous"] is True
        assert "person_ref" not in reporter
        assert reporter.get("fear_of_consequences") is fear


@pytest.mark.parametrize(
    ("given", "kind", "role"),
    [
        ({"ReporterType": "3", "ReporterRole": "4"}, "staff", "physician"),
        ({"ReporterType": None, "ReporterRole": "5"}, "staff", "nurse"),
        ({"ReporterType": "1", "ReporterRole": None}, "patient", None),
        ({"ReporterType": "2", "ReporterRole": "5"}, "relative", None),
        ({"ReporterType": "4", "ReporterRole": None}, "other", None),
        ({"ReporterType": None, "ReporterRole": None}, None, None),
    ],
)
def test_only_staff_have_a_role_and_only_their_contact_goes_on(
    given: dict[str, Any], kind: str | None, role: str | None
) -> None:
    """Patients and relatives are no colleagues."""
    reporter = draft_of(reporter=a_reporter(**given)).content["reporter"]

    assert (reporter.get("type"), reporter.get("role")) == (kind, role)
    assert ("person_ref" in reporter) is (kind == "staff")


@pytest.mark.parametrize(
    ("code", "involvement"),
    [("1", "witness"), ("2", "informed"), ("3", "discovered"), ("4", "direct"), ("5", None)],
)
def test_involvement_as_the_reporter_tells_it(code: str, involvement: str | None) -> None:
    """Who was there is one of the staff; who was told is not."""
    content = draft_of(reporter=a_reporter(ReporterInvolvement=code)).content

    assert content["reporter"].get("involvement") == involvement
    assert ("staff" in content) is (involvement in {"witness", "direct"})


@pytest.mark.parametrize(
    ("text", "system", "value"),
    [
        (f"Rita Reporter <{CONTACT}>", "email", CONTACT.lower()),
        ("ext 4711", "lfpse-contact", "ext 4711"),
        ("a@b@c", "lfpse-contact", "a@b@c"),
    ],
)
def test_contact_details_identify_by_their_address(text: str, system: str, value: str) -> None:
    """One person has one pseudonym, however the address is dressed up."""
    content = draft_of(reporter=a_reporter(ReporterContact=("String", text))).content

    assert content["reporter"]["person_ref"] == person_ref(PSEUDONYM_KEY, system, value)


def test_a_reporter_without_contact_is_nobody_to_write_to() -> None:
    """The team is."""
    content = draft_of(reporter=a_reporter(ReporterContact=None)).content

    assert "staff" not in content
    assert content["team_hint"]["reason"] == "no_staff_named"


def test_no_reporter_and_no_place_at_all() -> None:
    """Absent is unknown."""
    bare = {"resourceType": "AdverseEvent", "id": "1", "meta": an_lfpse_event()["meta"]}
    content = mapped(bare).draft.content

    assert not {"reporter", "location", "patients", "occurred"} & content.keys()
    assert content["codings"] == []


@pytest.mark.parametrize(
    ("given", "place_type"),
    [
        ({"ResponsibleSpecialty": "147"}, "nicu"),
        ({"ResponsibleSpecialty": "174", "ServiceArea": "3"}, "picu"),
        ({"ResponsibleSpecialty": "107"}, "icu"),
        ({"ResponsibleSpecialty": "166"}, "ed"),
        ({"ResponsibleSpecialty": "65"}, "maternity"),
        ({"ResponsibleSpecialty": "77", "ServiceArea": "4"}, "mental_health"),
        ({"ResponsibleSpecialty": "10", "ServiceArea": ["1", "3"]}, "ambulance"),
        ({"ResponsibleSpecialty": None, "ServiceArea": "1"}, None),
        ({"ResponsibleSpecialty": None, "LocationWithinService": "12"}, "pharmacy"),
        ({"ResponsibleSpecialty": None, "LocationWithinService": "4"}, None),
    ],
)
def test_the_specialty_says_the_place_before_the_service(
    given: dict[str, Any], place_type: str | None
) -> None:
    """Acute services are undecided, a hospital is too."""
    content = draft_of(place=a_place(**given)).content

    assert content["location"].get("place_type") == place_type
    assert "unit_id" not in content["location"]


@pytest.mark.parametrize("alias", ["RX1/107", "107", "rx1"])
def test_the_units_of_a_trust_are_found_by_organisation_and_specialty(alias: str) -> None:
    """LFPSE names no ward; the tenant's aliases do."""
    units = UnitTable.of({"itu-east": ("east", {"native": (alias,)})})
    content = draft_of(hints=some_hints(units=units)).content

    assert content["location"]["unit_id"] == "itu-east"
    assert content["team_hint"]["campus"] == "east"


def test_a_location_of_the_trusts_own_is_its_unit() -> None:
    """It is no code of LFPSE, so it can only be theirs."""
    draft = draft_of(place=a_place(LocationWithinService=("String", "W7")))

    assert draft.content["location"]["unit_id"] == "W7"
    assert QualityFlag.UNIT_UNKNOWN in draft.flags


@pytest.mark.parametrize(
    ("date", "words", "earliest", "latest"),
    [
        ("2026-06-01", {"PreciseTime": ("Time", "10:00:00")}, "2026-06-01T09:00", None),
        ("2026-06-01T00:00:00Z", {"PreciseTime": ("Time", "10:00")}, "2026-06-01T09:00", None),
        ("2026-06-01T10:00:00Z", {"PreciseTime": ("Time", "3:00")}, "2026-06-01T10:00", None),
        ("2026-06-01T00:00:00+01:00", {}, "2026-05-31T23:00", "2026-06-01T22:59"),
        (None, {"ApproximateDate": ("String", "2026-03")}, "2026-03-01T00:00", "2026-03-31T22:59"),
        (
            None,
            {"IncidentOccurredToday": "y", "TodaysDate": ("Date", "2026-06-01")},
            "2026-05-31T23:00",
            "2026-06-01T22:59",
        ),
    ],
)
def test_when_as_exactly_as_the_report_knows(
    date: str | None, words: dict[str, Any], earliest: str, latest: str | None
) -> None:
    """The precise time completes a date; a midnight is no time."""
    hints = some_hints(zone=ZoneInfo("Europe/London"))
    occurred = draft_of(a_section(DATE, **words), date=date, hints=hints).content["occurred"]

    assert occurred["earliest"].startswith(earliest)
    assert occurred["latest"].startswith(latest or earliest)


def test_another_day_than_today_does_not_become_today() -> None:
    """The day of the report is when it was reported, no more."""
    section = a_section(DATE, IncidentOccurredToday="n", TodaysDate=("Date", "2026-06-01"))
    content = draft_of(section, date=None).content

    assert "occurred" not in content
    assert content["reported_at"].startswith("2026-06-01")


@pytest.mark.parametrize(
    ("code", "shift"),
    [("1", "day"), ("2", "night"), ("3", "handover"), ("4", "handover"), ("6", None)],
)
def test_a_part_of_the_day_is_the_shift(code: str, shift: str | None) -> None:
    """Where a source knows no more."""
    assert draft_of(a_section(DATE, EstimatedTime=code)).content["occurred"].get("shift") == shift
