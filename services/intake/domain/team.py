"""The team hint: a unit and its hours, where nobody but the reporter is named."""

from collections.abc import Mapping
from typing import Any

from services.intake.domain.moments import Span
from services.intake.domain.notes import Notes
from services.intake.domain.shifts import team_window
from shared.contracts.words import QualityFlag, TeamHintReason


def team_hint(
    content: Mapping[str, Any], occurred: Span | None, notes: Notes, reason: TeamHintReason | None
) -> dict[str, Any] | None:
    """Return the hint, or None where somebody else than the reporter is named.

    `reason` is the format's or the policy's own; without one it follows from the reporter.
    """
    reporter = (content.get("reporter") or {}).get("person_ref")
    others = {member.get("person_ref") for member in content.get("staff") or ()}
    if others - {None, reporter}:
        return None
    if reason is None:
        is_alone = reporter is not None
        reason = TeamHintReason.REPORTER_ONLY if is_alone else TeamHintReason.NO_STAFF_NAMED
    hint: dict[str, Any] = {"reason": reason.value}
    location = content.get("location") or {}
    hint |= {name: location[name] for name in ("unit_id", "campus") if name in location}
    if "unit_id" not in hint:
        notes.flag(QualityFlag.STAFF_MISSING)
    window = team_window(occurred, notes.context.shifts, notes.zone, notes.context.team_margin)
    if window is not None:
        hint |= window.to_document()
    if "team_headcount" in content:
        hint["headcount"] = content["team_headcount"]
    return hint
