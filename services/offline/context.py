"""How files are mapped: by a tenant's settings where the site has it, else by defaults."""

from dataclasses import replace
from typing import Final

from services.intake.bootstrap.tenants import mapper
from services.intake.domain.context import MappingContext, SourceSettings
from services.intake.packs.pack_files import shipped_tables
from shared.identity import sha256_hex
from shared.site.models import Tenant
from shared.site.site import Site
from shared.site.spelling import closest

# Pseudonyms of a trial run: equal in every run, equal to nobody's in production.
OFFLINE_KEY: Final = bytes.fromhex(sha256_hex(b"peerline decide, offline"))


class SourceUnknownError(ValueError):
    """The tenant has no such source system."""

    hint = "Name a source of tenant.yaml, or leave --source out."


def mapping_context(
    site: Site, tenant: str, source: str | None = None, pack: str | None = None
) -> MappingContext:
    """Return the tenant's own settings, units and key where the site has it; nothing is sealed.

    `source` names the source system whose settings count; None is a tenant's only one, or the only
    one that has the pack.

    Raises:
        SiteError: the tenant's settings or packs cannot be read.
        SourceUnknownError: the tenant has no such source.
    """
    if tenant in site.tenants():
        texts = site.pack_texts(tenant)
        context = mapper(shipped_tables(), site.tenant(tenant), site.pseudonym_key(tenant), texts)
        return replace(context, source_system=_source(context, source, pack))
    return default_context(tenant, source)


def default_context(tenant: str, source: str | None = None) -> MappingContext:
    """Return how a file is mapped where no site has the tenant: UTC, no units, a key of trials."""
    context = mapper(shipped_tables(), Tenant(tenant=tenant, title=tenant), OFFLINE_KEY)
    system = source or context.source_system
    # Whoever tries a file of their own wants to find its records again in the answer.
    sources = {system: SourceSettings(record_id_hmac=False)}
    return replace(context, source_system=system, sources=sources)


def _source(context: MappingContext, named: str | None, pack: str | None) -> str:
    known = [*context.sources]
    fitting = [name for name in known if pack and context.sources[name].pack == pack] or known
    if named is not None and named not in known:
        raise SourceUnknownError(f"there is no source '{named}'{closest(named, known)}")
    return named or (fitting[0] if len(fitting) == 1 else context.source_system)
