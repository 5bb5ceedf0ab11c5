"""One request: what leaves triage for one case. Nothing about the patient or the event."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple
from uuid import UUID

from services.triage.domain.cases import TEAM, Move
from services.triage.domain.judging import Findings, Verdict
from services.triage.domain.plan import Plan
from shared.contracts import OutreachRequested
from shared.contracts.outreach_requested import PersonSubject, TeamSubject
from shared.contracts.words import Family, FollowUp, Priority
from shared.identity import derive_id

_REMEMBERED: Final = 4_096  # a case is asked about again and again while its report is decided

# Policy with anchors in domain.md section 5: first 4 h, next day, TRiM's 72 h.
CLOCKS: Final[Mapping[str, timedelta]] = {
    Priority.NONE.value: timedelta(0),
    Priority.ROUTINE.value: timedelta(hours=72),
    Priority.HIGH.value: timedelta(hours=24),
    Priority.URGENT.value: timedelta(hours=4),
}


@dataclass(frozen=True, slots=True)
class Occasion:
    """The decision on whose behalf requests are made."""

    tenant: str
    decision_id: UUID
    received_at: datetime
    retracted: bool
    families_off: tuple[Family, ...]
    plan: Plan


@lru_cache(_REMEMBERED)
def case_ref(root: str, subject: str) -> UUID:
    """Return the case of one subject in the occurrence that `root` names."""
    return derive_id("case", str(occurrence_id(root)), subject)


@lru_cache(_REMEMBERED)
def occurrence_id(root: str) -> UUID:
    """Return the id of the occurrence that an incident names."""
    return derive_id("occurrence", root)


class About(NamedTuple):
    """Whom a request is about, as far as the findings still know."""

    findings: Findings | None
    verdict: Verdict | None

    def described(self, subject: str) -> PersonSubject | TeamSubject:
        """Return the request's subject; of whom nothing is known any more, only the name."""
        person = self.verdict.person if self.verdict else None
        if person is not None and person.ref is not None:
            entry = person.entry
            return PersonSubject(
                person_ref=person.ref,
                sealed=entry.sealed,
                role=entry.role,
                unit_id=entry.unit_id or self._home_unit(),
            )
        if not subject.startswith(TEAM):
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
        """Return the families to tell, sorted, without those switched off."""
        families = {family for verdict in self._verdicts() for family in verdict.families}
        return tuple(sorted(families - set(families_off)))

    def _verdicts(self) -> Iterator[Verdict]:
        if self.verdict is not None:
            yield self.verdict
        elif self.findings is not None:
            yield from self.findings.persons

    def _home_unit(self) -> str | None:
        return self.findings.account.memo.unit_id if self.findings else None


def make_request(
    occasion: Occasion, root: str, move: Move, replaces: Sequence[UUID], about: About
) -> OutreachRequested:
    """Return the request of a move for the case that the incident `root` holds."""
    ref = case_ref(root, move.case.subject)
    findings = about.findings
    return OutreachRequested(
        request_id=derive_id("request", str(occasion.decision_id), str(ref), move.action),
        case_ref=ref,
        tenant=occasion.tenant,
        subject=about.described(move.case.subject),
        action=move.action,
        code=move.code,
        replaces=tuple(sorted(replaces)),
        tier=move.case.tier,
        priority=Priority(move.case.priority),
        respond_by=occasion.received_at + CLOCKS[move.case.priority],
        criteria=about.criteria(occasion.families_off),
        confirm=findings is not None and findings.late,
        follow_up=FollowUp(move.case.follow_up),
        group_support=findings is not None and findings.group_support,
        exclude=findings.account.involved if findings else (),
    )
