"""The golden decisions: what the committed rule sets make of the golden reports, as digests."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime, timedelta
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final, NamedTuple

from services.triage.domain.activation import Rulebook
from services.triage.domain.replay import replay
from services.triage.domain.state import Step
from services.triage.rule_files import load_file
from shared.contracts import RuleSetActivated
from shared.contracts.ruleset import UnitActivation
from shared.contracts.triage_decision import InputPosition
from shared.contracts.words import Family, RulesMode
from tests.builders.golden_reports import BEGINNING, golden_reports

FOLDER: Final = Path(__file__).parents[1] / "rules" / "golden"
DAY: Final = timedelta(days=1)


def steps_of(block: int) -> Iterator[Step]:
    """Yield the step of each report of a block, folded from nothing by what an auditor uses."""
    positions = (
        InputPosition(topic="incident.reported.v1", partition=0, offset=offset)
        for offset in range(10**6)
    )
    return replay(zip(golden_reports(block), positions, strict=False), rulebook())


def document_of(step: Step) -> dict[str, Any]:
    """Return all that a step sends out, but the name of the engine that decided."""
    decision = step.decision.to_document() if step.decision else None
    if decision is not None:
        del decision["engine"]
    return {"decision": decision, **_sent(step)}


def digest_of(step: Step) -> str:
    """Return 16 hexadecimal digits that stand for what a step sends out."""
    decision = step.decision
    # The digest that the decision carries covers all of it but these; keys are sorted, so that the
    # order of a model's fields does not count.
    ids = decision and [
        decision.output_digest,
        str(decision.decision_id),
        str(decision.occurrence_id),
        str(decision.supersedes),
        str(decision.event_id),
        decision.input.offset,
    ]
    text = json.dumps([ids, _sent(step)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _sent(step: Step) -> dict[str, Any]:
    return {
        "refused": step.refused.to_document() if step.refused else None,
        "requests": [request.to_document() for request in step.requests],
        "questions": [question.to_document() for question in step.questions],
    }


class Block(NamedTuple):
    """What came of one block: a digest per report, and names for what happened in it."""

    number: int
    digests: list[str]
    behaviours: frozenset[str]


def decide_block(number: int) -> Block:
    """Return what the code makes of a block today."""
    digests: list[str] = []
    seen: set[str] = set()
    for step in steps_of(number):
        digests.append(digest_of(step))
        seen.update(_behaviours(step))
    return Block(number, digests, frozenset(seen))


def decide_blocks(numbers: Iterable[int]) -> Iterator[Block]:
    """Yield several blocks in order; each processor of the machine takes its share."""
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        yield from pool.map(decide_block, numbers)


def _behaviours(step: Step) -> Iterator[str]:
    for request in step.requests:
        yield from (request.action.value, request.code)
        yield f"confirm {request.confirm}"
    for person in step.decision.persons if step.decision else ():
        yield f"withheld {person.withheld_because and person.withheld_because.value}"
    if step.decision:
        yield from (flag.value for flag in step.decision.flags)
        yield from (evidence.because for evidence in step.decision.merge)
        yield "returned" if step.decision.ordinal else "decided"
    if step.refused:
        yield step.refused.code.value
    yield "asked" if step.questions else "nothing asked"
    yield "forgotten" if None in step.changed.values() else "remembered"


@cache
def rulebook() -> Rulebook:
    """Return the activations of three tenants: live, from shadow to live by units, an archive."""
    golden = load_file(FOLDER / "rule-set.yaml")
    site = load_file(FOLDER / "site-rule-set.yaml")
    book = Rulebook().with_set(golden).with_set(site)
    units = (
        UnitActivation(unit_id="icu", mode=RulesMode.LIVE),
        UnitActivation(unit_id="ward-2", mode=RulesMode.LIVE, live_from=BEGINNING + 120 * DAY),
    )
    for activation in (
        _activation("*", golden.hash),
        _activation("beta", golden.hash, mode=RulesMode.SHADOW, units=units),
        _activation("beta", golden.hash, BEGINNING + 300 * DAY),
        _activation("gamma", site.hash, families_off=(Family.CONCERN, Family.PROCEEDINGS)),
    ):
        book = book.with_activation(activation)
    return book


def _activation(
    tenant: str,
    rule_set_hash: str,
    effective_from: datetime = BEGINNING,
    *,
    mode: RulesMode = RulesMode.LIVE,
    units: Sequence[UnitActivation] = (),
    families_off: Sequence[Family] = (),
) -> RuleSetActivated:
    return RuleSetActivated(
        tenant=tenant,
        effective_from=effective_from,
        hash=rule_set_hash,
        mode=mode,
        units=tuple(units),
        families_off=tuple(families_off),
        approved_by="lead",
        key_name="golden",
        signature="not checked here",
    )
