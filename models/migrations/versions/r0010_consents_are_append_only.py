"""The ledger of consent only grows: no line is changed or deleted (F-201)."""

from collections.abc import Sequence

from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None
changes_rows: frozenset[str] = frozenset()  # tables that gain or lose rows here, on purpose

_GUARD = {
    "sqlite": tuple(
        f"CREATE TRIGGER consents_only_grow_{what.lower()} BEFORE {what} ON consents "
        "BEGIN SELECT RAISE(ABORT, 'consents_only_grow'); END"
        for what in ("UPDATE", "DELETE")
    ),
    "postgresql": (
        (
            "CREATE FUNCTION keep_consents() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "RAISE EXCEPTION 'consents_only_grow' USING ERRCODE = '23P01', CONSTRAINT = 'consents_only_grow'; END $$"
        ),
        (
            "CREATE TRIGGER consents_only_grow BEFORE UPDATE OR DELETE ON consents "
            "FOR EACH ROW EXECUTE FUNCTION keep_consents()"
        ),
        (
            "CREATE TRIGGER consents_are_never_emptied BEFORE TRUNCATE ON consents "
            "FOR EACH STATEMENT EXECUTE FUNCTION keep_consents()"
        ),
    ),
}
_GUARD_GONE = {
    "sqlite": ("DROP TRIGGER consents_only_grow_update", "DROP TRIGGER consents_only_grow_delete"),
    "postgresql": (
        "DROP TRIGGER consents_are_never_emptied ON consents",
        "DROP TRIGGER consents_only_grow ON consents",
        "DROP FUNCTION keep_consents()",
    ),
}


def upgrade() -> None:
    """Go to this revision."""
    for statement in _GUARD[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    """Go back to the one before."""
    for statement in _GUARD_GONE[op.get_bind().dialect.name]:
        op.execute(statement)
