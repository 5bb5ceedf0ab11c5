"""The notifier's tables; the constraints of faults.md section 6 are what "once" rests on.

What is kept and for how long is outreach.md section 17: no event facts, no bodies, no free text.
"""

from typing import Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Uuid,
    text,
)

from services.notifier.store.columns import Moment

metadata: Final = MetaData()
SLUG: Final = String(64)
REF: Final = String(256)

position: Final = Table(
    "position",
    metadata,
    Column("topic_id", Uuid, primary_key=True),
    Column("partition", Integer, primary_key=True, autoincrement=False),
    Column("next_offset", BigInteger, nullable=False),
)

inbox: Final = Table(  # a request is applied once
    "inbox",
    metadata,
    Column("tenant", SLUG, primary_key=True),
    Column("request_id", Uuid, primary_key=True),
    Column("case_ref", Uuid, nullable=False),
    Column("received_at", Moment, nullable=False),
)

refused: Final = Table(  # poison: coordinates and code, never the payload
    "refused",
    metadata,
    Column("topic_id", Uuid, primary_key=True),
    Column("partition", Integer, primary_key=True, autoincrement=False),
    Column("offset", BigInteger, primary_key=True, autoincrement=False),
    Column("code", SLUG, nullable=False),
    Column("pointer", REF),
    Column("at", Moment, nullable=False),
)

