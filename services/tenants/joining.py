"""What a new tenant needs from the services themselves: its directory and its rules.

The services are reached by name and only when needed, so that a tenant can be created on a host
that has neither Kafka nor the notifier; the commands to run later are printed then.
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

from services.tenants.settings import TenantSettings
from shared.contracts.words import RulesMode

ImportDirectory: TypeAlias = Callable[[str, Path], str]
Activate: TypeAlias = Callable[[str, RulesMode, datetime | None], str]


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
    return Joining(_import_directory, _activate if _bootstrap(settings) else None)


def _bootstrap(settings: TenantSettings) -> str | None:
    embedded = importlib.import_module("shared.kafka.embedded.server")
    found: str | None = embedded.resolve_bootstrap(settings.kafka_bootstrap_servers, settings.home)
    return found


def _import_directory(tenant: str, path: Path) -> str:
    bootstrap = importlib.import_module("services.notifier.bootstrap")
    settings = importlib.import_module("services.notifier.settings").NotifierSettings()
    return str(bootstrap.import_directory(settings, tenant, path))


def _activate(tenant: str, mode: RulesMode, live_from: datetime | None) -> str:
    bootstrap = importlib.import_module("services.triage.bootstrap")
    settings = importlib.import_module("services.triage.settings").TriageSettings()
    return str(bootstrap.activate_default(settings, tenant, mode, live_from))
