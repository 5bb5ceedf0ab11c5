"""Findings that are remembered are those that would be made."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.triage.domain.assess import assess, join
from services.triage.domain.assessor import Assessor
from services.triage.domain.facts import Facts, Scene
from services.triage.rule_files import load_shipped
from tests.builders.rules import a_rule_set, a_scene

RULES = load_shipped()
REMEMBERING = Assessor(RULES, remembered=8)  # so few that findings are forgotten, too


def _facts(**choices: tuple[Any, ...]) -> st.SearchStrategy[dict[str, Any]]:
    named = {name.replace("__", "."): values for name, values in choices.items()}
    return st.fixed_dictionaries(
        {}, optional={name: st.sampled_from((None, *values)) for name, values in named.items()}
    )


scenes = st.builds(
    Scene,
    _facts(
        circumstances__error=(True, False),
        incident__categories=((), ("medication",), ("fall", "medication")),
        incident__place_type=("inpatient",),
        proceedings__types=((), ("litigation",)),
        windows__unit_severe_14d=(0, 3),
    ),
    st.lists(
        _facts(patient__harm=("none", "death"), patient__died=(True,), patient__age_years=(3, 40)),
        max_size=2,
    ).map(tuple),
    _facts(
        staff__own_act=(True, False),
        staff__involvement=("direct", "informed"),
        windows__exposures_30d=(0, 3),
    ),
)


@given(scenes)
def test_a_remembered_finding_is_the_one_that_would_be_made(scene: Scene) -> None:
    """For each subject, whatever was assessed before."""
    nobody = Scene(scene.shared, scene.patients)

    assert REMEMBERING(scene, "person") == assess(RULES, scene, "person")
    assert REMEMBERING(nobody, "team") == assess(RULES, nobody, "team")
    assert REMEMBERING.unnamed(nobody) == join(
        RULES, assess(RULES, nobody, "nameless"), assess(RULES, nobody, "team")
    )


def test_what_no_rule_reads_makes_no_other_finding() -> None:
    """Reports of one kind share their finding; one fact that a rule reads parts them."""
    remembering = Assessor(a_rule_set())
    dead: Facts = {"patient.died": True, "patient.age_group": "child"}

    finding = remembering(a_scene(None, dead), "person")
    same = remembering(a_scene({"staff.unit": "ward-1"}, {**dead, "patient.x": 1}), "person")
    other = remembering(a_scene(None, {**dead, "patient.age_group": "adult"}), "person")

    assert same is finding
    assert other != finding


def test_unknown_is_told_from_no() -> None:
    """None, absent, no and 0 are never taken for one another where rules tell them apart."""
    remembering = Assessor(RULES)
    found = [
        remembering(a_scene(person), "person")
        for person in ({}, {"staff.own_act": None}, {"staff.own_act": False})
    ]

    assert found[0] is found[1]
    assert found[2] is not found[0]
