"""The tolerant readers know exactly the fields and words of the published contract."""

from collections.abc import Iterable
from typing import Any

import pytest
from pydantic import BaseModel

from services.intake.domain import circumstances, lists, occurrence, patients, people, places
from services.intake.domain.regularise import FIELDS
from services.intake.domain.tables import VOCABULARIES
from shared.contracts import incident_report as contract
from shared.contracts.incident_report import IncidentReport
from shared.contracts.words import QualityFlag
from tests.builders.reports import TABLES, a_native_report, mapped

# Sources that send no id may send a name; who may not be named at all is in the same reader.
ALSO_READ = {"reporter": {"name"}, "report": {"tenant"}}


@pytest.mark.parametrize(
    ("read", "model", "also"),
    [
        (FIELDS, IncidentReport, ALSO_READ["report"]),
        (people._STAFF_READERS, contract.ReportedStaff, set()),
        (people._REPORTER_READERS, contract.ReportedReporter, ALSO_READ["reporter"]),
        (patients._READERS, contract.ReportedPatient, set()),
        (places._READERS, contract.ReportedLocation, set()),
        (circumstances._READERS, contract.ReportedCircumstances, set()),
        (circumstances._SUPPORT, contract.Support, set()),
        (circumstances._MARKING, contract.Confidentiality, set()),
        (lists._PROCEEDING_READERS, contract.ReportedProceeding, set()),
        (lists._CODING_FIELDS, contract.ReportedCoding, set()),
        (occurrence._FIELDS, contract.Occurred, set()),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_every_field_of_the_contract_is_read(
    read: Iterable[str], model: type[BaseModel], also: set[str]
) -> None:
    """A field added to the contract must be added to its reader, and the other way round."""
    assert set(read) == set(model.model_fields) | also


@pytest.mark.parametrize("vocabulary", VOCABULARIES)
def test_every_word_of_the_contract_is_understood(vocabulary: str) -> None:
    """No synonym may shadow a word of our own."""
    for word in VOCABULARIES[vocabulary]:
        assert TABLES.word(vocabulary, word.value) == word.value
        assert TABLES.word(vocabulary, word.value.upper().replace("_", "-")) == word.value


def test_what_the_contract_accepts_maps_without_a_flag() -> None:
    """A publisher who follows the schema to the letter hears of no quality problem."""
    report: dict[str, Any] = a_native_report(
        location={"place_type": "icu", "campus": "main"},
        reporter={"type": "staff", "involvement": "informed", "concern": 3},
        circumstances={"error": "suspected", "multiple_patients": 2, "family_present": "unknown"},
        support={"support_offered": False},
        confidentiality={"privileged": True},
        updated_at="2026-03-02T08:00:00Z",
        revision=2,
        narrative="as told",
    )

    IncidentReport.model_validate(report)
    assert mapped(report).draft.flags == ()
    assert QualityFlag.FIELD_UNKNOWN in mapped(report | {"extra": 1}).draft.flags
