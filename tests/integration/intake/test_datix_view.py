"""The SQL view of docs/examples on a real PostgreSQL: its rows fit the pack `datixweb`."""

import json
from collections.abc import Iterator
from datetime import datetime

import pytest
from sqlalchemy import Engine, create_engine, text

from services.intake.domain.results import Mapped
from tests.builders.databases import fresh_database
from tests.builders.guides import DOCS
from tests.builders.rows import results_of, table_hints

SCHEMA = """
create table incidents_main (
    recordid integer primary key, updateddate timestamp, rep_approved text, inc_name text,
    inc_dincident date, inc_time text, inc_dreported date, inc_unit text, inc_locactual text,
    inc_specialty text, inc_type text, inc_severity text, inc_notes text, inc_investigator text
);
create table contacts_main (
    recordid integer primary key, con_surname text, con_dob date, con_subtype text,
    con_jobtitle text, login text, con_email text
);
create table link_contacts (
    inc_id integer, con_id integer, link_type text, link_role text, link_deceased text,
    link_req_resuscitation text, link_harassment text, link_attempted_assault text
);
insert into incidents_main values
    (1, '2026-03-02 09:15:00', 'FA', 'Zebra', '2026-03-01', '22:10', '2026-03-01', 'NWH', 'PICU',
     'PIC', 'fall', 'death', 'Zebra fell', null),
    (2, '2026-03-02 10:00:00', null, null, '2026-03-02', null, null, 'NWH', 'ED', null, null, null,
     null, null);
insert into contacts_main values
    (10, 'Zebra', '2022-05-04', null, null, null, null),
    (11, 'Hale', '1990-01-01', null, 'Staff Nurse', 'nhale', null);
insert into link_contacts values
    (1, 10, 'PATC', null, 'Y', 'Y', null, null),
    (1, 11, 'EMPC', 'direct', null, null, null, 'Y');
"""


@pytest.fixture
def database(postgresql_url: str) -> Iterator[Engine]:
    """A Datix-like database with the view of the guide."""
    engine = create_engine(fresh_database(postgresql_url))
    view = (DOCS / "examples" / "datix-view.sql").read_text(encoding="utf-8")
    with engine.begin() as connection:
        for statement in (*SCHEMA.split(";"), *view.split(";")):
            if statement.strip():
                connection.exec_driver_sql(statement)
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
