"""The SQL view of docs/examples on a real PostgreSQL: its rows fit the pack `datixweb`."""

import json
from collections.abc import Iterator
from datetime import datetime

import pytest
from sqlalchemy import Engine, text

from services.intake.domain.results import Mapped
from tests.builders.datix import a_datix
from tests.builders.rows import results_of, table_hints


@pytest.fixture
def database(postgresql_url: str) -> Iterator[Engine]:
    """A Datix-like database with the view of the guide."""
    engine = a_datix(postgresql_url)
    yield engine
    engine.dispose()


def test_each_row_of_the_view_is_a_report(database: Engine) -> None:
    """As Kafka Connect's JDBC source sends it: one JSON object per row."""
    with database.connect() as connection:
        found = connection.execute(text("select * from peerline_incidents order by recordid"))
        rows = [json.dumps(dict(row), default=str) for row in found.mappings()]

    first, second = results_of("\n".join(rows), table_hints("datixweb", "application/x-ndjson"))

    assert isinstance(first, Mapped)
    assert isinstance(second, Mapped)
    content = first.draft.content
    assert content["occurred"]["latest"] == "2026-03-01T22:10:00.000000Z"
    assert (content["categories"], content["patients"][0]["harm"]) == (["fall"], "death")
    assert (content["patients"][0]["age_years"], content["patients"][0]["died"]) == (3, True)
    (nurse,) = content["staff"]
    assert (nurse["role"], nurse["involvement"], nurse["harmed"]) == (
        "nurse",
        "direct",
        ["violence"],
    )
    assert "staff" not in second.draft.content


def test_the_view_gives_away_no_name(database: Engine) -> None:
    """Nor the birth date of anybody but a patient."""
    with database.connect() as connection:
        shown = repr(connection.execute(text("select * from peerline_incidents")).all())

    assert "Zebra" not in shown
    assert "1990-01-01" not in shown


def test_connect_finds_every_row_and_no_date_that_it_would_write_as_a_number(
    database: Engine,
) -> None:
    """A row that was never changed is asked for by the day it was reported."""
    with database.begin() as connection:
        connection.execute(
            text("insert into incidents_main (recordid, inc_dreported) values (3, '2026-03-04')")
        )
        rows = connection.execute(text("select * from peerline_incidents")).mappings().all()

    updated = {row["recordid"]: row["updateddate"] for row in rows}
    assert updated[3] == datetime(2026, 3, 4)  # noqa: DTZ001 - Datix writes no zone
    plain = (int, str, list, type(None))
    assert all(isinstance(row[name], plain) for row in rows for name in set(row) - {"updateddate"})
