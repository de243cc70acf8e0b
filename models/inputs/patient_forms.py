"""What people write into the forms about patients: numbers of records, never a name."""

from typing import Annotated

from pydantic import Field

PatientNumber = Annotated[int, Field(ge=1, le=2**53)]
PairNumber = Annotated[int, Field(ge=1, le=2**53)]
