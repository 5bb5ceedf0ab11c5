"""The decision record: its digest, its tables, its flags, its questions, and its size."""

import json
from typing import Any

import pytest

from services.triage.domain.activation import ActiveRules
from services.triage.domain.asking import pointer_of
from services.triage.domain.decide import ENGINE
from services.triage.domain.output_digest import comparable, output_digest
from services.triage.domain.ruleset_loader import rule_set_from_document
from services.triage.domain.state import Step
from shared.contracts import TriageDecision
from shared.contracts.canonical import digest
from shared.contracts.words import DecisionFlag
from tests.builders.canonical import NOON, a_canonical, a_nurse, a_patient, a_position, fold
from tests.builders.fold_rules import a_rule_document, some_rules

RICH: dict[str, Any] = {
    "patients": [a_patient(harm="severe", age_years=3, outcomes=["resuscitation", "crash_call"])],
    "staff": [a_nurse(sealed="c2VhbGVk"), a_nurse(None), a_nurse("p_two", trainee=True)],
    "circumstances": {"error": True},
    "support": {"local_debrief_done": False},
    "team_headcount": 9,
}


def _decision(step: Step) -> TriageDecision:
    assert step.decision is not None
    return step.decision


@pytest.mark.parametrize("fields", [{}, RICH, {"status": "retracted"}, {"patients": []}])
def test_the_digest_is_that_of_the_stored_record(fields: dict[str, Any]) -> None:
    """An auditor who reads the record computes the same digest by the shared canonical JSON."""
    decision = _decision(fold([a_canonical(**fields)], some_rules())[0])

    read_back = TriageDecision.model_validate_json(decision.to_json())

    assert read_back == decision
    assert output_digest(read_back.to_document()) == decision.output_digest
    assert digest(comparable(read_back.to_document())) == decision.output_digest


def test_the_digest_leaves_out_ids_engine_input_and_sealed() -> None:
    """Two installations that decide alike have the same digest."""
    report = a_canonical(**RICH)
    other = a_canonical(**{**RICH, "staff": [a_nurse(sealed="b3RoZXI="), *RICH["staff"][1:]]})
    other = other.model_copy(update={"event_id": a_canonical("elsewhere").event_id})

    one, two = (_decision(fold([item], some_rules())[0]) for item in (report, other))

    assert one.decision_id != two.decision_id
    assert one.output_digest == two.output_digest


def test_any_changed_finding_changes_the_digest() -> None:
    """A fact, a tier, a reason: the digest notices."""
    document = _decision(fold([a_canonical(**RICH)], some_rules())[0]).to_document()
    before = output_digest(document)

    document["persons"][0]["tier"] = 3

    assert output_digest(document) != before


def test_the_decision_records_its_input_and_engine() -> None:
    """Completeness is checked by the recorded position."""
    decision = _decision(fold([a_canonical()], some_rules())[0])

    assert decision.input == a_position(0)
    assert decision.engine == ENGINE


def test_unknown_facts_that_rules_read_are_recorded_as_null() -> None:
    """An auditor sees what was not known, in the record as stored."""
    decision = _decision(fold([a_canonical(patients=[a_patient(age_years=3)])], some_rules())[0])

    facts = json.loads(decision.to_json())["facts"]

    assert facts[1]["patient.harm"] is None
    assert facts[0]["proceedings.types"] is None


def test_a_resuscitation_among_the_outcomes_is_a_circumstance() -> None:
    """It is implied for the incident and not listed among the patient's outcomes."""
    decision = _decision(fold([a_canonical(**RICH)], some_rules())[0])

    assert decision.facts[0]["circumstances.resuscitation"] is True
    assert decision.facts[1]["patient.outcomes"] == ("crash_call",)


@pytest.mark.parametrize(
    ("fields", "patients"),
    [
        ({}, 1),
        ({"patients": []}, 0),
        ({"kind": "unsafe_condition"}, 0),
        ({"kind": "staff_event"}, 0),
        ({"patients": [a_patient("t_a"), a_patient("t_b", harm="mild")]}, 2),
    ],
)
def test_absent_patients_are_one_unknown_patient_but_an_empty_list_is_none(
    fields: dict[str, Any], patients: int
) -> None:
    """Absent is not empty; an unsafe condition needs no patient."""
    decision = _decision(fold([a_canonical(**fields)], some_rules())[0])

    assert len(decision.facts) == 1 + patients


def test_alive_and_harmed_to_death_is_a_conflict_that_counts_as_died() -> None:
    """The more serious wins and the decision is flagged."""
    decision = _decision(
        fold([a_canonical(patients=[a_patient(harm="death", died=False)])], some_rules())[0]
    )

    assert DecisionFlag.CONFLICT in decision.flags
    assert decision.facts[1]["patient.died"] is True


def test_an_occurrence_without_a_time_says_so() -> None:
    """reported_at, then received_at, stand in for it."""
    decision = _decision(fold([a_canonical(at=None)], some_rules())[0])

    assert DecisionFlag.TIME_ASSUMED in decision.flags


