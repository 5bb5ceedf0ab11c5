"""Imports a directory CSV: all rows or none, repeatable, findings without a single value."""

import csv
import difflib
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from services.notifier import people
from services.notifier.directory_columns import COLUMNS, CellError
from services.notifier.directory_entries import Entry, meet_managers, person_id_of, settled
from services.notifier.domain.case import SYSTEM
from services.notifier.domain.directory import Person, Role
from services.notifier.domain.errors import DirectoryRefusedError
from services.notifier.store.unit import Unit
from shared.identity import sha256_hex

MOST_FINDINGS: Final = 50
_PLAIN: Final = (
    "given_name",
    "family_name",
    "email",
    "telephone",
    "role",
    "department",
    "language",
    "zone",
    "absent_from",
    "absent_until",
)
_HEADER_ROW: Final = 1


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did, or would do with `is_check`."""

    tenant: str
    rows: int
    new: int
    supporters: int
    coordinators: int
    resolved: int
    is_check: bool
    systems: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Say it in one or two lines."""
        verb = "would be imported" if self.is_check else "imported"
        line = (
            f"{self.rows} people {verb} for {self.tenant}: {self.new} new, "
            f"{self.rows - self.new} updated; {self.supporters} supporters, "
            f"{self.coordinators} coordinators."
        )
        if self.resolved:
            line += f" {self.resolved} open cases found their person and go on."
        if not self.coordinators:
            line += " Name at least one coordinator: somebody must be told."
        if self.systems:
            line += (
                f"\nThey are known by {', '.join(self.systems)}: only reports that call it so find "
                "them ('peerline config check' shows how your packs call it)."
            )
        return line


def template() -> str:
    """Return a sample CSV with every column and one made-up person."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerow(rule.example for rule in COLUMNS.values())
    return out.getvalue()


def read_entries(text: str, tenant: str, pseudonym: Callable[[str, str], str]) -> list[Entry]:
    """Return the entries of a CSV; `pseudonym` gives the person_ref of system and identifier.

    Raises:
        DirectoryRefusedError: with every finding: row number (the header is row 1) and column.
    """
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), strict=True)
    findings = list(_header_findings(reader.fieldnames or ()))
    if findings:
        raise DirectoryRefusedError(findings)
    entries: list[Entry] = []
    seen: dict[str, int] = {}
    for number, row in enumerate(_rows(reader), _HEADER_ROW + 1):
        values = _values(row, number, findings)
        if values is None:
            continue
        entry = _entry(number, values, tenant, pseudonym)
        findings.extend(_repeated(entry, number, seen))
        entries.append(entry)
    if findings or not entries:
        raise DirectoryRefusedError(_shortened(findings) or ("The file has no rows.",))
    return entries


def import_entries(
    unit: Unit, tenant: str, entries: Sequence[Entry], sha256: str, at: datetime
) -> Imported:
    """Write the entries; open cases of people who were unknown until now go on.

    Raises:
        DirectoryRefusedError: a row would make two people one, or one person another.
    """
    entries = _settled(unit, tenant, entries)
    known = _there(unit, tenant, entries)
    for entry in entries:
        unit.directory.put(entry.person, entry.refs)
    meet_managers(unit, tenant, entries)
    resolved = sum(_resolved(unit, entry, at) for entry in entries)
    unit.directory.imported(tenant, sha256, len(entries), at)
    return summary(tenant, entries, len(entries) - known, resolved, is_check=False)


def check_entries(unit: Unit, tenant: str, entries: Sequence[Entry]) -> Imported:
    """Say what an import would do; write nothing.

    Raises:
        DirectoryRefusedError: as `import_entries` would.
    """
    entries = _settled(unit, tenant, entries)
    known = _there(unit, tenant, entries)
    return summary(tenant, entries, len(entries) - known, 0, is_check=True)


def _settled(unit: Unit, tenant: str, entries: Sequence[Entry]) -> list[Entry]:
    try:
        return settled(unit, tenant, entries)
    except DirectoryRefusedError as refusal:
        raise DirectoryRefusedError(_shortened(refusal.findings)) from None


def _there(unit: Unit, tenant: str, entries: Sequence[Entry]) -> int:
    return len(unit.directory.named(tenant, [entry.person.person_id for entry in entries]))


def _resolved(unit: Unit, entry: Entry, at: datetime) -> int:
    """Let the person's unresolved cases go on, each of them: one per identifier at most."""
    tenant, count = entry.person.tenant, 0
    while count < len(entry.refs):
        waiting = people.unresolved_of(unit, tenant, entry.refs)
        if waiting is None:
            break
        people.identify(unit, waiting, entry.person, SYSTEM, at)
        count += 1
    return count


