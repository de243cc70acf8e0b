"""Enrolls practices through Stedi's transaction enrollment interface and reads what became of it.

The interface knows no key of ours. It does find enrollments by the exact mail address that they were made with, so each
is made with an address of its own: the word behind the plus sign is our key.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import ClassVar, Final
from urllib.parse import quote

from models.inputs.clearinghouse import (
    LARGEST_DOCUMENT,
    ForeignDocument,
    ForeignEnrollment,
    ForeignTask,
    NewDocument,
    NewEnrollment,
    StatusChange,
)
from models.rules.boundary import require_outside_transaction
from tasks.connectors.ports import Connector, Rejected, Unavailable, Unknown
from tasks.connectors.stedi_records import (
    TRANSACTIONS,
    Download,
    Enrollment,
    EnrollmentPage,
    Provider,
    ProviderPage,
    Upload,
    enrollment_of,
    provider_of,
    read_as,
)
from tasks.connectors.stedi_wire import StediAccount, Wire

PAGE_SIZE: Final = 100
MOST_PAGES: Final = 1_000
MOST_FOUND: Final = 10  # enrollments with one address: more means that it was not asked for at all
SHORTEST_NAME: Final = 5
_PDF: Final = b"%PDF-"


class StediClearinghouse(Connector):
    """Speaks the port of clearinghouses for one account."""

    vendor: ClassVar[str] = "stedi"

    def __init__(self, account: StediAccount) -> None:
        self._account = account
        self._wire = Wire(account)

    def close(self) -> None:
        """Close the connections."""
        self._wire.close()

    def create(self, new: NewEnrollment) -> ForeignEnrollment:
        """Make an enrollment, and its provider where Stedi does not know it yet; raises as the port says."""
        _require_whole(new)
        provider = self._provider(new)
        record = enrollment_of(new, provider=provider, email=self._address(new.key))
        answer = self._wire.tell("POST", "/enrollments", record)
        try:
            return read_as(Enrollment, answer).known()
        except Unavailable as failure:
            reason = failure.reason
        raise Unknown(reason)  # it was made, but we do not know what it is called

    def find(self, key: str) -> ForeignEnrollment | None:
        """Find the enrollment that was made with our key's address; each that is listed is looked at whole."""
        address = self._address(key)
        query = {"userEmails": address, "pageSize": str(MOST_FOUND)}
        page = read_as(EnrollmentPage, self._wire.ask("/enrollments", query))
        if page.following or len(page.items) > MOST_FOUND:
            raise Rejected(reason="cannot_tell")
        whole = [found for found in map(self._enrollment, [one.id for one in page.items]) if found is not None]
        ours = [one for one in whole if one.email.casefold() == address.casefold()]
        if len(ours) > 1:
            raise Rejected(reason="several")
        return ours[0].known() if ours else None

    def changed_since(self, since: datetime) -> Iterator[Sequence[ForeignEnrollment]]:
        """Give what changed, the oldest change first, so that what changes meanwhile comes at the end."""
        query = {
            "statusUpdatedFrom": f"{since.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "sortBy": "statusLastUpdatedAt:asc",
            "pageSize": str(PAGE_SIZE),
        }
        seen = set[str]()
        for _ in range(MOST_PAGES):
            require_outside_transaction("StediClearinghouse.changed_since")
            page = read_as(EnrollmentPage, self._wire.ask("/enrollments", query))
            yield [one.known() for one in page.items]
            if not page.following:
                return
            if page.following in seen:
                break
            seen.add(page.following)
            query = {**query, "pageToken": page.following}
        raise Unavailable(reason="list_not_complete")

    def enrollment(self, enrollment: str) -> ForeignEnrollment | None:
        """Read one enrollment."""
        found = self._enrollment(enrollment)
        return found.known() if found else None

    def tasks(self, enrollment: str) -> Sequence[ForeignTask]:
        """List what is to be done, by rank."""
        return self._known(enrollment).known_tasks()

    def documents(self, enrollment: str) -> Sequence[ForeignDocument]:
        """List documents; deleted ones are not shown."""
        return self._known(enrollment).known_documents()

    def download(self, document: str) -> bytes:
        """Read a document from the signed address that Stedi gives for it."""
        answer = read_as(Download, self._wire.ask(f"/documents/{_id(document)}/download"))
        return self._wire.fetch(answer.address)

    def upload(self, new: NewDocument) -> ForeignDocument:
        """Hand over a PDF and complete its task; one that was cut short before may be handed over again.

        Raises:
            Rejected: "not_a_pdf", "too_large", or as the port says.
        """
        if not new.content.startswith(_PDF):
            raise Rejected(reason="not_a_pdf")
        if len(new.content) > LARGEST_DOCUMENT:
            raise Rejected(reason="too_large")
        place = {"name": new.name, "taskId": new.task}
        made = read_as(Upload, self._wire.tell("POST", f"/enrollments/{_id(new.enrollment)}/documents", place))
        self._wire.store(made.address, new.content)
        given = {"pdfUpload": {"documentId": made.id, "fileName": new.name}}
        self._wire.tell("POST", f"/tasks/{_id(new.task)}", {"completed": True, "responseData": given})
        return ForeignDocument(made.id, is_there=True, task=new.task, size=len(new.content), name=new.name)

    def history(self, enrollment: str) -> Sequence[StatusChange]:
        """List how the status changed."""
        return self._known(enrollment).known_history()

    def cancel(self, enrollment: str) -> None:
        """Delete a draft; what Stedi works on already only its support can cancel."""
        try:
            self._wire.tell("DELETE", f"/enrollments/{_id(enrollment)}")
        except Rejected as refusal:
            reason = refusal.reason
        else:
            return
        if reason != "not_found":
            raise Rejected(reason="cancel_by_support")

    def _address(self, key: str) -> str:
        name, _, domain = self._account.email.rpartition("@")
        return f"{name}+{key}@{domain}"

    def _provider(self, new: NewEnrollment) -> str:
        """Find or make the provider. Its NPI and tax id are unique there, so that making it again is harmless."""
        known = self._known_provider(new)
        if known:
            return known
        try:
            return read_as(Provider, self._wire.tell("POST", "/providers", provider_of(new))).id
        except Unknown:
            reason = "provider_unsure"
        except Rejected as refusal:
            if refusal.reason != "duplicate":
                raise
            reason = "provider_unsure"
        raise Unavailable(reason)  # nothing was enrolled; the next try finds the provider, or makes it

    def _known_provider(self, new: NewEnrollment) -> str:
        """Look for the provider by NPI; the tax id is compared here, since it must not stand in an address."""
        query = {"providerNpis": new.npi, "pageSize": str(PAGE_SIZE)}
        for _ in range(MOST_PAGES):
            page = read_as(ProviderPage, self._wire.ask("/providers", query))
            for one in page.items:
                if (one.npi, one.tax_id) == (new.npi, new.tax_id):
                    return one.id
            if not page.following:
                return ""
            query = {**query, "pageToken": page.following}
        raise Unavailable(reason="list_not_complete")

    def _enrollment(self, enrollment: str) -> Enrollment | None:
        try:
            return read_as(Enrollment, self._wire.ask(f"/enrollments/{_id(enrollment)}"))
        except Rejected as refusal:
            if refusal.reason != "not_found":
                raise
        return None

    def _known(self, enrollment: str) -> Enrollment:
        found = self._enrollment(enrollment)
        if found is None:
            raise Rejected(reason="not_found")
        return found


def _require_whole(new: NewEnrollment) -> None:
    """Refuse what Stedi's description says it would refuse."""
    if new.transaction not in TRANSACTIONS:
        raise Rejected(reason="transaction_not_offered")
    if not new.contact.street:
        raise Rejected(reason="no_street")
    if not new.contact.phone:
        raise Rejected(reason="no_phone")
    if len(new.name) < SHORTEST_NAME:
        raise Rejected(reason="name_too_short")


def _id(text: str) -> str:
    return quote(text, safe="")
