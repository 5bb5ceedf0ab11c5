"""The composition root of the auditor: reads topics, explains and replays; builds no producer."""

from collections.abc import Iterator
from dataclasses import dataclass

from services.auditor.domain.findings import Tally
from services.auditor.domain.replaying import Question, Wanted, answers_by_place, replay
from services.auditor.domain.subject import Subject
from services.auditor.report import heading, refusal_lines
from services.auditor.settings import AuditorSettings
from services.auditor.topics.reading import Topics
from services.auditor.topics.rulebook import published_documents, rules_in_force
from services.triage.domain.explain import explain_decision
from services.triage.domain.ruleset_loader import rule_set_from_document
from shared.contracts import IncidentRejected, TriageRejected
from shared.contracts.triage_decision import InputPosition
from shared.contracts.values import Produced
from shared.kafka.client import KafkaClient
from shared.kafka.embedded.server import resolve_bootstrap
from shared.site.site import Site


class BrokerUnknownError(RuntimeError):
    """No broker was named and none of ours is running."""

    hint = "Set KAFKA_BOOTSTRAP_SERVERS=host:port, or start one: peerline kafka start."

    def __init__(self) -> None:
        super().__init__("there is no Kafka to read from, so nothing can be proved")


class NoRecordError(LookupError):
    """Nothing on the topics answers to the word given."""

    hint = (
        "Give an event_id (the answer to the POST), a decision_id, an incident_key, or the record "
        "id; a report posted a second ago may still be on its way."
    )

    def __init__(self) -> None:
        super().__init__("no decision and no refusal is known under that name")


@dataclass(frozen=True, slots=True)
class Explained:
    """What was found: lines for people, and the records for a program."""

    lines: tuple[str, ...]
    documents: tuple[dict[str, object], ...]


def topics(settings: AuditorSettings) -> Topics:
    """Return the readable topics of the broker that the settings name.

    Raises:
        BrokerUnknownError: none is named and none of ours runs.
    """
    bootstrap = resolve_bootstrap(settings.bootstrap_servers, settings.home)
    if bootstrap is None:
        raise BrokerUnknownError
    return Topics(KafkaClient(bootstrap, "auditor", **settings.kafka.model_dump()))


def explain(settings: AuditorSettings, subject: Subject) -> Explained:
    """Explain every decision and refusal of the report meant, oldest first.

    Raises:
        NoRecordError: there is none.
    """
    source = topics(settings)
    decisions = [one for one in source.decisions() if subject.is_decided_by(one)]
    refusals = [one for one in _refusals(source) if subject.is_refused_by(one)]
    if not decisions and not refusals:
        raise NoRecordError
    documents = dict(published_documents(source.rule_records()))
    lines: list[str] = []
    for decision in decisions:
        document = documents.get(decision.rule_set.hash)
        rule_set = None if document is None else rule_set_from_document(document)
        lines += [heading(decision), *explain_decision(decision, rule_set), ""]
    for refusal in refusals:
        lines += [*refusal_lines(refusal), ""]
    found: list[Produced] = [*decisions, *refusals]
    return Explained(tuple(lines), tuple(one.to_document() for one in found))


def _refusals(source: Topics) -> Iterator[IncidentRejected | TriageRejected]:
    yield from source.intake_rejections()
    yield from source.triage_rejections()


def replay_topics(settings: AuditorSettings, wanted: Wanted) -> Iterator[tuple[Tally, int]]:
    """Recompute every answer; yield the growing tally and how many records there are in all."""
    source = topics(settings)
    cut = {partition for partition, offset in source.first_offsets().items() if offset > 0}
    rules = rules_in_force(source.rule_records(), Site(settings.config_folder).rule_public_keys())
    # Reports first: what is decided while we read is answered by the time the answers are read.
    questions = list(_questions(source))
    answers = answers_by_place(source.decisions(), source.triage_rejections())
    for tally in replay(questions, answers, rules.book, wanted, cut):
        yield tally, len(questions)


def _questions(source: Topics) -> Iterator[Question]:
    for record, report in source.reports():
        position = InputPosition(
            topic=record.topic, partition=record.partition, offset=record.offset
        )
        yield Question(position, report)