def summary(
    tenant: str, entries: Sequence[Entry], new: int, resolved: int, *, is_check: bool
) -> Imported:
    """Count the entries."""
    supporters = sum(Role.SUPPORTER in entry.person.roles for entry in entries)
    coordinators = sum(Role.COORDINATOR in entry.person.roles for entry in entries)
    systems = tuple(sorted({entry.system for entry in entries} - {""}))
    return Imported(
        tenant, len(entries), new, supporters, coordinators, resolved, is_check, systems
    )


def digest(text: str) -> str:
    """Return the SHA-256 of the file, which is kept instead of the file."""
    return sha256_hex(text.encode())


def _header_findings(names: Sequence[str]) -> Iterator[str]:
    for name in names:
        if name not in COLUMNS:
            near = difflib.get_close_matches(name or "", COLUMNS, n=1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            yield f"Row 1: a column is not known.{hint} See 'peerline directory template'."
    for rule in COLUMNS.values():
        if rule.is_required and rule.name not in names:
            yield f"Row 1: the column '{rule.name}' is missing."


def _rows(reader: "csv.DictReader[str]") -> Iterator[Mapping[str | None, Any]]:
    try:
        yield from reader
    except csv.Error:
        raise DirectoryRefusedError(["The file is not readable as CSV (quotes?)."]) from None


def _values(
    row: Mapping[str | None, Any], number: int, findings: list[str]
) -> dict[str, Any] | None:
    before = len(findings)
    if None in row or None in row.values():
        findings.append(f"Row {number}: it has not as many cells as row 1.")
        return None
    values: dict[str, Any] = {}
    for rule in COLUMNS.values():
        cell = (row.get(rule.name) or "").strip()
        if not cell:
            if rule.is_required:
                findings.append(f"Row {number}: '{rule.name}' is empty.")
            continue
        try:
            values[rule.name] = rule.read(cell)
        except CellError as problem:
            findings.append(f"Row {number}: '{rule.name}': {problem}.")
    return values if len(findings) == before else None


def _entry(
    row: int, values: Mapping[str, Any], tenant: str, pseudonym: Callable[[str, str], str]
) -> Entry:
    system = values["identifier_system"]
    own = pseudonym(system, values["identifier"])
    others = values.get("other_identifiers", ())
    manager = pseudonym(system, values["manager"]) if "manager" in values else None
    person = Person(
        tenant=tenant,
        person_id=person_id_of(tenant, own),
        roles=values.get("roles", (Role.STAFF,)),
        unit_id=values.get("unit"),
        quiet=values.get("quiet_hours"),
        on_call=values.get("on_call", ()),
        paused=values.get("paused", False),
        manager=person_id_of(tenant, manager) if manager else None,
        **{name: values[name] for name in _PLAIN if name in values},
    )
    refs = (own, *(pseudonym(*pair) for pair in others))
    return Entry(row, person, refs, manager, "paused" in values, system)


def _repeated(entry: Entry, number: int, seen: dict[str, int]) -> Iterator[str]:
    for ref in entry.refs:
        if ref in seen:
            yield f"Row {number}: an identifier stands in row {seen[ref]} already."
        seen[ref] = number


def _shortened(findings: Sequence[str]) -> tuple[str, ...]:
    left = len(findings) - MOST_FINDINGS
    more = (f"And {left} more.",) if left > 0 else ()
    return (*findings[:MOST_FINDINGS], *more)
