"""Indexes from which Insights and the lists of the portal are counted without a look at the rows."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0021"
down_revision: str | None = "0020"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None
changes_rows: frozenset[str] = frozenset()  # tables that gain or lose rows here, on purpose

_PARTIAL = (
    (
        "ix_feedback_requests_asked",
        "feedback_requests",
        [
            "practice_id",
            "checked_out_at",
            "provider_id",
            "appointment_id",
            "patient_id",
            "answered_at",
            "first_sent_at",
        ],
        "first_sent_at IS NOT NULL",
    ),
    (
        "ix_feedback_attempts_handed_over",
        "feedback_attempts",
        ["practice_id", "number", "channel", "at", "outcome"],
        "outcome IN ('sent', 'unsure')",
    ),
    (
        "ix_feedback_attempts_undelivered",
        "feedback_attempts",
        ["practice_id", "request_id", "delivery", "outcome"],
        "delivery NOT IN ('', 'delivered')",
    ),
    (
        "ix_appointments_apart",
        "appointments",
        ["practice_id", "starts_at", "status"],
        "portal_cancelled_at IS NOT NULL OR portal_deleted_at IS NOT NULL",
    ),
)


def upgrade() -> None:
    """Go to this revision."""
    for name, table, columns, which in _PARTIAL:
        where = sa.text(which)
        op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)
    op.create_index(
        "ix_appointments_practice_id_status_starts_at", "appointments", ["practice_id", "status", "starts_at"]
    )
    op.create_index(
        "ix_feedback_answers_given", "feedback_answers", ["practice_id", "answered_at", "is_satisfied", "stars"]
    )
    op.drop_index("ix_feedback_answers_practice_id_answered_at", table_name="feedback_answers")


def downgrade() -> None:
    """Go back to the revision before."""
    op.create_index("ix_feedback_answers_practice_id_answered_at", "feedback_answers", ["practice_id", "answered_at"])
    op.drop_index("ix_feedback_answers_given", table_name="feedback_answers")
    op.drop_index("ix_appointments_practice_id_status_starts_at", table_name="appointments")
    for name, table, _, _ in reversed(_PARTIAL):
        op.drop_index(name, table_name=table)
