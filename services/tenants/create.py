"""Creates a tenant's files: settings, keys, a first token; safe to repeat, overwrites nothing."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import ValidationError

from services.tenants.refusals import TenantNameError
from services.tenants.tokens import DEFAULT_VALIDITY, issue_token, valid_credentials
from services.tenants.unit_table import read_unit_table
from shared.contracts.words import OrderingKey
from shared.site.files import create_private
from shared.site.keys import create_key
from shared.site.models import Tenant
from shared.site.provision import provide_site_keys
from shared.site.site import Site
from shared.site.spelling import faults

DEFAULT_SOURCE: Final = "main"
_HEADER: Final = """\
# Settings of this tenant; 'peerline config check' proves them.
# Running services read this file again when it changes.
"""


@dataclass(frozen=True, slots=True)
class NewTenant:
    """What an operator may say about a tenant that is being created."""

    name: str
    title: str = ""
    zone: str = "UTC"
    language: str = "en"
    sources: tuple[tuple[str, OrderingKey], ...] = ((DEFAULT_SOURCE, OrderingKey.ARRIVAL),)
    units: Path | None = None
    programme: tuple[tuple[str, str], ...] = ()
    validity: timedelta = DEFAULT_VALIDITY


@dataclass(frozen=True, slots=True)
class Created:
    """What was made and what was there already; `token` is None when a valid one exists."""

    tenant: str
    settings_file: Path
    settings_are_new: bool
    keys_made: tuple[str, ...]
    token: str | None = field(repr=False)


def create_tenant(site: Site, new: NewTenant, now: datetime) -> Created:
    """Create what is missing of the tenant and return what that was.

    Raises:
        TenantNameError, UnitTableError: before anything is written.
        SiteError: when files that are there already cannot be used.
    """
    document = _document(new)
    path = site.tenant_folder(new.name) / "tenant.yaml"
    settings_are_new = create_private(path, _HEADER + _to_yaml(document))
    tenant = site.tenant(new.name)
    return Created(
        tenant=new.name,
        settings_file=path,
        settings_are_new=settings_are_new,
        keys_made=(*_make_keys(site, new.name), *provide_site_keys(site, now)),
        token=_first_token(site, tenant, now, new.validity),
    )


def _document(new: NewTenant) -> dict[str, Any]:
    names = tuple(name for name, _ in new.sources)
    document: dict[str, Any] = {
        "tenant": new.name,
        "title": new.title or new.name,
        "zone": new.zone,
        "language": new.language,
        "sources": {name: {"ordering": ordering.value} for name, ordering in new.sources},
        "units": read_unit_table(new.units, names) if new.units else {},
        "privacy": Tenant(tenant="x").privacy.model_dump(mode="json"),
        "programme": Tenant(tenant="x").programme.model_dump(mode="json") | dict(new.programme),
    }
    try:
        Tenant.model_validate(document)
    except ValidationError as error:
        said = "; ".join(faults(error))
        raise TenantNameError(
            f"the tenant cannot be created: {said}", "Nothing has been written; correct the option."
        ) from None
    return document


def _to_yaml(document: dict[str, Any]) -> str:
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=100)


def _make_keys(site: Site, name: str) -> tuple[str, ...]:
    folder = site.tenant_folder(name) / "keys"
    made = [path for path in (folder / "pseudonym.key", folder / "raw.key") if create_key(path)]
    return tuple(str(path.relative_to(site.root)) for path in made)


def _first_token(site: Site, tenant: Tenant, now: datetime, validity: timedelta) -> str | None:
    if not tenant.sources or valid_credentials(site, tenant.tenant, now):
        return None
    return issue_token(site, tenant, (), now, validity).token
