"""Random conditions, and random worlds of the facts they read."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from services.triage.domain.condition import Both, Condition, Either, Leaf, Negation, Operator
from services.triage.domain.fact_model import FACTS, Shape

NAMES = (
    "patient.died",
    "staff.own_act",
    "patient.harm",
    "patient.age_years",
    "staff.role",
    "patient.outcomes",
    "incident.occurred_at",
    "incident.reported_at",
)
START = datetime(2026, 3, 1, tzinfo=UTC)
ORDER = (Operator.LESS, Operator.AT_MOST, Operator.MORE, Operator.AT_LEAST)
EQUAL = (Operator.EQUAL, Operator.DIFFERENT)


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


worlds = st.fixed_dictionaries({name: values_of(name) for name in NAMES})
knowing = st.builds(
    Leaf, st.sampled_from(NAMES), st.sampled_from((Operator.IS_KNOWN, Operator.IS_UNKNOWN))
)
tests = st.one_of(
    st.builds(Leaf, st.sampled_from(NAMES[:2]), st.just(Operator.YES)),
    st.builds(
        Leaf,
        st.just("patient.harm"),
        st.sampled_from(ORDER + EQUAL),
        st.sampled_from(FACTS["patient.harm"].codes),
    ),
    st.builds(
        Leaf, st.just("patient.age_years"), st.sampled_from(ORDER + EQUAL), st.integers(16, 20)
    ),
    st.builds(
        Leaf,
        st.just("staff.role"),
        st.sampled_from((Operator.IN, Operator.NOT_IN)),
        st.lists(st.sampled_from(FACTS["staff.role"].codes), max_size=3, unique=True).map(tuple),
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
        st.sampled_from(ORDER),
        st.integers(0, 3).map(lambda days: timedelta(days=days)),
        st.just("incident.occurred_at"),
    ),
    knowing,
)
conditions: st.SearchStrategy[Condition] = st.recursive(
    tests,
    lambda inner: st.one_of(
        st.builds(Negation, inner),
        st.builds(Both, st.lists(inner, min_size=2, max_size=3).map(tuple)),
        st.builds(Either, st.lists(inner, min_size=2, max_size=3).map(tuple)),
    ),
    max_leaves=6,
)
