"""Several incidents, one statement: known beats unknown, in conflict the more serious wins."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, NamedTuple, TypeVar

from services.triage.domain.memo import (
    CIRCUMSTANCES,
    Memo,
    PatientMemo,
    ProceedingMemo,
    ReporterMemo,
    known_circumstances,
    pack_circumstances,
)
from shared.contracts.words import AgeGroup, Harm, HarmDuration, Kind, PlaceType

NO_IS_SERIOUS: Final = frozenset({"death_expected", "palliative", "present_on_arrival"})
_KIND_RANK: Final = {
    kind.value: rank
    for rank, kind in enumerate(
        (
            Kind.GOOD_CARE,
            Kind.UNSAFE_CONDITION,
            Kind.NEAR_MISS,
            Kind.STAFF_EVENT,
            Kind.OUTCOME,
            Kind.INCIDENT,
        )
    )
}
# An intraoperative event is urgent (default rules); of other places the earliest report's stands.
_THEATRE: Final = PlaceType.THEATRE.value
_HARM_RANK: Final = {harm.value: rank for rank, harm in enumerate(Harm)}
_DURATION_RANK: Final = {duration.value: rank for rank, duration in enumerate(HarmDuration)}
# The younger the patient, the more serious (domain.md section 2: children, young adults).
_YOUTH_RANK: Final = {group.value: -rank for rank, group in enumerate(AgeGroup)}

T = TypeVar("T")


class Statement(NamedTuple):
    """What the live incidents of an occurrence say together; `memo` holds the merged facts."""

    memo: Memo
    reporters: tuple[ReporterMemo, ...]
    conflict: bool


class Settling:
    """Chooses among stated values and remembers whether any two of them disagreed."""

    def __init__(self) -> None:
        self.conflict = False

    def most(self, values: Iterable[T | None], rank: Callable[[T], int]) -> T | None:
        """Return the known value of highest rank; different ones are a conflict."""
        known = [value for value in values if value is not None]
        if not known:
            return None
        self.conflict |= any(value != known[0] for value in known)
        return max(known, key=rank)

    def yes(self, values: Iterable[bool | None]) -> bool | None:
        """Return yes if anybody says yes, else no if anybody says no."""
        return self.most(values, int)

    def no(self, values: Iterable[bool | None]) -> bool | None:
        """Return no if anybody says no, else yes if anybody says yes."""
        return self.most(values, lambda value: -int(value))


def union(lists: Iterable[tuple[str, ...] | None]) -> tuple[str, ...] | None:
    """Return all codes of the known lists, sorted; None where every list is unknown."""
    known = [codes for codes in lists if codes is not None]
    if not known:
        return None
    return (
        known[0] if len(known) == 1 else tuple(sorted({code for codes in known for code in codes}))
    )


def merge_statements(memos: Sequence[Memo]) -> Statement:
    """Return what one or more incidents, in order of event time, say together."""
    first = memos[0]
    if len(memos) == 1:
        return Statement(first, (first.reporter,) if first.reporter else (), conflict=False)
    settling = Settling()
    # Members stand in order of time: the last that says when it happened says when it ended.
    newest = next((memo for memo in reversed(memos) if memo.occurred_at), first)
    merged = first._replace(
        groups=(),
        kind=settling.most((memo.kind for memo in memos), _KIND_RANK.__getitem__),
        unit_id=_first(memo.unit_id for memo in memos),
        campus=_first(memo.campus for memo in memos),
        place_type=settling.most((memo.place_type for memo in memos), _THEATRE.__eq__),
        categories=union(memo.categories for memo in memos),
        patients=_patients(memos, settling),
        circumstances=_circumstances(memos, settling),
        staff=_joined(memo.staff for memo in memos),
        headcount=_largest(memo.headcount for memo in memos),
        proceedings=_proceedings(memos),
        local_debrief_done=settling.yes(memo.local_debrief_done for memo in memos),
        support_offered=settling.yes(memo.support_offered for memo in memos),
        investigators=tuple(sorted({who for memo in memos for who in memo.investigators})),
        began_at=newest.began_at,
        occurred_at=newest.occurred_at,
        reported_at=min((m.reported_at for m in memos if m.reported_at), default=None),
        first_received_at=min(memo.first_received_at for memo in memos),
    )
    reporters = tuple(memo.reporter for memo in memos if memo.reporter)
    return Statement(merged, reporters, settling.conflict)


def _first(values: Iterable[T | None]) -> T | None:
    return next((value for value in values if value is not None), None)


def _largest(values: Iterable[int | None]) -> int | None:
    return max((value for value in values if value is not None), default=None)


def _joined(lists: Iterable[tuple[T, ...] | None]) -> tuple[T, ...] | None:
    known = [items for items in lists if items is not None]
    return tuple(item for items in known for item in items) if known else None


def _circumstances(memos: Sequence[Memo], settling: Settling) -> int:
    stated = [known_circumstances(memo.circumstances) for memo in memos]
    merged = {}
    for name in CIRCUMSTANCES:
        choose = settling.no if name in NO_IS_SERIOUS else settling.yes
        merged[name] = choose(facts.get(f"circumstances.{name}") for facts in stated)
    return pack_circumstances(merged)


def _proceedings(memos: Sequence[Memo]) -> tuple[ProceedingMemo, ...] | None:
    joined = _joined(memo.proceedings for memo in memos)
    return None if joined is None else tuple(sorted(set(joined), key=repr))


def _patients(memos: Sequence[Memo], settling: Settling) -> tuple[PatientMemo, ...] | None:
    known = [memo.patients for memo in memos if memo.patients is not None]
    if not known:
        return None
    return tuple(_patient(alike, settling) for alike in _same_patients(known))


def _same_patients(lists: Sequence[tuple[PatientMemo, ...]]) -> Iterator[list[PatientMemo]]:
    """Yield the descriptions of each patient: one pseudonym in common makes them one.

    Where every incident tells of one patient and no pseudonyms contradict it, they are one as well.
    """
    parts: list[list[PatientMemo]] = []
    for patient in (patient for patients in lists for patient in patients):
        same = [part for part in parts if _are_same(part, patient)]
        parts = [part for part in parts if part not in same]
        parts.append([*(known for part in same for known in part), patient])
    identified = [part for part in parts if any(patient.pseudonyms for patient in part)]
    if parts and len(identified) <= 1 and all(len(patients) <= 1 for patients in lists):
        yield [patient for part in parts for patient in part]
    else:
        yield from parts


def _are_same(part: Iterable[PatientMemo], patient: PatientMemo) -> bool:
    return any(not set(known.pseudonyms).isdisjoint(patient.pseudonyms) for known in part)


def _patient(alike: Sequence[PatientMemo], settling: Settling) -> PatientMemo:
    if len(alike) == 1:
        return alike[0]
    return PatientMemo(
        union(patient.pseudonyms for patient in alike) or (),
        settling.most((patient.age_years for patient in alike), lambda years: -years),
        settling.most((patient.age_group for patient in alike), _YOUTH_RANK.__getitem__),
        settling.most((patient.harm for patient in alike), _HARM_RANK.__getitem__),
        settling.most((patient.harm_psychological for patient in alike), _HARM_RANK.__getitem__),
        settling.most((patient.harm_duration for patient in alike), _DURATION_RANK.__getitem__),
        settling.yes(patient.died for patient in alike),
        union(patient.outcomes for patient in alike),
    )
