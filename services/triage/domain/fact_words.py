"""The facts in plain words: how a clinical lead would say what a rule reads."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, TypeAlias

# How a yes/no fact is said when it is so, and when it is not.
Sayings: TypeAlias = tuple[str, str]

YES_NO: Final[Mapping[str, Sayings]] = MappingProxyType(
    {
        "reporter.fear_of_consequences": (
            "the reporter fears consequences",
            "the reporter fears no consequences",
        ),
        "patient.died": ("the patient died", "the patient did not die"),
        "circumstances.death_expected": (
            "the death or outcome was expected",
            "the death or outcome was not expected",
        ),
        "circumstances.error": (
            "an error happened or is suspected",
            "no error happened",
        ),
        "circumstances.preventable": ("it was preventable", "it was not preventable"),
        "circumstances.reached_patient": ("it reached a patient", "it reached no patient"),
        "circumstances.resuscitation": (
            "somebody was resuscitated",
            "nobody was resuscitated",
        ),
        "circumstances.deterioration_missed": (
            "a deterioration was missed",
            "no deterioration was missed",
        ),
        "circumstances.never_event": ("it is a never event", "it is no never event"),
        "circumstances.sentinel": ("it is a sentinel event", "it is no sentinel event"),
        "circumstances.intraoperative": (
            "it happened during an operation",
            "it did not happen during an operation",
        ),
        "circumstances.maternal": ("it concerned a mother", "it concerned no mother"),
        "circumstances.palliative": (
            "the patient was in palliative care",
            "the patient was not in palliative care",
        ),
        "circumstances.present_on_arrival": (
            "it was there when the patient came",
            "it was not there when the patient came",
        ),
        "circumstances.family_present": ("the family was there", "the family was not there"),
        "circumstances.multiple_patients": (
            "several patients were affected",
            "only one patient was affected",
        ),
        "staff.own_act": (
            "the person's own act or omission was part of it",
            "no act or omission of the person was part of it",
        ),
        "staff.trainee": ("the person is in training", "the person is not in training"),
        "staff.new_in_role": ("the person is new in the role", "the person is not new in the role"),
        "staff.first_of_kind": (
            "it was the person's first event of this kind",
            "it was not the person's first event of this kind",
        ),
        "proceedings.names_staff": (
            "the proceedings name staff",
            "the proceedings name no staff",
        ),
        "proceedings.names_this_person": (
            "the proceedings name this person",
            "the proceedings do not name this person",
        ),
        "support.local_debrief_done": (
            "a debriefing took place on the unit",
            "no debriefing took place on the unit",
        ),
        "support.support_offered": (
            "support was offered already",
            "no support was offered yet",
        ),
        "team.named": (
            "somebody besides the reporter is named",
            "nobody but the reporter is named",
        ),
    }
)
NOUNS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "incident.kind": "the kind of report",
        "incident.place_type": "the kind of place",
        "incident.categories": "the categories of the incident",
        "incident.occurred_at": "when it happened",
        "incident.reported_at": "when it was reported",
        "incident.received_at": "when the report came in",
        "reporter.concern": "the reporter's worry, from 1 to 5,",
        "patient.age_years": "the patient's age in years",
        "patient.age_group": "the patient's age group",
        "patient.harm": "the harm to the patient",
        "patient.harm_psychological": "the psychological harm to the patient",
        "patient.harm_duration": "how long the harm lasts",
        "patient.outcomes": "the outcomes of the patient",
        "staff.role": "the person's role",
        "staff.involvement": "the person's part in it",
        "staff.relationship": "the ties between person and patient",
        "staff.harmed": "the harms done to the person",
        "staff.signals": "the signals of the person or a colleague",
        "proceedings.types": "the proceedings opened",
        "team.headcount": "the number of people who were there",
        "team.units": "the number of units",
    }
)
