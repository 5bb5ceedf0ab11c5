"""From the POST of an urgent report to the supporter's mail at the sink, on the embedded broker."""

import json
import sqlite3
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from services.demo.mailbox import Mailbox
from services.demo.posting import post
from services.demo.stage import Stage
from services.demo.watching import Witness, wait_for
from tests.bench.figures import Section, paragraph, table
from tests.builders.broker import own_broker
from tests.builders.crowd import Crowd, severe

REPORTS = 200
PER_SECOND = 10.0
PATIENCE_SECONDS = 120.0
_TWO = 2
# A unit for each: many severe reports of one unit would also call on that unit's team.
_UNITS = "unit_id,title,campus,digest_address\n" + "".join(
    f"ward-{number},Ward {number},north,\n" for number in range(REPORTS)
)


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds of each report that was both posted and mailed; `lost` had no mail in time."""

    accepted_ms: tuple[float, ...]
    mailed_ms: tuple[float, ...]
    lost: int

    def percentile(self, values: tuple[float, ...], share: int) -> float:
        """Return the percentile `share` of 1 to 99; infinite where nothing arrived."""
        if len(values) < _TWO:
            return float("inf")
        return statistics.quantiles(values, n=100, method="inclusive")[share - 1]


def section() -> Section:
    """Measure, and return the section of docs/bench.md."""
    late = measure()
    rows = [("POST answered with 202", late.accepted_ms), ("supporter's mail", late.mailed_ms)]
    lines = [
        "## From an urgent report to the supporter's mail",
        "",
        *paragraph(
            f"{len(late.accepted_ms)} reports at {PER_SECOND:g} a second, each of a unit of its",
            "own, on the embedded broker, all services on this machine;",
            f"{late.lost} without a mail in time.",
        ),
        "",
        *table(
            ("until", "p50 ms", "p90 ms", "p99 ms"),
            (
                [what, *(f"{late.percentile(values, share):.0f}" for share in (50, 90, 99))]
                for what, values in rows
            ),
        ),
    ]
    return Section(tuple(lines))


def measure() -> Latency:
    """Run the product, post at a steady rate and wait for the mails."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        directory = Crowd(REPORTS, REPORTS).write_directory(folder / "directory.csv")
        units = folder / "units.csv"
        units.write_text(_UNITS)
        with own_broker(folder / "broker", topics=False) as broker:
            home = folder / "home"
            with Stage(home, broker.start(), directory=directory, units=units) as stage:
                return _measure(stage)


def _measure(stage: Stage) -> Latency:
    for number in range(REPORTS - 3, REPORTS):  # the first requests pay for imports
        _post(stage, number)
    time.sleep(3)
    sent: dict[str, tuple[float, float]] = {}
    threads = []
    for number in range(REPORTS - 3):
        thread = threading.Thread(target=_timed, args=(stage, number, sent))
        thread.start()
        threads.append(thread)
        time.sleep(1 / PER_SECOND)
    for thread in threads:
        thread.join()
    wait_for(lambda: (len(dict(_first_mails(stage))) >= REPORTS) or None, PATIENCE_SECONDS)
    return _latency(stage, sent)


def _post(stage: Stage, number: int) -> str | None:
    body = json.dumps(severe(number, datetime.now(UTC), f"ward-{number}")).encode()
    return post(stage.intake_url, stage.token, body, "application/json").event_id


def _timed(stage: Stage, number: int, sent: dict[str, tuple[float, float]]) -> None:
    began = datetime.now(UTC).timestamp()
    event_id = _post(stage, number)
    if event_id is not None:
        sent[event_id] = (began, datetime.now(UTC).timestamp())


def _latency(stage: Stage, sent: dict[str, tuple[float, float]]) -> Latency:
    mailed = dict(_first_mails(stage))
    witness = Witness(stage.kafka)
    accepted, done, lost = [], [], 0
    for event_id, (began, ended) in sent.items():
        accepted.append((ended - began) * 1000)
        decision = witness.decision(event_id)
        cases = [request.case_ref.hex for request in decision.requests] if decision else []
        case = next((case for case in cases if case in mailed), None)
        if case is not None:
            done.append((mailed[case] - began) * 1000)
        else:
            lost += 1
    return Latency(tuple(accepted), tuple(done), lost)


def _first_mails(stage: Stage) -> Iterator[tuple[str, float]]:
    arrived: dict[str, float] = {}
    for mail in Mailbox(stage.mailbox_file):
        arrived.setdefault(mail.message_id, datetime.fromisoformat(mail.received_at).timestamp())
    with closing(sqlite3.connect(stage.home / "data" / "notifier.sqlite")) as database:
        rows = database.execute(
            "select case_ref, message_id from attempt where kind = 'supporter_offer'"
        ).fetchall()
    first: dict[str, float] = {}
    for case_ref, message_id in rows:
        if message_id in arrived:
            at = arrived[message_id]
            first[case_ref] = min(at, first.get(case_ref, at))
    yield from first.items()
