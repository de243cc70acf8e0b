"""What files from payers and deposits prove."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None
changes_rows: frozenset[str] = frozenset()  # tables that gain or lose rows here, on purpose


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "payer_files",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kinds", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payer_files")),
        sa.UniqueConstraint("sha256", name=op.f("uq_payer_files_sha256")),
    )
    op.create_table(
        "claim_activity",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("practice_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("payer", sa.String(length=60), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("charges", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("submitted", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("paid", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("posted", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.id"], name=op.f("fk_claim_activity_practice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_activity")),
        sa.UniqueConstraint(
            "practice_id", "payer", "day", "source", name=op.f("uq_claim_activity_practice_id_payer_day_source")
        ),
    )
    op.create_table(
        "deposits",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("practice_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("trace", sa.String(length=60), nullable=False),
        sa.Column("amount_cents", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("deposited_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.id"], name=op.f("fk_deposits_practice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deposits")),
        sa.UniqueConstraint(
            "practice_id",
            "trace",
            "amount_cents",
            "deposited_on",
            name=op.f("uq_deposits_practice_id_trace_amount_cents_deposited_on"),
        ),
    )
    with op.batch_alter_table("deposits", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_deposits_trace"), ["trace"], unique=False)

    op.create_table(
        "claim_acknowledgments",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("file_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("practice_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("identity_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("payer", sa.String(length=60), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("source_ids", sa.JSON(), nullable=False),
        sa.Column("npi", sa.String(length=80), nullable=False),
        sa.Column("tax_index", sa.String(length=64), nullable=False),
        sa.Column("is_test", sa.Boolean(), nullable=False),
        sa.Column("accepted", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("rejected", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("not_approved", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["payer_files.id"], name=op.f("fk_claim_acknowledgments_file_id")),
        sa.ForeignKeyConstraint(
            ["identity_id"], ["billing_identities.id"], name=op.f("fk_claim_acknowledgments_identity_id")
        ),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.id"], name=op.f("fk_claim_acknowledgments_practice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_acknowledgments")),
        sa.UniqueConstraint("file_id", "number", name=op.f("uq_claim_acknowledgments_file_id_number")),
    )
    with op.batch_alter_table("claim_acknowledgments", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_claim_acknowledgments_practice_id_payer_received_on"),
            ["practice_id", "payer", "received_on"],
            unique=False,
        )

    op.create_table(
        "remittances",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("file_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("practice_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("identity_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("payer", sa.String(length=60), nullable=False),
        sa.Column("sender", sa.String(length=90), nullable=False),
        sa.Column("payer_name", sa.String(length=80), nullable=False),
        sa.Column("payer_ids", sa.JSON(), nullable=False),
        sa.Column("payee_npi", sa.String(length=80), nullable=False),
        sa.Column("payee_tax_index", sa.String(length=64), nullable=False),
        sa.Column("trace_payer", sa.String(length=80), nullable=False),
        sa.Column("trace", sa.String(length=80), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("method", sa.String(length=3), nullable=False),
        sa.Column("is_test", sa.Boolean(), nullable=False),
        sa.Column("claims", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("denials", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reversals", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("expected_cents", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["payer_files.id"], name=op.f("fk_remittances_file_id")),
        sa.ForeignKeyConstraint(["identity_id"], ["billing_identities.id"], name=op.f("fk_remittances_identity_id")),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.id"], name=op.f("fk_remittances_practice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remittances")),
        sa.UniqueConstraint(
            "sender",
            "trace_payer",
            "trace",
            "paid_on",
            "amount_cents",
            name=op.f("uq_remittances_sender_trace_payer_trace_paid_on_amount_cents"),
        ),
    )
    with op.batch_alter_table("remittances", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_remittances_practice_id_payer_paid_on"), ["practice_id", "payer", "paid_on"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_remittances_trace"), ["trace"], unique=False)

    op.create_table(
        "enrollment_evidence",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("practice_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("enrollment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("transaction", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["enrollment_id"], ["enrollments.id"], name=op.f("fk_enrollment_evidence_enrollment_id")
        ),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.id"], name=op.f("fk_enrollment_evidence_practice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrollment_evidence")),
        sa.UniqueConstraint("enrollment_id", "key", name=op.f("uq_enrollment_evidence_enrollment_id_key")),
    )
    op.create_table(
        "payment_findings",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("practice_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("remittance_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("payer", sa.String(length=60), nullable=False),
        sa.Column("issue", sa.String(length=40), nullable=False),
        sa.Column("found_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.id"], name=op.f("fk_payment_findings_practice_id")),
        sa.ForeignKeyConstraint(["remittance_id"], ["remittances.id"], name=op.f("fk_payment_findings_remittance_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_findings")),
        sa.UniqueConstraint("remittance_id", "issue", name=op.f("uq_payment_findings_remittance_id_issue")),
    )
    with op.batch_alter_table("payment_findings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_payment_findings_practice_id"), ["practice_id"], unique=False)


def downgrade() -> None:
    """Go back to the one before."""
    with op.batch_alter_table("payment_findings", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_payment_findings_practice_id"))

    op.drop_table("payment_findings")
    op.drop_table("enrollment_evidence")
    with op.batch_alter_table("remittances", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_remittances_trace"))
        batch_op.drop_index(batch_op.f("ix_remittances_practice_id_payer_paid_on"))

    op.drop_table("remittances")
    with op.batch_alter_table("claim_acknowledgments", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_claim_acknowledgments_practice_id_payer_received_on"))

    op.drop_table("claim_acknowledgments")
    with op.batch_alter_table("deposits", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_deposits_trace"))

    op.drop_table("deposits")
    op.drop_table("claim_activity")
    op.drop_table("payer_files")
