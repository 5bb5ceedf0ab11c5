"""Checks what one tenant decided: zone, units, privacy, outreach, programme."""

from collections import Counter
from collections.abc import Iterator

from services.tenants.findings import Finding, Reporter
from shared.contracts.words import Priority
from shared.site.models import PLACEHOLDER_ADDRESS, Tenant, alias_key


def check_zone(tenant: Tenant) -> Iterator[Finding]:
    """Show zone, language and shifts: times without a zone are read in this one."""
    report = Reporter(tenant.tenant, "zone")
    shifts = f"shifts {', '.join(tenant.shifts)}" if tenant.shifts else "no shifts"
    margin = f"else {tenant.team_margin_minutes} min around the event"
    yield report.ok(f"{tenant.zone}, {tenant.language}, {shifts}, {margin}")


def check_units(tenant: Tenant) -> Iterator[Finding]:
    """Check that every alias has one meaning and a source of this tenant."""
    report = Reporter(tenant.tenant, "units")
    faults = [*_foreign_aliases(tenant, report), *_double_aliases(tenant, report)]
    yield from faults
    if not tenant.units:
        yield report.note(
            "the unit table is empty: team offers go to the campus or the whole tenant",
            "Add units with their aliases per source to tenant.yaml.",
        )
    elif not faults:
        yield report.ok(f"{len(tenant.units)} units, {len(tenant.unit_aliases)} aliases")


def _foreign_aliases(tenant: Tenant, report: Reporter) -> Iterator[Finding]:
    used = {source for unit in tenant.units.values() for source in unit.aliases}
    for source in sorted(used - set(tenant.sources)):
        yield report.fail(
            f"aliases are given for '{source}', which is no source of this tenant",
            "Correct the name, or add the source under 'sources:'.",
        )


def _double_aliases(tenant: Tenant, report: Reporter) -> Iterator[Finding]:
    meant = Counter(
        (source, alias_key(alias))
        for unit in tenant.units.values()
        for source, aliases in unit.aliases.items()
        for alias in {alias_key(alias): alias for alias in aliases}
    )
    for (source, alias), times in sorted(meant.items()):
        if times > 1:
            yield report.fail(
                f"'{alias}' of '{source}' means {times} units: reports would reach the wrong team",
                "Leave the alias at one unit.",
            )


def check_privacy(tenant: Tenant) -> Iterator[Finding]:
    """Show the table that decides about protected reports."""
    table = tenant.privacy.model_dump(mode="json")
    rows = ", ".join(f"{name} → {action}" for name, action in table.items())
    yield Reporter(tenant.tenant, "privacy").ok(rows)


def check_outreach(tenant: Tenant) -> Iterator[Finding]:
    """Show the confirm window, quiet hours, load limit and the order of matching."""
    windows = tenant.outreach.confirm_minutes
    shown = ", ".join(
        f"{priority} {_minutes(windows.of(priority))}"
        for priority in (Priority.URGENT, Priority.HIGH, Priority.ROUTINE)
    )
    yield Reporter(tenant.tenant, "outreach").ok(
        f"confirm window {shown}; quiet hours {tenant.outreach.quiet_hours}; "
        f"at most {tenant.outreach.load_limit} open cases a supporter; "
        f"matching by {', '.join(tenant.outreach.matching)}{_kept_out(tenant)}"
    )


def _kept_out(tenant: Tenant) -> str:
    return "; nobody of risk, legal or HR" if tenant.outreach.exclude_risk_legal_hr else ""


def _minutes(window: int | None) -> str:
    return "never" if window is None else f"{window} min"


def check_programme(tenant: Tenant) -> Iterator[Finding]:
    """Say what people will miss on the programme's pages and messages."""
    report = Reporter(tenant.tenant, "programme")
    programme = tenant.programme
    missing = [
        name
        for name in ("telephone", "crisis_line", "privilege_regime")
        if not getattr(programme, name)
    ]
    if programme.from_address == PLACEHOLDER_ADDRESS:
        missing.append("from_address")
    if missing:
        yield report.note(
            f"not set yet: {', '.join(missing)}; people find no way to reach you",
            "Set them under 'programme:' in tenant.yaml before going live.",
        )
    else:
        yield report.ok(f"{programme.name}, from {programme.from_address}")
