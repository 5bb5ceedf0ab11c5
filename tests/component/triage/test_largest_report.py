"""The largest report that intake lets through must be decided and remembered, not refused."""

from datetime import timedelta

from services.triage.agent.stretch import Deciding, decide_stretch
from services.triage.domain.activation import ActiveRules
from services.triage.domain.decide import decide
from services.triage.domain.state import State
from services.triage.rule_files import load_shipped
from shared.contracts import IncidentReported
from shared.contracts.topics import DECISION, MIB
from tests.builders.triage_edges import NOON, a_reported, a_reported_record, an_incoming


def the_largest_report() -> IncidentReported:
    """Return 200 members of staff and 100 patients, all different, all gravely concerned."""
    staff = [
        {
            "person_ref": f"p_{number:026d}",
            "sealed": f"{number:0200d}",
            "role": "nurse",
            "trainee": True,
            "new_in_role": True,
            "involvement": "direct",
            "own_act": True,
            "first_of_kind": True,
            "relationship": ["known_patient"],
            "harmed": ["threat"],
            "signals": ["self_request", "concern"],
            "unit_id": f"unit-{number}",
        }
        for number in range(200)
    ]
    patients = [
        {
            "pseudonyms": [f"t_{number:026d}"],
            "age_years": number,
            "harm": "death",
            "harm_psychological": "severe",
            "died": True,
            "outcomes": ["resuscitation", "crash_call"],
        }
        for number in range(100)
    ]
    occurred = (NOON - timedelta(hours=3)).isoformat()
    return a_reported(
        staff=staff,
        patients=patients,
        categories=["medication", "resuscitation"],
        circumstances={"error": True, "death_expected": False},
        occurred={"earliest": occurred, "latest": occurred},
    )


def test_the_largest_report_is_decided_for_everybody() -> None:
    """200 staff by 100 patients: one decision that the topic takes, one request for each person."""
    rules = ActiveRules(load_shipped())
    deciding = Deciding(decide, State, lambda _tenant, _at: rules)
    record = an_incoming(a_reported_record(the_largest_report()))

    stretch = decide_stretch(deciding, State(), [record], None)

    topics = [output.topic for output in stretch.outputs]
    assert stretch.failure is None
    assert topics.count(DECISION.name) == 1
    assert topics.count("outreach.requested.v1") == 200
    assert all(len(value or b"") < MIB for value in stretch.memos.values())
