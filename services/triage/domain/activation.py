"""Which rule set decides a report: the activation in force when the report was received."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from services.triage.domain.ruleset import RuleSet
from shared.contracts import RuleSetActivated
from shared.contracts.canonical import canonical_json
from shared.contracts.ruleset import UnitActivation
from shared.contracts.words import Family, RulesMode

EVERY_TENANT: Final = "*"


class RuleSetMissingError(Exception):
    """An activation names a rule set that the topic has not shown; nothing is decided without."""

    def __init__(self, tenant: str, rule_set_hash: str) -> None:
        super().__init__(
            f"the activation of tenant {tenant} names rule set {rule_set_hash}, which is not on "
            "triage.ruleset.v1: nothing can be decided for this tenant; publish the set again with "
            "`peerline rules activate`"
        )


@dataclass(frozen=True, slots=True)
class ActiveRules:
    """The rule set that decides a report, and whether it may request anything."""

    rule_set: RuleSet
    mode: RulesMode = RulesMode.LIVE
    live_from: datetime | None = None
    units: tuple[UnitActivation, ...] = ()
    families_off: tuple[Family, ...] = ()

    def is_live(self, unit_id: str | None, received_at: datetime) -> bool:
        """Return whether a report received then may open requests for this unit (or the tenant)."""
        for unit in self.units:
            if unit.unit_id == unit_id:
                return _live(unit.mode, unit.live_from, received_at)
        return _live(self.mode, self.live_from, received_at)


@dataclass(frozen=True, slots=True)
class Rulebook:
    """All sets and verified activations of the topic; a value, every change gives a new one."""

    sets: Mapping[str, RuleSet] = field(default_factory=dict)
    activations: Mapping[tuple[str, datetime], RuleSetActivated] = field(default_factory=dict)

    def with_set(self, rule_set: RuleSet) -> "Rulebook":
        """Return a book that also knows `rule_set`."""
        return Rulebook({**self.sets, rule_set.hash: rule_set}, self.activations)

    def with_activation(self, activation: RuleSetActivated) -> "Rulebook":
        """Return a book that also has a **verified** activation; one per tenant and moment."""
        key = (activation.tenant, activation.effective_from)
        return Rulebook(self.sets, {**self.activations, key: activation})

    def choose(self, tenant: str, received_at: datetime) -> ActiveRules | None:
        """Return the rules in force for the tenant when the report was received; None: it waits.

        Raises:
            RuleSetMissingError: the activation's set is not known.
        """
        activation = self._newest(tenant, received_at) or self._newest(EVERY_TENANT, received_at)
        if activation is None:
            return None
        rule_set = self.sets.get(activation.hash)
        if rule_set is None:
            raise RuleSetMissingError(tenant, activation.hash)
        return ActiveRules(
            rule_set=rule_set,
            mode=activation.mode,
            live_from=activation.live_from,
            units=activation.units,
            families_off=activation.families_off,
        )

    def _newest(self, tenant: str, received_at: datetime) -> RuleSetActivated | None:
        moments = [at for owner, at in self.activations if owner == tenant and at <= received_at]
        return self.activations[tenant, max(moments)] if moments else None


def signed_bytes(activation: RuleSetActivated) -> bytes:
    """Return what the Ed25519 signature covers: canonical JSON of all fields but `signature`."""
    document = activation.to_document()
    del document["signature"]
    return canonical_json(document)


def activation_key(activation: RuleSetActivated) -> str:
    """Return `activation/<tenant>/<effective_from>`, the record's key."""
    return f"activation/{activation.tenant}/{activation.to_document()['effective_from']}"


def set_key(rule_set_hash: str) -> str:
    """Return `set/<hash>`, the record's key."""
    return f"set/{rule_set_hash}"


def _live(mode: RulesMode, live_from: datetime | None, received_at: datetime) -> bool:
    return mode is RulesMode.LIVE and (live_from is None or received_at >= live_from)
