"""Files of reports, request by request, until intake has taken each: patient with it, exact."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol
from urllib.parse import urlencode

from services.intake.domain import media
from services.offline.bodies import Body
from services.publish.connection import NoAnswerError, Reply
from services.publish.refusals import (
    PackDiffersError,
    RowsJoinedError,
    TurnedAwayError,
    UnreachableError,
)
from services.publish.tally import RefusedReport, Tally

_BUSY: Final = frozenset({408, 425, 429, 502, 503, 504})
# A fault of Peerline: the request is durable, its reports are mapped after the next release.
_KEPT: Final = "mapper_error"
_FIRST_WAIT: Final = 1.0
_LONGEST_WAIT: Final = 30.0


class Post(Protocol):
    """A way to an intake."""

    def post(self, path: str, body: bytes, media: str) -> Reply:
        """Return the answer, or raise NoAnswerError."""
        ...


@dataclass(frozen=True, slots=True)
class Route:
    """Where the reports go: for good, or to be tried and stored nowhere.

    `version` is that of the pack's file, which intake must have too; None where intake's own pack
    counts. `is_pack_elsewhere` tells that only intake has the pack.
    """

    url: str
    pack: str | None = None
    is_trial: bool = False
    version: int | None = None
    is_pack_elsewhere: bool = False

    @property
    def path(self) -> str:
        """Return the path with its query."""
        query = f"?{urlencode({'pack': self.pack})}" if self.pack else ""
        return f"/v1/incidents{':validate' if self.is_trial else ''}{query}"

    @property
    def is_to_be_proved(self) -> bool:
        """Tell whether intake might read rows otherwise than this machine; then it is tried."""
        return not self.is_trial and (self.version is not None or self.is_pack_elsewhere)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to go on when intake is away or busy; `sleep` and `now` in seconds."""

    seconds: float
    sleep: Callable[[float], None]
    now: Callable[[], float]


@dataclass(frozen=True, slots=True)
class Sender:
    """Sends bodies one after the other, so that revisions of a record arrive in their order."""

    post: Post
    route: Route
    patience: Patience
    keep: Callable[[Body, list[RefusedReport]], None]

    def send(self, bodies: Iterable[Body], advance: Callable[[Body], None]) -> Tally:
        """Return what became of all reports; `advance` is told each body that was answered.

        Raises:
            UnreachableError: nobody answered, or intake was busy for too long.
            TurnedAwayError: a request of several reports was refused as a whole.
            PackDiffersError, RowsJoinedError: intake reads rows with another pack.
            UrlInvalidError: the address is none.
        """
        tally = Tally()
        is_proved = not self.route.is_to_be_proved
        for body in bodies:
            if body.broken is not None:
                code, detail = body.broken
                tally.refused.append(RefusedReport(body.first + 1, code.value, detail))
                continue
            if not is_proved:
                # The first rows only as a trial: nobody is contacted over a wrong reading.
                self._answers(body, replace(self.route, is_trial=True))
                is_proved = True
            refused = tally.add(body, self._answers(body, self.route))
            if refused:
                self.keep(body, refused)
            advance(body)
        return tally

    def _answers(self, body: Body, route: Route) -> list[Mapping[str, Any]]:
        reply = self._patiently(body, route)
        document = reply.document if isinstance(reply.document, dict) else {}
        reports = document.get("reports")
        if isinstance(reports, list):
            if _is_refused_whole(reports, body):
                raise _turned_away(int(reports[0].get("status", reply.status)), reports[0])
            self._check(reports, body)
            return reports
        if document.get("code") == _KEPT:
            return [document] * max(len(body.reports), 1)
        if "event_id" in document or ("code" in document and body.rows <= 1 and _is_of(document)):
            self._check([document], body)
            return [document]
        raise _turned_away(reply.status, document)

    def _check(self, reports: list[Mapping[str, Any]], body: Body) -> None:
        if media.read(body.media).is_table and len(reports) != len(body.reports):
            raise RowsJoinedError(len(reports), len(body.reports))
        for told in reports if self.route.version is not None else ():
            quality = told.get("quality") or {}
            theirs = quality.get("mapping_id"), quality.get("mapping_version")
            if quality and theirs != (self.route.pack, self.route.version):
                raise PackDiffersError(theirs, (self.route.pack, self.route.version))

    def _patiently(self, body: Body, route: Route) -> Reply:
        wait, began = _FIRST_WAIT, self.patience.now()
        while True:
            reply, reason = self._attempt(body, route)
            if reply is not None and reply.status not in _BUSY:
                return reply
            asked = wait if reply is None or reply.retry_after is None else reply.retry_after
            if self.patience.now() - began + asked > self.patience.seconds:
                raise UnreachableError(self.route.url, reason)
            self.patience.sleep(asked)
            wait = min(wait * 2, _LONGEST_WAIT)

    def _attempt(self, body: Body, route: Route) -> tuple[Reply | None, str]:
        try:
            reply = self.post.post(route.path, body.content, body.media)
        except NoAnswerError as error:
            return None, str(error)
        return reply, str(reply.status)


def _is_refused_whole(reports: list[Mapping[str, Any]], body: Body) -> bool:
    """Tell whether a trial of several reports was answered by one refusal."""
    return len(reports) == 1 and "code" in reports[0] and len(body.reports) > 1


def _turned_away(status: int, document: Mapping[str, Any]) -> TurnedAwayError:
    return TurnedAwayError(
        status,
        str(document.get("title", "The request was turned away")),
        str(document.get("detail", "The answer is none of an intake.")),
    )


def _is_of(document: Mapping[str, Any]) -> bool:
    # A refusal of the report itself names its place; one of the sender or the address does not.
    return "index" in document
