"""Which record and revision an LFPSE event is, what retracts it and what marks it."""

from typing import Any

from services.intake.domain.context import SourceSettings
from services.intake.domain.results import Draft
from shared.contracts.words import QualityFlag
from shared.identity import record_pseudonym
from tests.builders.lfpse import REFERENCE, a_section, an_lfpse_event
from tests.builders.reports import PSEUDONYM_KEY, mapped, some_hints

METADATA = "adverse-event-reference-metadata"


def draft_of(*sections: dict[str, Any], hints: Any = None, **fields: Any) -> Draft:
    """Return what an event maps to."""
    return mapped(an_lfpse_event(*sections, **fields), hints).draft


def test_the_reference_number_is_the_record_and_its_group() -> None:
    """As a pseudonym, as all ids of AdverseEvents; the id is the service's own."""
    draft = draft_of()

    assert draft.record_id == record_pseudonym(PSEUDONYM_KEY, REFERENCE)
    assert draft.content["group_ids"] == [
        {"system": "lfpse", "value": record_pseudonym(PSEUDONYM_KEY, f"lfpse|{REFERENCE}")}
    ]
    assert draft.revision == "2"


def test_without_a_number_the_record_is_what_it_is_in_fhir() -> None:
    """What a trust sends before the national service has answered: its own id."""
    section = a_section(METADATA, IsAnonymous=False)

    assert draft_of(section).record_id == record_pseudonym(PSEUDONYM_KEY, "7f0c")


def test_a_source_may_say_which_id_counts() -> None:
    """By id, deletions find their record; plain where the settings say so."""
    sources = {"native": SourceSettings(record_id="id", record_id_hmac=False)}
    draft = draft_of(hints=some_hints(sources=sources))

    assert draft.record_id == "7f0c"
    assert draft.content["group_ids"] == [{"system": "lfpse", "value": REFERENCE}]


def test_by_its_own_number_an_event_is_one_record_before_and_after_the_national_answer() -> None:
    """The first submission has neither id nor reference number."""
    own = {"system": "urn:trust", "value": "W-1"}
    hints = some_hints(sources={"native": SourceSettings(record_id="identifier:urn:trust")})
    before = draft_of(a_section(METADATA, IsAnonymous=False), id=None, identifier=own, hints=hints)

    assert before.incident_key == draft_of(identifier=own, hints=hints).incident_key
    assert before.flags == draft_of(identifier=own, hints=hints).flags


def test_entered_in_error_retracts() -> None:
    """And a status that nobody knows is noted."""
    assert draft_of(version="6", status="entered-in-error").content["status"] == "retracted"
    assert QualityFlag.VALUE_UNMAPPED in draft_of(status="zebra").flags


def test_a_revision_changes_the_event_and_not_the_record() -> None:
    """By the version of the resource."""
    meta = an_lfpse_event()["meta"]
    again = draft_of(meta=meta | {"versionId": "3"})

    assert again.incident_key == draft_of().incident_key
    assert again.event_id != draft_of().event_id


def test_opting_out_of_sharing_is_a_marking() -> None:
    """What it does is the tenant's to say."""
    opted = draft_of(a_section(METADATA, DataSharingOptOut=True))

    assert opted.content["confidentiality"] == {"data_sharing_opt_out": True}
