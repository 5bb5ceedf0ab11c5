"""Issues and revokes publishers' credentials: two tokens may be valid at once, for rotation."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from pydantic import ValidationError

from services.tenants.check_sources import known_formats
from services.tenants.refusals import TenantCommandError, TokenLimitError
from shared.site.credentials import Credential, make_token, write_credentials
from shared.site.models import Tenant
from shared.site.site import Site
from shared.site.spelling import closest, faults

DEFAULT_VALIDITY: Final = timedelta(days=90)
_AT_ONCE: Final = 2


@dataclass(frozen=True, slots=True)
class Issued:
    """A new token, which is stored nowhere (empty for a certificate), and what it opens."""

    token: str = field(repr=False)
    credential: Credential


def valid_credentials(site: Site, tenant: str, now: datetime) -> tuple[Credential, ...]:
    """Return the tenant's credentials that open something now, soonest to expire first."""
    valid = [
        known for known in site.credentials() if known.tenant == tenant and now < known.expires_at
    ]
    return tuple(sorted(valid, key=lambda known: known.expires_at))


@dataclass(frozen=True, slots=True)
class Grant:
    """What a credential is to open, and for how long; empty means all of the tenant's.

    `certificate` is a name in a publisher's client certificate, to be trusted without a token.
    """

    systems: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    validity: timedelta = DEFAULT_VALIDITY
    certificate: str | None = None


def issue_token(
    site: Site, tenant: Tenant, systems: tuple[str, ...], now: datetime, validity: timedelta
) -> Issued:
    """Add a token for the source systems (none given: all of the tenant's); raises as `issue`."""
    return issue(site, tenant, Grant(systems, validity=validity), now)


def issue(site: Site, tenant: Tenant, grant: Grant, now: datetime) -> Issued:
    """Add a token, or trust a certificate; return what it opens.

    A certificate's name that was trusted already is renewed: what it opened before is replaced.

    Raises:
        TokenLimitError: when two valid tokens exist for the same systems.
        TenantCommandError: when the tenant has no such source system.
        SiteError: when the validity is not 1 to 180 days.
    """
    chosen = grant.systems or tuple(tenant.sources)
    _check_systems(tenant, chosen)
    _check_formats(grant.formats)
    token, credential = make_token(tenant.tenant, chosen, now, grant.validity)
    credential = _narrowed(credential, grant)
    if grant.certificate is None:
        _check_count(site, tenant, credential, now)
    _check_name(site, tenant, grant.certificate)
    kept = [
        known
        for known in site.credentials()
        if known.certificate is None or known.certificate != grant.certificate
    ]
    write_credentials(site.credentials_file, (*kept, credential))
    return Issued("" if grant.certificate else token, credential)


def _narrowed(credential: Credential, grant: Grant) -> Credential:
    changed = credential.model_dump() | {"formats": grant.formats or None}
    if grant.certificate is not None:
        changed |= {"sha256": None, "certificate": grant.certificate}
    try:
        return Credential.model_validate(changed)
    except ValidationError as error:
        raise TenantCommandError(
            "; ".join(faults(error)),
            "Give a DNS name or URI that stands in the certificate as subject alternative name.",
        ) from None


def _check_name(site: Site, tenant: Tenant, certificate: str | None) -> None:
    for known in site.credentials():
        is_claimed = certificate is not None and known.certificate == certificate
        if is_claimed and known.tenant != tenant.tenant:
            raise TenantCommandError(
                f"the certificate name '{certificate}' is another tenant's",
                f"Revoke it there first: peerline tenant token {known.tenant} --revoke {known.id}",
            )


def _check_count(site: Site, tenant: Tenant, wanted: Credential, now: datetime) -> None:
    alike = [
        known
        for known in valid_credentials(site, tenant.tenant, now)
        if known.sha256 is not None and set(known.source_systems) == set(wanted.source_systems)
    ]
    if len(alike) >= _AT_ONCE:
        raise TokenLimitError(
            f"two tokens of '{tenant.tenant}' for these systems are valid already",
            f"Revoke the older: peerline tenant token {tenant.tenant} --revoke {alike[0].id}",
        )


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


def _check_formats(formats: tuple[str, ...]) -> None:
    known = list(known_formats())
    for name in formats:
        if name not in known:
            raise TenantCommandError(
                f"there is no format '{name}'{closest(name, known)}",
                "Without --format a token is for all of them.",
            )


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
