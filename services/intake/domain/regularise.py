"""Make a translated report safe and regular: the one way to the canonical report."""

from collections.abc import Mapping
from typing import Any, Final

from services.intake.domain.circumstances import read_circumstances, read_marking, read_support
from services.intake.domain.context import Handling, Hints, place_within
from services.intake.domain.harm import HarmReading
from services.intake.domain.lists import (
    read_codings,
    read_group_ids,
    read_persons,
    read_proceedings,
)
from services.intake.domain.moments import Span, moment
from services.intake.domain.notes import Notes
from services.intake.domain.occurrence import read_occurred
from services.intake.domain.patients import read_patients
from services.intake.domain.people import Roster, read_reporter, read_staff, with_reporter
from services.intake.domain.places import read_location
from services.intake.domain.privacy import handling_of, without_persons
from services.intake.domain.readers import (
    Reader,
    Readers,
    integer,
    is_said,
    read_object,
    word,
    words,
)
from services.intake.domain.record import check_source_system, read_record_id, read_revision
from services.intake.domain.refusals import RefusedError
from services.intake.domain.results import Draft
from services.intake.domain.team import team_hint
from services.intake.domain.translation import Piece, Translation
from shared.contracts.words import Kind, QualityFlag, RejectionCode, Status, TeamHintReason
from shared.identity import derive_id, incident_key, sha256_hex

HARM_EXPECTED: Final = frozenset({None, Kind.INCIDENT.value, Kind.OUTCOME.value})
_REPORTED: Final = Status.REPORTED.value
_HEADCOUNT: Final = 1_000_000
_SPECIAL: Final = (
    "record_id",
    "source_system",
    "tenant",
    "revision",
    "updated_at",
    "group_ids",
    "occurred",
    "location",
    "codings",
    "patients",
    "circumstances",
    "staff",
    "reporter",
    "proceedings",
    "support",
    "investigators",
    "narrative",
    "immediate_actions",
    "confidentiality",
    "ext",
)
_READERS: Final[Readers] = {
    "status": word("/status", "status"),
    "kind": word("/kind", "kind"),
    "categories": words("/categories", "category"),
    "team_headcount": integer("/team_headcount", 0, _HEADCOUNT),
    "reported_at": moment("/reported_at"),
    "detected_at": moment("/detected_at"),
    **dict.fromkeys(_SPECIAL),
}
FIELDS: Final = frozenset(_READERS)
# Read after kind, time and patients, in this order, which is also that of unmapped values.
_SECTIONS: Final[tuple[tuple[str, Reader], ...]] = (
    ("location", read_location),
    ("support", read_support),
    ("confidentiality", read_marking),
    ("group_ids", read_group_ids),
    ("codings", read_codings),
)


def regularise(
    translation: Translation, piece: Piece, hints: Hints, notes: Notes, index: int = 0
) -> Draft:
    """Return the draft of one report, the `index`th of its body.

    Raises:
        RefusedError: no record id, a list over its limit, or a marking the tenant refuses.
    """
    report, context = translation.report, hints.context
    check_source_system(report, notes)
    record_id = read_record_id(translation, place_within(hints.place, index), notes)
    revision = read_revision(report, piece.sequence, notes)
    roster = Roster(notes)
    content = _content(translation, roster, notes)
    content["tenant"] = context.tenant
    content["source_system"] = notes.source_system
    content["incident_key"] = incident_key(context.tenant, notes.source_system, record_id)
    content_hash = "sha256:" + sha256_hex(context.encode(content))
    mark = revision.mark or content_hash
    generation = str(hints.mapping_generation)
    return Draft(
        event_id=derive_id(
            "event", context.tenant, notes.source_system, record_id, mark, generation
        ),
        incident_key=content["incident_key"],
        content_hash=content_hash,
        tenant=context.tenant,
        source_system=notes.source_system,
        record_id=record_id,
        revision=revision.number,
        ordering_by=revision.ordering_by,
        ordering_value=revision.ordering_value,
        mapping_generation=hints.mapping_generation,
        format=translation.format,
        format_version=translation.format_version,
        mapping_version=translation.mapping_version,
        raw_sha256=sha256_hex(piece.body),
        content=_sealed(content, roster, notes),
        flags=notes.flags(),
        unmapped=notes.unmapped_values(),
        newest=notes.newest,
        mapping_id=translation.mapping_id,
    )


