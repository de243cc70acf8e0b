"""Payer enrollments: payers, identities, enrollments and what is watched about them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None
changes_rows: frozenset[str] = frozenset()  # tables that gain or lose rows here, on purpose


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "clearinghouse_cursors",
        sa.Column("clearinghouse", sa.String(length=40), nullable=False),
        sa.Column("read_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("polled_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("clearinghouse", name=op.f("pk_clearinghouse_cursors")),
    )
    op.create_table(
        "payers",
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("payer_class", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_payers")),
    )
    op.create_table(
        "turnarounds",
        sa.Column("payer", sa.String(length=60), nullable=False),
        sa.Column("transaction", sa.String(length=20), nullable=False),
        sa.Column("origin", sa.String(length=20), nullable=False),
        sa.Column("low", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("typical", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("late", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("very_late", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("high", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("is_business_days", sa.Boolean(), nullable=False),
        sa.Column("cases", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("payer", "transaction", "origin", name=op.f("pk_turnarounds")),
    )
    op.create_table(
        "billing_identities",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("practice_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("npi", sa.String(length=10), nullable=False),
        sa.Column("is_group", sa.Boolean(), nullable=False),
        sa.Column("tax_id", sa.String(length=200), nullable=False),
        sa.Column("tax_id_index", sa.String(length=64), nullable=False),
        sa.Column("street", sa.String(length=400), nullable=False),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.id"], name=op.f("fk_billing_identities_practice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_billing_identities")),
        sa.UniqueConstraint("practice_id", "key", name=op.f("uq_billing_identities_practice_id_key")),
    )
    with op.batch_alter_table("billing_identities", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_billing_identities_npi"), ["npi"], unique=False)
        batch_op.create_index(batch_op.f("ix_billing_identities_tax_id_index"), ["tax_id_index"], unique=False)

    op.create_table(
        "digests",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("practice_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reader", sa.String(length=120), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("lines", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.id"], name=op.f("fk_digests_practice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digests")),
        sa.UniqueConstraint("reader", "day", name=op.f("uq_digests_reader_day")),
    )
    op.create_table(
        "payer_ids",
        sa.Column("payer", sa.String(length=60), nullable=False),
        sa.Column("clearinghouse", sa.String(length=40), nullable=False),
        sa.Column("transaction", sa.String(length=20), nullable=False),
        sa.Column("payer_id", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["payer"], ["payers.key"], name=op.f("fk_payer_ids_payer")),
        sa.PrimaryKeyConstraint("payer", "clearinghouse", "transaction", "payer_id", name=op.f("pk_payer_ids")),
    )
    with op.batch_alter_table("payer_ids", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_payer_ids_payer_id"), ["payer_id"], unique=False)

    op.create_table(
        "enrollments",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("practice_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("payer", sa.String(length=60), nullable=False),
        sa.Column("transaction", sa.String(length=40), nullable=False),
        sa.Column("identity_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("state_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("silent_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rung", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("attempt", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("generation", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("rank", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("clearinghouse", sa.String(length=40), nullable=False),
        sa.Column("payer_id", sa.String(length=80), nullable=False),
        sa.Column("cutover_on", sa.Date(), nullable=True),
        sa.Column("submitted_on", sa.Date(), nullable=True),
        sa.Column("approved_on", sa.Date(), nullable=True),
        sa.Column("effective_on", sa.Date(), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("typical_on", sa.Date(), nullable=True),
        sa.Column("late_on", sa.Date(), nullable=True),
        sa.Column("very_late_on", sa.Date(), nullable=True),
        sa.Column("limit_on", sa.Date(), nullable=True),
        sa.Column("first_claim_on", sa.Date(), nullable=True),
        sa.Column("last_claim_on", sa.Date(), nullable=True),
        sa.Column("last_proof_on", sa.Date(), nullable=True),
        sa.Column("contradicted_on", sa.Date(), nullable=True),
        sa.Column("median_gap_days", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reason", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(["identity_id"], ["billing_identities.id"], name=op.f("fk_enrollments_identity_id")),
        sa.ForeignKeyConstraint(["payer"], ["payers.key"], name=op.f("fk_enrollments_payer")),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.id"], name=op.f("fk_enrollments_practice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrollments")),
        sa.UniqueConstraint(
            "practice_id",
            "payer",
            "transaction",
            "identity_id",
            name=op.f("uq_enrollments_practice_id_payer_transaction_identity_id"),
        ),
    )
    with op.batch_alter_table("enrollments", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_enrollments_payer_transaction"), ["payer", "transaction"], unique=False)
        batch_op.create_index(batch_op.f("ix_enrollments_state"), ["state"], unique=False)

    op.create_table(
        "enrollment_needs",
        sa.Column(
            "enrollment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("need", sa.String(length=40), nullable=False),
        sa.Column("is_given", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["enrollment_id"], ["enrollments.id"], name=op.f("fk_enrollment_needs_enrollment_id")),
        sa.PrimaryKeyConstraint("enrollment_id", "need", name=op.f("pk_enrollment_needs")),
    )
    op.create_table(
        "enrollment_notices",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("practice_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("enrollment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("digest_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["digest_id"], ["digests.id"], name=op.f("fk_enrollment_notices_digest_id")),
        sa.ForeignKeyConstraint(
            ["enrollment_id"], ["enrollments.id"], name=op.f("fk_enrollment_notices_enrollment_id")
        ),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.id"], name=op.f("fk_enrollment_notices_practice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrollment_notices")),
        sa.UniqueConstraint("enrollment_id", "key", name=op.f("uq_enrollment_notices_enrollment_id_key")),
    )
    with op.batch_alter_table("enrollment_notices", schema=None) as batch_op:
        batch_op.create_index(
            "ix_enrollment_notices_pending",
            ["practice_id", "role"],
            unique=False,
            sqlite_where=sa.text("state = 'pending'"),
            postgresql_where=sa.text("state = 'pending'"),
        )

    op.create_table(
        "enrollment_spans",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("enrollment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("generation", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("attempt", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("party", sa.String(length=40), nullable=True),
        sa.Column("reason", sa.String(length=60), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["enrollment_id"], ["enrollments.id"], name=op.f("fk_enrollment_spans_enrollment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrollment_spans")),
    )
    with op.batch_alter_table("enrollment_spans", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_enrollment_spans_enrollment_id_since"), ["enrollment_id", "since"], unique=False
        )
        batch_op.create_index(
            "uq_enrollment_spans_present",
            ["enrollment_id"],
            unique=True,
            sqlite_where=sa.text("until IS NULL"),
            postgresql_where=sa.text("until IS NULL"),
        )

    op.create_table(
        "enrollment_submissions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("practice_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("enrollment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("generation", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("attempt", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("clearinghouse", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fence", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tries", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reason", sa.String(length=60), nullable=False),
        sa.Column("foreign_id", sa.String(length=80), nullable=False),
        sa.Column("status", sa.String(length=60), nullable=False),
        sa.Column("status_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["enrollment_id"], ["enrollments.id"], name=op.f("fk_enrollment_submissions_enrollment_id")
        ),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.id"], name=op.f("fk_enrollment_submissions_practice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrollment_submissions")),
        sa.UniqueConstraint(
            "enrollment_id",
            "generation",
            "attempt",
            name=op.f("uq_enrollment_submissions_enrollment_id_generation_attempt"),
        ),
        sa.UniqueConstraint("key", name=op.f("uq_enrollment_submissions_key")),
    )
    with op.batch_alter_table("enrollment_submissions", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_enrollment_submissions_clearinghouse_foreign_id"),
            ["clearinghouse", "foreign_id"],
            unique=False,
        )
        batch_op.create_index(
            "ix_enrollment_submissions_due",
            ["due_at"],
            unique=False,
            sqlite_where=sa.text("state IN ('queued', 'sending', 'unknown')"),
            postgresql_where=sa.text("state IN ('queued', 'sending', 'unknown')"),
        )


def downgrade() -> None:
    """Go back to the one before."""
    with op.batch_alter_table("enrollment_submissions", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_enrollment_submissions_due",
            sqlite_where=sa.text("state IN ('queued', 'sending', 'unknown')"),
            postgresql_where=sa.text("state IN ('queued', 'sending', 'unknown')"),
        )
        batch_op.drop_index(batch_op.f("ix_enrollment_submissions_clearinghouse_foreign_id"))

    op.drop_table("enrollment_submissions")
    with op.batch_alter_table("enrollment_spans", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_enrollment_spans_present",
            sqlite_where=sa.text("until IS NULL"),
            postgresql_where=sa.text("until IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_enrollment_spans_enrollment_id_since"))

    op.drop_table("enrollment_spans")
    with op.batch_alter_table("enrollment_notices", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_enrollment_notices_pending",
            sqlite_where=sa.text("state = 'pending'"),
            postgresql_where=sa.text("state = 'pending'"),
        )

    op.drop_table("enrollment_notices")
    op.drop_table("enrollment_needs")
    with op.batch_alter_table("enrollments", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_enrollments_state"))
        batch_op.drop_index(batch_op.f("ix_enrollments_payer_transaction"))

    op.drop_table("enrollments")
    with op.batch_alter_table("payer_ids", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_payer_ids_payer_id"))

    op.drop_table("payer_ids")
    op.drop_table("digests")
    with op.batch_alter_table("billing_identities", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_billing_identities_tax_id_index"))
        batch_op.drop_index(batch_op.f("ix_billing_identities_npi"))

    op.drop_table("billing_identities")
    op.drop_table("turnarounds")
    op.drop_table("payers")
    op.drop_table("clearinghouse_cursors")
