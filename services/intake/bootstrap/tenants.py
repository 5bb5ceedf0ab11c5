"""Tenants as the edges ask about them, answered from the site's configuration folder."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import orjson

from services.intake.bootstrap.json_bytes import encode
from services.intake.domain.context import (
    SHARED_STAFF_SYSTEMS,
    Handling,
    Limits,
    MappingContext,
    PrivacyTable,
    Seal,
    ShiftHours,
    SourceSettings,
    UnitTable,
)
from services.intake.domain.tables import Tables
from services.intake.packs.pack_files import packs_of
from services.intake.raw.record import Envelope
from shared.clock import Clock
from shared.site.models import Source, Tenant
from shared.site.sealing import seal
from shared.site.site import Site
from shared.site.source_topics import Binding, source_bindings


def mapper(
    tables: Tables,
    tenant: Tenant,
    pseudonym_key: bytes,
    own_packs: Mapping[Path, str] | None = None,
) -> MappingContext:
    """Return how a tenant's reports are mapped, without an envelope and without a seal.

    Raises:
        SiteFileError: one of the tenant's own packs does not load.
    """
    privacy = {name: Handling(action.value) for name, action in tenant.privacy}
    return MappingContext(
        tenant=tenant.tenant,
        source_system="native",
        pseudonym_key=pseudonym_key,
        tables=tables,
        decode=orjson.loads,
        encode=encode,
        zone=ZoneInfo(tenant.zone),
        shifts=tuple(ShiftHours.parse(text) for text in tenant.shifts),
        team_margin=timedelta(minutes=tenant.team_margin_minutes),
        sources={name: _source(source) for name, source in tenant.sources.items()},
        units=UnitTable.of(
            {name: (unit.campus, dict(unit.aliases)) for name, unit in tenant.units.items()}
        ),
        privacy=PrivacyTable(**privacy),
        staff_systems={**SHARED_STAFF_SYSTEMS, **tenant.staff_systems},
        is_research_accepted=tenant.research_accepted,
        research_profiles=frozenset(tenant.research_profiles),
        limits=Limits(**dict(tenant.limits)),
        packs=packs_of(own_packs or {}),
    )


def _source(source: Source) -> SourceSettings:
    return SourceSettings(
        ordering=source.ordering,
        harm_scale=source.harm_scale,
        zone=ZoneInfo(source.zone) if source.zone else None,
        record_id=source.record_id,
        is_place_an_id=source.without_record_id == "place",
        fhir_major=int(source.fhir_version[0]) if source.fhir_version else None,
        record_id_hmac=source.record_id_hmac,
        pack=source.pack,
    )


@dataclass(frozen=True, slots=True)
class _Basis:
    """What a context is made of; the site gives the same objects as long as no file changes."""

    tenant: Tenant
    key: bytes = field(repr=False)
    packs: Mapping[Path, str]

    def is_same(self, other: "_Basis") -> bool:
        """Tell whether nothing has changed."""
        is_same_site = self.tenant is other.tenant and self.packs is other.packs
        return is_same_site and self.key == other.key


@dataclass(frozen=True, slots=True)
class SiteTenants:
    """What the edges ask about tenants, answered from the site's folder as it is now."""

    site: Site
    clock: Clock
    tables: Tables
    _mappers: dict[str, tuple[_Basis, MappingContext]] = field(default_factory=dict)

    def knows(self, tenant: str) -> bool:
        """Return whether the site has the tenant."""
        return tenant in self.site.tenants()

    def bindings(self) -> Mapping[str, Binding]:
        """Return whose each source topic is; a topic that two tenants claim is nobody's."""
        return source_bindings(self.site).bound

    def context(self, tenant: str, envelope: Envelope) -> MappingContext:
        """Return how to map for an answer: identifiers are not sealed."""
        return self._context(tenant, envelope, None)

    def sealing_context(self, tenant: str, envelope: Envelope) -> MappingContext:
        """Return how to map for good: identifiers are sealed to the month key of now."""
        key = self.site.seal_key(self.clock.now())

        def close(system: str, value: str) -> str:
            return seal(json.dumps({"system": system, "value": value}), key)

        return self._context(tenant, envelope, close)

    def pinned_format(self, tenant: str, source_system: str) -> str | None:
        """Return the format that the tenant's settings pin for a source system."""
        source = self.site.tenant(tenant).sources.get(source_system)
        return source.format if source else None

    def raw_key(self, tenant: str) -> bytes:
        """Return the key that wraps the tenant's data keys."""
        return self.site.raw_key(tenant)

    def check_month_key(self, at: datetime) -> None:
        """Return when a public month key is valid."""
        self.site.seal_key(at)

    def _context(self, name: str, envelope: Envelope, close: Seal | None) -> MappingContext:
        return replace(
            self._mapper(name),
            source_system=envelope.source_system,
            allowed_sources=frozenset(envelope.allowed_sources),
            seal=close,
        )

    def _mapper(self, name: str) -> MappingContext:
        basis = _Basis(
            self.site.tenant(name), self.site.pseudonym_key(name), self.site.pack_texts(name)
        )
        kept = self._mappers.get(name)
        if kept is None or not kept[0].is_same(basis):
            made = mapper(self.tables, basis.tenant, basis.key, basis.packs)
            kept = self._mappers[name] = (basis, made)
        return kept[1]
