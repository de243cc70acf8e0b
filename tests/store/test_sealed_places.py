"""No column of sealed values is forgotten when a key is rotated or a practice is erased."""

from sqlalchemy import String

from models.store.sealed_places import OF_PRACTICES, OF_THE_INSTALLATION
from models.tables.base import Base

LONG = 200
OPEN = {
    ("feedback_requests", "places"),
    ("payer_files", "reason"),
    ("possible_duplicates", "reasons"),
    ("practices", "subscriptions"),
    ("accounts", "password_hash"),
    ("appointments", "intake_forms"),
    ("public_reviews", "foreign_id"),
    ("review_replies", "released_by"),
    ("review_replies", "releasers"),
    ("staff", "roles"),
    ("system_accounts", "address"),
    ("system_locations", "name"),
    ("turnarounds", "source"),
    ("widgets", "embedded_on"),
}
"""Long columns that hold codes, hashes and places, and nothing of a person; a new one is placed here or sealed."""


def test_every_column_that_has_room_for_a_sealed_value_is_sealed_or_known_to_be_open() -> None:
    sealed = {(place.table, place.column) for place in (*OF_PRACTICES, *OF_THE_INSTALLATION)}
    long = {
        (table.name, column.name)
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, String) and (column.type.length or 0) >= LONG
    }
    assert long == sealed | OPEN
    assert not sealed & OPEN


def test_each_place_names_columns_that_exist() -> None:
    for place in (*OF_PRACTICES, *OF_THE_INSTALLATION):
        names = {place.column, place.number, place.owner} - {""}
        assert names <= set(place.rows.columns.keys())
