"""One report of each format, for measuring what its mapping costs."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from services.demo.story.reports import chapters
from services.intake.domain.context import Hints, MappingContext
from services.intake.packs.pack_files import shipped_packs
from tests.builders.crowd import severe
from tests.builders.fhir import an_r5_event

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
JSON, FHIR, CSV = "application/json", "application/fhir+json", "text/csv"


@dataclass(frozen=True, slots=True)
class Sample:
    """A body that holds one report, and how it is to be read.

    `goal_us` is what was aimed at; `release` is set where fhir.resources can read the body.
    """

    what: str
    body: bytes
    hints: Hints
    goal_us: float | None = None
    release: str | None = None

    @property
    def title(self) -> str:
        """The name of the measurement, with the size of the body."""
        return f"map {self.what}, {len(self.body) / 1000:.1f} kB"


def samples(context: MappingContext, now: datetime) -> Iterator[Sample]:
    """Yield a report like those of the demo, or one of docs/examples, per format."""
    packed = replace(context, packs=shipped_packs())
    r4 = json.dumps(chapters(now)[5].body).encode()
    yield Sample("native JSON", json.dumps(severe(1, now)).encode(), Hints(context, JSON), 25)
    yield Sample("FHIR R4 AdverseEvent", r4, Hints(context, FHIR), release="R4")
    r5 = json.dumps(an_r5_event()).encode()
    yield Sample("FHIR R5 AdverseEvent", r5, Hints(context, FHIR), 60, "R5")
    yield Sample("LFPSE v6", (EXAMPLES / "lfpse-v6.json").read_bytes(), Hints(context, FHIR))
    form = (EXAMPLES / "ahrq-event-form.json").read_bytes()
    yield Sample("AHRQ Common Formats 1.2", form, Hints(context, FHIR), release="R4")
    yield Sample("Datix row (CSV)", _first_row(), Hints(packed, CSV, pack="datixweb"))


def _first_row() -> bytes:
    lines = (EXAMPLES / "northwick-datix.csv").read_bytes().splitlines(keepends=True)
    return b"".join(lines[:2])
