"""Where software talks too much: broken requests, exceptions with a payload in them, a dead broker.

Here too no marker is in an answer, a log line or a topic.
"""

import gc
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.intake.raw.record import read_label
from shared.identity import sha256_hex
from shared.kafka.client import KafkaClient
from tests.builders.broker import FreshTopics
from tests.builders.canaries import evidence
from tests.builders.canaries.plan import marker
from tests.builders.canaries.rough import rough_requests, slow_request
from tests.builders.canaries.search import Piece, Search
from tests.builders.canaries.words import MARKERS
from tests.builders.intake_processes import ROOT, IntakeProcesses, eventually

# kafka-python 3.0.12 leaves a socket to the garbage collector when a connection is cut short.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
MARKER = marker(91_000)
TOLD = "Wqjxvkpz"  # no marker: this one is written on purpose
REPORT = {"record_id": "1", "narrative": f"{MARKER} fell", MARKER: {"x": MARKER}}
# What a process runs before ours: each makes one of our functions raise with the payload in it.
MAPPER_RAISES = """
import services.intake.domain.receive
def fails(translation, piece, hints, notes, index):
    raise ValueError(f"cannot map {piece.body!r}") from KeyError(piece.body.decode())
services.intake.domain.receive.regularise = fails
"""
EDGE_RAISES = """
import services.intake.http.acceptance
def fails(self, submissions):
    raise RuntimeError(submissions[0].body.decode())
services.intake.http.acceptance.Acceptance.accept = fails
"""
LOOP_RAISES = """
import services.intake.normaliser, services.intake.raw.record
def fails(self, records):
    raise RuntimeError(f"{records} " + MARKER)
services.intake.normaliser.Normaliser.__call__ = fails
"""


def leaks(*pieces: Piece) -> list[str]:
    """Return where a marker is found."""
    return [str(leak) for leak in Search(MARKERS).leaks(pieces)]


def written_by(processes: IntakeProcesses) -> list[Piece]:
    """Return the log and everything on every topic."""
    topics = evidence.topic_names(processes.kafka)
    log = Piece("log", processes.log.encode())
    return [log, *evidence.in_topics(processes.kafka, topics)]


def test_the_search_finds_what_a_topic_holds(
    lonely_kafka: KafkaClient, fresh_names: list[str]
) -> None:
    """In a key, a value, a header, and in what an aborted transaction left."""
    for name, topic in zip(("key", "value", "header", "aborted"), fresh_names, strict=True):
        transaction = {"transactional_id": topic} if name == "aborted" else {}
        producer = lonely_kafka.producer(**transaction)
        if transaction:
            producer.init_transactions()
            producer.begin_transaction()
        producer.send(
            topic,
            key=TOLD.encode() if name == "key" else b"k",
            value=TOLD.encode() if name in {"value", "aborted"} else b"v",
            headers=[("h", TOLD.encode())] if name == "header" else [],
        )
        producer.flush()
        if transaction:
            producer.abort_transaction()
        producer.close()

    pieces = evidence.in_topics(lonely_kafka, fresh_names)
    found = {leak.place for leak in Search((TOLD,)).leaks(pieces)}

    assert evidence.topic_names(lonely_kafka) >= set(fresh_names)
    assert found == {f"topic {name}" for name in fresh_names}


@pytest.fixture
def fresh_names(lonely_kafka: KafkaClient) -> list[str]:
    """Four topics of this test alone."""
    return list(FreshTopics(lonely_kafka)("key", "value", "header", "aborted"))


@pytest.fixture
def sabotaged(
    request: pytest.FixtureRequest, tmp_path: Path, lonely_kafka: KafkaClient
) -> Iterator[IntakeProcesses]:
    """Give processes that run the parameter before our own code."""
    folder = tmp_path / "before"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(f"MARKER = {MARKER!r}\n{request.param}")
    made = IntakeProcesses(tmp_path, lonely_kafka, PYTHONPATH=f"{folder}:{ROOT}")
    yield made
    made.close()
    gc.collect()


@pytest.fixture
def impatient(tmp_path: Path, lonely_kafka: KafkaClient) -> Iterator[IntakeProcesses]:
    """Give processes of which the edge waits two seconds for a body."""
    made = IntakeProcesses(tmp_path, lonely_kafka, INTAKE_HTTP__BODY_SECONDS="2")
    yield made
    made.close()
    gc.collect()


def test_what_no_client_sends_is_answered_without_a_word_of_it(
    impatient: IntakeProcesses,
) -> None:
    """Malformed, odd, huge, broken, aborted, slow; what was a body is kept, the edge goes on."""
    impatient.start("http")
    rough = [*rough_requests(impatient.token), slow_request(impatient.token)]

    answers = {each.name: each.converse(impatient.port) for each in rough}

    wanted = {each.name: each.status for each in rough if each.status is not None}
    assert {name: _status(answers[name]) for name in wanted} == wanted
    assert impatient.post({"record_id": "after all that"}).status_code == 202
    assert leaks(*(Piece(f"answer to {n}", a) for n, a in answers.items())) == []
    assert leaks(*written_by(impatient)) == []
    kept = Counter(sha256_hex(each.kept) for each in rough if each.kept is not None)
    raw = Counter(read_label(r).batch_sha256 for r in impatient.records("incident.raw.v1"))
    assert {sha256: raw[sha256] for sha256 in kept} == kept


@pytest.mark.parametrize("sabotaged", [MAPPER_RAISES], indirect=True)
def test_an_exception_of_the_mapper_tells_nothing(sabotaged: IntakeProcesses) -> None:
    """500 and `mapper_error`; the log has the types and the lines of it, and no text."""
    sabotaged.start("http")
    sabotaged.start("normalise")

    answer = sabotaged.post(REPORT)

    assert (answer.status_code, answer.json()["code"]) == (500, "mapper_error")
    eventually(lambda: sabotaged.log.count("mapper_failed") == 2)
    eventually(lambda: _codes(sabotaged) == ["mapper_error"])
    assert "ValueError" in sabotaged.log
    assert leaks(Piece("answer", answer.content), *written_by(sabotaged)) == []


@pytest.mark.parametrize("sabotaged", [EDGE_RAISES], indirect=True)
def test_an_exception_that_nobody_expects_tells_nothing(sabotaged: IntakeProcesses) -> None:
    """The web framework answers 500 by itself and logs the traceback through our formatter."""
    sabotaged.start("http")

    answer = sabotaged.post(REPORT)

    assert answer.status_code == 500
    eventually(lambda: "RuntimeError" in sabotaged.log)
    pieces = [Piece("answer", answer.content + repr(answer.headers).encode())]
    assert leaks(*pieces, *written_by(sabotaged)) == []


@pytest.mark.parametrize("sabotaged", [LOOP_RAISES], indirect=True)
def test_a_process_that_crashes_tells_nothing(sabotaged: IntakeProcesses) -> None:
    """The last words of a process are a type and lines of code."""
    sabotaged.start("http")
    assert sabotaged.post(REPORT).status_code == 202

    crashed = sabotaged.start("normalise")

    assert crashed.wait(60) == os.EX_SOFTWARE
    assert "a defect in Peerline: RuntimeError" in sabotaged.log
    assert leaks(Piece("log", sabotaged.log.encode())) == []


def _status(answer: bytes) -> int:
    # The last one: before it there may be a 100, or what a first line alone was answered.
    return int(answer.rpartition(b"HTTP/1.1 ")[2][:3] or b"0")


def _codes(processes: IntakeProcesses) -> list[str]:
    documents = processes.documents("incident.rejected.v1")
    return [d["code"] for d in documents if d.get("tenant") == processes.tenant]
