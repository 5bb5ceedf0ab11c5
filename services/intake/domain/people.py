"""Staff, reporter, investigators: pseudonyms for triage, sealed identifiers for the notifier."""

from typing import Any, Final

from services.intake.domain.identifiers import read_identifier
from services.intake.domain.limits import check_count
from services.intake.domain.notes import Notes
from services.intake.domain.places import settle_unit
from services.intake.domain.readers import (
    CODE_LENGTH,
    UNKNOWN,
    Readers,
    code,
    identifying,
    integer,
    listed,
    mark,
    read_object,
    word,
    words,
    yes_no,
)
from shared.contracts.words import Involvement, QualityFlag, ReporterType, Signal
from shared.identity import person_ref

NAME_SYSTEM: Final = "name"
# The reporter counts as one of those affected in these two (judgement, formats.md section 9).
PRESENT: Final = frozenset({Involvement.DIRECT.value, Involvement.WITNESS.value})
_STRENGTH: Final = {
    involvement.value: strength
    for strength, involvement in enumerate(
        (
            Involvement.AUTHOR,
            Involvement.INFORMED,
            Involvement.DISCOVERED,
            Involvement.SUPERVISOR,
            Involvement.WITNESS,
            Involvement.RESPONDER,
            Involvement.ASSISTED,
            Involvement.INJURED,
            Involvement.DIRECT,
        ),
        start=1,
    )
}
_STAFF: Final = "/staff/*"
_STAFF_READERS: Final[Readers] = {
    "id": None,
    "name": None,
    "role": word("/staff/*/role", "role"),
    "trainee": yes_no("/staff/*/trainee"),
    "new_in_role": yes_no("/staff/*/new_in_role"),
    "involvement": word("/staff/*/involvement", "involvement"),
    "own_act": yes_no("/staff/*/own_act"),
    "first_of_kind": yes_no("/staff/*/first_of_kind"),
    "relationship": words("/staff/*/relationship", "relationship"),
    "harmed": words("/staff/*/harmed", "harmed"),
    "signals": words("/staff/*/signals", "signal"),
    "unit_id": code("/staff/*/unit_id"),
    "support_offered": yes_no("/staff/*/support_offered"),
    "opted_out": mark("/staff/*/opted_out"),
}
_REPORTER_READERS: Final[Readers] = {
    "id": None,
    "name": None,
    "type": word("/reporter/type", "reporter_type"),
    "role": word("/reporter/role", "role"),
    "involvement": word("/reporter/involvement", "involvement"),
    "anonymous": yes_no("/reporter/anonymous"),
    "concern": integer("/reporter/concern", 1, 5),
    "fear_of_consequences": yes_no("/reporter/fear_of_consequences"),
}


class Roster:
    """Gives each member of staff a pseudonym and remembers who it is until the draft is sealed.

    `hidden` are those who reported and asked not to be known: nobody writes to them.
    """

    __slots__ = ("_known", "_notes", "hidden")

    def __init__(self, notes: Notes) -> None:
        """Start with nobody."""
        self._known: dict[str, tuple[str, str]] = {}
        self._notes = notes
        self.hidden: set[str] = set()

    def refer(self, node: dict[str, Any], field: str) -> str | None:
        """Return the person_ref of `id`, or of `name` where there is no id; None for nobody."""
        if node.get("id") is not None:
            reference = self.identify(node["id"], f"{field}/id")
            if reference is not None:
                return reference
        given = node.get("name")
        if given is None:
            return None
        name = identifying(given)
        if name is None or len(name) > CODE_LENGTH:
            self._notes.unmapped(f"{field}/name", given)
            return None
        self._notes.flag(QualityFlag.STAFF_DISPLAY_ONLY)
        return self._enter(NAME_SYSTEM, name)

    def identify(self, value: object, field: str) -> str | None:
        """Return the person_ref of an identifier, or None for what identifies nobody."""
        identifier = read_identifier(value, field, self._notes)
        if identifier is None:
            return None
        system, text = identifier
        return self._enter(self._notes.context.staff_systems.get(system, system), text)

    def seal(self, reference: str) -> str | None:
        """Return the sealed identifier of a person, or None where nothing may be sealed."""
        if self._notes.context.seal is None:
            return None
        return self._notes.context.seal(*self._known[reference])

    def _enter(self, system: str, text: str) -> str:
        reference = person_ref(self._notes.context.pseudonym_key, system, text)
        self._known.setdefault(reference, (system, text))
        return reference


