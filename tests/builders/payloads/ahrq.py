"""AHRQ's Common Formats 1.2 as QuestionnaireResponse, as a reporting tool fills them in."""

from typing import Any, Final

from tests.builders.ahrq import NO, YES, a_choice, a_form
from tests.builders.payloads.draw import Draw
from tests.builders.payloads.payload import Draft, Written

_FORMS: Final = ("74495-3", "74502-6", "74501-8", "74080-3", "74725-3")
_HARMS: Final = {
    "LA20747-4": "death",
    "LA20748-2": "severe",
    "LA20749-0": "moderate",
    "LA21150-0": "mild",
    "LA21151-8": "none",
    "LA4489-6": None,
}
_KINDS: Final = ("Incident", "Near miss", "Unsafe condition")
_ABOUT: Final = ("Fall", "Blood or blood product", "Perinatal", "Other", "Pressure ulcer")


def generate(draw: Draw) -> Draft:
    """Return one form."""
    form, event_id = draw.pick(_FORMS), f"EV{draw.serial()}"
    harm = draw.pick(sorted(_HARMS)) if draw.chance(0.8) else None
    response = a_form(
        form,
        event_id=event_id,
        id=f"qr-{draw.serial()}",
        status=draw.pick(("completed", "amended", "in-progress")),
        authored=draw.instant()[0] if draw.chance() else None,
        subject=_subject(draw),
        source=_source(draw),
        answers=_answers(draw, harm),
    )
    harms = (None if harm is None else _HARMS[harm],)
    return Draft(response, (Written(f"{event_id}/{form}", harms=harms),), "application/fhir+json")


def _subject(draw: Draw) -> dict[str, Any]:
    if draw.chance():
        return {"reference": f"Patient/{draw.secret(draw.serial())}", "display": draw.told()}
    return {"identifier": {"system": "mrn", "value": draw.secret(draw.serial())}}


def _source(draw: Draw) -> dict[str, Any] | None:
    kind = draw.pick(("Practitioner", "Patient", "RelatedPerson", None))
    if kind is None:
        return None
    return {"reference": f"{kind}/{draw.secret(draw.serial())}", "display": draw.secret("Ron ")}


def _answers(draw: Draw, harm: str | None) -> dict[str, Any]:
    return {
        "30947-6": [{"valueDate": draw.day()[0]}],
        "74079-5": [a_choice(display=draw.pick(_KINDS))],
        "74552-1": [a_choice(display=about) for about in draw.some(_ABOUT, 2)],
        "74554-7": [{"valueString": draw.told()}],
        "74560-4": [] if harm is None else [a_choice(harm, "as graded")],
    } | draw.maybe(
        **{
            "74551-3": [draw.pick((YES, NO))],
            "74562-0": [draw.pick((YES, NO))],
            "74072-0": [a_choice("LA20275-6", "Incorrect action")],
            "74062-1": [{"valueString": draw.told()}],
        }
    )
