"""A Datix-like database on a real PostgreSQL, with the view of docs/examples/datix-view.sql."""

from sqlalchemy import Engine, create_engine

from tests.builders.databases import fresh_database
from tests.builders.guides import DOCS

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


def a_datix(server_url: str) -> Engine:
    """Create such a database on the server, with the two incidents of SCHEMA."""
    engine = create_engine(fresh_database(server_url))
    view = (DOCS / "examples" / "datix-view.sql").read_text(encoding="utf-8")
    with engine.begin() as connection:
        for statement in (*SCHEMA.split(";"), *view.split(";")):
            if statement.strip():
                connection.exec_driver_sql(statement)
    return engine
