"""Checks the key files: there, whole, private, valid now, and no tenant with another's key."""

import stat
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path

from services.tenants.findings import Finding, Reporter
from shared.site.keys import SECRET_OUTLIVES_MONTH, SealKey, month_bounds, months_due
from shared.site.refusals import NoSealKeyError, SiteError
from shared.site.site import Site

_RENEW = "Run 'peerline config keys'."


def check_tenant_keys(site: Site) -> Iterator[Finding]:
    """Check each tenant's keys; two tenants with one pseudonym key are one population."""
    owners: dict[bytes, str] = {}
    for name in site.tenants():
        report = Reporter(name, "keys")
        faults = [
            *_faults_of(report, partial(site.pseudonym_key, name)),
            *_faults_of(report, partial(site.raw_key, name)),
            *_open_files(site.tenant_folder(name) / "keys", report),
        ]
        yield from faults or [report.ok("pseudonym and raw key, mode 0600")]
        if not faults:
            yield from _shared_key(report, owners, site.pseudonym_key(name))


def _faults_of(report: Reporter, read: Callable[[], object]) -> Iterator[Finding]:
    try:
        read()
    except SiteError as error:
        yield report.fail(str(error), error.hint)


def _shared_key(report: Reporter, owners: dict[bytes, str], key: bytes) -> Iterator[Finding]:
    owner = owners.setdefault(key, report.subject)
    if owner != report.subject:
        yield report.fail(
            f"its pseudonym key is that of '{owner}': persons could be linked across tenants",
            "Remove the copied key before the first report, then run 'peerline tenant create'.",
        )


def _open_files(folder: Path, report: Reporter) -> Iterator[Finding]:
    for path in sorted(folder.glob("*")):
        mode = stat.S_IMODE(path.stat().st_mode)
        if path.is_file() and path.suffix in {".key", ".secret"} and mode & 0o077:
            yield report.fail(
                f"{path}: others on this machine may read it (mode {mode:04o})",
                f"chmod 600 {path}",
            )


def check_site_keys(site: Site, now: datetime) -> Iterator[Finding]:
    """Check month keys, the Message-ID key and the keys that approve rule sets."""
    yield from _check_seal_keys(site, now)
    report = Reporter("site", "keys")
    faults = [
        *_faults_of(report, site.message_id_key),
        *_open_files(site.message_id_file.parent, report),
        *_open_files(site.rules_folder, report),
    ]
    yield from faults or [report.ok("Message-ID key, mode 0600")]
    yield from _check_rule_keys(site)


def _check_rule_keys(site: Site) -> Iterator[Finding]:
    report = Reporter("site", "rule approval")
    faults = [*_faults_of(report, site.rule_public_keys)]
    yield from faults
    if faults:
        return
    names = ", ".join(site.rule_public_keys())
    if names:
        yield report.ok(f"activations are trusted from: {names}")
    else:
        yield report.fail(
            "no public key is here: triage would trust no rule set and decide nothing",
            "Run 'peerline tenant create TENANT', or put an approver's .pub file into keys/rules.",
        )


def _check_seal_keys(site: Site, now: datetime) -> Iterator[Finding]:
    report = Reporter("site", "month keys")
    try:
        current = site.seal_key(now)
        months = {key.month for key in site.seal_keys()}
    except NoSealKeyError as error:
        yield report.fail(f"{error}; intake is not ready", error.hint)
        return
    except SiteError as error:
        yield report.fail(str(error), error.hint)
        return
    faults = [*_missing_next(months, now, report), *_secret_faults(site, now, current, report)]
    yield from faults
    yield report.ok(f"{current.month}, valid until {current.not_after:%Y-%m-%d %H:%M} UTC")


def _missing_next(months: set[str], now: datetime, report: Reporter) -> Iterator[Finding]:
    for month in months_due(now):
        if month not in months:
            yield report.fail(
                f"the key of {month} is due and not there; "
                "intake stops accepting when the month begins",
                _RENEW,
            )


def _secret_faults(
    site: Site, now: datetime, current: SealKey, report: Reporter
) -> Iterator[Finding]:
    yield from _open_files(site.seal_folder, report)
    if not (site.seal_folder / f"{current.month}.secret").exists():
        yield report.note(
            f"the secret half of {current.month} is not on this host",
            "Right on an intake host; the notifier's host must have it.",
        )
    for path in sorted(site.seal_folder.glob("*.secret")):
        if month_bounds(path.stem)[1] + SECRET_OUTLIVES_MONTH <= now:
            yield report.fail(
                f"{path}: this secret should have been destroyed 90 days after its month", _RENEW
            )
