"""Which record and revision a report is: tenant, source system, record id, order, event id."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from services.intake.domain.context import MappingContext
from services.intake.domain.moments import moment
from services.intake.domain.notes import Notes
from services.intake.domain.readers import CODE_LENGTH, clean, identifying
from services.intake.domain.refusals import RefusedError
from services.intake.domain.translation import Translation
from shared.contracts.words import OrderingKey, QualityFlag, RejectionCode
from shared.identity import record_pseudonym, sha256_hex

RECORD_ID_LENGTH: Final = 128
_REVISION_DIGITS: Final = 20
_read_updated_at: Final = moment("/updated_at")


class Revision(NamedTuple):
    """The place of this report among the revisions of its record; None is not given."""

    number: str | None
    updated_at: str | None
    ordering_by: OrderingKey
    ordering_value: str | None

    @property
    def mark(self) -> str | None:
        """What tells this revision from others, where the source says so."""
        return self.number or self.updated_at


def check_tenant(report: Mapping[str, Any], context: MappingContext) -> None:
    """Refuse a report that names another tenant than its credential or topic.

    Raises:
        RefusedError: `tenant_mismatch`.
    """
    named = report.get("tenant")
    if named is not None and clean(named) not in {None, context.tenant}:
        raise RefusedError(RejectionCode.TENANT_MISMATCH, "/tenant")


def source_system_of(report: Mapping[str, Any], context: MappingContext) -> str:
    """Return the system a body may name, else the one its credential or topic stands for."""
    named = report.get("source_system")
    if isinstance(named, str) and named in context.allowed_sources:
        return named
    return context.source_system


def check_source_system(report: Mapping[str, Any], notes: Notes) -> None:
    """Note a source system that the body names and its credential does not allow."""
    named = report.get("source_system")
    if named is not None and named != notes.source_system:
        notes.unmapped("/source_system", named)


def read_record_id(translation: Translation, place: str | None, notes: Notes) -> str:
    """Return the record id as it leaves intake: plain, hashed when too long, or as a pseudonym.

    `place`, where on Kafka the report was, stands in for a missing one if the source's settings say
    so: as the same message never comes twice, nothing can revise such a record.

    Raises:
        RefusedError: `no_record_id`.
    """
    record_id = identifying(translation.report.get("record_id"))
    if record_id is None:
        if place is None or not notes.settings.is_place_an_id:
            raise RefusedError(RejectionCode.NO_RECORD_ID, "/record_id")
        notes.flag(QualityFlag.RECORD_ID_FALLBACK)
        return place
    if is_private(notes, is_private_by_format=translation.is_record_id_private):
        return record_pseudonym(notes.context.pseudonym_key, record_id)
    if len(record_id) > RECORD_ID_LENGTH:
        return "sha256:" + sha256_hex(record_id.encode())
    return record_id


def is_private(notes: Notes, *, is_private_by_format: bool) -> bool:
    """Tell whether record ids leave intake as pseudonyms: the source's or else the format's."""
    setting = notes.settings.record_id_hmac
    return is_private_by_format if setting is None else setting


def read_revision(report: Mapping[str, Any], sequence: str | None, notes: Notes) -> Revision:
    """Return the revision; `sequence` of CloudEvents counts where the report has none."""
    number = clean(report.get("revision")) or clean(sequence)
    if number is not None and len(number) > CODE_LENGTH:
        notes.unmapped("/revision", number)
        number = None
    given = report.get("updated_at")
    updated_at = None if given is None else _read_updated_at(given, notes)
    by = notes.settings.ordering
    if by is OrderingKey.ARRIVAL:
        return Revision(number, updated_at, by, None)
    value = _padded(number) if by is OrderingKey.REVISION else updated_at
    if value is None:
        notes.flag(QualityFlag.ORDERING_KEY_MISSING)
        by = OrderingKey.ARRIVAL
    return Revision(number, updated_at, by, value)


def _padded(number: str | None) -> str | None:
    if number is None or not (number.isascii() and number.isdigit()):
        return None
    return number.zfill(_REVISION_DIGITS) if len(number) <= _REVISION_DIGITS else None
