"""A person's role where several entries state one."""

from typing import Any

import pytest

from shared.contracts import IncidentReported
from shared.contracts.words import DecisionFlag
from tests.builders.canonical import a_canonical, a_nurse, fold
from tests.builders.fold_rules import some_rules

GROUP = [{"system": "datix", "value": "77"}]


def _role(*reports: IncidentReported) -> tuple[str | None, bool]:
    decision = fold(reports, some_rules())[-1].decision
    assert decision is not None
    (person,) = decision.persons
    return person.role, DecisionFlag.CONFLICT in decision.flags


@pytest.mark.parametrize(
    ("staff", "reporter", "role"),
    [
        ("resident", "physician", "resident"),
        ("student", "nurse", "student"),
        (None, "nurse", "nurse"),
    ],
)
def test_a_reporters_role_only_fills_a_gap(staff: str | None, reporter: str, role: str) -> None:
    """A form's coarse "your job" does not overrule who was involved, and is no conflict."""
    filed: dict[str, Any] = {"person_ref": "p_n", "type": "staff", "role": reporter}
    report = a_canonical("r1", staff=[a_nurse("p_n", role=staff)], reporter=filed)

    assert _role(report) == (role, False)


@pytest.mark.parametrize(
    ("first", "second", "role"),
    [
        ("resident", "physician", "resident"),
        ("nurse", "student", "student"),
        ("other", "surgeon", "surgeon"),
        ("surgeon", "nurse", "nurse"),
    ],
)
def test_of_two_roles_the_learners_weighs_most_and_other_least(
    first: str, second: str, role: str
) -> None:
    """Two reports differ about one person: that is flagged, in either order."""
    for one, two in ((first, second), (second, first)):
        reports = [
            a_canonical(key, group_ids=GROUP, staff=[a_nurse("p_n", role=said)])
            for key, said in (("r1", one), ("r2", two))
        ]

        assert _role(*reports) == (role, True)
