"""Each service is killed with -9 in the middle of 500 reports: nothing is lost, nobody asked twice.

Only witnesses outside the services count: the publisher's own list of 202s, the topics as an
auditor reads them, and the mails as the sink received them.
"""

import http.client
import json
import os
import signal
import time
from collections import Counter, defaultdict
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from urllib.error import HTTPError
from uuid import UUID

import pytest

from services.demo.link_page import press
from services.demo.mailbox import Mail, Mailbox
from services.demo.mailbox_page import links
from services.demo.posting import post
from services.demo.stage import TENANT, Stage
from services.demo.watching import wait_for
from services.notifier import desk, pages
from services.notifier.desk import Order
from services.notifier.domain.case import Actor, Case
from services.notifier.domain.states import Action, State
from services.notifier.store.engine import Store, open_engine
from shared.contracts import TriageDecision
from shared.contracts.topics import CASE, DECISION, REJECTED, REPORTED, TRIAGE_REJECTED
from shared.contracts.words import ActorRole
from shared.kafka.reader import read_range
from tests.builders.canaries.words import NARRATIVE
from tests.builders.crowd import stream
from tests.e2e.conftest import CROWD
from tests.e2e.killing import Killer

REPORTS = 500
ROUNDS = 2
PACE_SECONDS = 0.08
SETTLED_SECONDS = 90.0


def _send(stage: Stage, report: dict[str, Any]) -> str:
    """Post until it is accepted, as a publisher does; return the event id."""
    body = json.dumps(report).encode()
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            answer = post(stage.intake_url, stage.token, body, "application/json")
        except (OSError, http.client.HTTPException, ValueError):
            answer = None
        if answer is not None and answer.status == 202:
            assert answer.event_id is not None
            return answer.event_id
        assert answer is None or answer.status == 503
        time.sleep(0.1)
    pytest.fail("a report was not accepted within a minute")


def _ends(stage: Stage, *topics: str) -> int:
    consumer = stage.kafka.consumer(group_id=None)
    try:
        total = 0
        for topic in topics:
            from kafka import TopicPartition

            places = [TopicPartition(topic, n) for n in consumer.partitions_for_topic(topic) or ()]
            total += sum(consumer.end_offsets(places).values())
        return total
    finally:
        consumer.close()


def _decisions(stage: Stage) -> list[TriageDecision]:
    records = read_range(stage.kafka, DECISION.name)
    return [TriageDecision.model_validate_json(record.value or b"") for record in records]


def _offers(stage: Stage) -> list[Mail]:
    mails = Mailbox(stage.mailbox_file)
    return [mail for mail in mails if any(one.endswith("/accept") for one in links(mail.text))]


@pytest.fixture(scope="module")
def accepted(stage: Stage) -> dict[str, Any]:
    """Post 500 reports while every service is killed in turn, and wait until all is settled."""
    accepted: list[str] = []
    assert stage.supervisor is not None
    killer = Killer(
        stage.supervisor,
        {
            "intake-http": lambda: len(accepted),
            "intake-normalise": lambda: _ends(stage, REPORTED.name, REJECTED.name),
            "triage": lambda: _ends(stage, DECISION.name, TRIAGE_REJECTED.name),
            "notifier": lambda: _ends(stage, CASE.name),
        },
        ROUNDS,
    )
    killer.start()
    for report in stream(REPORTS, CROWD.concerned, datetime.now(UTC)):
        accepted.append(_send(stage, report))
        time.sleep(PACE_SECONDS)
    kills = killer.finish()
    _settle(stage, set(accepted))
    return {"events": accepted, "kills": kills}


def _settle(stage: Stage, wanted: set[str]) -> None:
    def all_decided() -> bool | None:
        return wanted <= {str(one.event_id) for one in _decisions(stage)} or None

    def all_asked() -> bool | None:
        return len(_offers(stage)) >= CROWD.concerned or None

    assert wait_for(all_decided, SETTLED_SECONDS), "some accepted reports were never decided"
    assert wait_for(all_asked, SETTLED_SECONDS), f"only {len(_offers(stage))} supporters were asked"


def test_every_service_was_killed_after_it_had_worked(accepted: dict[str, Any]) -> None:
    """A kill of an idle process proves nothing, and fails here."""
    assert dict(accepted["kills"]) == dict.fromkeys(
        ("intake-http", "intake-normalise", "triage", "notifier"), ROUNDS
    )


