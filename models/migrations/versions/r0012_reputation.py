"""Public reviews, replies with their releases, and names of patients as blind indexes."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None
changes_rows: frozenset[str] = frozenset()  # tables that gain or lose rows here, on purpose


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "patient_names",
        sa.Column(
            "practice_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("mark", sa.String(length=64), nullable=False),
        sa.Column("is_whole", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.id"], name=op.f("fk_patient_names_practice_id")),
        sa.PrimaryKeyConstraint("practice_id", "mark", name=op.f("pk_patient_names")),
    )
    op.create_table(
        "review_places",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("practice_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("place", sa.String(length=160), nullable=False),
        sa.Column("connected_by", sa.String(length=60), nullable=False),
        sa.Column("connected_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.id"], name=op.f("fk_review_places_practice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_places")),
        sa.UniqueConstraint("source", "place", name=op.f("uq_review_places_source_place")),
    )
    with op.batch_alter_table("review_places", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_review_places_practice_id"), ["practice_id"], unique=False)

    op.create_table(
        "patient_names_read",
        sa.Column(
            "patient_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["patients.id"], name=op.f("fk_patient_names_read_patient_id")),
        sa.PrimaryKeyConstraint("patient_id", name=op.f("pk_patient_names_read")),
    )
    op.create_table(
        "public_reviews",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("practice_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("place_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("foreign_id", sa.String(length=200), nullable=False),
        sa.Column("place", sa.String(length=160), nullable=False),
        sa.Column("version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("stars", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("missing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("reply_mark", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["place_id"], ["review_places.id"], name=op.f("fk_public_reviews_place_id")),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.id"], name=op.f("fk_public_reviews_practice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_public_reviews")),
        sa.UniqueConstraint(
            "practice_id", "source", "foreign_id", name=op.f("uq_public_reviews_practice_id_source_foreign_id")
        ),
    )
    with op.batch_alter_table("public_reviews", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_public_reviews_place_id"), ["place_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_public_reviews_practice_id_written_at"), ["practice_id", "written_at"], unique=False
        )

    op.create_table(
        "public_review_versions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("practice_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("review_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("stars", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("signed", sa.String(length=1200), nullable=False),
        sa.Column("words", sa.String(length=30000), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.id"], name=op.f("fk_public_review_versions_practice_id")),
        sa.ForeignKeyConstraint(["review_id"], ["public_reviews.id"], name=op.f("fk_public_review_versions_review_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_public_review_versions")),
        sa.UniqueConstraint("review_id", "version", name=op.f("uq_public_review_versions_review_id_version")),
    )
    op.create_table(
        "review_replies",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("practice_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("review_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("edition", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("words", sa.String(length=30000), nullable=False),
        sa.Column("verdict", sa.String(length=40), nullable=False),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("drafter", sa.String(length=60), nullable=False),
        sa.Column("drafted_by", sa.String(length=64), nullable=False),
        sa.Column("drafted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("releasers", sa.String(length=200), nullable=False),
        sa.Column("released_by", sa.String(length=200), nullable=False),
        sa.Column("released_version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("override", sa.String(length=40), nullable=True),
        sa.Column("tries", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reason", sa.String(length=60), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fence", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("posted_mark", sa.String(length=64), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.id"], name=op.f("fk_review_replies_practice_id")),
        sa.ForeignKeyConstraint(["review_id"], ["public_reviews.id"], name=op.f("fk_review_replies_review_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_replies")),
        sa.UniqueConstraint("review_id", name=op.f("uq_review_replies_review_id")),
    )
    with op.batch_alter_table("review_replies", schema=None) as batch_op:
        batch_op.create_index(
            "ix_review_replies_due",
            ["due_at"],
            unique=False,
            sqlite_where=sa.text("state IN ('released', 'sending', 'unknown', 'removing')"),
            postgresql_where=sa.text("state IN ('released', 'sending', 'unknown', 'removing')"),
        )
        batch_op.create_index(batch_op.f("ix_review_replies_practice_id_state"), ["practice_id", "state"], unique=False)


def downgrade() -> None:
    """Go back to the one before."""
    with op.batch_alter_table("review_replies", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_review_replies_practice_id_state"))
        batch_op.drop_index(
            "ix_review_replies_due",
            sqlite_where=sa.text("state IN ('released', 'sending', 'unknown', 'removing')"),
            postgresql_where=sa.text("state IN ('released', 'sending', 'unknown', 'removing')"),
        )

    op.drop_table("review_replies")
    op.drop_table("public_review_versions")
    with op.batch_alter_table("public_reviews", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_public_reviews_practice_id_written_at"))
        batch_op.drop_index(batch_op.f("ix_public_reviews_place_id"))

    op.drop_table("public_reviews")
    op.drop_table("patient_names_read")
    with op.batch_alter_table("review_places", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_review_places_practice_id"))

    op.drop_table("review_places")
    op.drop_table("patient_names")
