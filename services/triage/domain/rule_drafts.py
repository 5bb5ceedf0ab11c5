"""Drafts of rule files: commented text that loads, for an author to change."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from services.triage.domain.fact_model import SCHEMA
from services.triage.domain.flow_style import flow
from services.triage.domain.kleene import SEMANTICS
from services.triage.domain.rule_schema import FILE_NAME
from services.triage.domain.ruleset import RuleSet

_POLICY: Final = ("scope", "points_to_tier", "group_support", "late", "merge")
_SAYS: Final[Mapping[str, str]] = {
    "scope": "Who is known to be one of these meets only rules with `scope: everyone`.",
    "points_to_tier": "From how many points on, which tier and priority.",
    "group_support": "Above so many persons of tier 2, or units, group support is suggested.",
    "late": "Older than this: a human confirms the request (confirm), or there is none (none).",
    "merge": "Within this time, equal or compatible categories may be one occurrence.",
}
_STANDARD: Final[Mapping[str, Any]] = {
    "scope": {"skip_involvement": ["author", "informed"]},
    "points_to_tier": [{"at": 30, "tier": 1, "priority": "routine"}],
    "group_support": {"persons_over": 5, "units_over": 1},
    "late": {"after": "30 days", "then": "confirm"},
    "merge": {"within": "24 hours", "compatible": []},
}
# A rule that passes every check; an author replaces it.
_PATTERN: Final = """\
  # One rule. Change it, or write your own beside it; 'peerline rules facts' lists what it may read.
  - id: sample_child_severe_harm          # a name for ever: a changed rule gets a new one
    title: Severe harm to a child
    family: critical_event
    for: person                           # or: team
    when: patient.harm >= severe and patient.age_group <= adolescent
    floor: {tier: 2, priority: high}      # or: points: 30
    on_unknown:                           # what to do while it is unknown, and what to ask
      ask:
        patient.harm: "How badly was the patient harmed?"
        patient.age_group: "How old was the patient (age band)?"
    explain: "Harm: {patient.harm}; age group: {patient.age_group}."
    evidence:
      - {ref: "policy:our-own", grade: expert-opinion, note: "Say here where it comes from."}
    examples:                             # 'peerline rules suggest-examples' writes what is missing
      - {name: severe at 17, facts: {patient.age_years: 17, patient.harm: severe}, expect: fires}
      - {name: severe at 18, facts: {patient.age_years: 18, patient.harm: severe}, expect: silent}
      - {name: moderate at 4, facts: {patient.age_years: 4, patient.harm: moderate}, expect: silent}
      - {name: death at 4, facts: {patient.age_years: 4, patient.harm: death}, expect: fires}
      - {name: age missing, facts: {patient.harm: severe}, expect: unknown}
"""


def draft_alone(name: str) -> str:
    """Return a set that stands alone, with one rule as a pattern."""
    lines = [*_head(name, "A rule set of its own."), *_data(_STANDARD, comment="")]
    return "\n".join([*lines, "", "rules:", _PATTERN])


def draft_on(name: str, base: RuleSet) -> str:
    """Return a site's set on a base: nothing differs yet, all that may is there as a comment."""
    says = f"What differs from {base.name}; everything else is as there."
    own = [line.removeprefix("  ") for line in _PATTERN.splitlines()]
    lines = [
        *_head(name, says),
        f'extends: {{rule_set: {base.name}, version: {base.version}, hash: "{base.hash}"}}',
        "",
        "# What stands above the rules is the base's. Remove the # of what you want to change.",
        *_data(base.document, comment="# "),
        "",
        "# Your rules, and those of the base that you do without. Remove [] below and the # of",
        "# what you use; each entry begins at the margin with '- id:'.",
        "rules: []",
        f'# - {{id: {base.rules[0].id}, retired: {{in: 1, reason: "why we do without it"}}}}',
        *(f"# {line}".rstrip() for line in own),
    ]
    return "\n".join([*lines, ""])


def _head(name: str, says: str) -> Iterator[str]:
    yield f"# yaml-language-server: $schema={FILE_NAME}"
    yield f"# {says}"
    yield f"# Check it: peerline rules check {name}.yaml"
    yield f"rule_set: {name}"
    yield "version: 1    # a released version never changes: a changed set gets a new one"
    yield f"schema: {SCHEMA}"
    yield f"semantics: {SEMANTICS}"


def _data(document: Mapping[str, Any], *, comment: str) -> Iterator[str]:
    for key in _POLICY:
        if key in document:
            yield f"# {_SAYS[key]}"
            yield f"{comment}{key}: {flow(document[key])}"
