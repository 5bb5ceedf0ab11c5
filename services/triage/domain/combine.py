"""Combine the rulings of one subject into a finding, whatever their order."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from services.triage.domain.finding import Finding, FiredRule, OpenQuestion, Ruling
from services.triage.domain.questions import open_questions
from services.triage.domain.ruleset import Rule, RuleSet
from services.triage.domain.standing import standing
from shared.contracts.words import FollowUp, Priority, Verdict

# Most people on most reports: no rule fires, none is open.
NOTHING: Final = Finding(
    tier=0,
    priority=Priority.NONE,
    score=0,
    follow_up=FollowUp.STANDARD,
    group=False,
    tier_if_unknowns_worst=0,
    reasons=(),
    questions=(),
    retouch=(),
    families=(),
    criteria=frozenset(),
    told=(),
    rulings=(),
)


def combine(rule_set: RuleSet, rulings: Iterable[Ruling]) -> Finding:
    """Return the finding; equal for any order of the rulings."""
    rulings = tuple(rulings)
    if not rulings:
        return NOTHING
    ordered = tuple(sorted(rulings, key=lambda ruling: ruling.rule.id))
    fired = tuple(ruling.rule for ruling in ordered if ruling.verdict is Verdict.FIRES)
    families = tuple(sorted({rule.family for rule in fired}))
    reasons = tuple(ruling.reason for ruling in ordered)
    steps = rule_set.points_to_tier
    questions = open_questions(steps, ordered)
    now = standing(steps, (r.counted for r in ordered if r.counted is not None))
    return Finding(
        tier=now.tier,
        priority=now.priority,
        score=now.score,
        follow_up=_follow_up(fired),
        group=any(rule.group for rule in fired),
        tier_if_unknowns_worst=standing(steps, (r.rule.effect for r in ordered)).tier,
        reasons=reasons,
        questions=questions,
        retouch=tuple(rule.id for rule in fired if rule.retouch),
        families=families,
        criteria=frozenset(families or (reason.family for reason in reasons if reason.counted)),
        told=tuple(_told(reasons, questions)),
        rulings=ordered,
    )


def _told(reasons: Iterable[FiredRule], questions: Iterable[OpenQuestion]) -> Iterator[FiredRule]:
    asking = {question.rule_id for question in questions}
    for reason in reasons:
        if reason.counted or reason.verdict is Verdict.FIRES or reason.rule_id in asking:
            yield reason


def _follow_up(fired: Sequence[Rule]) -> FollowUp:
    asks = any(rule.follow_up is FollowUp.EXTENDED for rule in fired)
    return FollowUp.EXTENDED if asks else FollowUp.STANDARD
