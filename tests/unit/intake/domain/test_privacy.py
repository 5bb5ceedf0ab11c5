"""Confidentiality: each marking under each setting, the strictest wins."""

from typing import Any

import pytest

from services.intake.domain.context import Handling, PrivacyTable
from shared.contracts.words import QualityFlag, RejectionCode
from tests.builders.reports import a_native_report, mapped, refused, some_hints

ANN = {"system": "login", "value": "ann"}
MARKINGS = ("privileged", "restricted", "data_sharing_opt_out")


def a_marked_report(**markings: Any) -> dict[str, Any]:
    return a_native_report(
        confidentiality=markings,
        reporter={"id": ANN, "type": "staff"},
        proceedings=[{"type": "police", "persons": [ANN]}],
        investigators=[{"system": "login", "value": "lead"}],
    )


@pytest.mark.parametrize("marking", MARKINGS)
def test_process_changes_nothing(marking: str) -> None:
    """The marking is kept, so are the people."""
    hints = some_hints(privacy=PrivacyTable(**{marking: Handling.PROCESS}))

    content = mapped(a_marked_report(**{marking: "yes"}), hints).draft.content

    assert content["confidentiality"] == {marking: True}
    assert content["staff"][0]["person_ref"]
    assert "team_hint" not in content


@pytest.mark.parametrize("marking", MARKINGS)
def test_team_only_takes_the_people_out_and_leaves_a_hint(marking: str) -> None:
    """Nobody can be contacted by name; who may not be the supporter stays known."""
    hints = some_hints(privacy=PrivacyTable(**{marking: Handling.TEAM_ONLY}))

    content = mapped(a_marked_report(**{marking: True}), hints).draft.content

    assert "staff" not in content
    assert content["reporter"] == {"type": "staff"}
    assert content["proceedings"] == [{"type": "police"}]
    assert len(content["investigators"]) == 1
    assert content["team_hint"]["reason"] == "team_only"


@pytest.mark.parametrize("marking", MARKINGS)
def test_refuse_refuses(marking: str) -> None:
    """The tenant's own setting forbids it here."""
    hints = some_hints(privacy=PrivacyTable(**{marking: Handling.REFUSE}))

    refusal = refused(a_marked_report(**{marking: True}), hints)

    assert (refusal.code, refusal.pointer) == (RejectionCode.REFUSED_BY_POLICY, "/confidentiality")


@pytest.mark.parametrize(
    ("markings", "reason"),
    [
        ({"privileged": True, "restricted": True}, "team_only"),
        ({"privileged": True, "restricted": False}, None),
        ({"data_sharing_opt_out": True, "legal_hold": True}, None),
        ({"restricted": "unknown"}, None),
    ],
)
def test_the_defaults_process_all_but_restricted(
    markings: dict[str, Any], reason: str | None
) -> None:
    """process, team_only, process; the strictest of those that are set wins."""
    content = mapped(a_marked_report(**markings)).draft.content

    assert content.get("team_hint", {}).get("reason") == reason


def test_a_report_without_reporter_or_proceedings_has_none_to_hide() -> None:
    """Only the staff leaves."""
    report = a_native_report(confidentiality={"restricted": "yes"})

    content = mapped(report).draft.content

    assert not {"staff", "reporter", "proceedings"} & content.keys()
    assert content["team_hint"]["reason"] == "team_only"


@pytest.mark.parametrize("marking", MARKINGS)
@pytest.mark.parametrize("given", ["x", "ja", "restricted", 7, ["yes"], {}])
def test_a_marking_that_cannot_be_read_counts_as_set(marking: str, given: object) -> None:
    """Whoever ticked the box meant it; it is noted as unmapped."""
    hints = some_hints(privacy=PrivacyTable(**{marking: Handling.TEAM_ONLY}))
    draft = mapped(a_marked_report(**{marking: given}), hints).draft
    assert "staff" not in draft.content
    assert QualityFlag.VALUE_UNMAPPED in draft.flags


@pytest.mark.parametrize("given", ["no", "unknown", "", "n/k", False, 0])
def test_a_marking_that_is_not_set_protects_nobody(given: object) -> None:
    """An unknown is no marking."""
    hints = some_hints(privacy=PrivacyTable(restricted=Handling.REFUSE))
    assert mapped(a_marked_report(restricted=given), hints).draft.content["staff"]


@pytest.mark.parametrize(
    ("given", "read"), [("x", True), ("yes", True), ("no", False), ("n/k", None)]
)
def test_an_unreadable_wish_not_to_be_contacted_is_kept(given: str, read: object) -> None:
    """Nobody is written to who may have said no."""
    member = {"id": ANN, "opted_out": given}
    (found,) = mapped(a_native_report(staff=[member])).draft.content["staff"]
    assert found.get("opted_out") is read
