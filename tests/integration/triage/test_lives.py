"""How lives end and what the next one finds: SIGTERM, a killing record, a zombie."""

import signal
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from services.triage.journal.suspicion import DEATHS_ALLOWED
from shared.kafka.records import Outgoing
from tests.builders.triage_edges import a_reported, a_reported_record
from tests.builders.triage_stage import Stage, eventually

Maker = Callable[..., Stage]


def records_of(names: Iterable[str], **changes: Any) -> list[Outgoing]:
    """Return one report per record id; the fake decider misbehaves on some ids."""
    return [a_reported_record(a_reported(name, **changes)) for name in names]


def test_sigterm_under_load_leaves_with_zero_and_repeats_nothing(new_stage: Maker) -> None:
    """The chunk in hand is finished, exit code 0, and no decision is ever written twice."""
    stage = new_stage()
    sent = stage.send(records_of(f"{'slow' if n % 40 == 9 else 'r'}-{n}" for n in range(200)))
    first = stage.start()
    eventually(lambda: 0 < first.decided() < sent)

    code = first.terminate()
    second = stage.start()
    eventually(lambda: second.has_reached(sent))

    assert code == 0
    assert set(stage.outcomes().values()) == {1}
    assert stage.decisions_written() == sent


def test_a_record_that_kills_is_parked_and_its_neighbours_are_decided_once(
    new_stage: Maker,
) -> None:
    """After three lives that ended at its offset a record is parked; nobody else pays for it."""
    stage = new_stage()
    sent = stage.send(records_of(["r1", "r2", "kills", "r3"]))

    lives = run_until_settled(stage, sent, most_lives=6)

    assert stage.rejections()[2]["code"] == "decide_error"
    assert stage.rejections()[2]["attempts"] == DEATHS_ALLOWED
    assert set(stage.outcomes().values()) == {1}
    assert lives > DEATHS_ALLOWED


def run_until_settled(stage: Stage, sent: int, most_lives: int) -> int:
    """Restart the worker whenever it dies, as a supervisor does; return how many lives it took."""
    worker = stage.start()

    def settled() -> bool:
        nonlocal worker
        if not worker.is_alive() and len(stage.workers) < most_lives:
            worker = stage.start()
        return worker.has_reached(sent)

    eventually(settled, seconds=60)
    return len(stage.workers)


def test_a_zombie_is_fenced(new_stage: Maker) -> None:
    """A worker stopped beyond its session loses its partition; what it held is void."""
    stage = new_stage()
    sent = stage.send(records_of(f"slow-{n}" for n in range(9)))
    zombie = stage.start(0, session_timeout_seconds=2)
    eventually(lambda: zombie.decided() > 0)

    zombie.signal(signal.SIGSTOP)
    heir = stage.start(1, session_timeout_seconds=2)
    eventually(lambda: heir.decided() > 0)
    zombie.signal(signal.SIGCONT)
    code = zombie.wait()
    eventually(lambda: heir.has_reached(sent))

    assert code == 1
    assert "ProducerFenced" in stage.log_file(0).read_text()
    assert Counter(stage.outcomes().values()) == {1: sent}


def test_a_tenant_without_rules_waits_and_others_before_it_are_decided(new_stage: Maker) -> None:
    """Its partition stops at the report that waits; nothing of it is decided or rejected."""
    stage = new_stage()
    stage.send([*records_of(["r1"]), *records_of(["r2"], tenant="unruled"), *records_of(["r3"])])
    worker = stage.start()

    eventually(lambda: worker.progress().get("waiting") == [0])

    assert stage.outcomes() == {(0, 0): 1}
    assert worker.terminate() == 0


def test_a_partition_whose_memory_was_lost_pauses_and_pages(new_stage: Maker) -> None:
    """With an empty changelog and a group that is ahead, nothing is decided a second time."""
    stage = new_stage()
    stage.send(records_of(["r1", "r2"]))
    first = stage.start()
    eventually(lambda: first.has_reached(2))
    first.terminate()
    stage.send(records_of(["r3"]))

    worker = stage.start(state_topic=stage.another_state())
    eventually(lambda: worker.progress().get("waiting") == [0])

    assert stage.outcomes() == {(0, 0): 1, (0, 1): 1}
    assert "state_lost" in stage.log_file(1).read_text()
    assert worker.terminate() == 0
