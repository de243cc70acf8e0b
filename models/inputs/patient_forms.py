"""What people write into the forms about patients: numbers of records and conversations, never a name."""

from typing import Annotated

from pydantic import Field

PatientNumber = Annotated[int, Field(ge=1, le=2**53)]
PairNumber = Annotated[int, Field(ge=1, le=2**53)]
ConversationNumber = Annotated[int, Field(ge=1, le=2**53)]
LineNumber = Annotated[str, Field(pattern=r"^\+1\d{10}$")]
OptionalWording = Annotated[str, Field(pattern=r"^(?:[A-Za-z0-9][A-Za-z0-9 ._/-]{0,59})?$")]
