"""Memos as records of `triage.state.v1`: a JSON list that begins with the version of its layout."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from sys import intern
from typing import Any, Final, TypeVar

from services.triage.domain.memo import (
    CaseMemo,
    HintMemo,
    Memo,
    PatientMemo,
    ProceedingMemo,
    ReporterMemo,
    StaffMemo,
)

LAYOUT: Final = 1
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TICK: Final = timedelta(microseconds=1)
_BYTES: Final = frozenset({"event_id", "content", "decided", "last_decision"})
_MOMENTS: Final = frozenset(
    {"first_received_at", "active_at", "began_at", "occurred_at", "reported_at"}
)
_MOMENT_SLOTS: Final = tuple(i for i, name in enumerate(Memo._fields) if name in _MOMENTS)
_BYTE_SLOTS: Final = tuple(i for i, name in enumerate(Memo._fields) if name in _BYTES)
_SLOT: Final = {name: index for index, name in enumerate(Memo._fields)}
_write: Final = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode

T = TypeVar("T")


class MemoUnreadableError(ValueError):
    """A state record is no memo of a layout we know; deciding without it could repeat outreach."""

    def __init__(self, key: str) -> None:
        super().__init__(
            f"the state record of incident {key} is not a memo of layout {LAYOUT}: state would be "
            "incomplete; run the version that wrote it, or `peerline triage rebuild`"
        )
        self.key = key


def encode_memo(memo: Memo) -> bytes:
    """Return the value of the memo's state record; equal memos give equal bytes."""
    slots: list[Any] = list(memo)
    for index in _MOMENT_SLOTS:
        slots[index] = _ticks(slots[index])
    for index in _BYTE_SLOTS:
        slots[index] = slots[index].hex() if slots[index] is not None else None
    if memo.proceedings:
        slots[_SLOT["proceedings"]] = [
            [item.type, _ticks(item.opened_at), item.names_staff, item.persons]
            for item in memo.proceedings
        ]
    if memo.hint:
        hint = memo.hint
        slots[_SLOT["hint"]] = hint._replace(
            earliest=_ticks(hint.earliest),  # type: ignore[arg-type] # the record holds ticks
            latest=_ticks(hint.latest),  # type: ignore[arg-type] # likewise
        )
    return _write([LAYOUT, *slots]).encode()


def decode_memo(key: str, value: bytes) -> Memo:
    """Return the memo of a state record.

    Raises:
        MemoUnreadableError: not JSON, another layout, or a slot of the wrong shape.
    """
    try:
        layout, *slots = json.loads(value)
        if layout != LAYOUT:
            raise MemoUnreadableError(key)
        return _memo(slots)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError) as problem:
        raise MemoUnreadableError(key) from problem


def _memo(slots: list[Any]) -> Memo:
    for index in _MOMENT_SLOTS:
        slots[index] = _moment(slots[index])
    for index in _BYTE_SLOTS:
        slots[index] = bytes.fromhex(slots[index]) if slots[index] is not None else None
    named = dict(zip(Memo._fields, slots, strict=True))
    for name in ("kind", "unit_id", "campus", "place_type", "order_by"):
        named[name] = _shared(named[name])
    for name in ("groups", "categories", "investigators"):
        named[name] = _texts(named[name])
    named["patients"] = _each(named["patients"], _patient)
    named["staff"] = _each(named["staff"], _staff)
    named["reporter"] = _reporter(named["reporter"]) if named["reporter"] else None
    named["proceedings"] = _each(named["proceedings"], _proceeding)
    named["hint"] = _hint(named["hint"]) if named["hint"] else None
    named["cases"] = _each(named["cases"], _case)
    return Memo(**named)


def _ticks(moment: datetime | None) -> int | None:
    return None if moment is None else (moment - _EPOCH) // _TICK


def _moment(ticks: int | None) -> datetime | None:
    return None if ticks is None else _EPOCH + ticks * _TICK


def _shared(text: str | None) -> str | None:
    return None if text is None else intern(text)


def _texts(items: list[str] | None) -> tuple[str, ...] | None:
    return None if items is None else tuple(map(intern, items))


def _each(items: list[Any] | None, read: Callable[[Any], T]) -> tuple[T, ...] | None:
    return None if items is None else tuple(map(read, items))


def _patient(slots: list[Any]) -> PatientMemo:
    names, years, group, harm, mind, duration, died, outcomes = slots
    return PatientMemo(
        tuple(map(intern, names)),
        years,
        _shared(group),
        _shared(harm),
        _shared(mind),
        _shared(duration),
        died,
        _texts(outcomes),
    )


def _staff(slots: list[Any]) -> StaffMemo:
    member = StaffMemo._make(slots)
    return member._replace(
        person_ref=_shared(member.person_ref),
        role=_shared(member.role),
        involvement=_shared(member.involvement),
        unit_id=_shared(member.unit_id),
        relationship=_texts(slots[8]),
        harmed=_texts(slots[9]),
        signals=_texts(slots[10]),
    )


def _reporter(slots: list[Any]) -> ReporterMemo:
    reporter = ReporterMemo._make(slots)
    return reporter._replace(
        person_ref=_shared(reporter.person_ref),
        type=_shared(reporter.type),
        role=_shared(reporter.role),
        involvement=_shared(reporter.involvement),
    )


def _proceeding(slots: list[Any]) -> ProceedingMemo:
    kind, opened, names_staff, persons = slots
    return ProceedingMemo(intern(kind), _moment(opened), names_staff, _texts(persons))


def _hint(slots: list[Any]) -> HintMemo:
    unit_id, campus, earliest, latest, headcount = slots
    return HintMemo(
        _shared(unit_id), _shared(campus), _moment(earliest), _moment(latest), headcount
    )


def _case(slots: list[Any]) -> CaseMemo:
    *head, touched, aliases = slots
    subject, tier, priority, action, follow_up, exclude = head
    return CaseMemo(
        intern(subject),
        tier,
        intern(priority),
        intern(action),
        intern(follow_up),
        exclude,
        tuple(touched),
        tuple(aliases),
    )
