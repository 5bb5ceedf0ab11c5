"""From a record's id in its own system to the key under which every topic knows it."""

from collections.abc import Collection
from typing import Final

from services.intake.domain.record import RECORD_ID_LENGTH
from services.intake.settings import IntakeSettings
from shared.identity import incident_key, record_pseudonym, sha256_hex
from shared.site.models import Tenant
from shared.site.site import Site
from shared.site.spelling import closest

# Formats whose ids may be a patient's, and travel as pseudonyms for that.
_PRIVATE: Final = frozenset({"fhir", "lfpse"})


class UnclearReferenceError(ValueError):
    """It is not clear whose record is meant; `hint` says what to add."""

    def __init__(self, message: str, hint: str) -> None:
        """Keep the sentence and the advice apart."""
        super().__init__(message)
        self.hint = hint


def key_of(
    settings: IntakeSettings,
    record_id: str,
    tenant: str | None,
    source: str | None,
    *,
    is_private: bool | None,
) -> str:
    """Return the incident_key; `is_private` None means: as the source's settings and format say.

    Raises:
        UnclearReferenceError: the site has several tenants or sources and none was named.
        SiteError: the tenant is unknown, or its key is missing.
    """
    site = Site(settings.config_folder)
    name = tenant or _only(site.tenants(), "--tenant", "this site has no tenant")
    known = site.tenant(name)
    system = source or _only(known.sources, "--source", f"tenant {name} has no source")
    if is_private is None:
        is_private = _is_private(known, system)
    return incident_key(
        name, system, _spelt(record_id, site.pseudonym_key(name), is_private=is_private)
    )


def _only(names: Collection[str], option: str, none: str) -> str:
    if not names:
        raise UnclearReferenceError(none, "Create one with 'peerline tenant create'.")
    if len(names) > 1:
        raise UnclearReferenceError(
            f"there are several to choose from: {', '.join(sorted(names))}", f"Add {option} NAME."
        )
    return next(iter(names))


def _is_private(tenant: Tenant, system: str) -> bool:
    source = tenant.sources.get(system)
    if source is None:
        raise UnclearReferenceError(
            f"tenant {tenant.tenant} has no source '{system}'{closest(system, [*tenant.sources])}",
            "Name one of tenant.yaml, or say --fhir or --plain.",
        )
    if source.record_id_hmac is not None:
        return source.record_id_hmac
    return source.format in _PRIVATE


def _spelt(record_id: str, key: bytes, *, is_private: bool) -> str:
    text = record_id.strip()
    if is_private:
        return record_pseudonym(key, text)
    return text if len(text) <= RECORD_ID_LENGTH else "sha256:" + sha256_hex(text.encode())
