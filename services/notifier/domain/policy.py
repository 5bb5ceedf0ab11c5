"""What a tenant has decided, as the notifier needs it; read anew for each use."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from services.notifier.domain.plan import Plan


@dataclass(frozen=True, slots=True)
class Programme:
    """The peer-support programme as people see it; empty means not set."""

    name: str = "Peer support"
    telephone: str = ""
    crisis_line: str = ""
    from_address: str = "peer-support@peerline.invalid"
    privilege_regime: str = ""


@dataclass(frozen=True, slots=True)
class Policy:
    """One tenant's settings; `zone` is IANA, `language` en or de."""

    plan: Plan = field(default_factory=Plan)
    programme: Programme = field(default_factory=Programme)
    language: str = "en"
    families_shown: bool = True

    @property
    def zone(self) -> str:
        """Return the tenant's time zone."""
        return self.plan.zone


Policies: TypeAlias = Callable[[str], Policy]
