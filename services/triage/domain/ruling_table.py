"""What rules and findings were made already: a ruling for the facts that its rule reads.

Rules read few facts each, so a table soon knows the answer, however much reports differ as a whole.
"""

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any, Final

from services.triage.domain.assess import rule_on
from services.triage.domain.combine import combine
from services.triage.domain.facts import FactValue
from services.triage.domain.finding import Finding, Ruling
from services.triage.domain.ruleset import Rule, RuleSet

REMEMBERED: Final = 4_096  # when there are more, a table starts again


class RulingTable:
    """Answers for one rule; `None` is a silent one."""

    __slots__ = ("_answers", "_pick", "rule")

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self._pick = itemgetter(*sorted(rule.reads))
        self._answers: dict[Any, Ruling | None] = {}

    def __call__(self, facts: Mapping[str, FactValue]) -> Ruling | None:
        """Return the ruling in one world of facts; each name must stand there (None: unknown)."""
        values = self._pick(facts)
        try:
            return self._answers[values]
        except KeyError:
            return self._make(values, facts)

    def _make(self, values: object, facts: Mapping[str, FactValue]) -> Ruling | None:
        if len(self._answers) >= REMEMBERED:
            self._answers.clear()
        answer = self._answers[values] = rule_on(self.rule, [facts.get])
        return answer


class FindingTable:
    """Findings by the very rulings they combine: tables keep those, so being the same is enough."""

    __slots__ = ("_findings", "_rule_set")

    def __init__(self, rule_set: RuleSet) -> None:
        self._rule_set = rule_set
        # A finding holds its rulings, so no other ruling can take their place in memory.
        self._findings: dict[tuple[int, ...], Finding] = {}

    def __call__(self, rulings: Sequence[Ruling]) -> Finding:
        """Return the finding of one subject."""
        key = tuple(map(id, rulings))
        finding = self._findings.get(key)
        if finding is None:
            if len(self._findings) >= REMEMBERED:
                self._findings.clear()
            finding = self._findings[key] = combine(self._rule_set, rulings)
        return finding
