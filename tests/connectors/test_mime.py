"""Whatever words a mail is made of, it is refused or keeps its headers and its one recipient."""

from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default

from hypothesis import given, settings
from hypothesis import strategies as st

from models.inputs.outgoing import Mailbox
from tasks.connectors.mime import build_mime
from tasks.connectors.ports import Rejected
from tests.connectors.examples import INVITATION, a_mail

HEADERS = ["From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type"]
TRICKY = st.text(alphabet=" \",;:<>@\\()[]'=?_.-aé漢😀\u200f\u00a0\t\r\n\x85\u2028", max_size=120)


def parsed(content: bytes) -> EmailMessage:
    return BytesParser(EmailMessage, policy=default).parsebytes(content)


@settings(max_examples=150, deadline=None)
@given(name=TRICKY | st.text(max_size=120), subject=TRICKY | st.text(max_size=120))
def test_no_words_add_a_header_or_a_recipient(name: str, subject: str) -> None:
    try:
        mail = parsed(build_mime(a_mail(recipient=Mailbox(name=name, address="dana@example.com"), subject=subject)))
    except Rejected:
        return
    assert [header for header in HEADERS if header in mail] == list(mail)
    assert [address.addr_spec for address in mail["To"].addresses] == ["dana@example.com"]


def test_the_same_mail_is_made_of_the_same_bytes() -> None:
    mail = a_mail(calendars=(INVITATION,))
    assert build_mime(mail) == build_mime(mail)


def test_several_invitations_have_several_file_names() -> None:
    mail = parsed(build_mime(a_mail(calendars=(INVITATION, INVITATION))))
    assert [part.get_filename() for part in mail.iter_attachments()] == ["invite.ics", "invite-2.ics"]


def test_a_long_subject_is_cut_with_a_mark() -> None:
    subject = str(parsed(build_mime(a_mail(subject="word " * 400)))["Subject"])
    assert subject.endswith("…")
    assert len(subject) <= 500


def test_a_boundary_cannot_be_forged_by_a_body() -> None:
    probe = build_mime(a_mail())
    boundary = parsed(probe).get_boundary()
    forged = f"Hello\n--{boundary}\nContent-Type: text/html\n\n<b>forged</b>\n--{boundary}--\n"
    mail = parsed(build_mime(a_mail(text=forged)))
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]


def test_a_long_link_or_id_stands_whole_in_the_bytes() -> None:
    link = f"<https://golive.example.com/u/{'x' * 300}>"
    identifier = f"{'a1b2c3d4' * 12}@golive.example.com"
    content = build_mime(a_mail(message_id=identifier, headers=(("List-Unsubscribe", link),)))
    assert f"List-Unsubscribe: {link}\r\n".encode() in content
    assert f"Message-ID: <{identifier}>\r\n".encode() in content
