"""Which incidents describe one occurrence: a function of their facts, not of their order.

Incidents that share a group id are one. The rest joins only if patient, unit and categories agree
and *all* of them lie within the rule set's `merge.within`; a chain is cut, counting from its
earliest member. A retracted incident joins nobody, but the occurrence it named keeps its name.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple, TypeVar

from services.triage.domain.lens import Lens
from services.triage.domain.memo import Memo
from services.triage.domain.ruleset import MergeRule
from services.triage.domain.ties import TiedPatients, are_near, may_be_one
from shared.contracts.triage_decision import MergeEvidence

# A group id or patient on more incidents than this is a placeholder ("0", "n/a") and joins nobody.
LARGEST_TIE: Final = 100

T = TypeVar("T")


class Group(NamedTuple):
    """One occurrence. `root` is the incident that names it; `ghosts` are retracted members.

    Members stand in order of event time, then key.
    """

    root: str
    live: tuple[Memo, ...]
    ghosts: tuple[Memo, ...]

    @property
    def members(self) -> tuple[Memo, ...]:
        """All members, retracted ones last."""
        return self.live + self.ghosts


class Change(NamedTuple):
    """The occurrences that one new memo touches, as they were and as they are."""

    before: tuple[Group, ...]
    after: tuple[Group, ...]


class _Bundle(NamedTuple):
    """Incidents joined by group ids, with the time they span."""

    members: tuple[Memo, ...]
    first: datetime
    last: datetime


def affected_groups(lens: Lens, key: str, memo: Memo | None, merge: MergeRule) -> Change:
    """Return all occurrences that change, or may change, when `key` shows `memo`."""
    after = lens.showing(key, memo)
    old = lens.memo(key)
    # Ties count by how many share them, so both memos are looked at in both worlds.
    keys = {key, *_linked(lens, memo, merge)}
    if old is not None:
        keys.update(_linked(lens, old, merge), _linked(after, old, merge))
    keys.update(_weighed_anew(lens, after, (old, memo)))
    if len(keys) == 1:
        return Change(_alone(old), _alone(memo))
    keys |= {*_component(lens, keys, merge), *_component(after, keys, merge)}
    return Change(_groups(lens, keys, merge), _groups(after, keys, merge))


def group_of(groups: Iterable[Group], key: str) -> Group:
    """Return the occurrence that has this incident as a member; one of them has."""
    return next(group for group in groups if any(memo.key == key for memo in group.members))


def occurrence_of(lens: Lens, key: str, merge: MergeRule) -> Group | None:
    """Return the occurrence of one incident, None where it is forgotten."""
    members = _component(lens, {key}, merge)
    if len(members) == 1:
        return _alone(lens.memo(key))[0]
    return group_of(_groups(lens, members, merge), key) if members else None


def are_one(lens: Lens, left: Memo, right: Memo, merge: MergeRule) -> bool:
    """Return whether patient, unit, categories and time say that two incidents are one."""
    return may_be_one(left, right, merge) and _share_patient(lens, left, right)


def merge_evidence(lens: Lens, group: Group, memo: Memo, merge: MergeRule) -> list[MergeEvidence]:
    """Say of each other member why it is one with `memo`, and which others are similar."""
    found = {
        other.key: MergeEvidence(incident_key=other.key, because=_because(lens, memo, other, merge))
        for other in group.live
        if other.key != memo.key
    }
    for key in _sharing_patients(lens, memo):
        other_memo = lens.memo(key)
        if other_memo is None or key in found or key == memo.key or other_memo.retracted:
            continue
        if are_near(memo, other_memo, merge):
            found[key] = MergeEvidence(incident_key=key, because="same_patient", weak=True)
    return [found[key] for key in sorted(found)]


def _because(lens: Lens, memo: Memo, other: Memo, merge: MergeRule) -> str:
    if _share_group(lens, memo, other):
        return "group_id"
    return "patient_unit_category" if are_one(lens, memo, other, merge) else "through_another"


def _share_group(lens: Lens, left: Memo, right: Memo) -> bool:
    return any(
        group in right.groups and lens.group_size(group) <= LARGEST_TIE for group in left.groups
    )


def _share_patient(lens: Lens, left: Memo, right: Memo) -> bool:
    theirs = right.pseudonyms
    return any(
        name in theirs and lens.patient_size(name) <= LARGEST_TIE for name in left.pseudonyms
    )


def _alone(memo: Memo | None) -> tuple[Group, ...]:
    if memo is None:
        return ()
    if memo.retracted:
        return (Group(memo.key, (), (memo,)),)
    return (Group(memo.key, (memo,), ()),)


def _sharing_patients(lens: Lens, memo: Memo) -> Iterator[str]:
    for pseudonym in memo.pseudonyms:
        if lens.patient_size(pseudonym) <= LARGEST_TIE:
            yield from lens.sharing_patient(pseudonym)


def _weighed_anew(lens: Lens, after: Lens, memos: Iterable[Memo | None]) -> Iterator[str]:
    """Yield all incidents of a patient whose number begins or ceases to be a placeholder."""
    for name in {name for memo in memos if memo is not None for name in memo.pseudonyms}:
        if (lens.patient_size(name) <= LARGEST_TIE) != (after.patient_size(name) <= LARGEST_TIE):
            yield from lens.sharing_patient(name)
            yield from after.sharing_patient(name)


def _tying_groups(lens: Lens, memo: Memo) -> list[str]:
    return [group for group in memo.groups if lens.group_size(group) <= LARGEST_TIE]


def _linked(lens: Lens, memo: Memo | None, merge: MergeRule) -> Iterator[str]:
    """Yield the incidents that facts tie directly to `memo`."""
    if memo is None:
        return
    for group in _tying_groups(lens, memo):
        yield from lens.sharing_group(group)
    for key in _sharing_patients(lens, memo):
        other = lens.memo(key) if key != memo.key else None
        if other is not None and may_be_one(memo, other, merge):
            yield key


def _component(lens: Lens, keys: Iterable[str], merge: MergeRule) -> set[str]:
    """Return all incidents that any chain of ties joins to `keys`."""
    patients = TiedPatients(merge, lambda name: _carriers(lens, name))
    walked: set[str] = set()
    found = {key for key in keys if lens.memo(key) is not None}
    waiting = list(found)
    while waiting:
        memo = lens.memo(waiting.pop())
        if memo is None:
            continue
        fresh = {other.key for other in patients.tied_to(memo)}
        for group in set(_tying_groups(lens, memo)) - walked:
            walked.add(group)
            fresh.update(key for key in lens.sharing_group(group) if lens.memo(key) is not None)
        waiting += fresh - found
        found |= fresh
    return found


def _carriers(lens: Lens, pseudonym: str) -> list[Memo]:
    tying = lens.patient_size(pseudonym) <= LARGEST_TIE
    keys = lens.sharing_patient(pseudonym) if tying else ()
    return [memo for key in keys if (memo := lens.memo(key)) is not None]


def _groups(lens: Lens, keys: Iterable[str], merge: MergeRule) -> tuple[Group, ...]:
    """Return the occurrences of whole components."""
    members = [memo for key in keys if (memo := lens.memo(key)) is not None]
    live = [memo for memo in members if not memo.retracted]
    ghosts = [memo for memo in members if memo.retracted]
    parts = _cluster(lens, live, merge)
    if not ghosts:
        found = [_group(part, ()) for part in parts]
    else:
        found = _haunted(lens, parts, sorted(ghosts, key=_arrival), merge)
    return tuple(sorted(found, key=lambda group: group.root))


def _group(live: Sequence[Memo], ghosts: Sequence[Memo]) -> Group:
    return Group(min((*live, *ghosts), key=_arrival).key, tuple(live), tuple(ghosts))


def _haunted(
    lens: Lens, parts: Sequence[list[Memo]], ghosts: Sequence[Memo], merge: MergeRule
) -> list[Group]:
    """Return the occurrences with each retracted member at the oldest one that it was tied to."""

    def tied(left: list[Memo], right: list[Memo]) -> bool:
        pairs = [(one, other) for one in left for other in right]
        return any(one.retracted or other.retracted for one, other in pairs) and any(
            _share_group(lens, one, other) or are_one(lens, one, other, merge)
            for one, other in pairs
        )

    found = []
    ordered = sorted(parts, key=lambda part: min(map(_arrival, part)))
    for tie in _parts([*ordered, *([ghost] for ghost in ghosts)], tied):
        lost = [part[0] for part in tie if part[0].retracted]
        held = [part for part in tie if not part[0].retracted] or [[]]
        found += [_group(part, lost if part is held[0] else ()) for part in held]
    return found


def _arrival(memo: Memo) -> int:
    return memo.arrival


def _by_time(memo: Memo) -> tuple[datetime, str]:
    return memo.event_time, memo.key


def _cluster(lens: Lens, memos: Iterable[Memo], merge: MergeRule) -> list[list[Memo]]:
    bundles = [_bundle(part) for part in _sharing_groups(lens, sorted(memos, key=_by_time))]
    joined = [
        part
        for alike in _alike(lens, bundles, merge)
        for run in _runs(alike, merge.within)
        for part in _alike(lens, run, merge)
    ]
    return [
        sorted((memo for bundle in part for memo in bundle.members), key=_by_time)
        for part in joined
    ]


def _alike(lens: Lens, bundles: Sequence[_Bundle], merge: MergeRule) -> Iterator[list[_Bundle]]:
    """Yield the parts that patient, unit, categories and time join; both keep their order."""
    # What group ids spread over too long a time joins nobody else.
    short = [bundle.last - bundle.first <= merge.within for bundle in bundles]
    ties = _ties(
        lens, [bundle for bundle, joins in zip(bundles, short, strict=True) if joins], merge
    )
    place = {memo.key: at for at, bundle in enumerate(bundles) for memo in bundle.members}
    rest = dict.fromkeys(range(len(bundles)))
    while rest:
        part, waiting = [], [next(iter(rest))]
        del rest[waiting[0]]
        while waiting:
            at = waiting.pop()
            part.append(at)
            members = bundles[at].members if short[at] else ()
            met = {place[tied.key] for memo in members for tied in ties.tied_to(memo)}
            waiting += met & rest.keys()
            for other in met:
                rest.pop(other, None)
        yield [bundles[at] for at in sorted(part)]


def _ties(lens: Lens, bundles: Iterable[_Bundle], merge: MergeRule) -> TiedPatients:
    carriers: dict[str, list[Memo]] = {}
    for bundle in bundles:
        for memo in bundle.members:
            for name in memo.pseudonyms:
                carriers.setdefault(name, []).append(memo)

    def tying(name: str) -> list[Memo]:
        return carriers[name] if lens.patient_size(name) <= LARGEST_TIE else []

    return TiedPatients(merge, tying)


def _sharing_groups(lens: Lens, memos: Sequence[Memo]) -> list[list[Memo]]:
    """Return the parts that group ids join, without comparing each memo with each."""
    carriers: dict[str, list[Memo]] = {}
    for memo in memos:
        for group in _tying_groups(lens, memo):
            carriers.setdefault(group, []).append(memo)
    rest = {memo.key: memo for memo in memos}
    parts = []
    while rest:
        parts.append(sorted(_drawn(rest, carriers), key=_by_time))
    return parts


def _drawn(rest: dict[str, Memo], carriers: dict[str, list[Memo]]) -> Iterator[Memo]:
    """Take the first memo and all that group ids tie to it out of the rest."""
    waiting = [next(iter(rest))]
    while waiting:
        memo = rest.pop(waiting.pop(), None)
        if memo is not None:
            yield memo
            for group in memo.groups:
                waiting += (other.key for other in carriers.pop(group, ()))


def _bundle(members: Sequence[Memo]) -> _Bundle:
    return _Bundle(tuple(members), members[0].event_time, members[-1].event_time)


def _runs(part: Sequence[_Bundle], within: timedelta) -> Iterator[list[_Bundle]]:
    """Cut bundles, in order of time, where the earliest and the latest lie too far apart."""
    run: list[_Bundle] = []
    for bundle in part:
        if run and bundle.last - run[0].first > within:
            yield run
            run = []
        run.append(bundle)
    yield run


def _parts(items: Sequence[T], are_alike: Callable[[T, T], bool]) -> list[list[T]]:
    """Return the connected parts; items keep their order, parts that of their first item."""
    parts: list[list[T]] = []
    rest = list(range(len(items)))
    while rest:
        part, waiting = [], [rest.pop(0)]
        while waiting:
            place = waiting.pop()
            part.append(place)
            found = {other for other in rest if are_alike(items[place], items[other])}
            waiting += found
            rest = [other for other in rest if other not in found]
        parts.append([items[place] for place in sorted(part)])
    return parts
