"""What every mailer promises, tried on each of them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest

from models.inputs.mailbox import read_mailbox
from models.inputs.outgoing import CalendarPart, Mailbox, Unsubscribe
from models.rules.boundary import OutsideCallInTransactionError, inside_transaction
from tasks.connectors.local import MailboxMailer
from tasks.connectors.ports import Mailer, Rejected, Sight
from tasks.connectors.smtp import SmtpMailer
from tests.connectors.examples import INVITATION, SENT_AT, a_mail
from tests.connectors.smtp_server import a_mail_server

pytestmark = pytest.mark.slow

SOMEBODY = "dana.okafor@example.com"
INJECTION = "Hello\r\nBcc: victim@example.com"


@dataclass
class World:
    mailer: Mailer
    received: Callable[[], Sequence[EmailMessage]]


@pytest.fixture(params=["mailbox", "smtp"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    if request.param == "mailbox":
        yield World(MailboxMailer(tmp_path), lambda: [mail.message for mail in read_mailbox(tmp_path)])
        return
    with a_mail_server() as inbox:
        yield World(SmtpMailer(inbox.address()), lambda: inbox.mails)


def the_one_mail(world: World, **facts: Any) -> EmailMessage:
    with world.mailer.session() as session:
        session.send(a_mail(**facts))
    (mail,) = world.received()
    return mail


def test_a_mail_arrives_with_its_stable_id_and_the_moment_of_its_attempt(world: World) -> None:
    mail = the_one_mail(world, message_id="attempt-77@golive.example.com")
    assert mail["Message-ID"] == "<attempt-77@golive.example.com>"
    assert parsedate_to_datetime(mail["Date"]) == SENT_AT
    assert str(mail["From"]) == "golive <onboarding@example.com>"
    assert str(mail["To"]) == f"Dana Okafor <{SOMEBODY}>"


def test_a_mail_reads_the_same_as_text_and_as_html(world: World) -> None:
    mail = the_one_mail(world, text="¡Hola!\n.\nnext\n", html="<p>¡Hola!</p>\n")
    assert mail.get_content_type() == "multipart/alternative"
    bodies = {part.get_content_type(): part.get_content().replace("\r\n", "\n") for part in mail.iter_parts()}
    assert bodies == {"text/plain": "¡Hola!\n.\nnext\n", "text/html": "<p>¡Hola!</p>\n"}


def test_an_invitation_is_an_alternative_with_its_method_and_an_attached_file(world: World) -> None:
    mail = the_one_mail(world, calendars=(INVITATION,))
    inside = next(part for part in mail.walk() if part.get_content_type() == "text/calendar")
    assert (inside.get_param("method"), inside.get_param("charset")) == ("REQUEST", "utf-8")
    assert inside.get_payload(decode=True) == INVITATION.content
    (attached,) = mail.iter_attachments()
    assert (attached.get_filename(), attached.get_content()) == ("invite.ics", INVITATION.content)


def test_the_unsubscribe_link_survives_whole(world: World) -> None:
    """F-207."""
    link = f"https://golive.example.com/u/{'x' * 200}"
    way = Unsubscribe(one_click=link)
    mail = the_one_mail(world, unsubscribe=way, headers=(("Auto-Submitted", "auto-generated"),))
    assert mail["List-Unsubscribe"] == f"<{link}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["Auto-Submitted"] == "auto-generated"


def test_an_answer_goes_to_the_reply_address(world: World) -> None:
    mail = the_one_mail(world, reply_to=Mailbox(name="Coach, Team", address="coach@example.com"))
    assert mail["Reply-To"].addresses[0].addr_spec == "coach@example.com"


def test_all_mails_of_a_batch_arrive(world: World) -> None:
    with world.mailer.session() as session:
        for number in range(20):
            session.send(a_mail(message_id=f"attempt-{number}@golive.example.com"))
    assert len({mail["Message-ID"] for mail in world.received()}) == 20


def test_the_reference_names_no_person(world: World) -> None:
    with world.mailer.session() as session:
        reference = session.send(a_mail()).reference
    assert reference
    assert "dana" not in reference.lower()


@pytest.mark.parametrize(
    "facts",
    [
        {"subject": INJECTION},
        {"subject": "Hello\nBcc: victim@example.com"},
        {"subject": "Hello\x85Bcc: victim@example.com"},
        {"subject": "Hello\u2028Bcc: victim@example.com"},
        {"subject": "Hello\x00"},
        {"recipient": Mailbox(name=INJECTION, address=SOMEBODY)},
        {"recipient": Mailbox(name="Dana", address=f"{SOMEBODY}\r\nBcc: victim@example.com")},
        {"recipient": Mailbox(name="Dana", address=f"{SOMEBODY}, victim@example.com")},
        {"recipient": Mailbox(name="Dana", address=f"{SOMEBODY}> SIZE=1")},
        {"recipient": Mailbox(name="Dana", address="no address")},
        {"sender": Mailbox(name=INJECTION, address="onboarding@example.com")},
        {"reply_to": Mailbox(name="Dana", address="a@example.com\nBcc: victim@example.com")},
        {"message_id": "a@example.com>\r\nBcc: victim@example.com"},
        {"headers": (("X-Note", INJECTION),)},
        {"headers": (("X-Note\r\nBcc", "victim@example.com"),)},
        {"headers": (("Bcc", "victim@example.com"),)},
        {"headers": (("Content-Type", "text/html"),)},
        {"calendars": (CalendarPart(method="REQUEST\r\nBcc: victim@example.com", content=b""),)},
        {"calendars": (CalendarPart(method="REQUEST", content=b"\xff"),)},
    ],
)
def test_a_field_that_would_break_its_line_is_refused_and_the_rest_goes_out(
    world: World, facts: dict[str, Any]
) -> None:
    with world.mailer.session() as session:
        with pytest.raises(Rejected) as refusal:
            session.send(a_mail(**facts))
        session.send(a_mail(message_id="attempt-2@golive.example.com"))
    assert refusal.value.reason == "malformed"
    assert [mail["Message-ID"] for mail in world.received()] == ["<attempt-2@golive.example.com>"]


@pytest.mark.parametrize(
    "words",
    [
        'Dana "Dr." O\'Kafor, MD <victim@example.com>',
        '\\"; Bcc: victim@example.com',
        "Clínica Ñandú, 診療所 😀 (victim@example.com)",
        "=?utf-8?q?Hi=0ABcc:_victim@example.com?=",
        "=?utf-8?b?SGkKQmNjOiB2aWN0aW1AZXhhbXBsZS5jb20=?=",
        "\u202egnihton\u200f",
        "a" * 5000,
        "ñ," * 2500,
        "very long " * 500,
        " ",
        "",
    ],
)
def test_strange_names_and_subjects_add_no_header_and_no_recipient(world: World, words: str) -> None:
    usual = {name.lower() for name in the_one_mail(world)}
    with world.mailer.session() as session:
        recipient = Mailbox(name=words, address=SOMEBODY)
        session.send(a_mail(message_id="strange@example.com", recipient=recipient, subject=words))
    mail = next(each for each in world.received() if each["Message-ID"] == "<strange@example.com>")
    assert {name.lower() for name in mail} == usual
    assert [address.addr_spec for address in mail["To"].addresses] == [SOMEBODY]
    assert "\n" not in str(mail["Subject"])
    assert max(len(line) for line in mail.as_bytes().splitlines()) <= 998


def test_an_accepted_mail_never_looks_absent(world: World) -> None:
    with world.mailer.session() as session:
        session.send(a_mail())
    assert world.mailer.look_up("attempt-1@golive.example.com") is not Sight.ABSENT


def test_no_call_is_made_inside_a_transaction(world: World) -> None:
    with world.mailer.session() as session, inside_transaction():
        with pytest.raises(OutsideCallInTransactionError):
            session.send(a_mail())
        with pytest.raises(OutsideCallInTransactionError):
            world.mailer.session()
        with pytest.raises(OutsideCallInTransactionError):
            world.mailer.look_up("attempt-1@golive.example.com")
    assert not world.received()
