"""What stands at the head of a decision, in words of the contract: rule set, merges, requests."""

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache

from services.triage.domain.parts import Part, listed, text, yes_no
from services.triage.domain.ruleset import RuleSet
from shared.contracts import OutreachRequested
from shared.contracts.triage_decision import IssuedRequest, MergeEvidence, RuleSetId
from shared.contracts.values import write_moment


@lru_cache
def write_code(code: StrEnum) -> Part:
    """Return the part of one word of a vocabulary."""
    return Part(code, text(code.value))


def write_time(moment: datetime) -> Part:
    """Return the part of a moment."""
    return Part(moment.astimezone(UTC), f'"{write_moment(moment)}"')


def write_evidence(evidence: MergeEvidence) -> Part:
    """Return the part that says why two incidents are one."""
    return Part(
        evidence,
        f'{{"because":{text(evidence.because)},"incident_key":{text(evidence.incident_key)},'
        f'"weak":{yes_no(evidence.weak)}}}',
    )


def write_requests(requests: Sequence[OutreachRequested]) -> Part:
    """Return the part of the requests issued; the digest covers only their actions, sorted."""
    issued = tuple(
        IssuedRequest.of(
            {
                "action": request.action,
                "case_ref": request.case_ref,
                "request_id": request.request_id,
            }
        )
        for request in requests
    )
    return Part(
        issued, listed([write_code(action) for action in sorted(r.action for r in issued)]).json
    )


def write_rule_set(rule_set: RuleSet) -> Part:
    """Return the part that names the rules."""
    return _rule_set(rule_set.name, rule_set.hash, rule_set.semantics)


@lru_cache
def _rule_set(name: str, rules_hash: str, semantics: str) -> Part:
    return Part(
        RuleSetId.of({"name": name, "hash": rules_hash, "semantics": semantics}),
        f'{{"hash":{text(rules_hash)},"name":{text(name)},"semantics":{text(semantics)}}}',
    )
