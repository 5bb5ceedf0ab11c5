"""The facts one rule set may read: the fact model and the windows the set declares."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from services.triage.domain.fact_model import FACTS, Fact, window_fact

Per: TypeAlias = Literal["person", "unit"]


@dataclass(frozen=True, slots=True)
class FactTable:
    """Names to facts; `windows` says of each window whether it counts per person or unit."""

    windows: Mapping[str, Per] = field(default_factory=dict)
    facts: Mapping[str, Fact] = field(default_factory=lambda: FACTS)

    @classmethod
    def with_windows(cls, windows: Mapping[str, Per]) -> "FactTable":
        """Return the model plus `windows.NAME` for each window."""
        declared = {fact.name: fact for fact in map(window_fact, windows)}
        return cls(dict(windows), {**FACTS, **declared})

    def __call__(self, name: str) -> Fact:
        """Return a fact that is known to exist."""
        return self.facts[name]

    def person_windows(self) -> frozenset[str]:
        """Return the fact names of windows that count per person."""
        return frozenset(f"windows.{name}" for name, per in self.windows.items() if per == "person")
