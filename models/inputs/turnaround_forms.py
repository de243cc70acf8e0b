"""Fields of the forms about turnarounds and suppositions: payers, classes, days, never a person's words."""

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from models.inputs.turnarounds import PAYER
from models.rules.turnarounds import LONGEST

SOURCE: Final = r"^[A-Za-z0-9][A-Za-z0-9 .,:;/()&'-]{0,199}$"

TurnaroundPayer = Annotated[str, Field(pattern=PAYER)]
TurnaroundTransaction = Literal["any", "claims", "era", "eft", "portal"]
Days = Annotated[int, Field(ge=1, le=LONGEST)]
OptionalDays = Annotated[int, Field(ge=0, le=LONGEST)]
Unit = Literal["calendar", "business"]
Source = Annotated[str, Field(pattern=SOURCE)]


class OwnFigures(BaseModel):
    """How long a payer takes as an installation knows it; 0 days are not known."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    typical: Days
    low: OptionalDays = 0
    high: OptionalDays = 0
    unit: Unit = "calendar"
    source: Source
