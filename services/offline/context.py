"""How files are mapped: by a tenant's settings where the site has it, else by defaults."""

from dataclasses import replace
from typing import Final

from services.intake.bootstrap.tenants import mapper
from services.intake.domain.context import MappingContext, SourceSettings
from services.intake.domain.tables import Tables
from services.intake.packs.files import read_tables
from shared.identity import sha256_hex
from shared.site.models import Tenant
from shared.site.site import Site

# Pseudonyms of a trial run: equal in every run, equal to nobody's in production.
OFFLINE_KEY: Final = bytes.fromhex(sha256_hex(b"peerline decide, offline"))


def mapping_context(site: Site, tenant: str) -> MappingContext:
    """Return the tenant's own settings, units and key where the site has it; nothing is sealed."""
    tables = Tables.parse(read_tables())
    if tenant in site.tenants():
        return mapper(tables, site.tenant(tenant), site.pseudonym_key(tenant))
    context = mapper(tables, Tenant(tenant=tenant, title=tenant), OFFLINE_KEY)
    # Whoever tries a file of their own wants to find its records again in the answer.
    return replace(context, sources={context.source_system: SourceSettings(record_id_hmac=False)})
