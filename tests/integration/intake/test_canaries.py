"""Two hundred payloads of every format through real HTTP and real Kafka: none lost, nothing told.

Each payload carries a marker of its own in every place of class D and N (contracts.md) and in every
identifier of staff. The whole product runs on them, triage and notifier too, and whatever it wrote
anywhere is searched for the markers. PEERLINE_CANARIES sets another number than 200.
"""

import gc
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain

import pytest

from shared.contracts.topics import SOURCE_PREFIX
from shared.identity import sha256_hex
from tests.builders.broker import own_broker
from tests.builders.canaries import evidence
from tests.builders.canaries.accounts import Ledger, differences, kept_promises
from tests.builders.canaries.answers import Answer, told_by
from tests.builders.canaries.originals import by_batch, is_original, opened
from tests.builders.canaries.plan import FORMATS, PER_FORMAT, SOURCES, Planned, planned
from tests.builders.canaries.run import Run
from tests.builders.canaries.search import Piece, Search
from tests.builders.canaries.site import Parcel, canary_site, tenant_of
from tests.builders.canaries.words import MARKERS

# kafka-python 3.0.12 leaves a socket to the garbage collector when a connection is cut short.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")

TOLD = "Wqjxvkpz"  # a word that may leave intake: it stands in a plain record id
TELLING = Parcel(
    "native",
    json.dumps({"record_id": f"{TOLD}-1", "categories": ["fall"]}).encode(),
    (("content-type", "application/json"),),
)


@dataclass(slots=True)
class Finished:
    """A run that is over: its books, and everything that the product wrote, by kind."""

    run: Run
    books: Ledger
    written: dict[str, list[Piece]] = field(default_factory=dict, repr=False)

    def leaks(self, kind: str, *words: str) -> list[str]:
        """Return where markers, or other words, are found among what was written."""
        return [str(leak) for leak in Search(words or MARKERS).leaks(self.written[kind])]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Finished]:
    """Send everything both ways, wait for the end of it, take everything that was written."""
    folder = tmp_path_factory.mktemp("canaries")
    with (
        own_broker(folder / "broker", topics=False) as broker,
        canary_site(folder / "home", broker.start(), SOURCES) as site,
    ):
        run = Run(site, tuple(planned()))
        told = site.post(TELLING)
        run.send()
        done = Finished(run, run.settle())
        home = site.stage.home
        ours = {t for t in evidence.topic_names(site.kafka) if not t.startswith(SOURCE_PREFIX)}
        done.written = {
            "topics": list(evidence.in_topics(site.kafka, ours)),
            "answers": [Piece("answer", told.everything), *_answers(run)],
            "asked": list(_asked(run)),
            "metrics": list(site.metric_pages()),
            "commands": list(_commands(run)),
            "tables": list(chain(*map(evidence.in_tables, evidence.databases(home)))),
        }
    done.written["files"] = [
        *evidence.in_files(home),
        *evidence.in_files(folder / "broker", but=("jars", "data")),  # data: these are the topics
    ]
    yield done
    gc.collect()  # what clients left open is noticed here, where it is allowed


def _answers(run: Run) -> Iterator[Piece]:
    for each in run.plan:
        if each.number in run.answers:
            yield Piece(f"answer to {each.name}", run.answers[each.number].everything)


def _asked(run: Run) -> Iterator[Piece]:
    """Ask for the status of one event in ten, and for all refusals."""
    events = [
        (e.over_http.system, event) for e in run.plan if e.over_http for event in _events(run, e)
    ]
    for system, event in events[::10]:
        answer = run.site.get(system, f"/v1/incidents/{event}")
        assert answer.status == 200
        yield Piece("status", answer.everything)
    for system in SOURCES:
        yield from _refusals(run, system)


def _refusals(run: Run, system: str) -> Iterator[Piece]:
    since, rejections = "2000-01-01T00:00:00Z", True
    while rejections:
        answer = run.site.get(system, f"/v1/rejections?limit=500&since={since}")
        assert answer.status == 200
        yield Piece(f"refusals of {system}", answer.everything)
        page = json.loads(answer.body)
        since, rejections = page["next"], page["rejections"]


def _events(run: Run, each: Planned) -> Iterator[str]:
    if each.number in run.answers:
        yield from told_by(run.answers[each.number]).accepted


