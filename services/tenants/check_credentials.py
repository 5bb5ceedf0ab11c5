"""Checks publishers' credentials: tenant and systems exist, somebody can send, none is eternal."""

import stat
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from services.tenants.findings import Finding, Reporter
from shared.site.credentials import LONGEST_VALIDITY, Credential
from shared.site.models import Tenant
from shared.site.refusals import SiteError
from shared.site.site import Site
from shared.site.spelling import closest

_SOON: Final = timedelta(days=30)


def check_credentials(site: Site, tenants: Sequence[Tenant], now: datetime) -> Iterator[Finding]:
    """Check the file, then each tenant's share of it."""
    report = Reporter("site", "credentials")
    try:
        credentials = site.credentials()
    except SiteError as error:
        yield report.fail(f"{error}; no token opens anything", error.hint)
        return
    yield from _file_mode(site, report)
    yield from _orphans(credentials, site.tenants(), report)
    for tenant in tenants:
        own = [known for known in credentials if known.tenant == tenant.tenant]
        yield from _check_own(tenant, own, now)


def _file_mode(site: Site, report: Reporter) -> Iterator[Finding]:
    path = site.credentials_file
    if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o022:
        yield report.fail(
            f"{path}: others may change it and let themselves in", f"chmod 600 {path}"
        )


def _orphans(
    credentials: Sequence[Credential], tenants: Sequence[str], report: Reporter
) -> Iterator[Finding]:
    for known in credentials:
        if known.tenant not in tenants:
            yield report.fail(
                f"the token {known.id} is for '{known.tenant}', which is no tenant"
                f"{closest(known.tenant, list(tenants))}",
                "Remove the credential, or create the tenant.",
            )


def _check_own(tenant: Tenant, own: Sequence[Credential], now: datetime) -> Iterator[Finding]:
    report = Reporter(tenant.tenant, "credentials")
    valid = [known for known in own if now < known.expires_at]
    faults = [fault for known in valid for fault in _faults(known, tenant, now, report)]
    yield from faults
    if not valid:
        yield report.fail(
            "no valid token: every request of this hospital is answered 401",
            f"Run 'peerline tenant token {tenant.tenant}'.",
        )
    elif not faults:
        last = max(known.expires_at for known in valid)
        yield _valid(len(valid), last, now, report)


def _valid(count: int, last: datetime, now: datetime, report: Reporter) -> Finding:
    shown = f"{count} valid, the last until {last:%Y-%m-%d}"
    if last - now < _SOON:
        return report.note(shown, f"Make the next: 'peerline tenant token {report.subject}'.")
    return report.ok(shown)


def _faults(
    known: Credential, tenant: Tenant, now: datetime, report: Reporter
) -> Iterator[Finding]:
    for system in known.source_systems:
        if system not in tenant.sources:
            yield report.fail(
                f"the token {known.id} is for '{system}', which is no source of this tenant"
                f"{closest(system, list(tenant.sources))}",
                "Add the source to tenant.yaml, or revoke the token.",
            )
    if known.expires_at - now > LONGEST_VALIDITY:
        yield report.fail(
            f"the token {known.id} is valid for more than 180 days",
            "Make a new one and revoke this: an old secret must die.",
        )
