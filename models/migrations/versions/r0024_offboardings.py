"""Practices that leave: stopped, exported, handed over, confirmed, keys destroyed, or called off."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0024"
down_revision: str | None = "0023"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None
changes_rows: frozenset[str] = frozenset()  # tables that gain or lose rows here, on purpose


def upgrade() -> None:
    """Go to this revision."""
    whole = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "offboardings",
        sa.Column("id", whole, autoincrement=False, nullable=False),
        sa.Column("practice_id", whole, nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("asked_by", sa.String(length=60), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wait_days", whole, nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("exported_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("bundle", sa.String(length=80), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("bundle_removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("handed_by", sa.String(length=60), nullable=False),
        sa.Column("handed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("destroy_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_by", sa.String(length=60), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("destroyed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("called_off_by", sa.String(length=60), nullable=False),
        sa.Column("called_off_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resumed_by", sa.String(length=60), nullable=False),
        sa.Column("resumed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.id"], name=op.f("fk_offboardings_practice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offboardings")),
    )
    where = sa.text("resumed_at IS NULL")
    op.create_index(
        "uq_offboardings_present",
        "offboardings",
        ["practice_id"],
        unique=True,
        sqlite_where=where,
        postgresql_where=where,
    )


def downgrade() -> None:
    """Go back to the revision before."""
    op.drop_table("offboardings")
