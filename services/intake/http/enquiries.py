"""What publishers may ask about their own reports: where one is, and what was refused since."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from services.intake.http.answers import JSON_TYPE, Answer
from services.intake.http.problems import ADVICE, size_only
from services.intake.http.schemas import RejectedReport, RejectionNote, RejectionPage, ReportStatus
from services.intake.status.store import Place, Rejection, State, Status, StatusStore, Viewer
from shared.clock import Clock
from shared.contracts.values import write_moment
from shared.contracts.words import RejectionCode
from shared.site.credentials import Credential

FEWEST: Final = 1
MOST: Final = 500
DEFAULT_PAGE: Final = 100
# A note is written within a transaction of at most 3 s, so what is older than this is complete: no
# reader who goes on from its last place misses a refusal.
SETTLED_AFTER: Final = timedelta(seconds=5)
_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
_OK: Final = 200
_JOINT: Final = "~"


class QueryInvalidError(ValueError):
    """A parameter has another form than it must; its value is never told."""


class ReportUnknownError(LookupError):
    """The token may see no report of that id; whether another one may is not told."""


@dataclass(frozen=True, slots=True)
class Enquiries:
    """The use case of asking; every method blocks and is run in a thread.

    Both raise KeyStoreUnavailableError when the database does not answer.
    """

    statuses: StatusStore
    clock: Clock

    def status(self, credential: Credential, event_id: str) -> Answer:
        """Return where a report is.

        Raises:
            ReportUnknownError: there is none that the credential may see.
        """
        try:
            wanted = UUID(event_id)
        except ValueError:
            raise ReportUnknownError from None
        found = self.statuses.find(_viewer(credential), wanted)
        if found is None:
            raise ReportUnknownError
        return Answer(_OK, JSON_TYPE, _document(_told(found)))

    def rejections(self, credential: Credential, since: str | None, limit: str | None) -> Answer:
        """Return a page of refusals; `since` is a moment or the `next` of an earlier page.

        Raises:
            QueryInvalidError: a parameter cannot be read.
        """
        after = _place(since)
        until = self.clock.now() - SETTLED_AFTER
        found = self.statuses.rejections(_viewer(credential), after, until, _most(limit))
        last = Place(found[-1].noted_at, found[-1].rejected_id) if found else after
        page = RejectionPage(
            rejections=[_refused(rejection) for rejection in found], next=_written(last)
        )
        return Answer(_OK, JSON_TYPE, _document(page))


def _viewer(credential: Credential) -> Viewer:
    return Viewer(credential.tenant, frozenset(credential.source_systems))


def _place(since: str | None) -> Place:
    if since is None:
        return Place(_BEGINNING)
    moment, _, rejected_id = since.partition(_JOINT)
    try:
        # In a query an unescaped + is a blank.
        asked = datetime.fromisoformat(moment.replace(" ", "+"))
        if asked.tzinfo is None:
            raise QueryInvalidError
        # SQLite compares moments as they are written.
        noted_at = asked.astimezone(UTC)
        return Place(noted_at, UUID(rejected_id)) if rejected_id else Place(noted_at)
    except (ValueError, OverflowError):
        raise QueryInvalidError from None


def _most(limit: str | None) -> int:
    if limit is None:
        return DEFAULT_PAGE
    if not limit.isascii() or not limit.isdecimal() or not FEWEST <= int(limit[:9]) <= MOST:
        raise QueryInvalidError
    return int(limit)


def _written(place: Place) -> str:
    return f"{write_moment(place.noted_at)}{_JOINT}{place.rejected_id}"


def _told(status: Status) -> ReportStatus:
    is_read = status.state in {State.RECEIVED, State.MAPPED}
    return ReportStatus(
        event_id=status.event_id,
        state=status.state.value,
        received_at=status.received_at,
        incident_key=status.incident_key,
        flags=[flag.value for flag in status.flags] if is_read else None,
        rejection=RejectionNote(**_why(status.code, status.pointer)) if status.code else None,
    )


def _refused(rejection: Rejection) -> RejectedReport:
    # Whatever has a raw record has an event id.
    is_kept = rejection.event_id is not None or rejection.size_bytes is None
    return RejectedReport(
        **_why(rejection.code, rejection.pointer, is_kept=is_kept),
        rejected_id=rejection.rejected_id,
        received_at=rejection.received_at,
        index=rejection.index,
        event_id=rejection.event_id,
        sha256=rejection.raw_sha256,
        size_bytes=rejection.size_bytes,
    )


def _why(code: RejectionCode, pointer: str | None, *, is_kept: bool = True) -> dict[str, Any]:
    advice = ADVICE[code.value]
    return {
        "code": code.value,
        "title": advice.title,
        "detail": advice.detail if is_kept else size_only(code.value),
        "pointer": pointer,
    }


def _document(told: ReportStatus | RejectionPage) -> Mapping[str, Any]:
    return told.model_dump(mode="json", exclude_none=True)
