"""From a record's id in its own system to the key under which every topic knows it."""

import re
from collections.abc import Collection
from typing import Final

from services.intake.domain.readers import clean
from services.intake.domain.record import RECORD_ID_LENGTH
from services.intake.settings import IntakeSettings
from shared.contracts.topics import source_topic
from shared.identity import incident_key, record_pseudonym, sha256_hex
from shared.site.models import Source, Tenant
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
    if _is_place(record_id, known.sources.get(system)):
        return incident_key(name, system, record_id.strip())
    if is_private is None:
        is_private = _is_private(known, system)
    return incident_key(
        name, system, _spelt(record_id, site.pseudonym_key(name), is_private=is_private)
    )


def keys_of(
    settings: IntakeSettings, record_id: str, tenant: str, source: str | None
) -> frozenset[str]:
    """Return every incident_key that a record may have: of its id, plain or as a pseudonym.

    Which one it has depends on the format of each report, which no setting need say.

    Raises:
        UnclearReferenceError: the tenant has several sources and none was named, or no such one.
        SiteError: the tenant is unknown, or its key is missing.
    """
    site = Site(settings.config_folder)
    known = site.tenant(tenant)
    system = source or _only(known.sources, "--source", f"tenant {tenant} has no source")
    _source(known, system, "Name one of tenant.yaml, or erase by --event-id or --before.")
    key = site.pseudonym_key(tenant)
    spelt = {record_id.strip(), *(_spelt(record_id, key, is_private=is_) for is_ in (True, False))}
    return frozenset(incident_key(tenant, system, each) for each in spelt)


def _only(names: Collection[str], option: str, none: str) -> str:
    if not names:
        raise UnclearReferenceError(none, "Create one with 'peerline tenant create'.")
    if len(names) > 1:
        raise UnclearReferenceError(
            f"there are several to choose from: {', '.join(sorted(names))}", f"Add {option} NAME."
        )
    return next(iter(names))


def _source(tenant: Tenant, system: str, hint: str) -> Source:
    source = tenant.sources.get(system)
    if source is None:
        raise UnclearReferenceError(
            f"tenant {tenant.tenant} has no source '{system}'{closest(system, [*tenant.sources])}",
            hint,
        )
    return source


def _is_place(record_id: str, source: Source | None) -> bool:
    # A place names whose record has no id, and is nobody's: it leaves intake as it is.
    if source is None or source.topic is None:
        return False
    topic = re.escape(source_topic(source.topic).name)
    return re.fullmatch(rf"{topic}-\d+-\d+(/\d+)*", record_id.strip()) is not None


def _is_private(tenant: Tenant, system: str) -> bool:
    source = _source(tenant, system, "Name one of tenant.yaml, or say --fhir or --plain.")
    if source.record_id_hmac is not None:
        return source.record_id_hmac
    return source.format in _PRIVATE


def _spelt(record_id: str, key: bytes, *, is_private: bool) -> str:
    text = clean(record_id) or ""
    if is_private:
        return record_pseudonym(key, text)
    return text if len(text) <= RECORD_ID_LENGTH else "sha256:" + sha256_hex(text.encode())
