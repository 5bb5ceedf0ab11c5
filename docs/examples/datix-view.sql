-- The rows of the pack `datixweb` out of a DatixWeb-like schema, for PostgreSQL: an incident per row, its
-- contacts as one JSON column. Names, birth dates and numbers of people are left where they are, except
-- what an age needs. Table and column names: formats of your own version may differ, check them first.
-- Dates are text, because Kafka Connect would write a date as a number. Only the moment of the last change
-- stays a timestamp, since Connect asks by it. A record that was never changed has the day it was reported.
-- A contact without a link_type comes without con_type: the pack leaves it out and flags the report.
create view peerline_incidents as
select
    i.recordid,
    coalesce(i.updateddate, i.inc_dreported::timestamp) as updateddate,
    i.rep_approved,
    i.inc_dincident::text as inc_dincident,
    i.inc_time,
    i.inc_dreported::text as inc_dreported,
    i.inc_unit,
    i.inc_locactual,
    i.inc_specialty,
    i.inc_type,
    i.inc_severity,
    i.inc_investigator,
    (
        select json_agg(
            json_strip_nulls(json_build_object(
                'con_type', l.link_type,
                'con_subtype', c.con_subtype,
                'con_jobtitle', c.con_jobtitle,
                'login', c.login,
                'con_email', c.con_email,
                'con_dob', case when l.link_type = 'PATC' then c.con_dob end,
                'link_role', l.link_role,
                'link_deceased', l.link_deceased,
                'link_req_resuscitation', l.link_req_resuscitation,
                'link_harassment', l.link_harassment,
                'link_attempted_assault', l.link_attempted_assault
            ))
            order by c.recordid
        )
        from link_contacts l
        join contacts_main c on c.recordid = l.con_id
        where l.inc_id = i.recordid
    ) as contacts
from incidents_main i;
