"""Proves the whole configuration without touching a topic or the network."""

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import chain
from typing import Final, TypeAlias

from services.tenants.check_credentials import check_credentials
from services.tenants.check_keys import check_site_keys, check_tenant_keys
from services.tenants.check_packs import check_packs
from services.tenants.check_sources import check_sources, check_topics
from services.tenants.check_tenant import (
    check_outreach,
    check_privacy,
    check_programme,
    check_units,
    check_zone,
)
from services.tenants.findings import Finding, Reporter
from shared.site.models import Tenant
from shared.site.refusals import SiteError
from shared.site.site import Site

TenantCheck: TypeAlias = Callable[[Tenant], Iterator[Finding]]
_TENANT_CHECKS: Final[tuple[TenantCheck, ...]] = (
    check_zone,
    check_sources,
    check_units,
    check_privacy,
    check_outreach,
    check_programme,
)


def check_site(site: Site, now: datetime) -> tuple[Finding, ...]:
    """Return every finding about the folder; a damaged file is a finding, never an exception."""
    tenants, unreadable = _read_tenants(site)
    parts = (
        unreadable,
        _any_tenant(site),
        chain.from_iterable(check(tenant) for tenant in tenants for check in _TENANT_CHECKS),
        chain.from_iterable(check_packs(site, tenant) for tenant in tenants),
        check_topics(tenants),
        check_tenant_keys(site),
        check_site_keys(site, now),
        check_credentials(site, tenants, now),
    )
    return tuple(chain.from_iterable(parts))


def _read_tenants(site: Site) -> tuple[tuple[Tenant, ...], list[Finding]]:
    tenants: list[Tenant] = []
    findings: list[Finding] = []
    for name in site.tenants():
        try:
            tenants.append(site.tenant(name))
        except SiteError as error:
            findings.append(Reporter(name, "settings").fail(str(error), error.hint))
    return tuple(tenants), findings


def _any_tenant(site: Site) -> Iterator[Finding]:
    if not site.tenants():
        yield Reporter("site", "tenants").fail(
            f"no tenant is configured under {site.root}, so nobody can send a report",
            "Run 'peerline tenant create TENANT', or set PEERLINE_CONFIG.",
        )
