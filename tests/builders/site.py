"""Builds a small, whole configuration folder for tests."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from shared.site.credentials import make_token, read_credentials, write_credentials
from shared.site.files import replace_private
from shared.site.keys import create_key
from shared.site.provision import provide_site_keys
from shared.site.site import Site

NOW = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)


def a_tenant_document(tenant: str = "northwick", **overrides: Any) -> dict[str, Any]:
    """Return the content of a `tenant.yaml` with two sources and two units."""
    return {
        "tenant": tenant,
        "title": "Northwick Hospitals",
        "zone": "Europe/London",
        "sources": {
            "datix": {"ordering": "updated_at", "harm_scale": "nrls"},
            "fhir-hub": {"format": "fhir", "ordering": "revision"},
        },
        "units": {
            "picu": {"campus": "main", "aliases": {"datix": ["PICU", "Ward 7"]}},
            "ed": {"campus": "main"},
        },
        "programme": {
            "telephone": "+44 20 7946 0000",
            "crisis_line": "+44 20 7946 0999",
            "from_address": "support@northwick.example",
            "privilege_regime": "Not part of any record.",
        },
        **overrides,
    }


def a_site(root: Path, *tenants: str, now: datetime = NOW) -> Site:
    """Return a site whose folder holds the tenants (default: northwick) and every key."""
    site = Site(root)
    for name in tenants or ("northwick",):
        a_tenant_file(site, a_tenant_document(name))
        for key in ("pseudonym.key", "raw.key"):
            create_key(site.tenant_folder(name) / "keys" / key)
    provide_site_keys(site, now)
    return site


def a_tenant_file(site: Site, document: dict[str, Any]) -> Path:
    """Write a `tenant.yaml` and return its path."""
    path = site.tenant_folder(document["tenant"]) / "tenant.yaml"
    replace_private(path, yaml.safe_dump(document, sort_keys=False))
    return path


def a_token(
    site: Site, tenant: str = "northwick", *systems: str, now: datetime = NOW, days: int = 90
) -> str:
    """Add a credential to the site and return its token (systems default to datix, fhir-hub)."""
    token, credential = make_token(
        tenant, systems or ("datix", "fhir-hub"), now, timedelta(days=days)
    )
    known = read_credentials(site.credentials_file)
    write_credentials(site.credentials_file, (*known, credential))
    return token
