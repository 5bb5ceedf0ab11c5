"""What the rules say of everybody in one occurrence: each candidate, and the team nobody named."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from services.triage.domain.account import Account
from services.triage.domain.activation import ActiveRules
from services.triage.domain.facts import Scene
from services.triage.domain.finding import Finding
from services.triage.domain.memo import Memo
from services.triage.domain.people import Person
from services.triage.domain.plan import Plan
from services.triage.domain.ruleset import LateThen
from services.triage.domain.team import Team, team_of
from services.triage.domain.windows import WindowCount, Windows, facts_of
from shared.contracts.words import Family, FollowUp, Priority, WithheldBecause

# Group support counts whom a trained peer reaches, not whom the unit looks after.
_PEER: Final = 2


class Verdict(NamedTuple):
    """The result for one subject: a person or the team. `withheld` suppresses its request.

    `families` are those of the rules that fired, or of the unknown ones that alone made the tier.
    `worst` is the tier if everything unknown, also of those who count into the team, is bad.
    """

    subject: str | None
    person: Person | None
    team: Team | None
    finding: Finding
    tier: int
    worst: int
    priority: Priority
    follow_up: FollowUp
    families: frozenset[Family]
    history: tuple[WindowCount, ...]
    withheld: WithheldBecause | None

    @property
    def is_offer(self) -> bool:
        """Whether somebody should be reached."""
        return self.tier >= 1 and self.withheld is None


@dataclass(frozen=True, slots=True)
class Findings:
    """All results of one occurrence with the account they rest on; `place` is where its team is."""

    account: Account
    persons: tuple[Verdict, ...]
    team: Verdict | None
    place: Team
    history: tuple[WindowCount, ...]
    group_support: bool
    late: bool
    shadow: bool

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """Persons, then the team."""
        return self.persons if self.team is None else (*self.persons, self.team)


@dataclass(frozen=True, slots=True)
class Circle:
    """What every subject of one occurrence is judged with."""

    rules: ActiveRules
    plan: Plan
    windows: Windows
    received_at: datetime
    tenant: str


def judge(circle: Circle, account: Account, live: Sequence[Memo]) -> Findings:
    """Return the findings of an occurrence, whose account its live incidents gave."""
    rule_set = circle.rules.rule_set
    history = circle.windows.of_units(account.units, account.event_time)
    account.shared.update(facts_of(history))
    account.shared["incident.received_at"] = circle.received_at
    late = _is_late(circle, account)
    persons = tuple(_judge_person(circle, account, person, late=late) for person in account.people)
    place = team_of(circle.tenant, account, live, rule_set.skip_involvement)
    team = _judge_team(circle, account, place, persons, late=late)
    everybody = [*persons, team] if team else persons
    return Findings(
        account=account,
        persons=persons,
        team=team,
        place=place,
        history=history,
        group_support=_group_support(circle, account, persons, team),
        late=late,
        shadow=_is_shadowed(circle, {_unit(verdict, account) for verdict in everybody}),
    )


def _is_shadowed(circle: Circle, units: Iterable[str | None]) -> bool:
    return not all(circle.rules.is_live(unit, circle.received_at) for unit in units)


def _is_late(circle: Circle, account: Account) -> bool:
    trigger = account.event_time
    for item in account.memo.proceedings or ():
        trigger = max(trigger, item.opened_at or trigger)
    return circle.received_at - trigger > circle.rules.rule_set.late.after


def _judge_person(circle: Circle, account: Account, person: Person, *, late: bool) -> Verdict:
    history = circle.windows.of_person(person.ref, account.event_time)
    scene = Scene(account.shared, account.patients, person.facts | facts_of(history))
    finding = circle.plan.assess(scene, "person")
    verdict = Verdict(
        subject=person.ref,
        person=person,
        team=None,
        finding=finding,
        tier=finding.tier,
        worst=max(finding.tier, finding.tier_if_unknowns_worst),
        priority=finding.priority,
        follow_up=finding.follow_up,
        families=finding.criteria,
        history=history,
        withheld=None,
    )
    return _withhold(circle, account, verdict, late=late) if finding.tier else verdict


def _judge_team(
    circle: Circle, account: Account, team: Team, persons: Sequence[Verdict], *, late: bool
) -> Verdict | None:
    scene = Scene(account.shared, account.patients)
    assess = circle.plan.assess
    finding = assess.unnamed(scene) if team.unnamed else assess(scene, "team")
    # Whom nobody can reach by name is reached through the team.
    unreachable = [
        verdict for verdict in persons if verdict.withheld is WithheldBecause.UNRESOLVABLE
    ]
    if not (team.unnamed or finding.reasons or unreachable):
        return None
    joined = [finding.priority, *(verdict.priority for verdict in unreachable)]
    longest = [finding.follow_up, *(verdict.follow_up for verdict in unreachable)]
    verdict = Verdict(
        subject=team.subject,
        person=None,
        team=team,
        finding=finding,
        tier=max([finding.tier, *(verdict.tier for verdict in unreachable)]),
        worst=max([finding.tier_if_unknowns_worst, *(verdict.worst for verdict in unreachable)]),
        priority=max(joined, key=lambda priority: priority.rank),
        follow_up=max(longest, key=lambda follow_up: follow_up.rank),
        families=finding.criteria.union(*(verdict.families for verdict in unreachable)),
        history=(),
        withheld=None,
    )
    return _withhold(circle, account, verdict, late=late) if verdict.tier else verdict


def _withhold(circle: Circle, account: Account, verdict: Verdict, *, late: bool) -> Verdict:
    because = _said_of(verdict.person) if verdict.person else None
    if because is None and late and circle.rules.rule_set.late.then is LateThen.NONE:
        because = WithheldBecause.LATE
    if because is None and not circle.rules.is_live(_unit(verdict, account), circle.received_at):
        because = WithheldBecause.SHADOW
    return verdict._replace(withheld=because) if because else verdict


def _said_of(person: Person) -> WithheldBecause | None:
    if person.anonymous:
        return WithheldBecause.ANONYMOUS_REPORTER
    if person.entry.opted_out:
        return WithheldBecause.OPTED_OUT
    if person.entry.support_offered:
        return WithheldBecause.ALREADY_SUPPORTED
    return WithheldBecause.UNRESOLVABLE if person.ref is None else None


def _unit(verdict: Verdict, account: Account) -> str | None:
    """Return the unit whose mode counts: the person's or the team's own, else the incident's."""
    own = verdict.person.entry.unit_id if verdict.person else None
    if verdict.team:
        own = verdict.team.unit_id
    return own or account.memo.unit_id


def _group_support(
    circle: Circle, account: Account, persons: Sequence[Verdict], team: Verdict | None
) -> bool:
    limits = circle.rules.rule_set.group_support
    strong = [verdict for verdict in persons if verdict.tier >= _PEER]
    units = {unit for verdict in strong if (unit := _unit(verdict, account)) is not None}
    headcount = 0
    if team and team.team and team.tier >= _PEER:
        # Nobody knows which of the units the unnamed belong to.
        units.update(account.units)
        headcount = team.team.headcount or 0
    if max(len(strong), headcount) > limits.persons_over or len(units) > limits.units_over:
        return True
    return any(verdict.finding.group for verdict in _with_team(persons, team))


def _with_team(persons: Sequence[Verdict], team: Verdict | None) -> Iterable[Verdict]:
    return [*persons, team] if team else persons
