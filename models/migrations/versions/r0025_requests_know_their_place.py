"""Requests know the location of their visit and the language of their patient; indexes count them without a sort."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0025"
down_revision: str | None = "0024"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None
changes_rows: frozenset[str] = frozenset()  # tables that gain or lose rows here, on purpose

_ASKED = "first_sent_at IS NOT NULL"
_ANSWERED = "answered_at IS NOT NULL"
_LEFT_OUT = "first_sent_at IS NULL AND why IS NOT NULL"
_NOT_YET = "first_sent_at IS NULL AND why IS NULL"


def upgrade() -> None:
    """Go to this revision; requests of before get the location and the language as they are now."""
    op.drop_index("ix_feedback_requests_asked", table_name="feedback_requests")
    whole = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    with op.batch_alter_table("feedback_requests", schema=None) as batch_op:
        batch_op.add_column(sa.Column("location_id", whole, nullable=True))
        batch_op.add_column(sa.Column("locale", sa.String(length=5), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_feedback_requests_location_id"), "locations", ["location_id"], ["id"]
        )
    op.execute(
        "UPDATE feedback_requests SET "
        "location_id = (SELECT a.location_id FROM appointments a WHERE a.id = feedback_requests.appointment_id), "
        "locale = (SELECT p.locale FROM patients p WHERE p.id = feedback_requests.patient_id)"
    )
    cell = ["practice_id", "provider_id", "location_id", "locale"]
    counted = ["checked_out_at", "answered_at", "first_sent_at", "id"]
    _index("ix_feedback_requests_asked", "feedback_requests", [*cell, *counted], _ASKED)
    number = ["practice_id", "number", "answered_at", "id"]
    _index("ix_feedback_requests_answered", "feedback_requests", number, _ANSWERED)
    reason = ["practice_id", "why", "checked_out_at", "first_sent_at"]
    _index("ix_feedback_requests_left_out", "feedback_requests", reason, _LEFT_OUT)
    _index("ix_feedback_requests_not_yet", "feedback_requests", ["practice_id", "checked_out_at"], _NOT_YET)


def downgrade() -> None:
    """Go back to the revision before."""
    op.drop_index("ix_feedback_requests_not_yet", table_name="feedback_requests")
    op.drop_index("ix_feedback_requests_left_out", table_name="feedback_requests")
    op.drop_index("ix_feedback_requests_answered", table_name="feedback_requests")
    op.drop_index("ix_feedback_requests_asked", table_name="feedback_requests")
    with op.batch_alter_table("feedback_requests", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_feedback_requests_location_id"), type_="foreignkey")
        batch_op.drop_column("locale")
        batch_op.drop_column("location_id")
    cell = ["practice_id", "checked_out_at", "provider_id", "appointment_id", "patient_id", "answered_at"]
    _index("ix_feedback_requests_asked", "feedback_requests", [*cell, "first_sent_at"], _ASKED)


def _index(name: str, table: str, columns: list[str], which: str) -> None:
    where = sa.text(which)
    op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)