def _content(translation: Translation, roster: Roster, notes: Notes) -> dict[str, Any]:
    report = translation.report
    content = read_object(report, _READERS, notes, "")
    content.setdefault("status", _REPORTED)
    occurred = _occurred(report, content, notes)
    content["circumstances"] = read_circumstances(report.get("circumstances"), notes)
    day = occurred or _reported(report, notes)
    patients, readings = read_patients(report.get("patients"), day, notes)
    _say_harm(content, patients, readings, notes)
    content["group_ids"], content["codings"] = [], []
    if patients is not None:
        content["patients"] = patients
    _read_into(content, report, _SECTIONS, notes)
    content["narrative_present"] = is_said(report.get("narrative")) or is_said(
        report.get("immediate_actions")
    )
    if report.get("ext") is not None:
        notes.flag(QualityFlag.EXT_DROPPED)
    return _with_people(content, translation, occurred, roster, notes)


def _read_into(
    content: dict[str, Any],
    report: Mapping[str, Any],
    sections: tuple[tuple[str, Reader], ...],
    notes: Notes,
) -> None:
    for name, read in sections:
        given = report.get(name)
        if given is not None and (found := read(given, notes)) is not None:
            content[name] = found


def _with_people(
    content: dict[str, Any],
    translation: Translation,
    occurred: Span | None,
    roster: Roster,
    notes: Notes,
) -> dict[str, Any]:
    report, reason = translation.report, translation.team_reason
    reporter = read_reporter(report.get("reporter"), roster, notes)
    if reporter is not None:
        content["reporter"] = reporter
    staff = with_reporter(read_staff(report.get("staff"), roster, notes), reporter)
    if staff is not None:
        content["staff"] = staff
    proceedings = read_proceedings(report.get("proceedings"), roster, notes)
    if proceedings is not None:
        content["proceedings"] = proceedings
    investigators = report.get("investigators")
    content["investigators"] = read_persons(investigators, "/investigators/*", roster)
    handling = handling_of(content.get("confidentiality"), notes.context.privacy)
    if handling is Handling.REFUSE:
        raise RefusedError(RejectionCode.REFUSED_BY_POLICY, "/confidentiality")
    if handling is Handling.TEAM_ONLY:
        content, reason = without_persons(content), TeamHintReason.TEAM_ONLY
    hint = team_hint(content, occurred, notes, reason)
    if hint is not None:
        content["team_hint"] = hint
    return content


def _occurred(report: Mapping[str, Any], content: dict[str, Any], notes: Notes) -> Span | None:
    occurred, shift = read_occurred(report.get("occurred"), notes)
    if occurred is not None:
        content["occurred"] = occurred.to_document()
        if shift is not None:
            content["occurred"]["shift"] = shift
    return occurred


def _reported(report: Mapping[str, Any], notes: Notes) -> Span | None:
    # Ages are counted on the day of the event; a report's own day is the next best.
    silent = Notes(notes.context, notes.source_system)
    given = (report.get(name) for name in ("detected_at", "reported_at", "updated_at"))
    return next((s for v in given if v and (s := read_occurred(v, silent)[0])), None)


def _say_harm(
    content: dict[str, Any],
    patients: list[dict[str, Any]] | None,
    readings: list[HarmReading],
    notes: Notes,
) -> None:
    rows = [reading.row for reading in readings if reading.row is not None]
    if rows:
        kinds = {row.kind for row in rows}
        if "kind" not in content and len(kinds) == 1 and (kind := kinds.pop()) not in HARM_EXPECTED:
            content["kind"] = kind
        reached = {row.reached_patient for row in rows}
        if len(reached) == 1 and (said := reached.pop()) is not None:
            content["circumstances"].setdefault("reached_patient", said)
    if content.get("kind") in HARM_EXPECTED and patients != [] and not _is_graded(patients):
        notes.flag(QualityFlag.HARM_MISSING)


def _is_graded(patients: list[dict[str, Any]] | None) -> bool:
    return any("harm" in patient or patient.get("died") is True for patient in patients or ())


def _sealed(content: dict[str, Any], roster: Roster, notes: Notes) -> dict[str, Any]:
    # Sealing is random by design, so it comes after the hash.
    if notes.context.seal is None:
        return content
    people = [*content.get("staff", ()), content.get("reporter", {})]
    seals: dict[str, str | None] = {}
    for person in people:
        reference = person.get("person_ref")
        if reference is not None:
            if reference not in seals:
                seals[reference] = roster.seal(reference)
            if seals[reference] is not None:
                person["sealed"] = seals[reference]
    return content
