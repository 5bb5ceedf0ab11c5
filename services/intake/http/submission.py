"""One request on its way in: what it carries, what is asked about its tenant, why it may fail.

AcceptanceError
├── UnavailableError     Kafka, the key store or a key is not there: nothing may be acknowledged
└── TenantMissingError   the credential is for a tenant that this site does not have
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol

from services.intake.domain.context import MappingContext
from services.intake.domain.fhir_bundle import deletion
from services.intake.domain.media import FHIR_JSON
from services.intake.raw.record import Envelope
from shared.contracts.words import RejectionCode
from shared.site.credentials import Credential


class AcceptanceError(Exception):
    """The request cannot be taken as a whole."""


class UnavailableError(AcceptanceError):
    """Something without which nothing is durable is not there; `reason` is a short code."""

    def __init__(self, reason: str) -> None:
        """Keep the reason for the log and the metric."""
        super().__init__(f"the request could not be made durable: {reason}")
        self.reason = reason


class TenantMissingError(AcceptanceError):
    """The token is valid, its tenant is not configured."""


@dataclass(frozen=True, slots=True)
class Submission:
    """One authenticated request within the limits.

    `refusal` is set when the body was refused before it could be mapped (it is not the gzip that it
    claims to be). `fhir_id` is the id in the URL of a PUT, `pack` the name in its query.
    """

    credential: Credential
    body: bytes = field(repr=False)
    content_type: str | None = field(default=None, repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    refusal: RejectionCode | None = None
    fhir_id: str | None = field(default=None, repr=False)
    pack: str | None = None
    traceparent: str | None = None

    @property
    def tenant(self) -> str:
        """Return the tenant, which only the credential can name."""
        return self.credential.tenant

    def retracting(self, fhir_id: str) -> "Submission":
        """Return the request as what it stands for: the deletion of an AdverseEvent."""
        return replace(
            self,
            body=deletion(fhir_id),
            content_type=FHIR_JSON,
            headers=(),
            refusal=None,
            fhir_id=None,
            pack=None,
        )


class Tenants(Protocol):
    """What the edge asks about a tenant, as the site's folder says now; each raises SiteError."""

    def context(self, tenant: str, envelope: Envelope) -> MappingContext:
        """Return how to map; the same envelope gives the normaliser the same context."""
        ...

    def pinned_format(self, tenant: str, source_system: str) -> str | None:
        """Return the format that the tenant's settings pin for a source system."""
        ...

    def raw_key(self, tenant: str) -> bytes:
        """Return the key that wraps data keys."""
        ...

    def check_month_key(self, at: datetime) -> None:
        """Return when staff identifiers can be sealed at that moment."""
        ...


@dataclass(frozen=True, slots=True)
class AskedOnce:
    """`Tenants` for one round: the site's files are looked at once, not once a request.

    What raises is asked again. A context depends on nothing of an envelope but its systems.
    """

    tenants: Tenants
    _known: dict[tuple[object, ...], Any] = field(default_factory=dict)

    def context(self, tenant: str, envelope: Envelope) -> MappingContext:
        """Return how to map."""
        whose = ("context", tenant, envelope.source_system, envelope.allowed_sources)
        found: MappingContext = self._once(whose, lambda: self.tenants.context(tenant, envelope))
        return found

    def pinned_format(self, tenant: str, source_system: str) -> str | None:
        """Return the format that the tenant's settings pin for a source system."""
        whose = ("format", tenant, source_system)
        found: str | None = self._once(
            whose, lambda: self.tenants.pinned_format(tenant, source_system)
        )
        return found

    def raw_key(self, tenant: str) -> bytes:
        """Return the key that wraps data keys."""
        found: bytes = self._once(("key", tenant), lambda: self.tenants.raw_key(tenant))
        return found

    def check_month_key(self, at: datetime) -> None:
        """Return when staff identifiers can be sealed; a round is one moment."""
        self._once(("month",), lambda: self.tenants.check_month_key(at))

    def _once(self, question: tuple[object, ...], ask: Callable[[], Any]) -> Any:  # noqa: ANN401 - as asked
        if question not in self._known:
            self._known[question] = ask()
        return self._known[question]
