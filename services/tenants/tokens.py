"""Issues and revokes publishers' tokens: two may be valid at once, for rotation."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from services.tenants.refusals import TenantCommandError, TokenLimitError
from shared.site.credentials import Credential, make_token, write_credentials
from shared.site.models import Tenant
from shared.site.site import Site
from shared.site.spelling import closest

DEFAULT_VALIDITY: Final = timedelta(days=90)
_AT_ONCE: Final = 2


@dataclass(frozen=True, slots=True)
class Issued:
    """A new token, which is stored nowhere, and what it opens."""

    token: str = field(repr=False)
    credential: Credential


def valid_credentials(site: Site, tenant: str, now: datetime) -> tuple[Credential, ...]:
    """Return the tenant's credentials that open something now, soonest to expire first."""
    valid = [
        known for known in site.credentials() if known.tenant == tenant and now < known.expires_at
    ]
    return tuple(sorted(valid, key=lambda known: known.expires_at))


def issue_token(
    site: Site, tenant: Tenant, systems: tuple[str, ...], now: datetime, validity: timedelta
) -> Issued:
    """Add a token for the source systems (none given: all of the tenant's).

    Raises:
        TokenLimitError: when two valid tokens exist for the same systems.
        TenantCommandError: when the tenant has no such source system.
        SiteError: when the validity is not 1 to 180 days.
    """
    chosen = systems or tuple(tenant.sources)
    _check_systems(tenant, chosen)
    valid = valid_credentials(site, tenant.tenant, now)
    alike = [known for known in valid if set(known.source_systems) == set(chosen)]
    if len(alike) >= _AT_ONCE:
        raise TokenLimitError(
            f"two tokens of '{tenant.tenant}' for these systems are valid already",
            f"Revoke the older: peerline tenant token {tenant.tenant} --revoke {alike[0].id}",
        )
    token, credential = make_token(tenant.tenant, chosen, now, validity)
    write_credentials(site.credentials_file, (*site.credentials(), credential))
    return Issued(token, credential)


def revoke_token(site: Site, tenant: str, credential_id: str) -> None:
    """Remove a credential; services refuse its token from their next request on.

    Raises:
        TenantCommandError: when the tenant has no such credential.
    """
    own = [known.id for known in site.credentials() if known.tenant == tenant]
    if credential_id not in own:
        raise TenantCommandError(
            f"'{tenant}' has no token with the id '{credential_id}'{closest(credential_id, own)}",
            "'peerline tenant list' shows the ids.",
        )
    kept = [known for known in site.credentials() if known.id != credential_id]
    write_credentials(site.credentials_file, kept)


def _check_systems(tenant: Tenant, systems: tuple[str, ...]) -> None:
    known = list(tenant.sources)
    for system in systems:
        if system not in known:
            raise TenantCommandError(
                f"'{tenant.tenant}' has no source system '{system}'{closest(system, known)}",
                "Add it under 'sources:' in the tenant's tenant.yaml.",
            )
    if not systems:
        raise TenantCommandError(
            f"'{tenant.tenant}' has no source system a token could be for",
            "Add one under 'sources:' in the tenant's tenant.yaml.",
        )
