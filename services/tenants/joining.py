"""What a new tenant needs from the services themselves: its directory and its rules.

The services are imported only when needed, so that a tenant can be created on a host that has
neither Kafka nor the notifier; the commands to run later are printed then.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from services.tenants.settings import TenantSettings
from shared.clock import SystemClock
from shared.contracts.words import RulesMode
from shared.site.site import Site

ImportDirectory: TypeAlias = Callable[[str, Path], str]
Activate: TypeAlias = Callable[[str, RulesMode], str]


@dataclass(frozen=True, slots=True)
class Joining:
    """Two steps outside the configuration folder; each returns a sentence about what it did.

    `activate` is None when no Kafka is known; `import_directory` raises the notifier's refusals.
    """

    import_directory: ImportDirectory
    activate: Activate | None


def activation_command(tenant: str, mode: RulesMode) -> str:
    """Return the command that activates the default rules when Kafka runs."""
    return f"peerline tenant activate {tenant} --mode {mode}"


def joining(settings: TenantSettings) -> Joining:
    """Return the steps as the notifier and triage do them on this host."""
    from shared.kafka.embedded.server import resolve_bootstrap  # noqa: PLC0415 - slow to import

    bootstrap = resolve_bootstrap(settings.kafka_bootstrap_servers, settings.home)
    if bootstrap is None:
        return Joining(_import_directory, None)
    return Joining(_import_directory, _activating(settings, bootstrap))


def _activating(settings: TenantSettings, bootstrap: str) -> Activate:
    def activate(tenant: str, mode: RulesMode) -> str:
        from services.tenants.default_rules import activate_default  # noqa: PLC0415 - likewise
        from shared.kafka.client import KafkaClient  # noqa: PLC0415 - likewise

        client = KafkaClient(bootstrap, "rules-admin", **settings.peerline_kafka.model_dump())
        site = Site(settings.config_folder)
        return activate_default(client, site, tenant, mode, SystemClock().now())

    return activate


def _import_directory(tenant: str, path: Path) -> str:
    from services.notifier.bootstrap import import_directory  # noqa: PLC0415 - likewise
    from services.notifier.settings import NotifierSettings  # noqa: PLC0415 - likewise

    return str(import_directory(NotifierSettings(), tenant, path))
