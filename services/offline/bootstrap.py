"""Put together what `peerline decide` needs: mapping, rules, and how answers are told."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from services.intake.domain.context import Hints
from services.intake.domain.results import Refused
from services.offline.context import mapping_context
from services.offline.deciding import Answer, Offline
from services.offline.lines import json_line
from services.offline.settings import OfflineSettings
from services.offline.trial import chosen as chosen_hints
from services.triage.domain.activation import ActiveRules
from services.triage.domain.explain import explain_decision
from services.triage.domain.ruleset import RuleSet
from services.triage.rule_files import load_file, load_shipped, shipped_folder
from shared.clock import SystemClock
from shared.site.site import Site

_PLACE: Final = re.compile(r"^/\d+(?=/|$)")


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the command line says; None stands for the default."""

    tenant: str
    rules: Path | None = None
    format_name: str | None = None
    received_at: datetime | None = None
    pack: str | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """One run over any number of files."""

    fold: Offline
    rule_set: RuleSet

    def lines(self, name: str, *, explain: bool = False) -> Iterator[tuple[bool, str]]:
        """Yield the lines of one file; True marks a refusal.

        Raises:
            OSError: the file cannot be read.
            EmptyFileError: it is empty.
        """
        for answer in self.fold.decide_file(name):
            if isinstance(answer, Refused):
                yield True, refusal_line(name, answer)
            elif explain:
                yield from ((False, line) for line in self._explained(answer))
            else:
                yield False, json_line(answer)

    def _explained(self, answer: Answer) -> Iterator[str]:
        decision = answer.step.decision
        yield f"{answer.record_id}"
        if decision is None:
            yield "  The same content again: nothing new to decide."
        else:
            yield from (f"  {line}" for line in explain_decision(decision, self.rule_set))
        flags = ", ".join(flag.value for flag in answer.report.quality.flags)
        if flags:
            yield f"    quality of the report: {flags}"
        yield ""


def offline(chosen: Chosen, settings: OfflineSettings) -> Session:
    """Return a session with the chosen rules and the tenant's settings.

    Raises:
        RuleSetError: the rule file does not load.
        SiteFileError: the tenant's settings do not load.
        PackError, PackUnknownError: the pack does not load, or there is none of that name.
    """
    rule_set = (
        load_file(chosen.rules, (shipped_folder(),)) if chosen.rules is not None else load_shipped()
    )
    context = mapping_context(Site(settings.config_folder), chosen.tenant, pack=chosen.pack)
    fold = Offline(
        hints=chosen_hints(context, chosen.pack) if chosen.pack else Hints(context),
        rules=ActiveRules(rule_set),
        now=SystemClock().now(),
        received_at=chosen.received_at,
        pinned_format=chosen.format_name,
    )
    return Session(fold, rule_set)


def refusal_line(name: str, refused: Refused) -> str:
    """Return where a report was refused, by its row from 1, code and pointer, and what to do."""
    # A pointer into a file would begin with the report's place, which counts from 0.
    within = _PLACE.sub("", refused.pointer or "")
    pointer = f" at {within}" if within else ""
    place = f"{name}, row {refused.index + 1}"
    return f"{place}: refused, {refused.code.value}{pointer}: {refused.detail}"
