"""The words of the programme on pages that nobody is signed in to."""

from collections.abc import Callable
from dataclasses import dataclass

from services.notifier.domain.errors import PolicyUnavailableError
from services.notifier.domain.policy import Policies, Programme


@dataclass(frozen=True, slots=True)
class Programmes:
    """`tenants` lists the site's tenants: the only one speaks where none is known."""

    policies: Policies
    tenants: Callable[[], tuple[str, ...]]

    def of(self, tenant: str | None) -> Programme:
        """Return a tenant's programme; plain words when it is unknown or cannot be read."""
        name = tenant or self._only()
        if name is None:
            return Programme()
        try:
            return self.policies(name).programme
        except PolicyUnavailableError:
            return Programme()

    def _only(self) -> str | None:
        names = self.tenants()
        return names[0] if len(names) == 1 else None