def read_staff(value: object, roster: Roster, notes: Notes) -> list[dict[str, Any]] | None:
    """Return one entry per person, the strongest involvement of each; None where none was asked.

    Raises:
        RefusedError: `limit`, more staff than a report may name.
    """
    if value is None:
        return None
    given = listed(value)
    check_count(len(given), notes.context.limits.staff, "/staff")
    read = [_read_member(item, roster, notes) for item in given]
    members = [each for each in read if each and each.get("person_ref") not in roster.hidden]
    merged = merge_members(members)
    if len(merged) < len(members):
        notes.flag(QualityFlag.DUPLICATE_IDENTIFIER)
    # Entries of which nothing could be read are not "known none".
    return merged if merged or not given else None


def read_reporter(value: object, roster: Roster, notes: Notes) -> dict[str, Any] | None:
    """Return the reporter; an anonymous one keeps no identifier, whatever was sent.

    Nor does one whose wish cannot be read: whoever may have asked not to be known is not. The
    roster hides both, so that they are not found among the staff either (contracts.md section 1:
    no outreach to them, ever).
    """
    if value is None:
        return None
    found = read_object(value, _REPORTER_READERS, notes, "/reporter")
    if isinstance(value, dict):
        is_hidden = _may_be_anonymous(value.get("anonymous"), found)
        reference = roster.refer(value, "/reporter")
        if reference is not None and is_hidden:
            roster.hidden.add(reference)
        elif reference is not None:
            found["person_ref"] = reference
    return found or None


def _may_be_anonymous(given: object, found: dict[str, Any]) -> bool:
    if "anonymous" in found:
        return found["anonymous"] is True
    is_unsaid = isinstance(given, str) and given.strip().casefold() in UNKNOWN
    return given is not None and not is_unsaid


def with_reporter(
    staff: list[dict[str, Any]] | None, reporter: dict[str, Any] | None
) -> list[dict[str, Any]] | None:
    """Return the staff with the reporter among them, where the reporter was there."""
    if reporter is None or "person_ref" not in reporter:
        return staff
    is_staff = reporter.get("type") == ReporterType.STAFF.value
    if not is_staff or reporter.get("involvement") not in PRESENT:
        return staff
    entry: dict[str, Any] = {
        name: reporter[name] for name in ("person_ref", "role", "involvement") if name in reporter
    }
    return merge_members([*(staff or ()), entry])


def merge_members(members: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return one entry per person_ref: known beats unknown, yes beats no, lists are joined."""
    if len(members) <= 1:
        return members
    merged: dict[object, dict[str, Any]] = {}
    for place, member in enumerate(members):
        key = member.get("person_ref", place)
        merged[key] = _merge(merged[key], member) if key in merged else member
    return list(merged.values())


def _read_member(value: object, roster: Roster, notes: Notes) -> dict[str, Any]:
    found = read_object(value, _STAFF_READERS, notes, _STAFF)
    if "signals" in found:
        found["signals"] = _reduce_signals(found["signals"])
    if "unit_id" in found:
        settle_unit(found, notes)
    if isinstance(value, dict):
        reference = roster.refer(value, _STAFF)
        if reference is not None:
            found["person_ref"] = reference
    return found


def _reduce_signals(signals: list[str]) -> list[str]:
    # No symptom is kept: somebody's own request stays, all else is a concern.
    request = Signal.SELF_REQUEST.value
    reduced = {request if signal == request else Signal.CONCERN.value for signal in signals}
    return sorted(reduced)


def _merge(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    merged = second | first
    for name in first.keys() & second.keys():
        one, other = first[name], second[name]
        if name == "involvement":
            merged[name] = max(one, other, key=_STRENGTH.__getitem__)
        elif isinstance(one, bool):
            merged[name] = one or other
        elif isinstance(one, list):
            merged[name] = list(dict.fromkeys([*one, *other]))
    return merged
