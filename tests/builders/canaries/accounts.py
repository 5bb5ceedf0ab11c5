"""The books of a run: what every request and every record became, by what the topics say."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.intake.raw.record import Label, read_label
from shared.kafka.records import Incoming
from tests.builders.canaries.answers import Refusal, Told


@dataclass(frozen=True, slots=True)
class Kept:
    """One raw record: its label, and the events and rejections that name it."""

    ref: str
    label: Label
    events: Sequence[str]
    rejections: Sequence[Mapping[str, Any]]

    @property
    def appended_ms(self) -> int | None:
        """Return when the source record was appended that it came from; None over HTTP."""
        at = self.label.received_at
        return None if at is None else round(at.timestamp() * 1000)

    @property
    def outcomes(self) -> int:
        """Return how often it was reported or rejected; once is right."""
        return len(self.events) + len(self.rejections)


@dataclass(frozen=True, slots=True)
class Ledger:
    """What lies on intake's topics.

    `batches` are the raw records of one request or source record, by the hash of its body and
    whether they came over Kafka; `sizes` the rejections of what was too large to be kept.
    """

    kept: Mapping[str, Kept]
    sizes: Sequence[Mapping[str, Any]]
    orphans: frozenset[str]
    batches: Mapping[tuple[str, bool], Sequence[Kept]] = field(repr=False)

    @classmethod
    def read(
        cls, raw: Iterable[Incoming], reported: Iterable[Incoming], rejected: Iterable[Incoming]
    ) -> "Ledger":
        """Take the committed records of the three topics."""
        events, refusals = defaultdict(list), defaultdict(list)
        sizes = []
        for document in map(document_of, reported):
            events[document["source"]["raw_ref"]].append(document["event_id"])
        for document in map(document_of, rejected):
            if "raw_ref" in document:
                refusals[document["raw_ref"]].append(document)
            else:
                sizes.append(document)
        kept = {
            ref: Kept(ref, read_label(record), events.get(ref, ()), refusals.get(ref, ()))
            for ref, record in ((place_of(record), record) for record in raw)
        }
        batches = defaultdict(list)
        for each in kept.values():
            batches[each.label.batch_sha256, each.label.received_at is not None].append(each)
        orphans = frozenset((events.keys() | refusals.keys()) - kept.keys())
        return cls(kept, sizes, orphans, batches)

    def became(self, batch_sha256: str, *, over_kafka: bool) -> Counter[str | Refusal]:
        """Return what the reports of a body became: event ids, and codes with the hash refused."""
        found: Counter[str | Refusal] = Counter()
        for each in self.batches.get((batch_sha256, over_kafka), ()):
            found.update(each.events)
            found.update((told["code"], each.label.raw_sha256) for told in each.rejections)
        return found

    def sized(self, *, over_kafka: bool) -> Counter[Refusal]:
        """Return the refusals for size alone, by code and hash; those over HTTP lie nowhere."""
        return Counter(
            (told["code"], told.get("raw_sha256"))
            for told in self.sizes
            if (told["stage"] == "importer") is over_kafka
        )


def place_of(record: Incoming) -> str:
    """Return a record's place, as `raw_ref` writes it."""
    return f"{record.topic}/{record.partition}/{record.offset}"


def document_of(record: Incoming) -> Any:
    """Return a record's value as JSON."""
    return json.loads(record.value or b"null")


def differences(wanted: Counter[Any], found: Counter[Any]) -> Iterator[str]:
    """Yield what is missing and what is too much, for an assertion's message."""
    for what, count in (wanted - found).items():
        yield f"missing {count} x {what}"
    for what, count in (found - wanted).items():
        yield f"too much {count} x {what}"


def kept_promises(answers: Iterable[Told], became: Counter[str | Refusal]) -> Iterator[str]:
    """Yield how the answers to equal bodies differ from what the topics say of those bodies.

    What was refused for its size alone has no raw record, so it is not among `became`.
    """
    wanted: Counter[str | Refusal] = Counter()
    for told in answers:
        seen = {event: became[event] for event in told.accepted}
        hidden = {event: min(count, max(seen[event], 1)) for event, count in told.accepted.items()}
        wanted.update(hidden if told.hides_repeats else told.accepted)
        wanted.update({why: n for why, n in told.refused.items() if why[0] != "limit"})
    yield from differences(wanted, became)
