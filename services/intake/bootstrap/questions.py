"""Reads triage's questions and the revisions that came after them; nothing is written."""

from collections.abc import Callable, Collection, Iterator
from datetime import datetime, timedelta
from typing import Final, TypeVar

from kafka import TopicPartition
from pydantic import ValidationError

from services.intake.bootstrap.parts import kafka_client
from services.intake.domain.questions import (
    ListedQuestion,
    Newest,
    QuestionState,
    list_questions,
    newest_asked,
    revise,
)
from services.intake.settings import IntakeSettings
from shared.contracts import IncidentReported, TriageQuestion
from shared.contracts.topics import QUESTION, REPORTED
from shared.contracts.values import Produced
from shared.kafka.client import KafkaClient
from shared.kafka.reader import read_range

CLIENT: Final = "intake-questions"
CLOCKS_DIFFER: Final = timedelta(hours=1)
Model = TypeVar("Model", bound=Produced)


def questions(
    settings: IntakeSettings,
    tenant: str | None,
    on_progress: Callable[[], None],
    *,
    answered_too: bool,
) -> list[ListedQuestion]:
    """Return the open questions of one tenant (None: of all), with `answered_too` the others too.

    `on_progress` is called once per record read.

    Raises:
        BrokerUnknownError: no broker is named and none runs here.
    """
    kafka = kafka_client(settings, CLIENT)
    asked = [
        question
        for question in newest_asked(_read(kafka, QUESTION.name, TriageQuestion)).values()
        if tenant in {None, question.tenant}
    ]
    newest = _newest(kafka, asked, on_progress) if asked else {}
    return [
        listed
        for listed in list_questions(asked, newest)
        if answered_too or listed.state is QuestionState.OPEN
    ]


def _newest(
    kafka: KafkaClient, asked: Collection[TriageQuestion], on_progress: Callable[[], None]
) -> dict[str, Newest]:
    """Return the newest revision of each incident that was asked about."""
    wanted = {question.incident_key for question in asked}
    start = _offsets_at(kafka, min(question.asked_for for question in asked))
    newest: dict[str, Newest] = {}
    for report in _read(kafka, REPORTED.name, IncidentReported, start):
        on_progress()
        if report.incident_key in wanted:
            newest[report.incident_key] = revise(newest.get(report.incident_key), report)
    return newest


def _offsets_at(kafka: KafkaClient, moment: datetime) -> dict[int, int]:
    """Return where to begin: no report stands on the topic before it was received."""
    consumer = kafka.consumer(group_id=None)
    try:
        present = consumer.partitions_for_topic(REPORTED.name) or set()
        places = [TopicPartition(REPORTED.name, number) for number in present]
        milliseconds = int((moment - CLOCKS_DIFFER).timestamp() * 1000)
        found = consumer.offsets_for_times(dict.fromkeys(places, milliseconds))
        ends = consumer.end_offsets(places)
    finally:
        consumer.close()
    return {at.partition: ends[at] if (hit := found[at]) is None else hit.offset for at in places}


def _read(
    kafka: KafkaClient, topic: str, model: type[Model], start: dict[int, int] | None = None
) -> Iterator[Model]:
    for record in read_range(kafka, topic, start=start):
        try:
            yield model.model_validate_json(record.value or b"", extra="ignore")
        except ValidationError:
            continue  # poison is triage's and the auditor's business
