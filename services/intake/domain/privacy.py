"""Confidentiality markings: what the tenant's table does to a report that carries one."""

from collections.abc import Mapping
from typing import Any, Final

from services.intake.domain.context import Handling, PrivacyTable

_STRICTNESS: Final = list(Handling)
_PERSONAL: Final = frozenset({"person_ref"})


def handling_of(marking: Mapping[str, Any] | None, table: PrivacyTable) -> Handling:
    """Return the strictest handling that a marking of this report asks for."""
    if not marking:
        return Handling.PROCESS
    asked = {
        "privileged": table.privileged,
        "restricted": table.restricted,
        "data_sharing_opt_out": table.data_sharing_opt_out,
    }
    found = [handling for name, handling in asked.items() if marking.get(name) is True]
    return max(found, key=_STRICTNESS.index, default=Handling.PROCESS)


def without_persons(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the report with nobody to contact in it; investigators stay, they only exclude."""
    kept = {name: value for name, value in content.items() if name != "staff"}
    if "reporter" in kept:
        reporter = {name: v for name, v in kept["reporter"].items() if name not in _PERSONAL}
        kept["reporter"] = reporter
    if "proceedings" in kept:
        kept["proceedings"] = [
            {name: v for name, v in entry.items() if name != "persons"}
            for entry in kept["proceedings"]
        ]
    return kept
