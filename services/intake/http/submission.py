"""One request on its way in: what it carries, what is asked about its tenant, why it may fail.

AcceptanceError
├── UnavailableError     Kafka, the key store or a key is not there: nothing may be acknowledged
└── TenantMissingError   the credential is for a tenant that this site does not have
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from services.intake.domain.context import MappingContext
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
