"""Walking from incident to incident of one patient."""

import pytest

from services.triage.domain import ruling_table
from services.triage.domain.assess import assess
from services.triage.domain.assessor import Assessor
from services.triage.domain.memo_reading import read_memo
from services.triage.domain.ties import TiedPatients
from tests.builders.canonical import HOUR, NOON, a_canonical, a_patient
from tests.builders.fold_rules import a_rule_set
from tests.builders.rules import a_scene


def test_a_walk_meets_each_incident_of_a_patient_once() -> None:
    """So a walk over many costs about as much as it finds; who is too far off waits."""
    near, far = (
        read_memo(a_canonical(name, at=NOON + hours * HOUR, patients=[a_patient()]), None, 0)
        for name, hours in (("near", 10), ("far", 30))
    )
    first = read_memo(a_canonical("first", patients=[a_patient()]), None, 0)
    ties = TiedPatients(a_rule_set().merge, lambda _: [near, far])

    assert list(ties.tied_to(first)) == [near]
    assert list(ties.tied_to(near)) == [far]
    assert list(ties.tied_to(first)) == []


def test_full_tables_start_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is forgotten is worked out again, with the same answer."""
    monkeypatch.setattr(ruling_table, "REMEMBERED", 1)
    rules = a_rule_set()
    forgetful = Assessor(rules, remembered=1)
    scenes = [a_scene(None, {"patient.harm": harm}) for harm in ("death", "none", "death")]

    found = [forgetful(scene, "person") for scene in scenes]

    assert found == [assess(rules, scene, "person") for scene in scenes]
