"""Any number of different reports of every format, in bodies as publishers send them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from services.intake.domain.context import Hints, MappingContext
from tests.bench.rows import plain_rows
from tests.builders.crowd import severe
from tests.builders.fhir import an_r4_event, an_r5_event

EACH: Final = 50
_EXAMPLES: Final = Path(__file__).parents[2] / "docs" / "examples"
_FHIR: Final = "application/fhir+json"


@dataclass(frozen=True, slots=True)
class Body:
    """A request body of `EACH` reports of one format."""

    content: bytes
    media_type: str
    pack: str | None = None

    def hints(self, context: MappingContext) -> Hints:
        """Return how it is to be read."""
        return Hints(context, self.media_type, pack=self.pack)


def bodies(reports: int, now: datetime) -> Iterator[Body]:
    """Yield bodies, of each format in turn, until there are `reports` or a few more."""
    lfpse = (_EXAMPLES / "lfpse-v6.json").read_text()
    form = (_EXAMPLES / "ahrq-event-form.json").read_text()
    for first in range(0, reports, EACH * 6):
        numbers = range(first, first + EACH)
        yield _array((severe(n, now) for n in numbers), "application/json")
        yield _bundle(an_r4_event(id=f"r4-{n}") for n in numbers)
        yield _bundle(an_r5_event(id=f"r5-{n}") for n in numbers)
        yield _bundle(json.loads(lfpse.replace("W-20417", f"W-{n}")) for n in numbers)
        yield _array((json.loads(form.replace("E-456", f"E-{n}")) for n in numbers), _FHIR)
        yield Body(plain_rows(EACH, first).encode(), "text/csv", "generic")


def _array(documents: Iterator[dict[str, Any]], media_type: str) -> Body:
    return Body(json.dumps(list(documents)).encode(), media_type)


def _bundle(resources: Iterator[dict[str, Any]]) -> Body:
    entries = [{"resource": resource} for resource in resources]
    bundle = {"resourceType": "Bundle", "type": "batch", "entry": entries}
    return Body(json.dumps(bundle).encode(), _FHIR)
