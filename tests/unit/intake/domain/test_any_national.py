"""Degraded and hostile LFPSE events and AHRQ forms: mapped or refused, and nobody's words go on."""

import json
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from services.intake.domain.finish import finish
from services.intake.domain.receive import receive
from services.intake.domain.results import Mapped
from tests.builders.ahrq import a_form
from tests.builders.lfpse import HOST, an_lfpse_event
from tests.builders.reports import RAW_REF, RECEIVED_AT, TABLES, some_hints

CANARY = "Xq7 Zebra Quartz"
CODES = st.sampled_from(["1", "4", "99", "y", "u", " 5 ", CANARY, "", "LA33-6", "LA20747-4"])
SCALARS = CODES | st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False)
VALUES = SCALARS | st.dictionaries(st.sampled_from(["code", "coding", "display"]), SCALARS)
WORDS = sorted({word for fields in TABLES.lfpse_fields.values() for word in fields})
NAMES = st.sampled_from(sorted(TABLES.lfpse_fields)) | st.just(CANARY)
TYPES = st.sampled_from(["valueCode", "valueString", "valueInteger", "valueTime", "valueCoding"])
MEMBERS = st.builds(
    lambda word, kind, value: {"url": word, kind: value},
    st.sampled_from(WORDS) | st.just(CANARY),
    TYPES,
    VALUES,
)
QUESTIONS = sorted({question for question, _ in TABLES.ahrq} | {"74560-4", "74554-7", "74081-1"})
ANSWERS = st.lists(st.builds(lambda kind, value: {kind: value}, TYPES, VALUES), max_size=3)


@st.composite
def sections(draw: st.DrawFn) -> dict[str, Any]:
    """Return a section with some of the words that it may have, or of others."""
    members = draw(st.lists(MEMBERS, max_size=6))
    inner = draw(st.lists(MEMBERS.map(lambda member: {"extension": [member]}), max_size=1))
    return {"url": f"{HOST}{draw(NAMES)}-6", "extension": [*members, *inner]}


def _check(document: Any) -> None:
    body = json.dumps(document).encode()
    for result in receive(body, some_hints()):
        told = repr(result)
        if isinstance(result, Mapped):
            report = finish(result.draft, received_at=RECEIVED_AT, raw_ref=RAW_REF)
            told += report.to_json().decode()
            (again,) = receive(result.body, some_hints(result.content_type))
            assert isinstance(again, Mapped)
            assert again.draft == result.draft
        assert CANARY not in told


@given(found=st.lists(sections(), max_size=5), version=st.sampled_from(["4", "5", "6"]))
@example(found=[{"url": 7, "extension": [{"url": None, "valueCode": {}}]}], version="5")
@example(found=[{"url": f"{HOST}patient-information-5", "extension": 3}], version="6")
def test_any_sections_are_mapped_and_keep_their_words(
    found: list[dict[str, Any]], version: str
) -> None:
    """Any word in any section, in the root and in a contained resource."""
    event = an_lfpse_event(version=version, description=CANARY)
    event["extension"] = found
    event["contained"] = [{"resourceType": "Patient", "extension": found}, None, 7]

    _check(event)


@given(answers=st.dictionaries(st.sampled_from(QUESTIONS), ANSWERS))
def test_any_answers_are_mapped_or_refused(answers: dict[str, Any]) -> None:
    """Whatever is filled in where; only the event's own number goes on as it is."""
    answers.pop("74081-1", None)

    _check(a_form(answers=answers, source={"display": CANARY}))
