"""The desk: every case of the occurrences one report touches, brought to where it should be.

A case belongs to the occurrence whose naming incident holds it. When incidents join or part, the
case goes with the person: the new request names the old `case_ref` in `replaces`, and from then on
the notifier has both as one. So none of them is withdrawn while another still stands.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from services.triage.domain.cases import (
    ACTIVE,
    MOVED,
    TEAM,
    Arriving,
    Move,
    Wish,
    next_move,
    shadowed,
    withdraw,
)
from services.triage.domain.judging import Findings, Verdict
from services.triage.domain.lens import Lens
from services.triage.domain.memo import CaseMemo
from services.triage.domain.occurrence import Group
from services.triage.domain.plan import Plan
from services.triage.domain.requests import About, Occasion, case_ref, make_request
from shared.contracts import OutreachRequested
from shared.contracts.words import Priority, RequestAction
from shared.identity import sha256_hex

_NAMED: Final = "named"
_BESIDE: Final = "\x1f"
_CAPPED: Final = frozenset({Priority.HIGH, Priority.URGENT})


class Judged(NamedTuple):
    """An occurrence with its findings; None where all of it is retracted."""

    group: Group
    findings: Findings | None


class Held(NamedTuple):
    """A case and the incident that holds it."""

    holder: str
    case: CaseMemo


class Desk:
    """The cases of the touched occurrences while one decision moves them.

    `books` has the cases by holding incident, then subject; `dirty` says whose cases changed.
    """

    def __init__(self, occasion: Occasion, judged: Sequence[Judged], lens: Lens) -> None:
        self.occasion = occasion
        self.judged = judged
        self.requests: list[OutreachRequested] = []
        self.dirty: set[str] = set()
        self.books = {
            memo.key: {case.subject: case for case in memo.cases}
            for item in judged
            for memo in item.group.members
        }
        self._lens = lens
        self._home = {memo.key: item for item in judged for memo in item.group.members}
        self._ending: list[tuple[Held, str]] = []

    def settle(self) -> None:
        """Make every request that is due; what was requested is not requested again."""
        arriving, left = self._sort_cases()
        for item in self.judged:
            books = self.books[item.group.root]
            for verdict in _standing(item.findings):
                held = arriving.get((item.group.root, verdict.subject or ""), [])
                if verdict.tier == 0 and not held and verdict.subject not in books:
                    continue  # nothing is wished, nothing was requested: most people
                self._settle_subject(item, About(item.findings, verdict), held)
        for held_case in left:
            self._settle_left(held_case)
        # Only now is it known which cases go on, here or under another reference.
        for ended, code in self._ending:
            self._end(ended, code)
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
        """Return where the case belongs now: first where an offer stands, its own home first."""
        home = self._home[holder]
        found = [
            (verdict.is_offer, item.group.root)
            for item in (home, *(other for other in self.judged if other is not home))
            for verdict in _standing(item.findings)
            if verdict.subject == subject
        ]
        if found:
            return max(found, key=lambda place: place[0])[1], subject
        for verdict in _standing(home.findings):
            if verdict.team is not None and verdict.subject and subject.startswith(TEAM):
                return home.group.root, verdict.subject
        return None

    def _settle_subject(self, item: Judged, about: About, held: Sequence[Held]) -> None:
        wish, root = _wish(self.occasion.plan, about), item.group.root
        if wish is None:
            return
        known = self.books[root].get(wish.subject)
        arriving = [self._arriving(item.group, case) for case in held]
        move = next_move(known, wish, arriving, self._ended("lowered"))
        if move is not None and move.action is RequestAction.WITHDRAW and known is not None:
            self._ending.append((Held(root, known), move.code))
        elif move is not None:
            self._keep(root, move.case)
            self._issue(root, move, held, about)
        code = wish.ending(self._ended("lowered"))
        if wish.is_offer:
            self._take_over(held, _address(root, wish.subject))
        elif code is not None:
            self._ending += [(ended, code) for ended in held]
        kept = shadowed(known, wish)
        if kept is not None:
            self._keep(root, kept)

    def _take_over(self, held: Sequence[Held], address: str) -> None:
        for moved in held:
            aliases = tuple(sorted({*moved.case.aliases, address}))
            self._keep(moved.holder, moved.case._replace(action=MOVED, aliases=aliases))

    def _settle_left(self, held: Held) -> None:
        """End what nobody stands behind; a team whose people are named now is told so."""
        home = self._home[held.holder]
        if held.case.subject.startswith(TEAM) and home.findings is not None:
            offers = [verdict for verdict in home.findings.persons if verdict.tier]
            if offers:
                self._tell_team(held, home.findings, offers)
                return
        gone = "lowered" if held.case.subject.startswith(TEAM) else "not_named"
        self._ending.append((held, self._ended(gone)))

    def _tell_team(self, held: Held, findings: Findings, offers: Sequence[Verdict]) -> None:
        if _NAMED in held.case.touched or all(offer.withheld for offer in offers):
            return
        case = held.case._replace(
            action=RequestAction.RAISE.value, touched=tuple(sorted({*held.case.touched, _NAMED}))
        )
        self._keep(held.holder, case)
        move = Move(RequestAction.RAISE, _NAMED, case)
        self._issue(held.holder, move, [], About(findings, None))

    def _end(self, held: Held, code: str) -> None:
        """Withdraw a case that stands, unless the notifier has it as one with one that goes on."""
        if self.books[held.holder][held.case.subject].action not in ACTIVE:
            return
        move = withdraw(held.case, code)
        if self._goes_on(held):
            self._keep(held.holder, move.case._replace(action=MOVED))
            return
        self._keep(held.holder, move.case)
        self._issue(held.holder, move, [], About(None, None))

    def _goes_on(self, held: Held) -> bool:
        seen = {_address(held.holder, held.case.subject)}
        waiting = list(held.case.aliases)
        while waiting:
            address = waiting.pop()
            case = self._case_at(address) if address not in seen else None
            seen.add(address)
            if case is not None:
                if case.action in ACTIVE:
                    return True
                waiting.extend(case.aliases)
        return False

    def _case_at(self, address: str) -> CaseMemo | None:
        holder, _, subject = address.partition(_BESIDE)
        if holder in self.books:
            return self.books[holder].get(subject)
        memo = self._lens.memo(holder)
        cases = memo.cases if memo else ()
        return next((case for case in cases if case.subject == subject), None)

    def _ended(self, code: str) -> str:
        return "retracted" if self.occasion.retracted else code

    def _arriving(self, group: Group, held: Held) -> Arriving:
        inside = any(memo.key == held.holder for memo in group.members)
        code = "merged" if inside else "unmerged"
        if held.holder == group.root:
            code = "place_known"
        return Arriving(held.case, _address(held.holder, held.case.subject), code)

    def _keep(self, holder: str, case: CaseMemo) -> None:
        self.books[holder][case.subject] = case
        self.dirty.add(holder)

    def _issue(self, holder: str, move: Move, replaces: Sequence[Held], about: About) -> None:
        old = [case_ref(held.holder, held.case.subject) for held in replaces]
        self.requests.append(make_request(self.occasion, holder, move, old, about))


def _standing(findings: Findings | None) -> tuple[Verdict, ...]:
    """Return the verdicts that cases follow.

    A team of which all are named and that is offered nothing is none, whatever its rules could not
    know: what stood for it is told whom the report names now.
    """
    team = findings.team if findings else None
    if findings is None or team is None or team.tier or (team.team and team.team.unnamed):
        return findings.verdicts if findings else ()
    return findings.persons


def _wish(plan: Plan, about: About) -> Wish | None:
    """Return what is wished for a subject; None for somebody whom no case can name."""
    findings, verdict = about
    if findings is None or verdict is None or verdict.subject is None:
        return None
    types = findings.account.shared.get("proceedings.types")
    open_types = types if isinstance(types, tuple) else ()
    capped = findings.late and verdict.priority in _CAPPED
    return Wish(
        subject=verdict.subject,
        tier=verdict.tier,
        priority=Priority.ROUTINE.value if capped else verdict.priority.value,
        follow_up=verdict.follow_up.value,
        exclude=_mark(findings.account.involved) if verdict.tier else "",
        touched=plan.touches(verdict.finding.retouch, open_types),
        withheld=verdict.withheld,
    )


def _address(holder: str, subject: str) -> str:
    return f"{holder}{_BESIDE}{subject}"


def _mark(refs: Sequence[str]) -> str:
    return sha256_hex("\n".join(refs).encode())[:16]