def _commands(run: Run) -> Iterator[Piece]:
    yield run.site.command("rejected")
    yield run.site.command("rejected", "--csv")
    yield run.site.command("questions", "--all")
    yield run.site.command("questions", "--all", "--csv")
    named = ("--tenant", tenant_of("fhir"), "--source", "fhir", "--fhir")
    told = run.site.command("ref", MARKERS[0], *named)
    yield Piece("peerline intake ref", told.content)


def _posted(run: Run) -> dict[str, list[tuple[Planned, Answer]]]:
    """Return what was posted with its answer, by the hash of the body: equal ones are one entry."""
    found = defaultdict(list)
    for each in run.plan:
        if each.over_http is not None:
            found[sha256_hex(each.over_http.body)].append((each, run.answers[each.number]))
    return found


def _published(run: Run) -> dict[str, list[Planned]]:
    """Return what was published, by the hash of the body as the mapper sees it."""
    found = defaultdict(list)
    for each in run.plan:
        if each.over_kafka is not None:
            found[each.kafka_sha256].append(each)
    return found


def test_as_much_was_sent_as_is_asked_for(finished: Finished) -> None:
    """Of every format, over HTTP and over Kafka, each payload with its own marker."""
    plan = finished.run.plan
    assert len(plan) == PER_FORMAT * sum(FORMATS.values())
    kinds = Counter((each.payload.format, each.payload.kind) for each in plan)
    assert min(kinds.values()) >= PER_FORMAT // 3, kinds
    sent_to_kafka = len(finished.run.places)
    assert sent_to_kafka >= 0.85 * len(plan), sent_to_kafka
    assert len(finished.run.answers) >= 0.85 * len(plan), len(finished.run.answers)


def test_every_answer_is_kept(finished: Finished) -> None:
    """202: the event is reported, once, from its raw record. Refused: rejected, with that code."""
    run, books = finished.run, finished.books
    broken = {}
    for sha256, pairs in _posted(run).items():
        told = [told_by(answer) for _, answer in pairs]
        if faults := list(kept_promises(told, books.became(sha256, over_kafka=False))):
            broken[pairs[0][0].name] = faults
    assert broken == {}, _counts(finished)


def test_what_was_too_large_left_its_size(finished: Finished) -> None:
    """Every `limit` that was answered is one rejection without a raw record."""
    answered: Counter[str | None] = Counter()
    for answer in finished.run.answers.values():
        for (code, sha256), count in told_by(answer).refused.items():
            if code == "limit":
                answered[sha256] += count
    noted = Counter(sha256 for _, sha256 in finished.books.sized(over_kafka=False).elements())
    assert list(differences(answered, noted)) == [], _counts(finished)


def test_no_answer_is_a_failure_of_ours(finished: Finished) -> None:
    """No 429 and no 5xx: nothing was turned away, and no payload made the mapper fail."""
    failed = {
        each.name: finished.run.answers[each.number].status
        for each in finished.run.plan
        if each.number in finished.run.answers
        and finished.run.answers[each.number].status in {401, 403, 408, 429, 500, 503}
    }
    assert failed == {}
    codes = Counter(t["code"] for kept in finished.books.kept.values() for t in kept.rejections)
    assert codes["mapper_error"] == 0, codes


def test_every_raw_record_has_one_outcome(finished: Finished) -> None:
    """Reported or rejected, exactly once; nothing is reported that nobody sent."""
    books, run = finished.books, finished.run
    outcomes = Counter(kept.outcomes for kept in books.kept.values())
    assert set(outcomes) == {1}, f"{outcomes} {_counts(finished)}"
    assert books.orphans == frozenset()
    sent = _posted(run).keys() | _published(run).keys() | {sha256_hex(TELLING.body)}
    strangers = {
        kept.ref
        for (sha256, _), all_of_it in books.batches.items()
        if sha256 not in sent
        for kept in all_of_it
    }
    assert strangers == set()


def test_every_record_of_a_source_topic_becomes_something(finished: Finished) -> None:
    """Offset by offset: raw records that carry its append time, or a size where it is too large."""
    run, books = finished.run, finished.books
    assert set(run.places.values()) == run.appended.keys()
    sizes = {(t["input_topic"], t["offset"]) for t in books.sizes if t["stage"] == "importer"}
    wrong = {}
    for sha256, published in _published(run).items():
        places = [run.places[each.number] for each in published]
        kept = {each.appended_ms for each in books.batches.get((sha256, True), ())}
        if kept != {run.appended[place] for place in places} and not sizes.issuperset(places):
            wrong[published[0].name] = places
    assert wrong == {}, _counts(finished)


