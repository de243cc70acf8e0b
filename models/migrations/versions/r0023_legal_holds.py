"""Legal holds, which stop purges and destruction for a practice, and when purges and drills ran."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0023"
down_revision: str | None = "0022"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None
changes_rows: frozenset[str] = frozenset()  # tables that gain or lose rows here, on purpose


def upgrade() -> None:
    """Go to this revision."""
    whole = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "legal_holds",
        sa.Column("id", whole, autoincrement=False, nullable=False),
        sa.Column("practice_id", whole, nullable=False),
        sa.Column("matter", sa.String(length=40), nullable=False),
        sa.Column("set_by", sa.String(length=60), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_by", sa.String(length=60), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.id"], name=op.f("fk_legal_holds_practice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_holds")),
    )
    where = sa.text("lifted_at IS NULL")
    op.create_index(
        "uq_legal_holds_standing",
        "legal_holds",
        ["practice_id", "matter"],
        unique=True,
        sqlite_where=where,
        postgresql_where=where,
    )
    op.create_table(
        "keeping_runs",
        sa.Column("id", whole, autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("ran_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_keeping_runs")),
    )
    op.create_index("ix_keeping_runs_kind_ran_at", "keeping_runs", ["kind", "ran_at"])


def downgrade() -> None:
    """Go back to the revision before."""
    op.drop_table("keeping_runs")
    op.drop_table("legal_holds")
