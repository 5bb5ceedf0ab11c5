"""What triage answered to each report of a partition, read from the topics it answered on."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from services.triage.domain.state import Step
from shared.contracts import TriageDecision, TriageRejected
from shared.contracts.topics import DECISION, TRIAGE_REJECTED
from shared.contracts.words import RejectionCode
from shared.kafka.client import KafkaClient
from shared.kafka.reader import read_range

# Sixteen bytes at most: a partition may have millions of answers, and all are held at once.
Answer: TypeAlias = bytes
Answers: TypeAlias = Mapping[int, Answer]
Advance: TypeAlias = Callable[[int], None]
DUPLICATE: Final = b"duplicate"
UNDECIDED: Final = b"undecided"


def nothing_advances(_records: int) -> None:
    """Show no progress."""


@dataclass(frozen=True, slots=True)
class AnswerLog:
    """The answers to one input topic; `advance` is told how many records were read."""

    kafka: KafkaClient
    input_topic: str
    advance: Advance = nothing_advances

    def read(self, partition: int) -> dict[int, Answer]:
        """Return the answer to each input offset of the partition."""
        return dict(self._decisions(partition)) | dict(self._rejections(partition))

    def _decisions(self, partition: int) -> Iterator[tuple[int, Answer]]:
        for value in self._values(DECISION.name, partition):
            decision = TriageDecision.model_validate_json(value, extra="ignore")
            if decision.input.topic == self.input_topic:
                yield decision.input.offset, of_decision(decision)

    def _rejections(self, partition: int) -> Iterator[tuple[int, Answer]]:
        for value in self._values(TRIAGE_REJECTED.name, partition):
            rejection = TriageRejected.model_validate_json(value, extra="ignore")
            if rejection.input_topic == self.input_topic:
                is_duplicate = rejection.code is RejectionCode.DUPLICATE
                yield rejection.offset, DUPLICATE if is_duplicate else UNDECIDED

    def _values(self, topic: str, partition: int) -> Iterator[bytes]:
        for record in read_range(self.kafka, topic, partitions=[partition]):
            self.advance(1)
            yield record.value or b"{}"


def of_decision(decision: TriageDecision) -> Answer:
    """Return a mark that two decisions share if id, digest and requests are the same."""
    requests = sorted(str(request.request_id) for request in decision.requests)
    parts = (str(decision.decision_id), decision.output_digest, *requests)
    return hashlib.sha256(" ".join(parts).encode()).digest()[:16]


def of_step(step: Step) -> Answer:
    """Return the answer that a recomputed step would have been."""
    return DUPLICATE if step.decision is None else of_decision(step.decision)
