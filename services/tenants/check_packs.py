"""Checks a tenant's packs: each loads, each that a source names exists, harm codes have a scale."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from services.tenants.findings import Finding, Reporter
from shared.site.models import Tenant
from shared.site.refusals import SiteError
from shared.site.site import Site
from shared.site.spelling import closest

if TYPE_CHECKING:
    from services.intake.domain.rows.pack import Pack

_EMAIL: Final = "email"
_PATIENTS: Final = "patients"


def check_packs(site: Site, tenant: Tenant) -> Iterator[Finding]:
    """Check the tenant's own packs and what its sources say of packs."""
    report = Reporter(tenant.tenant, "packs")
    try:
        packs = known_packs(site, tenant.tenant)
    except SiteError as error:
        yield report.fail(str(error), error.hint)
        return
    own = len(site.pack_texts(tenant.tenant))
    if own:
        yield report.ok(f"{own} of its own load")
    for name, source in tenant.sources.items():
        if source.pack is not None and packs is not None:
            has_scale = source.harm_scale is not None
            yield from _source_faults(
                source.pack, packs, Reporter(tenant.tenant, f"source {name}"), has_scale=has_scale
            )
            if source.pack in packs:
                yield _people(packs[source.pack], tenant, Reporter(tenant.tenant, f"source {name}"))


def known_packs(site: Site, tenant: str) -> Mapping[str, "Pack"] | None:
    """Return the packs that a tenant's sources may name; None where intake is not installed.

    Raises:
        SiteError: one of the tenant's own packs does not load.
    """
    try:
        from services.intake.packs.pack_files import packs_of  # noqa: PLC0415 - only if installed
    except ModuleNotFoundError:
        return None
    return packs_of(site.pack_texts(tenant))


def _people(pack: "Pack", tenant: Tenant, report: Reporter) -> Finding:
    """Say how the pack calls identifiers of staff; nothing here can look into the directory."""
    named = {tenant.staff_systems.get(each, each) for each in _systems(pack.document)}
    shown = ", ".join(sorted(named | {_EMAIL}))
    return report.ok(f"reports name people by {shown}; the directory must call its identifiers so")


def _systems(node: object) -> Iterator[str]:
    """Yield each `system` of a pack's document but those of patients."""
    if isinstance(node, list):
        for each in node:
            yield from _systems(each)
    elif isinstance(node, Mapping):
        fields: Mapping[str, Any] = node
        for name, value in fields.items():
            if name == "system" and isinstance(value, str):
                yield value
            elif name != _PATIENTS:
                yield from _systems(value)


def _source_faults(
    name: str, packs: Mapping[str, "Pack"], report: Reporter, *, has_scale: bool
) -> Iterator[Finding]:
    pack = packs.get(name)
    if pack is None:
        yield report.fail(
            f"'{name}' is no pack{closest(name, [*packs])}; every row would be refused",
            "Correct it; 'peerline mapping list --tenant' shows the packs.",
        )
    elif pack.needs_scale and not has_scale:
        yield report.fail(
            "rows are mapped by a pack but no harm_scale is set; a bare harm code is never guessed",
            "Set harm_scale to the scale of this system's codes, or map every value in a pack.",
        )
