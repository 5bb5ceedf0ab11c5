"""Every rule of the specification that concerns us has its test, or says why it has none."""

import csv
import importlib
import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
# The fixtures of a test say in which role it looks at intake.
ROLES = {
    "wire": {"receive-http", "receive-kafka"},
    "http": {"receive-http"},
    "kafka": {"receive-kafka"},
}
MODULES = ("attributes", "json_format", "http_binding", "kafka_binding", "publishing")


def rows() -> list[dict[str, str]]:
    """Return the table."""
    with (HERE / "clauses.tsv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def covered() -> Iterator[tuple[str, str]]:
    """Yield clause and role of every test beside this one."""
    for name in MODULES:
        module = importlib.import_module(f"tests.component.intake.cloudevents.test_{name}")
        for _, test in inspect.getmembers(module, inspect.isfunction):
            given = ROLES.keys() & inspect.signature(test).parameters.keys()
            roles = set().union(*(ROLES[each] for each in given)) or {"publish-kafka"}
            for clause in getattr(test, "clauses", ()):
                yield from ((clause, role) for role in roles)


TESTED = set(covered())


@pytest.mark.parametrize("row", rows(), ids=lambda row: row["id"])
def test_a_clause_has_its_tests_or_a_reason(row: dict[str, str]) -> None:
    """For each role that it concerns."""
    roles = set(row["roles"].split())

    assert {role for clause, role in TESTED if clause == row["id"]} == roles
    assert bool(roles) is not bool(row["not ours because"])


def test_the_table_names_every_clause_once() -> None:
    """And no test is of a clause that the table lacks."""
    ids = [row["id"] for row in rows()]

    assert len(ids) == len(set(ids))
    assert {clause for clause, _ in TESTED} <= set(ids)
    assert {row["document"] for row in rows()} == {"core", "json", "http", "kafka", "formats.md"}
