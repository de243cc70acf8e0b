"""What providers report, and conversations by text."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None
changes_rows: frozenset[str] = frozenset()  # tables that gain or lose rows here, on purpose


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "provider_events",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("event_key", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("content", sa.String(length=12000), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider_events")),
        sa.UniqueConstraint("provider", "event_key", name=op.f("uq_provider_events_provider_event_key")),
    )
    with op.batch_alter_table("provider_events", schema=None) as batch_op:
        batch_op.create_index(
            "ix_provider_events_waiting",
            ["received_at"],
            unique=False,
            sqlite_where=sa.text("handled_at IS NULL"),
            postgresql_where=sa.text("handled_at IS NULL"),
        )

    op.create_table(
        "text_lines",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("practice_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("line", sa.String(length=40), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.id"], name=op.f("fk_text_lines_practice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_text_lines")),
        sa.UniqueConstraint("number", name=op.f("uq_text_lines_number")),
    )
    with op.batch_alter_table("text_lines", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_text_lines_practice_id"), ["practice_id"], unique=False)

    op.create_table(
        "threads",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("practice_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("patient_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("address_index", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=300), nullable=False),
        sa.Column("line", sa.String(length=40), nullable=False),
        sa.Column("waits_for_us", sa.Boolean(), nullable=False),
        sa.Column("newest_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["patients.id"], name=op.f("fk_threads_patient_id")),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.id"], name=op.f("fk_threads_practice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_threads")),
        sa.UniqueConstraint("practice_id", "address_index", name=op.f("uq_threads_practice_id_address_index")),
    )
    with op.batch_alter_table("threads", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_threads_practice_id_newest_at"), ["practice_id", "newest_at"], unique=False
        )

    op.create_table(
        "thread_texts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("practice_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("thread_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("is_incoming", sa.Boolean(), nullable=False),
        sa.Column("words", sa.String(length=12000), nullable=False),
        sa.Column("by", sa.String(length=60), nullable=False),
        sa.Column("message_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("event_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("meaning", sa.String(length=20), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["provider_events.id"], name=op.f("fk_thread_texts_event_id")),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_thread_texts_message_id")),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.id"], name=op.f("fk_thread_texts_practice_id")),
        sa.ForeignKeyConstraint(["thread_id"], ["threads.id"], name=op.f("fk_thread_texts_thread_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_thread_texts")),
        sa.UniqueConstraint("event_id", name=op.f("uq_thread_texts_event_id")),
    )
    with op.batch_alter_table("thread_texts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_thread_texts_thread_id_at"), ["thread_id", "at"], unique=False)


def downgrade() -> None:
    """Go back to the one before."""
    with op.batch_alter_table("thread_texts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_thread_texts_thread_id_at"))

    op.drop_table("thread_texts")
    with op.batch_alter_table("threads", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_threads_practice_id_newest_at"))

    op.drop_table("threads")
    with op.batch_alter_table("text_lines", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_text_lines_practice_id"))

    op.drop_table("text_lines")
    with op.batch_alter_table("provider_events", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_provider_events_waiting",
            sqlite_where=sa.text("handled_at IS NULL"),
            postgresql_where=sa.text("handled_at IS NULL"),
        )

    op.drop_table("provider_events")
