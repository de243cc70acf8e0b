"""What connectors are handed: mails and texts, ready to send, and what they answer."""

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Mailbox(_Frozen):
    """One address with the name that a mail program shows."""

    name: str
    address: str


class CalendarPart(_Frozen):
    """One iCalendar object; `method` is REQUEST or CANCEL (RFC 5546)."""

    method: str
    content: bytes


class Attachment(_Frozen):
    """One file that travels with a mail; its name is plain ASCII and names no person."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,99}$")
    media_type: str = Field(pattern=r"^[a-z]+/[a-z0-9.+-]+(; charset=utf-8)?$")
    content: bytes = Field(repr=False)


class InlinePicture(_Frozen):
    """One PNG that the HTML of a mail shows as `cid:<content_id>`; plain text says the same without it."""

    content_id: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,99}@[a-z0-9.-]{1,99}$")
    content: bytes = Field(repr=False)


class Unsubscribe(_Frozen):
    """Where mail programs opt out for their reader (F-207, RFC 2369, RFC 8058).

    `one_click` begins with https:// and acts on a POST without login; `address` takes mails whose subject is `subject`.
    One of the two may be empty.
    """

    one_click: str = Field(default="", repr=False)
    address: str = ""
    subject: str = Field(default="", repr=False)


class OutgoingMail(_Frozen):
    """One rendered mail.

    `message_id` is stable per attempt, without angle brackets; `sent_at` is the moment of the attempt, UTC.
    """

    message_id: str
    sent_at: AwareDatetime
    sender: Mailbox
    recipient: Mailbox
    reply_to: Mailbox | None = None
    subject: str
    text: str
    html: str
    calendars: tuple[CalendarPart, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    pictures: tuple[InlinePicture, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    unsubscribe: Unsubscribe | None = None


class OutgoingText(_Frozen):
    """One rendered text message.

    `attempt` is our id of this try; `sent_at` is its moment, UTC; the recipient is an E.164 number. `token` is the
    part of the body by which it is found again, whatever its other words were; without one the whole body is.
    """

    attempt: str
    sent_at: AwareDatetime
    recipient: str
    body: str
    token: str = Field(default="", repr=False)


class Accepted(_Frozen):
    """The provider took it; `reference` is the provider's own id, never a person."""

    reference: str
