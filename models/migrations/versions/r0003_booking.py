"""What the booking pages offer."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None
changes_rows: frozenset[str] = frozenset()  # tables that gain or lose rows here, on purpose


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "rates",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("key", "starts_at", name=op.f("pk_rates")),
    )

    op.create_table(
        "alert_recipients",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("practice_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("address", sa.String(length=600), nullable=False),
        sa.Column("locale", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.id"], name=op.f("fk_alert_recipients_practice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_recipients")),
        sa.UniqueConstraint("practice_id", "key", "channel", name=op.f("uq_alert_recipients_practice_id_key_channel")),
    )

    op.create_table(
        "booking_reasons",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("practice_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("name_es", sa.String(length=120), nullable=False),
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("is_offered", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.id"], name=op.f("fk_booking_reasons_practice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking_reasons")),
        sa.UniqueConstraint("practice_id", "key", name=op.f("uq_booking_reasons_practice_id_key")),
    )

    op.create_table(
        "insurances",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("practice_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("is_offered", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.id"], name=op.f("fk_insurances_practice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_insurances")),
        sa.UniqueConstraint("practice_id", "key", name=op.f("uq_insurances_practice_id_key")),
    )

    op.create_table(
        "widgets",
        sa.Column(
            "practice_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("differentiates_patients", sa.Boolean(), nullable=False),
        sa.Column("closes_when_stale", sa.Boolean(), nullable=False),
        sa.Column("terms_version", sa.String(length=40), nullable=False),
        sa.Column("embedded_on", sa.String(length=500), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.id"], name=op.f("fk_widgets_practice_id")),
        sa.PrimaryKeyConstraint("practice_id", name=op.f("pk_widgets")),
    )

    op.create_table(
        "calendars",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("practice_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("provider_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("location_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["location_id"], ["locations.id"], name=op.f("fk_calendars_location_id")),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.id"], name=op.f("fk_calendars_practice_id")),
        sa.ForeignKeyConstraint(["provider_id"], ["providers.id"], name=op.f("fk_calendars_provider_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendars")),
        sa.UniqueConstraint("provider_id", "location_id", name=op.f("uq_calendars_provider_id_location_id")),
    )

    with op.batch_alter_table("calendars", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_calendars_practice_id"), ["practice_id"], unique=False)

    op.create_table(
        "time_blocks",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("practice_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("calendar_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("start", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("end", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("opens", sa.Boolean(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["calendar_id"], ["calendars.id"], name=op.f("fk_time_blocks_calendar_id")),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.id"], name=op.f("fk_time_blocks_practice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_time_blocks")),
    )

    with op.batch_alter_table("time_blocks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_time_blocks_calendar_id_day"), ["calendar_id", "day"], unique=False)


def downgrade() -> None:
    """Go back to the one before."""
    with op.batch_alter_table("time_blocks", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_time_blocks_calendar_id_day"))

    op.drop_table("time_blocks")

    with op.batch_alter_table("calendars", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_calendars_practice_id"))

    op.drop_table("calendars")

    op.drop_table("widgets")

    op.drop_table("insurances")

    op.drop_table("booking_reasons")

    op.drop_table("alert_recipients")

    op.drop_table("rates")