cases: Final = Table(
    "cases",
    metadata,
    Column("tenant", SLUG, primary_key=True),
    Column("case_ref", Uuid, primary_key=True),
    Column("person_key", REF),
    Column("open", Boolean, nullable=False),
    Column("state", SLUG, nullable=False),
    Column("code", SLUG),
    Column("tier", Integer, nullable=False),
    Column("priority_rank", Integer, nullable=False),
    Column("respond_by", Moment, nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("touched_at", Moment),
    Column("supporter", REF),
    Column("seq", Integer, nullable=False),
    Column("document", JSON, nullable=False),
    Index("cases_of_supporter", "tenant", "supporter"),
    Index("cases_of_person", "tenant", "person_key"),
    Index("cases_in_order", "tenant", "open", "respond_by"),
)
Index(  # the second guard: one open case per person
    "one_open_case",
    cases.c.tenant,
    cases.c.person_key,
    unique=True,
    sqlite_where=cases.c.open,
    postgresql_where=cases.c.open,
)

sealed: Final = Table(  # the identifier of an unresolved person; gone once resolved
    "sealed",
    metadata,
    Column("tenant", SLUG, primary_key=True),
    Column("case_ref", Uuid, primary_key=True),
    Column("sealed", String, nullable=False),
)

alias: Final = Table(  # from `replaces`
    "alias",
    metadata,
    Column("tenant", SLUG, primary_key=True),
    Column("case_ref", Uuid, primary_key=True),
    Column("now_ref", Uuid, nullable=False),
)

timers: Final = Table(
    "timers",
    metadata,
    Column("tenant", SLUG, primary_key=True),
    Column("case_ref", Uuid, primary_key=True),
    Column("kind", SLUG, primary_key=True),
    Column("due_at", Moment, nullable=False),
    Index("timers_due", "due_at"),
)

asked: Final = Table(  # offers that wait for an answer: the supporters' load
    "asked",
    metadata,
    Column("tenant", SLUG, primary_key=True),
    Column("case_ref", Uuid, primary_key=True),
    Column("supporter", REF, primary_key=True),
    Index("asked_of_supporter", "tenant", "supporter"),
)

_KEY = ("tenant", "case_ref", "round", "step", "recipient_ref", "channel", "kind")

messages: Final = Table(  # waiting to be sent; the key becomes the attempt's key
    "messages",
    metadata,
    Column("tenant", SLUG),
    Column("case_ref", Uuid),
    Column("round", Integer),
    Column("step", Integer),
    Column("recipient_ref", REF),
    Column("channel", SLUG),
    Column("kind", SLUG),
    Column("reason", SLUG),
    Column("created_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("lease", Uuid),
    Column("lease_until", Moment),
    PrimaryKeyConstraint(*_KEY),
    Index("messages_due", "due_at"),
)

attempt: Final = Table(  # claim before send: `sending` is committed before the channel is called
    "attempt",
    metadata,
    Column("tenant", SLUG),
    Column("case_ref", Uuid),
    Column("round", Integer),
    Column("step", Integer),
    Column("recipient_ref", REF),
    Column("channel", SLUG),
    Column("kind", SLUG),
    Column("to_person", Boolean, nullable=False),
    Column("state", SLUG, nullable=False),
    Column("message_id", REF, nullable=False),
    Column("template", SLUG),
    Column("language", SLUG),
    Column("provider_id", REF),
    Column("reason", SLUG),
    Column("lease", Uuid),
    Column("lease_until", Moment),
    Column("claimed_at", Moment, nullable=False),
    Column("ended_at", Moment),
    PrimaryKeyConstraint(*_KEY),
    CheckConstraint("state in ('sending', 'sent', 'failed', 'uncertain')", name="attempt_state"),
)
Index(  # whatever step or channel
    "one_of_a_kind",
    attempt.c.tenant,
    attempt.c.case_ref,
    attempt.c.round,
    attempt.c.kind,
    unique=True,
    sqlite_where=attempt.c.to_person,
    postgresql_where=attempt.c.to_person,
)
Index(
    "attempts_sending",
    attempt.c.lease_until,
    sqlite_where=text("state = 'sending'"),
    postgresql_where=text("state = 'sending'"),
)

outbox: Final = Table(
    "outbox",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("tenant", SLUG, nullable=False),
    Column("case_ref", Uuid, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("body", String, nullable=False),
    Column("at", Moment, nullable=False),
    Column("sent_at", Moment),
    Column("lease", Uuid),
    Column("lease_until", Moment),
    Index("outbox_seq", "tenant", "case_ref", "seq", unique=True),
)
Index(
    "outbox_waiting",
    outbox.c.id,
    sqlite_where=outbox.c.sent_at.is_(None),
    postgresql_where=outbox.c.sent_at.is_(None),
)

history: Final = Table(  # every event, every send and every non-send with its reason
    "history",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("tenant", SLUG, nullable=False),
    Column("case_ref", Uuid, nullable=False),
    Column("at", Moment, nullable=False),
    Column("sort", SLUG, nullable=False),
    Column("name", SLUG, nullable=False),
    Column("reason", SLUG),
    Column("actor_role", SLUG, nullable=False),
    Column("actor_ref", REF),
    Column("recipient_ref", REF),
    Column("details", JSON),
    Index("history_of_case", "tenant", "case_ref", "id"),
)

tokens: Final = Table(  # only the hash of a link is kept
    "tokens",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("purpose", SLUG, nullable=False),
    Column("tenant", SLUG, nullable=False),
    Column("case_ref", Uuid, nullable=False),
    Column("recipient_ref", REF, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("used_at", Moment),
    Index("tokens_of_case", "tenant", "case_ref", "recipient_ref", "purpose"),
)

persons: Final = Table(
    "persons",
    metadata,
    Column("tenant", SLUG, primary_key=True),
    Column("person_id", REF, primary_key=True),
    Column("manager", REF),
    Column("document", JSON, nullable=False),
)

person_refs: Final = Table(  # several identifiers may be one person
    "person_refs",
    metadata,
    Column("tenant", SLUG, primary_key=True),
    Column("person_ref", REF, primary_key=True),
    Column("person_id", REF, nullable=False),
    Index("refs_of_person", "tenant", "person_id"),
)

person_roles: Final = Table(
    "person_roles",
    metadata,
    Column("tenant", SLUG, primary_key=True),
    Column("role", SLUG, primary_key=True),
    Column("person_id", REF, primary_key=True),
)

opt_outs: Final = Table(  # standing; survives the directory row
    "opt_outs",
    metadata,
    Column("tenant", SLUG, primary_key=True),
    Column("person_key", REF, primary_key=True),
    Column("at", Moment, nullable=False),
)

imports: Final = Table(
    "directory_imports",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("tenant", SLUG, nullable=False),
    Column("at", Moment, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("rows", Integer, nullable=False),
)

views: Final = Table(  # who looked at an identity
    "views",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("tenant", SLUG, nullable=False),
    Column("case_ref", Uuid, nullable=False),
    Column("viewer_ref", REF, nullable=False),
    Column("at", Moment, nullable=False),
)

sign_in_links: Final = Table(  # only the hash of a link is kept; 15 minutes, used once
    "sign_in_links",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("tenant", SLUG, nullable=False),
    Column("person_id", REF, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("used_at", Moment),
    Index("sign_in_links_of_person", "tenant", "person_id"),
)

sessions: Final = Table(  # who is signed in at the console; only the hash of the cookie is kept
    "sessions",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("tenant", SLUG, nullable=False),
    Column("person_id", REF, nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Index("sessions_of_person", "tenant", "person_id"),
)

encounters: Final = Table(  # that colleagues have met, never what was said
    "encounters",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("tenant", SLUG, nullable=False),
    Column("case_ref", Uuid, nullable=False),
    Column("supporter", REF, nullable=False),
    Column("at", Moment, nullable=False),
    Column("recorded_at", Moment, nullable=False),
    Column("mode", SLUG, nullable=False),
    Column("duration", SLUG, nullable=False),
    Column("outcome", SLUG, nullable=False),
    Column("next_on", String(10)),
    Index("encounters_of_case", "tenant", "case_ref", "id"),
)
