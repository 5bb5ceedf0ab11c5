"""Forms of AHRQ's Common Formats 1.2: which of them a QuestionnaireResponse is, and its items."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from services.intake.domain.fhir_elements import objects
from services.intake.domain.tables import Tables, normal

RESPONSE: Final = "QuestionnaireResponse"
FORM: Final = "form"


def form_of(response: Mapping[str, Any], tables: Tables) -> str | None:
    """Return the LOINC code of the form; None for a questionnaire of somebody else."""
    for item in items_of(response):
        for part in segments(item):
            if (FORM, normal(part)) in tables.ahrq:
                return part
    return None


def segments(item: Mapping[str, Any]) -> list[str]:
    """Return the codes in an item's `linkId`, the question's own last."""
    link = item.get("linkId")
    return link.strip().split("/") if isinstance(link, str) else [""]


def items_of(response: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every item of a response, however deep the groups are nested."""
    waiting = objects(response.get("item"))[::-1]
    while waiting:
        item = waiting.pop()
        yield item
        within = objects(item.get("item"))
        for answer in objects(item.get("answer")):
            if "item" in answer:
                within += objects(answer["item"])
        if within:
            waiting += within[::-1]
