"""Files go to an intake request by request, patiently, and each report's fate is told."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from services.offline.bodies import Body
from services.publish.connection import NoAnswerError, Reply
from services.publish.refusals import (
    PackDiffersError,
    RowsJoinedError,
    TurnedAwayError,
    UnreachableError,
)
from services.publish.sending import Patience, Route, Sender
from services.publish.tally import RefusedReport
from shared.contracts.words import RejectionCode

TAKEN = {"status": 202, "event_id": "e", "quality": {"flags": ["harm_missing"]}}
REFUSED = {"status": 422, "code": "no_record_id", "detail": "It has none.", "index": 1}


def answered(*reports: Mapping[str, Any], status: int = 200) -> Reply:
    """Return an answer to several reports."""
    return Reply(status, {"reports": list(reports)})


def rows(first: int = 0, count: int = 2) -> Body:
    """Return a request of some rows of a table."""
    reports = tuple((place,) for place in range(first, first + count))
    return Body(b"x", "text/csv", first, count, reports)


@dataclass
class FakeIntake:
    """Answers in the order it was given answers, and keeps what it was sent."""

    replies: list[Reply | str]
    sent: list[tuple[str, bytes]] = field(default_factory=list)

    def post(self, path: str, body: bytes, media: str) -> Reply:
        """Take a request."""
        del media
        self.sent.append((path, body))
        reply = self.replies.pop(0)
        if isinstance(reply, str):
            raise NoAnswerError(reply)
        return reply


@dataclass
class Sending:
    """A sender on a fake intake, on a clock that only sleeping moves."""

    intake: FakeIntake
    waits: list[float] = field(default_factory=list)
    kept: list[list[RefusedReport]] = field(default_factory=list)
    is_trial: bool = False
    version: int | None = None
    is_pack_elsewhere: bool = False

    def __call__(self, bodies: Iterable[Body], seconds: float = 60) -> Any:
        patience = Patience(seconds, self.waits.append, lambda: sum(self.waits))
        route = Route("http://intake", "ours", self.is_trial, self.version, self.is_pack_elsewhere)
        sender = Sender(self.intake, route, patience, lambda _body, rows: self.kept.append(rows))
        return sender.send(bodies, lambda _body: None)


def sending(*replies: Reply | str, is_trial: bool = False) -> Sending:
    """Return a sender whose intake will answer so."""
    return Sending(FakeIntake(list(replies)), is_trial=is_trial)


def test_what_was_taken_is_counted_with_its_flags() -> None:
    """Over all requests of a file, in its order."""
    send = sending(answered(TAKEN, TAKEN | {"repeats": 0}), answered(TAKEN))

    found = send([rows(), rows(2, 1)])

    assert (found.taken, found.repeats, found.flags["harm_missing"]) == (3, 1, 3)
    assert found.events == [(1, "e"), (2, "e"), (3, "e")]
    assert [path for path, _ in send.intake.sent] == ["/v1/incidents?pack=ours"] * 2


def test_a_refused_report_is_told_by_its_row_in_the_file() -> None:
    """Rows are counted from 1 after the header; the refused ones may be kept."""
    send = sending(answered(TAKEN, REFUSED))

    found = send([rows(first=500)])

    assert found.refused == [RefusedReport(502, "no_record_id", "It has none.")]
    assert send.kept == [found.refused]


def test_rows_of_one_report_are_told_by_the_first_of_them() -> None:
    """The second report of this request begins with the third row."""
    body = Body(b"x", "text/csv", 0, 3, reports=((0, 1), (2,)))

    (refused,) = sending(answered(TAKEN, REFUSED))([body]).refused

    assert refused.row == 3


@pytest.mark.parametrize("away", [Reply(503, None, 7), Reply(429, {"code": "x"}, 7)])
def test_a_busy_intake_is_given_the_time_it_asks_for(away: Reply) -> None:
    """The same request again, after Retry-After."""
    send = sending(away, answered(TAKEN, TAKEN))

    assert send([rows()]).taken == 2
    assert send.waits == [7]
    assert len(set(send.intake.sent)) == 1


def test_a_silent_intake_is_tried_again_ever_more_slowly() -> None:
    """Whether a lost request arrived nobody knows; sent again, it is recognised."""
    send = sending(*["TimeoutError"] * 3, answered(TAKEN, TAKEN))

    assert send([rows()]).taken == 2
    assert send.waits == [1, 2, 4]


@pytest.mark.parametrize(("away", "reason"), [("TimeoutError", "TimeoutError"), (503, "503")])
def test_patience_ends(away: str | int, reason: str) -> None:
    """The reason is told; the next request is not sent."""
    send = sending(*[Reply(away) if isinstance(away, int) else away] * 9)

    with pytest.raises(UnreachableError, match=reason):
        send([rows(), rows(2)], seconds=10)

    assert sum(send.waits) <= 10


@pytest.mark.parametrize(
    "reply",
    [
        Reply(401, {"code": "unauthenticated", "title": "Not accepted", "detail": "No token."}),
        Reply(415, {"code": "unknown_format", "title": "Unknown", "detail": "x", "index": 0}),
        Reply(404, None),
        Reply(200, ["not", "ours"]),
    ],
)
def test_a_request_that_is_turned_away_stops_everything(reply: Reply) -> None:
    """What was wrong with all rows of a request would be wrong with those of the next."""
    send = sending(reply)

    with pytest.raises(TurnedAwayError, match=str(reply.status)):
        send([rows(), rows(2)])

    assert len(send.intake.sent) == 1


def test_a_single_report_that_is_refused_stops_nothing() -> None:
    """A file that holds one resource is answered without a list."""
    body = Body(b"{}", "application/json")
    send = sending(Reply(422, REFUSED | {"title": "x"}), Reply(202, TAKEN))

    found = send([body, body])

    assert (found.taken, [each.code for each in found.refused]) == (1, ["no_record_id"])


def test_a_file_that_breaks_off_is_told_and_the_rest_was_sent() -> None:
    """A quote that nobody closed: the rows before it are taken."""
    broken = Body(b"", "text/csv", 2, broken=(RejectionCode.UNDECODABLE, "A quote is open."))

    found = sending(answered(TAKEN, TAKEN))([rows(), broken])

    assert (found.taken, found.refused[0].row) == (2, 3)


def test_a_fault_of_the_mapper_keeps_no_other_request_back() -> None:
    """The reports are durable there and are told as refused; the next request goes on."""
    fault = {"code": "mapper_error", "title": "A fault", "detail": "It is kept.", "index": 0}
    send = sending(Reply(500, fault), answered(TAKEN, TAKEN))

    found = send([rows(), rows(2)])

    assert (found.taken, [each.row for each in found.refused]) == (2, [1, 2])


def test_a_trial_stores_nothing() -> None:
    """It goes to the address that only maps."""
    send = sending(answered(TAKEN, TAKEN), is_trial=True)

    send([rows()])

    assert send.intake.sent[0][0] == "/v1/incidents:validate?pack=ours"


def read_by(name: str, version: int) -> Mapping[str, Any]:
    """Return the answer to a report that was mapped by that pack."""
    return TAKEN | {"quality": {"flags": [], "mapping_id": name, "mapping_version": version}}


@pytest.mark.parametrize("is_trial", [True, False])
def test_a_file_of_a_pack_that_intake_has_in_another_version_stops_everything(
    *, is_trial: bool
) -> None:
    """Found by a trial, before anything is stored under the wrong reading."""
    send = sending(answered(*[read_by("ours", 1)] * 2), is_trial=is_trial)
    send.version = 7

    with pytest.raises(PackDiffersError, match="reads with version 1, your file is version 7"):
        send([rows()])

    assert [path for path, _ in send.intake.sent] == ["/v1/incidents:validate?pack=ours"]


def test_a_file_of_the_pack_that_intake_has_is_sent_after_one_trial() -> None:
    """The first rows are tried; all rows are sent."""
    good = answered(*[read_by("ours", 7)] * 2)
    send = sending(good, good, good)
    send.version = 7

    assert send([rows(), rows(2)]).taken == 4
    assert [":validate" in path for path, _ in send.intake.sent] == [True, False, False]


def test_a_pack_that_joins_rows_only_at_intake_stops_everything() -> None:
    """Without its file a record could be cut in two between requests."""
    send = sending(answered(TAKEN))
    send.is_pack_elsewhere = True

    with pytest.raises(RowsJoinedError, match="makes 1 reports of rows that are 2"):
        send([rows()])

    assert len(send.intake.sent) == 1


def test_a_trial_that_is_refused_as_a_whole_is_no_refused_report() -> None:
    """A pack that is not installed there is told once, and not as `0 of 1 reports`."""
    whole = {"code": "unknown_format", "status": 422, "title": "Unknown", "detail": "No pack."}
    send = sending(answered(whole), is_trial=True)

    with pytest.raises(TurnedAwayError, match=r"Unknown \(422\)\. No pack\."):
        send([rows()])
