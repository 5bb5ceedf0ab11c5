"""Who the rows of a directory file are: people whom the directory knows already, or new ones."""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from services.notifier.domain.directory import Person
from services.notifier.domain.errors import DirectoryRefusedError
from services.notifier.store.unit import Unit
from shared.identity import derive_id


@dataclass(frozen=True, slots=True)
class Entry:
    """One usable row: the person and every pseudonym under which reports may name them.

    `row` is its number in the file. `says_paused` False: the row leaves a pause as it is. `system`
    is how the file calls the first identifier.
    """

    row: int
    person: Person
    refs: tuple[str, ...]
    manager_ref: str | None = None
    says_paused: bool = False
    system: str = ""


@dataclass(frozen=True, slots=True)
class _Known:
    """What the directory holds: pseudonym to person_id, the people, those with an own row."""

    ids: Mapping[str, str]
    people: Mapping[str, Person]
    own: AbstractSet[str]


def person_id_of(tenant: str, person_ref: str) -> str:
    """Return the directory id of a new person whose first identifier has this pseudonym."""
    return str(derive_id("directory", tenant, person_ref))


def settled(unit: Unit, tenant: str, entries: Sequence[Entry]) -> list[Entry]:
    """Return the entries under the ids by which the directory knows their people.

    Any identifier finds the person, so that opt-outs, open cases and load stay theirs when the
    first identifier changes. Managers are found the same way. A supporter's own pause stays
    unless the row speaks of it.

    Raises:
        DirectoryRefusedError: a row would make two people one, or one person another.
    """
    known = _known(unit, tenant, entries)
    found: dict[str, int] = {}
    findings: list[str] = []
    placed: list[Entry] = []
    for entry in entries:
        person_id = _who(entry, known)
        if person_id is None or person_id in found:
            findings.append(_finding(entry, found.get(person_id or "")))
            continue
        found[person_id] = entry.row
        placed.append(replace(entry, person=_person(entry, person_id, known)))
    if findings:
        raise DirectoryRefusedError(findings)
    ids = {**known.ids, **{ref: one.person.person_id for one in placed for ref in one.refs}}
    return [_with_manager(entry, ids) for entry in placed]


def _known(unit: Unit, tenant: str, entries: Sequence[Entry]) -> _Known:
    ids = unit.directory.resolve(tenant, _named(entries))
    hashed = {entry.person.person_id for entry in entries}
    people = unit.directory.named(tenant, hashed | set(ids.values()))
    return _Known(ids, people, hashed & people.keys())


def _named(entries: Sequence[Entry]) -> Iterator[str]:
    for entry in entries:
        yield from entry.refs
        if entry.manager_ref is not None:
            yield entry.manager_ref


def _who(entry: Entry, known: _Known) -> str | None:
    """Return the person_id of a row, None where that would be a guess.

    People with a row of their own do not count: their row says who they are, and an identifier
    that was theirs by mistake may move to the right person.
    """
    own = entry.person.person_id
    others = {known.ids[ref] for ref in entry.refs if ref in known.ids} & known.people.keys()
    others -= known.own
    if not others:
        return own
    one = min(others)
    if own in known.own or len(others) > 1 or not _alike(known.people[one], entry.person):
        return None
    return one


def _alike(known: Person, said: Person) -> bool:
    """Say whether name or address is the same, so that nobody is renamed into somebody else."""
    same_address = known.email.casefold() == said.email.casefold()
    return same_address or known.name.casefold() == said.name.casefold()


def _finding(entry: Entry, row: int | None) -> str:
    if row is not None:
        return f"Row {entry.row}: an identifier belongs to the person of row {row}."
    return (
        f"Row {entry.row}: an identifier belongs to somebody else in the directory. "
        "Correct it, or give that person a row too."
    )


def _person(entry: Entry, person_id: str, known: _Known) -> Person:
    there = known.people.get(person_id)
    person = replace(entry.person, person_id=person_id)
    if there is None or entry.says_paused:
        return person
    return replace(person, paused=there.paused)


def _with_manager(entry: Entry, ids: Mapping[str, str]) -> Entry:
    manager = ids.get(entry.manager_ref or "")
    if manager is None:
        return entry
    return replace(entry, person=replace(entry.person, manager=manager))


def meet_managers(unit: Unit, tenant: str, entries: Sequence[Entry]) -> None:
    """Let whoever named a manager before the directory knew them mean the person now known."""
    ids = {
        person_id_of(tenant, ref): entry.person.person_id for entry in entries for ref in entry.refs
    }
    meant = {said: known for said, known in ids.items() if said != known}
    for person in unit.directory.managed_by(tenant, meant):
        unit.directory.put(replace(person, manager=meant[person.manager or ""]), ())