def test_questions_point_into_the_report() -> None:
    """The field is the place in the report that would answer it."""
    patients = [a_patient("t_a", harm="none"), a_patient("t_b")]

    (step,) = fold([a_canonical(patients=patients)], some_rules())

    assert [question.field for question in step.questions] == ["/patients/1/harm"]
    assert step.questions[0].would_change == ("priority", "tier")


def _asked_of(patients: list[list[dict[str, Any]]]) -> list[list[str]]:
    """Return the questions of each report of one occurrence; the rule asks the age of the dead."""
    rules = a_rule_document()
    for rule in rules["rules"]:
        if rule["id"] == "unexpected_death":
            rule["floor"] = {"tier": 1, "priority": "routine"}
        if rule["id"] == "severe_harm":
            rule["when"] = "patient.died is known and patient.died and patient.age_group == child"
            rule["explain"] = "Died: {patient.died}; age: {patient.age_group}."
            rule["on_unknown"]["ask"] = {"patient.age_group": "How old was the patient?"}
            rule["examples"] = [
                {"name": name, "facts": facts, "expect": expect}
                for name, facts, expect in (
                    ("child", {"patient.died": True, "patient.age_group": "child"}, "fires"),
                    ("adult", {"patient.died": True, "patient.age_group": "adult"}, "silent"),
                    ("alive", {"patient.died": False, "patient.age_group": "child"}, "silent"),
                    ("unsaid", {"patient.died": True}, "unknown"),
                )
            ]
    group = [{"system": "x", "value": "g"}]
    reports = [
        a_canonical(f"r{n}", group_ids=group, patients=told) for n, told in enumerate(patients)
    ]
    steps = fold(reports, ActiveRules(rule_set_from_document(rules)))
    return [[question.field for question in step.questions] for step in steps]


def test_a_question_is_about_the_patient_whose_facts_leave_the_rule_open() -> None:
    """The mother lived, so it is the baby's age that counts, although hers is not stated either."""
    mother, baby = a_patient("t_m", harm="none", died=False), a_patient("t_b", died=True)

    assert _asked_of([[mother, baby]]) == [["/patients/1/age_group"]]


def test_nobody_is_asked_for_what_only_another_report_leaves_open() -> None:
    """The mother's report is complete: whoever wrote of the baby is asked."""
    mother = a_patient("t_m", harm="none", died=False, age_group="adult")
    baby = a_patient("t_b", died=True)

    assert _asked_of([[baby], [mother]]) == [["/patients/0/age_group"], []]


@pytest.mark.parametrize(
    ("fact", "subject", "pointer"),
    [
        ("incident.categories", None, "/categories"),
        ("incident.occurred_at", None, "/occurred"),
        ("circumstances.error", None, "/circumstances/error"),
        ("reporter.concern", None, "/reporter/concern"),
        ("proceedings.names_this_person", "p_two", "/proceedings"),
        ("team.headcount", None, "/team_headcount"),
        ("staff.trainee", "p_two", "/staff/1/trainee"),
        ("staff.role", "p_rep", "/reporter/role"),
        ("staff.trainee", "p_rep", "/staff"),
        ("staff.trainee", "p_elsewhere", "/staff"),
        ("staff.trainee", None, "/staff"),
        ("patient.harm", None, "/patients/0/harm"),
    ],
)
def test_each_fact_has_a_place_in_the_report(fact: str, subject: str | None, pointer: str) -> None:
    """A question leads its publisher to the field."""
    report = a_canonical(
        staff=[a_nurse(), a_nurse("p_two")], reporter={"person_ref": "p_rep", "type": "staff"}
    )

    assert pointer_of(fact, report, subject) == pointer


def test_one_patient_described_twice_in_a_report_is_kept_once() -> None:
    """Two entries with one pseudonym lead to one incident."""
    (step,) = fold([a_canonical(patients=[a_patient("t_a"), a_patient("t_a")])], some_rules())

    assert len(_decision(step).facts) == 2


def test_two_entries_for_one_person_complete_each_other() -> None:
    """A list that names somebody twice, once without any involvement."""
    staff = [a_nurse(involvement=None, role=None), a_nurse(involvement=None, trainee=True)]

    decision = _decision(fold([a_canonical(staff=staff)], some_rules())[0])

    assert [(p.person_ref, p.role, p.involvement) for p in decision.persons] == [
        ("p_nurse", "nurse", None)
    ]


def test_persons_are_sorted_with_the_unresolvable_last() -> None:
    """Lists in a decision are sorted."""
    decision = _decision(fold([a_canonical(**RICH)], some_rules())[0])

    assert [person.person_ref for person in decision.persons] == ["p_nurse", "p_two", None]


def test_the_largest_report_fits_as_decision_and_as_state_record() -> None:
    """200 staff and 100 patients stay below Kafka's megabyte."""
    report = a_canonical(
        patients=[a_patient(f"t_{n:026}", harm="severe", age_years=n) for n in range(100)],
        staff=[a_nurse(f"p_{n:026}", sealed="x" * 180, own_act=True) for n in range(200)],
        reporter={"person_ref": "p_reporter", "type": "staff"},
        reported_at=NOON,
    )

    (step,) = fold([report], some_rules())

    assert len(step.requests) == 201
    assert len(_decision(step).to_json()) < 900_000
    assert all(len(value or b"") < 900_000 for value in step.memos.values())
