"""What a backup says of itself, in clear: engine, schema, moment and counts of rows; nothing about people."""

from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field


class BackupAbout(BaseModel):
    """The head of a backup file; `made_at` is UTC, `rows` counts by table."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    content: Literal["golive backup"] = "golive backup"
    engine: Literal["sqlite", "postgresql"]
    revision: str = Field(min_length=1, max_length=32)
    made_at: AwareDatetime
    rows: dict[str, int]

    @property
    def total(self) -> int:
        """The number of rows of all tables."""
        return sum(self.rows.values())
