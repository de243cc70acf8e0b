"""What Stedi's enrollment interface says and is told, in the form of its published description (2024-09-01).

Fields that we do not know are left alone, as its description announces more of them; free text is reduced to a reason.
"""

from collections.abc import Mapping
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

from models.inputs.clearinghouse import (
    ForeignDocument,
    ForeignEnrollment,
    ForeignTask,
    NewEnrollment,
    StatusChange,
)
from models.rules.enrollment_words import Asked, reason_in
from models.rules.onboarding_facts import Transaction
from tasks.connectors.http_calls import Record
from tasks.connectors.ports import Unavailable

M = TypeVar("M", bound=BaseModel)

TRANSACTIONS: Final[Mapping[Transaction, str]] = {
    Transaction.CLAIMS: "professionalClaimSubmission",
    Transaction.ERA: "claimPayment",
}
"""What can be enrolled there; EFT and portals are between practice and payer."""
READY: Final = "STEDI_ACTION_REQUIRED"  # what is made as DRAFT would wait for us
REJECTED: Final = "REJECTED"
_ASKED: Final = {
    "provideFilledPdf": Asked.FORM,
    "provideInformation": Asked.INFORMATION,
    "followInstructions": Asked.ACTION,
}
_DOWNLOAD: Final = "download"


class _Read(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _without_nothing(cls, given: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
        if isinstance(given, dict):
            return {name: value for name, value in given.items() if value is not None}
        return given


class _Task(_Read):
    id: str
    is_complete: bool = Field(default=False, alias="isComplete")
    rank: float = 0
    party: str = Field(default="", alias="responsibleParty")
    definition: dict[str, Any] = Field(default_factory=dict, repr=False)

    def known(self) -> ForeignTask:
        kind, content = next(iter(self.definition.items()), ("", {}))
        said = content if isinstance(content, dict) else {}
        return ForeignTask(
            id=self.id,
            asked=_ASKED.get(kind, Asked.OTHER),
            is_done=self.is_complete,
            is_practices=self.party == "PROVIDER",
            instructions=str(said.get("instructions", "")),
            template=_document_in(str(said.get("documentDownloadUrl", ""))),
        )


class _Document(_Read):
    id: str
    name: str = Field(default="", repr=False)
    status: str = ""
    task: str = Field(default="", alias="taskId")
    size: float = 0

    def known(self) -> ForeignDocument:
        return ForeignDocument(self.id, self.status == "UPLOADED", self.task, int(self.size), self.name)


class _Change(_Read):
    at: AwareDatetime = Field(alias="changedAt")
    word: str = Field(alias="newStatus")
    before: str = Field(default="", alias="previousStatus")

    def known(self) -> StatusChange:
        return StatusChange(self.word, self.at, "" if self.before == "UNDEFINED" else self.before)


class Enrollment(_Read):
    """One enrollment as Stedi shows it, alone or in a list."""

    id: str = Field(min_length=1, max_length=80)
    status: str = ""
    changed_at: AwareDatetime = Field(alias="statusLastUpdatedAt")
    reason: str = Field(default="", repr=False)
    email: str = Field(default="", alias="userEmail", repr=False)
    tasks: list[_Task] = []
    documents: list[_Document] = []
    history: list[_Change] = []

    def known(self) -> ForeignEnrollment:
        """Give it in our words; its free text becomes a reason where it was rejected."""
        reason = reason_in(self.reason) if self.status == REJECTED else None
        return ForeignEnrollment(self.id, self.status, self.changed_at, reason, self.known_tasks())

    def known_tasks(self) -> tuple[ForeignTask, ...]:
        """Give its tasks in the order in which they are to be done."""
        return tuple(one.known() for one in sorted(self.tasks, key=lambda one: one.rank))

    def known_documents(self) -> tuple[ForeignDocument, ...]:
        """Give its documents."""
        return tuple(one.known() for one in self.documents)

    def known_history(self) -> tuple[StatusChange, ...]:
        """Give its history, the oldest change first."""
        return tuple(one.known() for one in sorted(self.history, key=lambda one: one.at))


class EnrollmentPage(_Read):
    """One page of a list of enrollments."""

    items: list[Enrollment] = []
    following: str = Field(default="", alias="nextPageToken")


class Provider(_Read):
    """One provider as Stedi knows it: unique by NPI and tax id."""

    id: str = Field(min_length=1)
    npi: str = ""
    tax_id: str = Field(default="", alias="taxId", repr=False)


class ProviderPage(_Read):
    """One page of a list of providers."""

    items: list[Provider] = []
    following: str = Field(default="", alias="nextPageToken")


class Upload(_Read):
    """Where a document is to be written."""

    id: str = Field(alias="documentId", min_length=1)
    address: str = Field(alias="uploadUrl", min_length=1, repr=False)


class Download(_Read):
    """Where a document can be read."""

    address: str = Field(alias="downloadUrl", min_length=1, repr=False)


def read_as(kind: type[M], record: Record) -> M:
    """Read an answer.

    Raises:
        Unavailable: "malformed_answer" when it lacks what the description promises.
    """
    try:
        return kind.model_validate(record)
    except ValidationError:
        pass
    raise Unavailable(reason="malformed_answer")


def provider_of(new: NewEnrollment) -> Record:
    """Write down who bills."""
    return {"name": new.name, "npi": new.npi, "taxId": new.tax_id, "taxIdType": "EIN"}


def enrollment_of(new: NewEnrollment, *, provider: str, email: str) -> Record:
    """Write down what is to be enrolled, ready to be worked on at once."""
    record: Record = {
        "transactions": {TRANSACTIONS[new.transaction]: {"enroll": True}},
        "payer": {"idOrAlias": new.payer_id},
        "provider": {"id": provider},
        "primaryContact": _contact(new),
        "userEmail": email,
        "status": READY,
    }
    if new.effective_on is not None:
        record["requestedEffectiveDate"] = f"{new.effective_on:%Y%m%d}"
    return record


def _contact(new: NewEnrollment) -> Record:
    contact = new.contact
    return {
        "organizationName": contact.organization,
        "email": contact.email,
        "phone": contact.phone.removeprefix("+1"),
        "streetAddress1": contact.street,
        "city": contact.city,
        "state": contact.state,
        "zipCode": contact.postal_code,
    }


def _document_in(address: str) -> str:
    """Find the document's id in the address of its download."""
    *_, document, last = ("", "", *urlsplit(address).path.rstrip("/").split("/"))
    return document if last == _DOWNLOAD else ""
