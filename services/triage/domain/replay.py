"""Pure helpers of an auditor: decide the same reports again, and say where two decisions differ."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from services.triage.domain.activation import Rulebook
from services.triage.domain.assess import assess, join
from services.triage.domain.decide import decide
from services.triage.domain.finding import Finding
from services.triage.domain.output_digest import comparable, output_digest
from services.triage.domain.recorded import scene_of
from services.triage.domain.ruleset import RuleSet
from services.triage.domain.state import State, Step
from shared.contracts import IncidentReported, TriageDecision
from shared.contracts.triage_decision import DecidedPerson, DecidedTeam, InputPosition, Reason
from shared.contracts.words import WithheldBecause


class RulesMissingError(LookupError):
    """No rule set was in force for a tenant when its report was received."""

    def __init__(self, tenant: str, position: InputPosition) -> None:
        super().__init__(
            f"no rule set was in force for tenant {tenant} at {position.topic}/"
            f"{position.partition}/{position.offset}: read triage.ruleset.v1 from its beginning"
        )
        self.tenant = tenant


class Difference(NamedTuple):
    """The first place where two documents differ, as a JSON Pointer, with both values as stored."""

    path: str
    recorded: Any
    expected: Any


def replay(
    reports: Iterable[tuple[IncidentReported, InputPosition]],
    rulebook: Rulebook,
    state: State | None = None,
) -> Iterator[Step]:
    """Yield the step of each report, folded from the first on (mode `same`, from events).

    `state` may be one that an earlier part of the fold left; it is carried on.

    Raises:
        RulesMissingError: a report was received when no rule set was in force.
        RuleSetMissingError: an activation names a set the book does not have.
    """
    folded = State() if state is None else state
    for report, position in reports:
        rules = rulebook.choose(report.tenant, report.received_at)
        if rules is None:
            raise RulesMissingError(report.tenant, position)
        step = decide(folded, report, rules, position)
        folded.apply(step)
        yield step


def compare(recorded: TriageDecision, expected: TriageDecision) -> Difference | None:
    """Return the first difference that counts: findings, then the stored digest and the id."""
    left, right = recorded.to_document(), expected.to_document()
    found = difference(comparable(left), comparable(right))
    if found is not None:
        return found
    for name, actual in (("output_digest", output_digest(left)), ("decision_id", None)):
        mine = left[name] if actual is None else actual
        if mine != right[name] or left[name] != right[name]:
            return Difference(f"/{name}", left[name], right[name])
    return None


def difference(recorded: Any, expected: Any, path: str = "") -> Difference | None:  # noqa: ANN401 - any JSON
    """Return the first difference of two JSON values, keys in order of their names."""
    if isinstance(recorded, Mapping) and isinstance(expected, Mapping):
        for key in sorted({*recorded, *expected}):
            found = difference(recorded.get(key), expected.get(key), f"{path}/{key}")
            if found is not None:
                return found
        return None
    if isinstance(recorded, list) and isinstance(expected, list):
        for index, (left, right) in enumerate(zip(recorded, expected, strict=False)):
            found = difference(left, right, f"{path}/{index}")
            if found is not None:
                return found
        return _longer(recorded, expected, path)
    return None if recorded == expected else Difference(path, recorded, expected)


def recheck(decision: TriageDecision, rule_set: RuleSet) -> Difference | None:
    """Evaluate the recorded facts again (mode `same`, from records); return the first difference.

    Covered are tier, priority, score, follow-up, reasons, texts and questions of everybody.
    """
    for index, person in enumerate(decision.persons):
        finding = assess(rule_set, scene_of(decision, person), "person")
        found = difference(_told(decision, person), _result(finding), f"/persons/{index}")
        if found is not None:
            return found
    if decision.team is None:
        return None
    return difference(
        _told(decision, decision.team), _team(decision, decision.team, rule_set), "/team"
    )


def _longer(recorded: list[Any], expected: list[Any], path: str) -> Difference | None:
    shorter = min(len(recorded), len(expected))
    if len(recorded) == len(expected):
        return None
    left, right = (
        items[shorter] if len(items) > shorter else None for items in (recorded, expected)
    )
    return Difference(f"{path}/{shorter}", left, right)


def _team(decision: TriageDecision, team: DecidedTeam, rule_set: RuleSet) -> dict[str, Any]:
    scene = scene_of(decision, team)
    finding = assess(rule_set, scene, "team")
    if team.unnamed:
        finding = join(rule_set, assess(rule_set, scene, "nameless"), finding)
    result = _result(finding)
    for person in decision.persons:
        if person.withheld_because is WithheldBecause.UNRESOLVABLE:
            result["tier"] = max(result["tier"], person.tier)
            worst = max(result["tier_if_unknowns_worst"], person.tier_if_unknowns_worst)
            result["tier_if_unknowns_worst"] = worst
            result["priority"] = max(result["priority"], person.priority.rank)
            result["follow_up"] = max(result["follow_up"], person.follow_up.rank)
    return result


def _result(finding: Finding) -> dict[str, Any]:
    return {
        "tier": finding.tier,
        "priority": finding.priority.rank,
        "score": finding.score,
        "follow_up": finding.follow_up.rank,
        "tier_if_unknowns_worst": max(finding.tier, finding.tier_if_unknowns_worst),
        "reasons": [
            [r.rule_id, r.verdict.value, r.floor_tier, r.points, r.counted, r.text]
            for r in finding.told
        ],
        "questions": [[q.rule_id, q.field, q.text] for q in finding.questions],
    }


def _told(decision: TriageDecision, found: DecidedPerson | DecidedTeam) -> dict[str, Any]:
    return {
        "tier": found.tier,
        "priority": found.priority.rank,
        "score": found.score,
        "follow_up": found.follow_up.rank,
        "tier_if_unknowns_worst": found.tier_if_unknowns_worst,
        "reasons": [_reason(reason, decision) for reason in found.reasons],
        "questions": [[q.rule_id, q.field, q.text] for q in found.questions],
    }


def _reason(reason: Reason, decision: TriageDecision) -> list[Any]:
    text = decision.texts[reason.text]
    return [
        reason.rule_id,
        reason.verdict.value,
        reason.floor_tier,
        reason.points,
        reason.counted,
        text,
    ]
