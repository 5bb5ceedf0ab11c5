"""Checks a tenant's source systems: formats, ordering, harm scales, source topics."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from services.tenants.findings import Finding, Reporter
from shared.contracts.words import OrderingKey
from shared.site.models import Source, Tenant
from shared.site.spelling import closest

_SCALES_FILE: Final = Path(__file__).parents[1] / "intake" / "packs" / "harm.tsv"


def check_sources(tenant: Tenant) -> Iterator[Finding]:
    """Check each source of the tenant; none at all is a failure."""
    if not tenant.sources:
        yield Reporter(tenant.tenant, "sources").fail(
            "no source system is configured, so no report can be received",
            "Add one under 'sources:' in tenant.yaml.",
        )
    scales, formats = known_scales(), known_formats()
    for name, source in tenant.sources.items():
        report = Reporter(tenant.tenant, f"source {name}")
        faults = [*_format_faults(source, formats, report), *_scale_faults(source, scales, report)]
        yield from faults
        if not faults:
            yield _ordering(source, report)


def known_formats() -> tuple[str, ...]:
    """Return the names of the formats that intake maps, none where intake is not installed."""
    try:
        from services.intake.domain.detect import FORMATS  # noqa: PLC0415 - only if installed
    except ModuleNotFoundError:
        return ()
    return tuple(each.name for each in FORMATS)


def known_scales() -> tuple[str, ...]:
    """Return the harm scales that intake can read, from its own crosswalk."""
    if not _SCALES_FILE.exists():
        return ()
    lines = _SCALES_FILE.read_text(encoding="utf-8").splitlines()[1:]
    return tuple(sorted({line.split("\t", 1)[0] for line in lines if line}))


def _format_faults(source: Source, formats: Sequence[str], report: Reporter) -> Iterator[Finding]:
    if source.format is not None and formats and source.format not in formats:
        yield report.fail(
            f"'{source.format}' is no format{closest(source.format, list(formats))}",
            "Correct it, or leave it out: the format is then recognised.",
        )


def _scale_faults(source: Source, scales: Sequence[str], report: Reporter) -> Iterator[Finding]:
    if source.harm_scale is not None and scales and source.harm_scale not in scales:
        yield report.fail(
            f"'{source.harm_scale}' is no harm scale{closest(source.harm_scale, list(scales))}",
            "Correct it: with an unknown scale every harm would become unknown.",
        )


def _ordering(source: Source, report: Reporter) -> Finding:
    shown = f"ordering {source.ordering}, harm scale {source.harm_scale or 'none'}"
    if source.ordering is OrderingKey.ARRIVAL:
        return report.note(
            f"{shown}: a late older revision would count as the newest",
            "Set ordering to revision or updated_at when the source sends one of them.",
        )
    return report.ok(shown)


def check_topics(tenants: Sequence[Tenant]) -> Iterator[Finding]:
    """Check that a publisher's topic belongs to one tenant and system only."""
    bound = Counter(
        source.topic for tenant in tenants for source in tenant.sources.values() if source.topic
    )
    for topic, times in sorted(bound.items()):
        if times > 1:
            yield Reporter("site", "topics").fail(
                f"incident.source.{topic}.v1 is bound {times} times: "
                "reports would be read as several hospitals'",
                "Bind each source topic to one source of one tenant.",
            )
