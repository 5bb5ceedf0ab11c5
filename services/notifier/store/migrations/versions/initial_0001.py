"""Everything the notifier keeps, as of the first version."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create every table."""
    _alias()
    _asked()
    _attempt()
    _cases()
    _directory_imports()
    _history()
    _inbox()
    _messages()
    _opt_outs()
    _outbox()
    _person_refs()
    _person_roles()
    _persons()
    _position()
    _refused()
    _sealed()
    _timers()
    _tokens()
    _views()


def downgrade() -> None:
    """Drop every table."""
    for table in (
        "views",
        "tokens",
        "timers",
        "sealed",
        "refused",
        "position",
        "persons",
        "person_roles",
        "person_refs",
        "outbox",
        "opt_outs",
        "messages",
        "inbox",
        "history",
        "directory_imports",
        "cases",
        "attempt",
        "asked",
        "alias",
    ):
        op.drop_table(table)


def _alias() -> None:
    op.create_table(
        "alias",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("case_ref", sa.Uuid(), nullable=False),
        sa.Column("now_ref", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "case_ref"),
    )


def _asked() -> None:
    op.create_table(
        "asked",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("case_ref", sa.Uuid(), nullable=False),
        sa.Column("supporter", sa.String(length=256), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "case_ref", "supporter"),
    )
    op.create_index("asked_of_supporter", "asked", ["tenant", "supporter"], unique=False)


