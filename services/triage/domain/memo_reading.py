"""From a canonical report to the memo of its incident."""

from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from sys import intern
from typing import Final

from services.triage.domain.memo import (
    HintMemo,
    Memo,
    PatientMemo,
    ProceedingMemo,
    ReporterMemo,
    StaffMemo,
    content_mark,
    pack_circumstances,
)
from shared.contracts import IncidentReported, words
from shared.contracts.incident_reported import (
    GroupId,
    Location,
    Patient,
    Proceeding,
    Reporter,
    StaffMember,
    TeamHint,
)
from shared.contracts.words import Status

NOWHERE: Final = Location()
_REMEMBERED: Final = 4_096
# `.value` of an enum is a descriptor written in Python; a dozen codes stand in every report.
_PLAIN: Final = {
    word: str(word.value)
    for vocabulary in vars(words).values()
    if isinstance(vocabulary, type) and issubclass(vocabulary, StrEnum)
    for word in vocabulary
}


def read_memo(report: IncidentReported, known: Memo | None, arrival: int) -> Memo:
    """Return the memo that `report` leaves: its facts, and the history of `known`.

    A retraction keeps the facts it takes back, so that the occurrence keeps its name.
    """
    if known is not None and report.status is Status.RETRACTED:
        return _retracted(report, known)
    received = _utc(report.received_at)
    place = report.location or NOWHERE
    occurred = report.occurred
    began = _utc(occurred.earliest) if occurred else None
    latest = _utc(occurred.latest) if occurred else None
    reported = _utc(report.reported_at) if report.reported_at else None
    return Memo(
        key=known.key if known else report.incident_key,
        arrival=known.arrival if known else arrival,
        event_id=report.event_id.bytes,
        content=content_mark(report.content_hash),
        order_by=report.ordering.by.value,
        order=intern(report.ordering.value),
        generation=report.mapping_generation,
        decided=(known.decided if known else b"") + report.event_id.bytes[:8],
        last_decision=known.last_decision if known else None,
        first_received_at=min(known.first_received_at, received) if known else received,
        active_at=max(known.active_at, received) if known else received,
        retracted=report.status is Status.RETRACTED,
        groups=_groups(report.group_ids) if report.group_ids else (),
        kind=_code(report.kind),
        began_at=began,
        occurred_at=began if latest == began else latest,
        reported_at=received if reported == received else reported,
        unit_id=_shared(place.unit_id),
        campus=_shared(place.campus),
        place_type=_code(place.place_type),
        categories=_codes(report.categories),
        patients=None if report.patients is None else tuple(map(read_patient, report.patients)),
        circumstances=pack_circumstances(vars(report.circumstances)),
        staff=None if report.staff is None else tuple(map(_staff, report.staff)),
        reporter=_reporter(report.reporter) if report.reporter else None,
        headcount=report.team_headcount,
        proceedings=_proceedings(report, known),
        local_debrief_done=report.support.local_debrief_done if report.support else None,
        support_offered=report.support.support_offered if report.support else None,
        investigators=tuple(sorted(map(intern, report.investigators))),
        hint=_hint(report.team_hint, began, latest) if report.team_hint else None,
        cases=known.cases if known else (),
    )


def _retracted(report: IncidentReported, known: Memo) -> Memo:
    return known._replace(
        event_id=report.event_id.bytes,
        content=content_mark(report.content_hash),
        order_by=report.ordering.by.value,
        order=report.ordering.value,
        generation=report.mapping_generation,
        decided=known.decided + report.event_id.bytes[:8],
        active_at=max(known.active_at, _utc(report.received_at)),
        retracted=True,
    )


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


def _shared(text: str | None) -> str | None:
    return None if text is None else intern(text)


def _code(code: StrEnum | None) -> str | None:
    return None if code is None else _PLAIN[code]


@lru_cache(_REMEMBERED)
def _codes(codes: tuple[StrEnum, ...] | None) -> tuple[str, ...] | None:
    """Return plain codes; incidents with the same ones share them."""
    return None if codes is None else tuple(sorted({_PLAIN[code] for code in codes}))


def _groups(group_ids: tuple[GroupId, ...]) -> tuple[str, ...]:
    return tuple(sorted({f"{group.system}\x1f{group.value}" for group in group_ids}))


def read_patient(patient: Patient) -> PatientMemo:
    """Return what is remembered of one patient."""
    return PatientMemo(
        tuple(sorted(map(intern, patient.pseudonyms))),
        patient.age_years,
        _code(patient.age_group),
        _code(patient.harm),
        _code(patient.harm_psychological),
        _code(patient.harm_duration),
        patient.died,
        _codes(patient.outcomes),
    )


def _staff(member: StaffMember) -> StaffMemo:
    return StaffMemo(
        _shared(member.person_ref),
        member.sealed,
        _code(member.role),
        member.trainee,
        member.new_in_role,
        _code(member.involvement),
        member.own_act,
        member.first_of_kind,
        _codes(member.relationship),
        _codes(member.harmed),
        _codes(member.signals),
        _shared(member.unit_id),
        member.support_offered,
        member.opted_out,
    )


def _reporter(reporter: Reporter) -> ReporterMemo:
    return ReporterMemo(
        _shared(reporter.person_ref),
        reporter.sealed,
        _code(reporter.type),
        _code(reporter.role),
        _code(reporter.involvement),
        reporter.anonymous,
        reporter.concern,
        reporter.fear_of_consequences,
    )


def _proceedings(report: IncidentReported, known: Memo | None) -> tuple[ProceedingMemo, ...] | None:
    if report.proceedings is None:
        return None
    heard = {item.type: item.opened_at for item in (known.proceedings or ())} if known else {}
    # News without a date opened when we heard of it; a first report may be an archive's.
    news = _utc(report.received_at) if known else None
    found = (_proceeding(item, heard.get(item.type.value, news)) for item in report.proceedings)
    return tuple(sorted(found, key=_proceeding_order))


def _proceeding(item: Proceeding, heard_at: datetime | None) -> ProceedingMemo:
    return ProceedingMemo(
        item.type.value,
        _utc(item.opened_at) if item.opened_at else heard_at,
        item.names_staff,
        None if item.persons is None else tuple(sorted(map(intern, item.persons))),
    )


def _proceeding_order(item: ProceedingMemo) -> tuple[str, str, int, tuple[str, ...]]:
    opened = item.opened_at.isoformat() if item.opened_at else ""
    names = {None: 0, False: 1, True: 2}[item.names_staff]
    return item.type, opened, names, item.persons or ()


def _hint(hint: TeamHint, began: datetime | None, latest: datetime | None) -> HintMemo:
    # Mostly the time of the incident itself: equal moments are kept once.
    earliest = _utc(hint.earliest) if hint.earliest else None
    until = _utc(hint.latest) if hint.latest else None
    return HintMemo(
        _shared(hint.unit_id),
        _shared(hint.campus),
        began if earliest == began else earliest,
        latest if until == latest else until,
        hint.headcount,
    )
