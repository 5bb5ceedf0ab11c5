"""Requests of one decision: every case of the touched occurrences, brought to where it should be.

A case belongs to the occurrence whose naming incident holds it. When incidents join or part, a person's
case goes with the person: the new request names the old `case_ref` in `replaces`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from services.triage.domain.cases import (
    ACTIVE,
    MOVED,
    Arriving,
    Move,
    Wish,
    next_move,
    shadowed,
    withdraw,
)
from services.triage.domain.judging import Findings, Verdict
from services.triage.domain.memo import CaseMemo
from services.triage.domain.occurrence import Group
from services.triage.domain.plan import Plan
from shared.contracts import OutreachRequested
from shared.contracts.outreach_requested import PersonSubject, TeamSubject
from shared.contracts.words import Family, FollowUp, Priority, RequestAction
from shared.identity import derive_id, sha256_hex

# Policy with anchors in domain.md section 5: first 4 h, next day, TRiM's 72 h.
CLOCKS: Final[Mapping[str, timedelta]] = {
    Priority.NONE.value: timedelta(0),
    Priority.ROUTINE.value: timedelta(hours=72),
    Priority.HIGH.value: timedelta(hours=24),
    Priority.URGENT.value: timedelta(hours=4),
}
_TEAM: Final = "team:"
_NAMED: Final = "named"
_CAPPED: Final = frozenset({Priority.HIGH, Priority.URGENT})


@dataclass(frozen=True, slots=True)
class Occasion:
    """The decision on whose behalf requests are made."""

    tenant: str
    decision_id: UUID
    received_at: datetime
    retracted: bool
    families_off: tuple[Family, ...]
    plan: Plan


class Judged(NamedTuple):
    """An occurrence with its findings; None where all of it is retracted."""

    group: Group
    findings: Findings | None


class Held(NamedTuple):
    """A case and the incident that holds it."""

    holder: str
    case: CaseMemo


def case_ref(root: str, subject: str) -> UUID:
    """Return the case of one subject in the occurrence that `root` names."""
    return derive_id("case", str(occurrence_id(root)), subject)


def occurrence_id(root: str) -> UUID:
    """Return the id of the occurrence that an incident names."""
    return derive_id("occurrence", root)


class Desk:
    """The cases of the touched occurrences while one decision moves them.

    `books` has the cases by holding incident, then subject; `dirty` the incidents whose cases changed.
    """

    def __init__(self, occasion: Occasion, judged: Sequence[Judged]) -> None:
        self.occasion = occasion
        self.judged = judged
        self.requests: list[OutreachRequested] = []
        self.dirty: set[str] = set()
        self.books = {
            memo.key: {case.subject: case for case in memo.cases}
            for item in judged
            for memo in item.group.members
        }
        self._home = {memo.key: item for item in judged for memo in item.group.members}

    def settle(self) -> None:
        """Make every request that is due; idempotent requests are not repeated."""
        arriving, left = self._sort_cases()
        for item in self.judged:
            for verdict in item.findings.verdicts if item.findings else ():
                if verdict.subject is not None:
                    held = arriving.get((item.group.root, verdict.subject), [])
                    self._settle_subject(item, verdict, held)
        for held_case in left:
            self._settle_left(held_case)
        self.requests.sort(key=lambda request: (str(request.case_ref), request.action))

    def cases_of(self, key: str) -> tuple[CaseMemo, ...]:
        """Return the cases of an incident, sorted by subject."""
        return tuple(self.books[key][subject] for subject in sorted(self.books[key]))

    def _sort_cases(self) -> tuple[dict[tuple[str, str], list[Held]], list[Held]]:
        arriving: dict[tuple[str, str], list[Held]] = {}
        left: list[Held] = []
        for holder in sorted(self.books):
            for case in self.cases_of(holder):
                if case.action not in ACTIVE:
                    continue
                target = self._target(holder, case.subject)
                if target is None:
                    left.append(Held(holder, case))
                elif target != (holder, case.subject):
                    arriving.setdefault(target, []).append(Held(holder, case))
        return arriving, left

    def _target(self, holder: str, subject: str) -> tuple[str, str] | None:
        """Return where the case belongs now: (root, subject); its own occurrence comes first."""
        home = self._home[holder]
        for item in (home, *(other for other in self.judged if other is not home)):
            for verdict in item.findings.verdicts if item.findings else ():
                if verdict.subject == subject:
                    return item.group.root, subject
        team = home.findings.team if home.findings else None
        if team is not None and team.subject is not None and subject.startswith(_TEAM):
            return home.group.root, team.subject
        return None

    def _settle_subject(self, item: Judged, verdict: Verdict, held: Sequence[Held]) -> None:
        findings, root = item.findings, item.group.root
        if findings is None or verdict.subject is None:
            return
        known = self.books[root].get(verdict.subject)
        wish = self._wish(findings, verdict)
        arriving = [self._arriving(item.group, case) for case in held]
        move = next_move(known, wish, arriving, self._ended("lowered"))
        if move is not None:
            self._keep(root, move.case)
            self._issue(root, move, [a.case_ref for a in arriving], _Subject(findings, verdict))
        if wish.is_offer:
            for moved in held:
                self._keep(moved.holder, moved.case._replace(action=MOVED))
        elif wish.tier == 0:
            for ended in held:
                self._end(ended, self._ended("lowered"))
        kept = shadowed(known, wish)
        if kept is not None:
            self._keep(root, kept)

    def _settle_left(self, held: Held) -> None:
        """Withdraw a case nobody stands behind; but a team whose people are named now is told so."""
        home = self._home[held.holder]
        if held.case.subject.startswith(_TEAM) and home.findings is not None:
            offers = [verdict for verdict in home.findings.persons if verdict.tier]
            if offers:
                self._tell_team(held, home.findings, offers)
                return
        gone = "lowered" if held.case.subject.startswith(_TEAM) else "not_named"
        self._end(held, self._ended(gone))

    def _tell_team(self, held: Held, findings: Findings, offers: Sequence[Verdict]) -> None:
        if _NAMED in held.case.touched or all(offer.withheld for offer in offers):
            return
        case = held.case._replace(
            action=RequestAction.RAISE.value, touched=tuple(sorted({*held.case.touched, _NAMED}))
        )
        self._keep(held.holder, case)
        move = Move(RequestAction.RAISE, _NAMED, case)
        self._issue(held.holder, move, [], _Subject(findings, None))

    def _end(self, held: Held, code: str) -> None:
        move = withdraw(held.case, code)
        self._keep(held.holder, move.case)
        self._issue(held.holder, move, [], _Subject(None, None))

    def _ended(self, code: str) -> str:
        return "retracted" if self.occasion.retracted else code

    def _arriving(self, group: Group, held: Held) -> Arriving:
        inside = any(memo.key == held.holder for memo in group.members)
        if held.holder == group.root:
            code = "place_known"
        else:
            code = "merged" if inside else "unmerged"
        return Arriving(held.case, str(case_ref(held.holder, held.case.subject)), code)

    def _wish(self, findings: Findings, verdict: Verdict) -> Wish:
        types = findings.account.shared.get("proceedings.types")
        open_types = types if isinstance(types, tuple) else ()
        capped = findings.late and verdict.priority in _CAPPED
        return Wish(
            subject=verdict.subject or "",
            tier=verdict.tier,
            priority=Priority.ROUTINE.value if capped else verdict.priority.value,
            follow_up=verdict.follow_up.value,
            exclude=_mark(findings.account.involved) if verdict.tier else "",
            touched=self.occasion.plan.touches(verdict.finding.retouch, open_types),
            withheld=verdict.withheld,
        )

    def _keep(self, holder: str, case: CaseMemo) -> None:
        self.books[holder][case.subject] = case
        self.dirty.add(holder)

    def _issue(self, holder: str, move: Move, replaces: Sequence[str], about: "_Subject") -> None:
        ref = case_ref(holder, move.case.subject)
        occasion = self.occasion
        self.requests.append(
            OutreachRequested(
                request_id=derive_id("request", str(occasion.decision_id), str(ref), move.action),
                case_ref=ref,
                tenant=occasion.tenant,
                subject=about.described(move.case.subject),
                action=move.action,
                code=move.code,
                replaces=tuple(sorted(UUID(text) for text in replaces)),
                tier=move.case.tier,
                priority=Priority(move.case.priority),
                respond_by=occasion.received_at + CLOCKS[move.case.priority],
                criteria=about.criteria(occasion.families_off),
                confirm=about.findings is not None and about.findings.late,
                follow_up=FollowUp(move.case.follow_up),
                group_support=about.findings is not None and about.findings.group_support,
                exclude=about.findings.account.involved if about.findings else (),
            )
        )


class _Subject(NamedTuple):
    """Whom a request is about, as far as the findings still know."""

    findings: Findings | None
    verdict: Verdict | None

    def described(self, subject: str) -> PersonSubject | TeamSubject:
        person = self.verdict.person if self.verdict else None
        if person is not None and person.ref is not None:
            entry = person.entry
            return PersonSubject(
                person_ref=person.ref,
                sealed=entry.sealed,
                role=entry.role,
                unit_id=entry.unit_id or self._home_unit(),
            )
        if not subject.startswith(_TEAM):
            return PersonSubject(person_ref=subject)
        team = self.verdict.team if self.verdict else None
        if team is None:
            return TeamSubject(unit_id=self._home_unit())
        return TeamSubject(
            unit_id=team.unit_id,
            campus=team.campus,
            earliest=team.earliest,
            latest=team.latest,
            headcount=team.headcount,
        )

    def criteria(self, families_off: Sequence[Family]) -> tuple[Family, ...]:
        families = {family for verdict in self._verdicts() for family in verdict.families}
        return tuple(sorted(families - set(families_off)))

    def _verdicts(self) -> Iterator[Verdict]:
        if self.verdict is not None:
            yield self.verdict
        elif self.findings is not None:
            yield from self.findings.persons

    def _home_unit(self) -> str | None:
        return self.findings.account.memo.unit_id if self.findings else None


def _mark(refs: Sequence[str]) -> str:
    return sha256_hex("\n".join(refs).encode())[:16]
