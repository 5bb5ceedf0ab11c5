"""Who an occurrence names: one `Person` per pseudonym, joined from staff entries and reporters."""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from services.triage.domain.facts import FactValue
from services.triage.domain.memo import Memo, ProceedingMemo, ReporterMemo, StaffMemo
from services.triage.domain.merging import Settling, union
from services.triage.domain.plan import NAMES_THIS_PERSON
from shared.contracts.words import Involvement, ReporterType, StaffHarm, StaffRole

# rules.md section 8; `injured` is kept beside the closest of these.
CLOSEST_FIRST: Final = (
    Involvement.DIRECT,
    Involvement.ASSISTED,
    Involvement.RESPONDER,
    Involvement.SUPERVISOR,
    Involvement.WITNESS,
    Involvement.DISCOVERED,
    Involvement.INFORMED,
    Involvement.AUTHOR,
)
_CLOSENESS: Final = {word.value: -rank for rank, word in enumerate(CLOSEST_FIRST)}
# Policy: whoever is still learning stays so beside another title; `other` says least.
_LEARNING: Final = frozenset({StaffRole.RESIDENT.value, StaffRole.STUDENT.value})
_OTHER: Final = StaffRole.OTHER.value
_INJURED: Final = Involvement.INJURED.value
_NOT_STAFF: Final = frozenset({ReporterType.PATIENT.value, ReporterType.RELATIVE.value})
_FACTS: Final = tuple(
    (f"staff.{name}", StaffMemo._fields.index(name))
    for name in (
        "role",
        "involvement",
        "relationship",
        "harmed",
        "signals",
        "own_act",
        "trainee",
        "new_in_role",
        "first_of_kind",
    )
)


class Person(NamedTuple):
    """A candidate: `entry` is what is known of them, `facts` what rules may read.

    `in_staff` tells a named member of staff from one who only filed the report; `anonymous`
    is a reporter who must never be reached.
    """

    entry: StaffMemo
    facts: dict[str, FactValue]
    in_staff: bool
    anonymous: bool

    @property
    def ref(self) -> str | None:
        """The person_ref; None where nobody can be reached by name."""
        return self.entry.person_ref


def people_of(
    memo: Memo, reporters: Sequence[ReporterMemo], settling: Settling
) -> tuple[Person, ...]:
    """Return all candidates, sorted by person_ref; those without one last."""
    entries: dict[str, list[StaffMemo]] = {}
    filed: dict[str, list[StaffMemo]] = {}
    nameless = []
    for entry in memo.staff or ():
        if entry.person_ref is None:
            nameless.append(entry)
        else:
            entries.setdefault(entry.person_ref, []).append(entry)
    named = entries.keys()
    hidden = {r.person_ref for r in reporters if r.anonymous and r.person_ref}
    for reporter in reporters:
        if reporter.person_ref is not None and reporter.type not in _NOT_STAFF:
            filed.setdefault(reporter.person_ref, []).append(_as_entry(reporter))
    found = [
        Person(joined, _facts(joined, memo.proceedings), ref in named, ref in hidden)
        for ref in sorted(named | (filed.keys() - hidden))
        for joined in (_join(entries.get(ref, []), filed.get(ref, []), settling),)
    ]
    found += [
        Person(entry, _facts(entry, memo.proceedings), in_staff=True, anonymous=False)
        for entry in sorted(nameless, key=repr)
    ]
    return tuple(found)


def _as_entry(reporter: ReporterMemo) -> StaffMemo:
    return StaffMemo(
        person_ref=reporter.person_ref,
        sealed=reporter.sealed,
        role=reporter.role,
        involvement=reporter.involvement,
    )


def _join(staff: Sequence[StaffMemo], filed: Sequence[StaffMemo], settling: Settling) -> StaffMemo:
    """Return one entry of what staff entries say and what the person filed as a reporter."""
    entries = [*staff, *filed]
    if len(entries) == 1:
        return entries[0]
    involvement, harmed = _closest(entries)
    return StaffMemo(
        person_ref=entries[0].person_ref,
        sealed=_lowest(entry.sealed for entry in entries),
        role=_role(staff, settling) or _role(filed, settling),
        trainee=settling.yes(entry.trainee for entry in entries),
        new_in_role=settling.yes(entry.new_in_role for entry in entries),
        involvement=involvement,
        own_act=settling.yes(entry.own_act for entry in entries),
        first_of_kind=settling.yes(entry.first_of_kind for entry in entries),
        relationship=union(entry.relationship for entry in entries),
        harmed=harmed,
        signals=union(entry.signals for entry in entries),
        unit_id=_lowest(entry.unit_id for entry in entries),
        # Offering twice is safer than offering never; an opt-out holds wherever it is said.
        support_offered=settling.no(entry.support_offered for entry in entries),
        opted_out=settling.yes(entry.opted_out for entry in entries),
    )


def _lowest(values: Iterable[str | None]) -> str | None:
    return min((value for value in values if value is not None), default=None)


def _role(entries: Sequence[StaffMemo], settling: Settling) -> str | None:
    """Return the role that weighs most, the first by name where several weigh alike.

    A reporter's own word only fills a gap: forms ask "your job" in coarser words than "who was
    involved".
    """
    said = sorted({entry.role for entry in entries if entry.role is not None})
    return settling.most(said, lambda role: (role in _LEARNING) - (role == _OTHER))


def _closest(entries: Sequence[StaffMemo]) -> tuple[str | None, tuple[str, ...] | None]:
    """Return the closest involvement, and what was done to the person, an injury included."""
    said = {entry.involvement for entry in entries if entry.involvement is not None}
    harmed = union(entry.harmed for entry in entries)
    close = said - {_INJURED}
    if not close:
        return (_INJURED if said else None), harmed
    if _INJURED in said:
        harmed = union((harmed, (StaffHarm.INJURY.value,)))
    return max(close, key=_CLOSENESS.__getitem__), harmed


def _facts(
    entry: StaffMemo, proceedings: tuple[ProceedingMemo, ...] | None
) -> dict[str, FactValue]:
    facts: dict[str, FactValue] = {
        name: value for name, slot in _FACTS if (value := entry[slot]) is not None
    }
    named = _names(entry.person_ref, proceedings)
    if named is not None:
        facts[NAMES_THIS_PERSON] = named
    return facts


def _names(ref: str | None, proceedings: tuple[ProceedingMemo, ...] | None) -> bool | None:
    """Return whether a proceeding names the person; None where one may."""
    if not proceedings:
        return None if proceedings is None else False
    if any(ref is not None and ref in (item.persons or ()) for item in proceedings):
        return True
    may = any(item.persons is None and item.names_staff is not False for item in proceedings)
    return None if may else False
