"""Random conditions over facts of every type, and random worlds that a patient can be in."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from services.triage.domain.condition import Both, Condition, Either, Leaf, Negation, Operator
from services.triage.domain.fact_model import FACTS, Shape
from services.triage.domain.facts import complete_patient

NAMES = (
    "patient.died",
    "staff.own_act",
    "patient.harm",
    "patient.age_group",
    "patient.age_years",
    "staff.role",
    "patient.outcomes",
    "incident.occurred_at",
    "incident.reported_at",
)
START = datetime(2026, 3, 1, tzinfo=UTC)
ORDER = (Operator.LESS, Operator.AT_MOST, Operator.MORE, Operator.AT_LEAST)
EQUAL = (Operator.EQUAL, Operator.DIFFERENT)
SPANS = [timedelta(minutes=90), timedelta(hours=47), *(timedelta(days=n) for n in range(4))]


def values_of(name: str) -> st.SearchStrategy[Any]:
    """Return values of a fact, also unknown."""
    fact = FACTS[name]
    known: dict[Shape, st.SearchStrategy[Any]] = {
        Shape.YES_NO: st.booleans(),
        Shape.NUMBER: st.integers(15, 21),
        Shape.TIME: st.integers(-3, 3).map(lambda days: START + timedelta(days=days)),
    }
    codes = st.sampled_from(fact.codes or ("none",))
    several = st.lists(codes, max_size=2, unique=True).map(tuple)
    default = several if fact.shape is Shape.CODES else codes
    return st.none() | known.get(fact.shape, default)


def possible(world: dict[str, Any]) -> dict[str, Any]:
    """Return a world in which what follows from a fact is so: died from harm, band from years."""
    patient = {name: value for name, value in world.items() if name.startswith("patient.")}
    if patient["patient.age_years"] is not None:
        patient["patient.age_group"] = None
    complete = complete_patient(patient)
    return {**world, **{name: complete[name] for name in patient}}


def _compared(name: str) -> st.SearchStrategy[Leaf]:
    operators = EQUAL if FACTS[name].shape is Shape.CODE else ORDER + EQUAL
    return st.builds(
        Leaf, st.just(name), st.sampled_from(operators), st.sampled_from(FACTS[name].codes)
    )


def _among(name: str) -> st.SearchStrategy[Leaf]:
    codes = st.lists(st.sampled_from(FACTS[name].codes), max_size=3, unique=True).map(tuple)
    return st.builds(Leaf, st.just(name), st.sampled_from((Operator.IN, Operator.NOT_IN)), codes)


worlds = st.fixed_dictionaries({name: values_of(name) for name in NAMES}).map(possible)
# Tests that are unknown where their fact is.
plain_tests = st.one_of(
    st.builds(Leaf, st.sampled_from(NAMES[:2]), st.just(Operator.YES)),
    _compared("patient.harm"),
    _compared("patient.age_group"),
    _compared("staff.role"),
    _among("patient.harm"),
    _among("staff.role"),
    st.builds(
        Leaf, st.just("patient.age_years"), st.sampled_from(ORDER + EQUAL), st.integers(16, 20)
    ),
    st.builds(
        Leaf,
        st.just("patient.outcomes"),
        st.sampled_from((Operator.HAS, Operator.LACKS)),
        st.sampled_from(FACTS["patient.outcomes"].codes),
    ),
    st.builds(
        Leaf,
        st.just("incident.reported_at"),
        st.sampled_from(ORDER + EQUAL),
        st.sampled_from(SPANS),
        st.just("incident.occurred_at"),
    ),
)
knowing = st.builds(
    Leaf, st.sampled_from(NAMES), st.sampled_from((Operator.IS_KNOWN, Operator.IS_UNKNOWN))
)


def _trees(tests: st.SearchStrategy[Leaf]) -> st.SearchStrategy[Condition]:
    return st.recursive(
        tests,
        lambda inner: st.one_of(
            st.builds(Negation, inner),
            st.builds(Both, st.lists(inner, min_size=2, max_size=3).map(tuple)),
            st.builds(Either, st.lists(inner, min_size=2, max_size=3).map(tuple)),
        ),
        max_leaves=6,
    )


plain_conditions = _trees(plain_tests)
conditions = _trees(plain_tests | knowing)
