"""Our whole mapping beside fhir.resources parsing and validating: the same bytes, in turns."""

import importlib
import json
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from services.demo.story.reports import chapters
from services.intake.domain.context import Hints
from services.intake.domain.receive import receive
from services.intake.domain.results import Refused, Result
from services.offline.context import mapping_context
from shared.site.site import Site
from tests.bench.figures import Section, table
from tests.builders.fhir import a_bundle, an_r4_event, an_r5_event, an_stu3_event

REPEATS: Final = 5
BATCH: Final = 100
SAMPLES: Final = Path(__file__).parents[3] / "shared" / "samples"
_EXAMPLES: Final = Path(__file__).parents[2] / "docs" / "examples"
_PACKAGES: Final = {
    "STU3": "fhir.resources.STU3",
    "R4": "fhir.resources.R4B",  # its R4 is R4B, which left AdverseEvent as it was
    "R5": "fhir.resources",
}


@dataclass(frozen=True, slots=True)
class Document:
    """A FHIR resource of one release as it would be sent."""

    what: str
    release: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Pair:
    """Median CPU microseconds of both; `refused` are what either says where it refuses."""

    document: Document
    ours_us: float
    theirs_us: float
    refused: tuple[str, ...]

    @property
    def row(self) -> list[str]:
        """The pair's row in the table."""
        size = f"{len(self.document.body) / 1000:.1f}"
        ratio = f"{self.theirs_us / self.ours_us:.1f}"
        figures = [f"{self.ours_us:.0f}", f"{self.theirs_us:.0f}", ratio]
        told = "; ".join(self.refused)
        return [self.document.what, self.document.release, size, *figures, told]


def documents() -> Iterator[Document]:
    """Yield the repository's own FHIR reports, then the samples where they are on this machine."""
    story = chapters(datetime.now(UTC))[5].body
    yield Document("demo: AdverseEvent", "R4", json.dumps(story).encode())
    yield Document("built: AdverseEvent", "STU3", json.dumps(an_stu3_event()).encode())
    yield Document("built: AdverseEvent", "R4", json.dumps(an_r4_event()).encode())
    yield Document("built: AdverseEvent", "R5", json.dumps(an_r5_event()).encode())
    ten = a_bundle(*(an_r5_event(id=f"ae-{number}") for number in range(10)), kind="batch")
    yield Document("built: Bundle of ten AdverseEvents", "R5", json.dumps(ten).encode())
    yield Document("example: LFPSE v6", "R4", (_EXAMPLES / "lfpse-v6.json").read_bytes())
    form = (_EXAMPLES / "ahrq-event-form.json").read_bytes()
    yield Document("example: AHRQ form", "R4", form)
    for path in sorted(SAMPLES.glob("fhir-*/*.json")):
        release = "STU3" if "stu3" in path.parent.name else "R4"
        yield Document(f"sample: {path.parent.name}/{path.stem}", release, path.read_bytes())


def measure() -> list[Pair]:
    """Measure each document, both sides in turns, so that a busy moment hits both."""
    return [_pair(document) for document in documents()]


def section() -> Section:
    """Return the section of docs/bench.md."""
    pairs = measure()
    heads = ("file", "release", "kB", "ours µs", "theirs µs", "times", "refused")
    lines = [
        "## Beside fhir.resources",
        "",
        "The same bytes in the same run, CPU time: our **whole** mapping (detection, terminology,",
        "pseudonyms, the draft of the canonical report) beside `model_validate_json` of",
        "[fhir.resources](https://pypi.org/project/fhir.resources/), which maps nothing. Median of",
        f"{REPEATS} batches of {BATCH}. *times* is theirs divided by ours: above 1 ours is faster.",
        "LFPSE, which trusts send, is a valid resource of no release: fhir.resources refuses it.",
        "",
        *table(heads, (pair.row for pair in pairs)),
        "",
        f"All together: their time is {_together(pairs):.1f} times ours (geometric mean).",
    ]
    if not any(pair.document.what.startswith("sample") for pair in pairs):
        lines += ["", f"Without HL7's samples: there is no folder {SAMPLES} on this machine."]
    return Section(tuple(lines))


def _together(pairs: list[Pair]) -> float:
    return statistics.geometric_mean(pair.theirs_us / pair.ours_us for pair in pairs)


def _pair(document: Document) -> Pair:
    context = mapping_context(Site(Path("/nonexistent")), "bench")
    hints = Hints(context, "application/fhir+json")
    model = model_of(document.body, document.release)
    ours, theirs = [], []
    for _ in range(REPEATS):
        ours.append(_us(lambda: receive(document.body, hints)))
        theirs.append(_us(lambda: is_valid(model, document.body)))
    refused = [f"ours: {code}" for code in _codes(receive(document.body, hints))]
    if not is_valid(model, document.body):
        refused.append("theirs")
    return Pair(document, statistics.median(ours), statistics.median(theirs), tuple(refused))


def model_of(body: bytes, release: str) -> type[BaseModel]:
    """Return fhir.resources' class for a resource of STU3, R4 or R5."""
    kind = json.loads(body)["resourceType"]
    module = importlib.import_module(f"{_PACKAGES[release]}.{kind.lower()}")
    model: type[BaseModel] = getattr(module, kind)
    return model


def is_valid(model: type[BaseModel], body: bytes) -> bool:
    """Parse and validate; return whether it is a valid resource."""
    try:
        model.model_validate_json(body)
    except ValidationError:
        return False
    return True


def _codes(results: tuple[Result, ...]) -> list[str]:
    return sorted({result.code.value for result in results if isinstance(result, Refused)})


def _us(work: Callable[[], Any]) -> float:
    began = time.process_time()
    for _ in range(BATCH):
        work()
    return (time.process_time() - began) / BATCH * 1e6
