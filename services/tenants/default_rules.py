"""Activates the shipped default rule set for a tenant, where it has no activation of its own."""

from datetime import datetime
from typing import Final

from services.tenants.refusals import RulesActiveError
from services.triage.domain.activation import EVERY_TENANT
from services.triage.rule_admin import Order, activate_shipped
from shared.contracts.words import RulesMode
from shared.kafka.client import KafkaClient
from shared.site.site import Site

__all__ = ["EVERY_TENANT", "activate_default"]
APPROVED_BY: Final = "installation"


def activate_default(
    client: KafkaClient, site: Site, tenant: str, mode: RulesMode, now: datetime
) -> str:
    """Activate it from now on and return what was done.

    `client` is the principal rules-admin's. `tenant` `*` stands for all without one of their own.
    Live means: from `now` on.

    Raises:
        RulesActiveError: there is an activation, which is left alone.
        ActivationRefusedError, KeyMissingError: from triage's rule admin.
        KafkaError: the broker does not answer.
    """
    live_from = now if mode is RulesMode.LIVE else None
    order = Order(tenant, mode, APPROVED_BY, live_from=live_from)
    activation = activate_shipped(client, site, order, now)
    whom = "every tenant without rules of its own" if tenant == EVERY_TENANT else tenant
    if activation is None:
        raise RulesActiveError(whom)
    return f"peerline-default is active for {whom}, mode {mode.value}"
