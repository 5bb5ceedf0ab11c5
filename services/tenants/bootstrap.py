"""What `peerline tenant` and `peerline config` do, as functions that return lines to print."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from services.tenants.create import Created, NewTenant, create_tenant
from services.tenants.joining import Joining, activation_command
from services.tenants.refusals import RulesActiveError
from services.tenants.tokens import Grant, issue, revoke_token, valid_credentials
from shared.contracts.words import RulesMode
from shared.site.keys import destroy_old_secrets, lay_out_seal_keys
from shared.site.site import Site


@dataclass(frozen=True, slots=True)
class Rollout:
    """What follows once the files of a tenant are there."""

    directory: Path | None = None
    mode: RulesMode = RulesMode.SHADOW


def create(
    site: Site, new: NewTenant, rollout: Rollout, now: datetime, join: Joining
) -> Iterator[str]:
    """Create the tenant, import its directory, activate its rules; yield what happened.

    Raises:
        TenantCommandError, SiteError: refused.
    """
    created = create_tenant(site, new, now)
    yield from _told(created)
    if rollout.directory is not None:
        yield f"directory  {join.import_directory(new.name, rollout.directory)}"
    try:
        yield from activate(new.name, rollout, join)
    except RulesActiveError as active:
        yield f"rules      {active}"
    yield from _next_steps(created, new, rollout)


def activate(tenant: str, rollout: Rollout, join: Joining) -> Iterator[str]:
    """Activate the default rule set for the tenant, or say how to do it once Kafka runs.

    Raises:
        RulesActiveError: the tenant has active rules; nothing was changed.
    """
    if join.activate is None:
        yield "rules      not activated: no Kafka is known on this host; once it runs:"
        yield f"           {activation_command(tenant, rollout.mode)}"
    else:
        yield f"rules      {join.activate(tenant, rollout.mode)}"


def _told(created: Created) -> Iterator[str]:
    state = "written" if created.settings_are_new else "kept as it is; options were not applied"
    yield f"settings   {created.settings_file}: {state}"
    made = ", ".join(created.keys_made) or "all there already, none changed"
    yield f"keys       {made}"
    if created.token:
        yield f"token      {created.token}"
        yield "           shown once, stored nowhere: give it to the publisher over a safe way"
    else:
        yield f"token      a valid one exists; another: peerline tenant token {created.tenant}"


def _next_steps(created: Created, new: NewTenant, rollout: Rollout) -> Iterator[str]:
    yield ""
    yield "Next:"
    missing = "programme" if new.units and created.settings_are_new else "units and programme"
    yield f"  1. Fill in {missing}: {created.settings_file}"
    if rollout.directory is None:
        yield f"  2. peerline directory import staff.csv --tenant {created.tenant}"
    else:
        yield "  2. Look at the directory in the console"
    yield "  3. peerline config check"
    yield "  4. peerline up"


def list_tenants(site: Site, now: datetime) -> Iterator[str]:
    """Yield a line per tenant and one per valid token of it; token ids, never tokens."""
    for name in site.tenants():
        tenant = site.tenant(name)
        yield (
            f"{name:<20} {tenant.title}  ({tenant.zone}, {len(tenant.sources)} sources, "
            f"{len(tenant.units)} units)"
        )
        for known in valid_credentials(site, name, now):
            systems = ", ".join(known.source_systems)
            what = "token" if known.certificate is None else f"certificate {known.certificate}"
            yield f"{'':<20} {what} {known.id} until {known.expires_at:%Y-%m-%d} for {systems}"


def token(site: Site, tenant: str, grant: Grant, now: datetime) -> Iterator[str]:
    """Issue a token for the tenant, or trust a certificate; yield it with what it opens."""
    issued = issue(site, site.tenant(tenant), grant, now)
    opened = issued.credential
    opens = f"Opens {', '.join(opened.source_systems)} until {opened.expires_at:%Y-%m-%d}"
    if opened.formats:
        opens += f", for {', '.join(opened.formats)} only"
    if opened.certificate is None:
        yield issued.token
        yield f"Shown once, stored nowhere. {opens}."
    else:
        yield f"{opened.id}  the certificate of {opened.certificate} is trusted. {opens}."


def revoke(site: Site, tenant: str, credential_id: str) -> Iterator[str]:
    """Revoke a token by its id."""
    revoke_token(site, tenant, credential_id)
    yield f"Credential {credential_id} opens nothing any more."


def renew_keys(site: Site, now: datetime) -> Iterator[str]:
    """Lay out the month keys that are due and destroy the secrets that must die."""
    made = lay_out_seal_keys(site.seal_folder, now)
    gone = destroy_old_secrets(site.seal_folder, now)
    yield f"Month keys made: {', '.join(made) or 'none, all there already'}."
    yield f"Secrets destroyed: {', '.join(gone) or 'none'}."