def _attempt() -> None:
    op.create_table(
        "attempt",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("case_ref", sa.Uuid(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("recipient_ref", sa.String(length=256), nullable=False),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("to_person", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("message_id", sa.String(length=256), nullable=False),
        sa.Column("template", sa.String(length=64), nullable=True),
        sa.Column("language", sa.String(length=64), nullable=True),
        sa.Column("provider_id", sa.String(length=256), nullable=True),
        sa.Column("reason", sa.String(length=64), nullable=True),
        sa.Column("lease", sa.Uuid(), nullable=True),
        sa.Column("lease_until", sa.String(length=27), nullable=True),
        sa.Column("claimed_at", sa.String(length=27), nullable=False),
        sa.Column("ended_at", sa.String(length=27), nullable=True),
        sa.CheckConstraint(
            "state in ('sending', 'sent', 'failed', 'uncertain')", name="attempt_state"
        ),
        sa.PrimaryKeyConstraint(
            "tenant", "case_ref", "round", "step", "recipient_ref", "channel", "kind"
        ),
    )
    op.create_index(
        "attempts_sending",
        "attempt",
        ["lease_until"],
        unique=False,
        sqlite_where=sa.text("state = 'sending'"),
        postgresql_where=sa.text("state = 'sending'"),
    )
    op.create_index(
        "one_of_a_kind",
        "attempt",
        ["tenant", "case_ref", "round", "kind"],
        unique=True,
        sqlite_where=sa.text("to_person"),
        postgresql_where=sa.text("to_person"),
    )


def _cases() -> None:
    op.create_table(
        "cases",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("case_ref", sa.Uuid(), nullable=False),
        sa.Column("person_key", sa.String(length=256), nullable=True),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=True),
        sa.Column("tier", sa.Integer(), nullable=False),
        sa.Column("priority_rank", sa.Integer(), nullable=False),
        sa.Column("respond_by", sa.String(length=27), nullable=False),
        sa.Column("opened_at", sa.String(length=27), nullable=False),
        sa.Column("touched_at", sa.String(length=27), nullable=True),
        sa.Column("supporter", sa.String(length=256), nullable=True),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "case_ref"),
    )
    op.create_index("cases_in_order", "cases", ["tenant", "open", "respond_by"], unique=False)
    op.create_index("cases_of_person", "cases", ["tenant", "person_key"], unique=False)
    op.create_index("cases_of_supporter", "cases", ["tenant", "supporter"], unique=False)
    op.create_index(
        "one_open_case",
        "cases",
        ["tenant", "person_key"],
        unique=True,
        sqlite_where=sa.text("open"),
        postgresql_where=sa.text("open"),
    )


def _directory_imports() -> None:
    op.create_table(
        "directory_imports",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def _history() -> None:
    op.create_table(
        "history",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("case_ref", sa.Uuid(), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.Column("sort", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=True),
        sa.Column("actor_role", sa.String(length=64), nullable=False),
        sa.Column("actor_ref", sa.String(length=256), nullable=True),
        sa.Column("recipient_ref", sa.String(length=256), nullable=True),
        sa.Column("details", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("history_of_case", "history", ["tenant", "case_ref", "id"], unique=False)


def _inbox() -> None:
    op.create_table(
        "inbox",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("case_ref", sa.Uuid(), nullable=False),
        sa.Column("received_at", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "request_id"),
    )


def _messages() -> None:
    op.create_table(
        "messages",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("case_ref", sa.Uuid(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("recipient_ref", sa.String(length=256), nullable=False),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.String(length=27), nullable=False),
        sa.Column("due_at", sa.String(length=27), nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("lease", sa.Uuid(), nullable=True),
        sa.Column("lease_until", sa.String(length=27), nullable=True),
        sa.PrimaryKeyConstraint(
            "tenant", "case_ref", "round", "step", "recipient_ref", "channel", "kind"
        ),
    )
    op.create_index("messages_due", "messages", ["due_at"], unique=False)


def _opt_outs() -> None:
    op.create_table(
        "opt_outs",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("person_key", sa.String(length=256), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "person_key"),
    )


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("case_ref", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.Column("sent_at", sa.String(length=27), nullable=True),
        sa.Column("lease", sa.Uuid(), nullable=True),
        sa.Column("lease_until", sa.String(length=27), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("outbox_seq", "outbox", ["tenant", "case_ref", "seq"], unique=True)
    op.create_index(
        "outbox_waiting",
        "outbox",
        ["id"],
        unique=False,
        sqlite_where=sa.text("sent_at IS NULL"),
        postgresql_where=sa.text("sent_at IS NULL"),
    )


def _person_refs() -> None:
    op.create_table(
        "person_refs",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("person_ref", sa.String(length=256), nullable=False),
        sa.Column("person_id", sa.String(length=256), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "person_ref"),
    )
    op.create_index("refs_of_person", "person_refs", ["tenant", "person_id"], unique=False)


def _person_roles() -> None:
    op.create_table(
        "person_roles",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=256), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "role", "person_id"),
    )


def _persons() -> None:
    op.create_table(
        "persons",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=256), nullable=False),
        sa.Column("manager", sa.String(length=256), nullable=True),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "person_id"),
    )


def _position() -> None:
    op.create_table(
        "position",
        sa.Column("topic_id", sa.Uuid(), nullable=False),
        sa.Column("partition", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("next_offset", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("topic_id", "partition"),
    )


def _refused() -> None:
    op.create_table(
        "refused",
        sa.Column("topic_id", sa.Uuid(), nullable=False),
        sa.Column("partition", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("offset", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("pointer", sa.String(length=256), nullable=True),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("topic_id", "partition", "offset"),
    )


def _sealed() -> None:
    op.create_table(
        "sealed",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("case_ref", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "case_ref"),
    )


def _timers() -> None:
    op.create_table(
        "timers",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("case_ref", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("due_at", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "case_ref", "kind"),
    )
    op.create_index("timers_due", "timers", ["due_at"], unique=False)


def _tokens() -> None:
    op.create_table(
        "tokens",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=64), nullable=False),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("case_ref", sa.Uuid(), nullable=False),
        sa.Column("recipient_ref", sa.String(length=256), nullable=False),
        sa.Column("expires_at", sa.String(length=27), nullable=False),
        sa.Column("used_at", sa.String(length=27), nullable=True),
        sa.PrimaryKeyConstraint("sha256"),
    )
    op.create_index(
        "tokens_of_case", "tokens", ["tenant", "case_ref", "recipient_ref", "purpose"], unique=False
    )


def _views() -> None:
    op.create_table(
        "views",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("case_ref", sa.Uuid(), nullable=False),
        sa.Column("viewer_ref", sa.String(length=256), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