def test_both_ways_come_to_the_same(finished: Finished) -> None:
    """The same bytes over Kafka: the same events, the same refusals, as often as they were sent."""
    posted, books = _posted(finished.run), finished.books
    different = {}
    for sha256, published in _published(finished.run).items():
        twins = posted.get(sha256, [])
        if not twins or not all(each.is_twin for each in published):
            continue
        here = books.became(sha256, over_kafka=True)
        there = books.became(sha256, over_kafka=False)
        wanted = Counter(
            {what: count * len(published) // len(twins) for what, count in there.items()}
        )
        if faults := list(differences(wanted, here)):
            different[published[0].name] = faults
    assert different == {}, _counts(finished)


def test_a_valid_payload_comes_out_whole(finished: Finished) -> None:
    """As many events as its generator wrote reports."""
    short = {}
    for each in finished.run.plan:
        if each.payload.written is not None:
            became = finished.books.became(
                each.kafka_sha256, over_kafka=each.over_kafka is not None
            )
            events = [event for event in became.elements() if isinstance(event, str)]
            if len(events) != len(each.payload.written):
                short[each.name] = (len(each.payload.written), events)
    assert short == {}, _counts(finished)


def test_every_report_is_decided(finished: Finished) -> None:
    """Triage has a decision, or a duplicate, for each place of the reported topic."""
    places = {(record.partition, record.offset) for record in finished.run.reported}
    assert finished.run.decided == places


def test_the_raw_store_gives_back_what_was_sent(finished: Finished) -> None:
    """Decrypted: byte for byte where a body is one report, else the part that was cut out of it."""
    run = finished.run
    bodies = {sha256_hex(TELLING.body): TELLING.body}
    for each in run.plan:
        for body in (each.payload.body, each.unframed):
            bodies[sha256_hex(body)] = body
    batches = by_batch(opened(run.site, run.raw))
    foreign = [
        (each.label.event_id, each.record.offset)
        for sha256, found in batches.items()
        for each in found
        if not is_original(each, bodies[sha256])
    ]
    assert foreign == []
    assert sum(map(len, batches.values())) == len(run.raw)


@pytest.mark.parametrize(
    "kind", ["topics", "answers", "asked", "metrics", "commands", "tables", "files"]
)
def test_no_marker_is_in(finished: Finished, kind: str) -> None:
    """In no disguise: case, order, Unicode form, escapes, percent signs, base64, hex."""
    assert sum(len(piece.content) for piece in finished.written[kind]) > 0
    assert finished.leaks(kind) == []


def test_mails_were_sent(finished: Finished) -> None:
    """The notifier worked on what the payloads led to; its mails are among the files."""
    (mailbox,) = [p for p in finished.written["files"] if p.place.endswith("mailbox.jsonl")]
    assert mailbox.content.count(b"\n") > PER_FORMAT // 20


def test_the_search_finds_what_may_be_told(finished: Finished) -> None:
    """A word in a plain record id leaves intake: the same search over the same finds it there."""
    for kind in ("topics", "answers", "tables"):
        assert finished.leaks(kind, TOLD) != [], kind
    found = " ".join(finished.leaks("topics", TOLD))
    for topic in ("incident.reported.v1", "triage.decision.v1", "triage.state.v1"):
        assert f"topic {topic}:" in found


def test_the_search_finds_the_markers_where_they_were_sent(finished: Finished) -> None:
    """In what was sent each kind of marker is found, also by payload: all but few carry theirs."""
    sent = [Piece(each.name, each.payload.body) for each in finished.run.plan]
    carrying = {leak.place for leak in Search(MARKERS).leaks(sent)}
    assert len(carrying) >= 0.75 * len(sent), len(carrying)


def _counts(finished: Finished) -> str:
    books, run = finished.books, finished.run
    statuses = Counter(answer.status for answer in run.answers.values())
    return (
        f"sent {len(run.answers)} over HTTP {dict(statuses)}, {len(run.places)} over Kafka; "
        f"{len(books.kept)} raw, {len(run.reported)} reported, {len(run.rejected)} rejected, of "
        f"these {len(books.sizes)} for size; {len(run.decided)} decided"
    )