def test_every_accepted_report_has_exactly_one_decision(
    stage: Stage, accepted: dict[str, Any]
) -> None:
    """What was answered with 202 is decided once, however often it was sent or read."""
    inputs = defaultdict(list)
    for decision in _decisions(stage):
        inputs[str(decision.event_id)].append((decision.input, decision.ordinal, decision.flags))

    assert set(accepted["events"]) <= set(inputs)
    # Only what this module sent: the samples contain one resource in three wordings (A, B, A).
    assert {event: inputs[event] for event in accepted["events"] if len(inputs[event]) != 1} == {}


def test_every_expected_supporter_was_asked_and_repeats_share_a_message_id(
    stage: Stage, accepted: dict[str, Any]
) -> None:
    """Each of the sixty has an offer out; a repeat to the same supporter is the same message."""
    offers = _offers(stage)
    by_message = {mail.message_id: mail.recipients for mail in offers}

    assert len(by_message) >= CROWD.concerned >= 50
    assert all(mail.recipients == by_message[mail.message_id] for mail in offers)
    assert len({mail.message_id for mail in offers}) == len(
        {(mail.message_id, mail.recipients) for mail in offers}
    )


def test_no_narrative_left_intake(stage: Stage, accepted: dict[str, Any]) -> None:
    """The planted word is in no topic in clear, no log and no mail."""
    topics = (REPORTED, DECISION, REJECTED, TRIAGE_REJECTED, CASE)
    for topic in topics:
        values = (record.value or b"" for record in read_range(stage.kafka, topic.name))
        assert not any(NARRATIVE.encode() in value for value in values)
    for log in (stage.home / "log").iterdir():
        assert NARRATIVE not in log.read_text(errors="replace")
    assert NARRATIVE not in stage.mailbox_file.read_text()


def test_a_supporter_can_still_accept(stage: Stage, accepted: dict[str, Any]) -> None:
    """After all those lives the link of an offer works."""
    link = next(one for one in links(_offers(stage)[-1].text) if one.endswith("/accept"))

    assert press(link) == 200


def _assigned(store: Store) -> list[Case]:
    with store.read() as unit:
        found = pages.today(unit, TENANT)
    return [case for case in found if case.state is State.ASSIGNED]


def _invite(store: Store, case: Case) -> None:
    supporter = Actor(ActorRole.SUPPORTER, case.supporter)
    order = Order(TENANT, case.case_ref, Action.SEND_INVITATION, supporter)
    with store.begin() as unit:
        desk.act(unit, order, datetime.now(UTC))


def test_an_affected_person_is_written_to_once_or_a_human_is_asked(
    stage: Stage, accepted: dict[str, Any]
) -> None:
    """Twenty supporters accept and send the invitation while the notifier is killed four times."""
    latest = {mail.message_id: mail for mail in _offers(stage)}
    for mail in list(latest.values())[:20]:
        with suppress(HTTPError):  # answered by the test above, or its repeat was
            press(next(one for one in links(mail.text) if one.endswith("/accept")))
    store = Store(open_engine(f"sqlite:///{stage.home / 'data' / 'notifier.sqlite'}"))
    assigned = _assigned(store)
    assert len(assigned) >= 15
    for number, case in enumerate(assigned):
        _invite(store, case)
        if number % 5 == 4:
            _kill_notifier(stage)

    refs = {case.case_ref for case in assigned}
    assert wait_for(lambda: _all_settled(stage, store, refs), SETTLED_SECONDS)
    received = Counter(
        person
        for mail in Mailbox(stage.mailbox_file)
        for person in mail.recipients
        if person.startswith("staff.")
    )
    assert set(received.values()) == {1}
    assert len(received) + len(_doubtful(store, refs)) >= len(assigned)


def _kill_notifier(stage: Stage) -> None:
    assert stage.supervisor is not None
    lives = stage.supervisor.pids
    pid = wait_for(lambda: lives().get("notifier"), 30)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    assert wait_for(lambda: lives().get("notifier", pid) != pid or None, 30)


def _doubtful(store: Store, refs: set[UUID]) -> list[Case]:
    with store.read() as unit:
        found = pages.today(unit, TENANT)
    return [one for one in found if one.case_ref in refs and one.state is State.ATTENTION]


def _all_settled(stage: Stage, store: Store, refs: set[UUID]) -> bool | None:
    """Say whether each case is invited (its mail is out) or stands before a human."""
    with store.read() as unit:
        found = [one for one in pages.today(unit, TENANT) if one.case_ref in refs]
    return all(one.state in (State.INVITED, State.ATTENTION) for one in found) or None


def test_replay_is_equal(stage: Stage, accepted: dict[str, Any]) -> None:
    """Every decision made between the kills is made again, byte for byte."""
    replay = stage.peerline("audit", "replay")

    assert replay.returncode == 0, replay.stdout + replay.stderr
