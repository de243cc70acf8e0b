"""Whatever words a mail is made of, it is refused or keeps its headers and its one recipient."""

from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.inputs.outgoing import InlinePicture, Mailbox, Unsubscribe
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


def test_a_picture_stands_beside_the_html_that_shows_it_and_not_among_the_files() -> None:
    chart = InlinePicture(content_id="chart-1@golive.invalid", content=b"\x89PNG\r\n\x1a\n")
    mail = parsed(build_mime(a_mail(html='<img src="cid:chart-1@golive.invalid">', pictures=(chart,))))
    text, related = mail.iter_parts()
    html, picture = related.iter_parts()
    assert mail.get_content_type() == "multipart/alternative"
    assert (text.get_content_type(), related.get_content_type()) == ("text/plain", "multipart/related")
    assert (html.get_content_type(), picture.get_content_type()) == ("text/html", "image/png")
    assert (picture["Content-ID"], picture.get_content()) == ("<chart-1@golive.invalid>", chart.content)
    assert [one.get_filename() for one in mail.iter_attachments()] == []


def test_a_long_subject_is_cut_with_a_mark() -> None:
    subject = str(parsed(build_mime(a_mail(subject="word " * 400)))["Subject"])
    assert subject.endswith("…")
    assert len(subject) <= 500


def subject_lines(words: str) -> list[bytes]:
    """Give the subject's lines as they go over the wire."""
    head = build_mime(a_mail(subject=words)).partition(b"\r\n\r\n")[0]
    start = head.index(b"Subject:")
    lines = head[start:].split(b"\r\n")
    end = next((number for number, line in enumerate(lines[1:], start=1) if line[:1] not in (b" ", b"\t")), len(lines))
    return lines[:end]


@pytest.mark.parametrize("length", range(60, 100))
def test_a_subject_begins_on_the_line_of_its_name_and_is_folded_at_spaces(length: int) -> None:
    words = ('New time: Training "Schedule patient appointments" on Tuesday, December 1, 2026 at 10:00 AM EST' * 2)[
        :length
    ]
    lines = subject_lines(words)
    assert lines[0].startswith(b"Subject: New time: Training")
    assert all(line.strip() and len(line) <= 78 for line in lines)
    assert b"".join(lines).decode() == f"Subject: {words}"


@settings(max_examples=150, deadline=None)
@given(words=st.text(alphabet="ab  :é=?\u00a0", min_size=1, max_size=120).map(lambda some: f"x{some}x"))
def test_no_subject_has_an_empty_line(words: str) -> None:
    lines = subject_lines(words)
    assert all(line.removeprefix(b"Subject:").strip() for line in lines)
    shown = str(parsed(build_mime(a_mail(subject=words)))["Subject"])
    assert "".join(shown.split()) == "".join(words.split())


def test_a_word_that_fills_the_first_line_stays_whole() -> None:
    assert subject_lines("w" * 72) == [b"Subject: " + b"w" * 72]


def test_a_boundary_cannot_be_forged_by_a_body() -> None:
    probe = build_mime(a_mail())
    boundary = parsed(probe).get_boundary()
    forged = f"Hello\n--{boundary}\nContent-Type: text/html\n\n<b>forged</b>\n--{boundary}--\n"
    mail = parsed(build_mime(a_mail(text=forged)))
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]


def test_a_long_link_or_id_stands_whole_in_the_bytes() -> None:
    link = f"<https://golive.example.com/u/{'x' * 300}>"
    identifier = f"{'a1b2c3d4' * 12}@golive.example.com"
    content = build_mime(a_mail(message_id=identifier, headers=(("X-Page", link),)))
    assert f"X-Page: {link}\r\n".encode() in content
    assert f"Message-ID: <{identifier}>\r\n".encode() in content


ONE_CLICK = f"https://golive.example.com/u/{'x' * 22}"


@pytest.mark.parametrize(
    ("way", "field", "is_one_click"),
    [
        (Unsubscribe(one_click=ONE_CLICK), f"<{ONE_CLICK}>", True),
        (
            Unsubscribe(one_click=ONE_CLICK, address="stop@example.com", subject="stop a&b"),
            f"<{ONE_CLICK}>, <mailto:stop@example.com?subject=stop%20a%26b>",
            True,
        ),
        (Unsubscribe(address="stop+mail@example.com"), "<mailto:stop%2Bmail@example.com>", False),
    ],
)
def test_a_way_out_stands_in_its_fields_on_one_line(way: Unsubscribe, field: str, is_one_click: bool) -> None:
    """F-207, RFC 8058: one click is promised only where a POST acts."""
    head = build_mime(a_mail(unsubscribe=way)).partition(b"\r\n\r\n")[0].decode().split("\r\n")
    assert [line for line in head if line.startswith("List-Unsubscribe: ")] == [f"List-Unsubscribe: {field}"]
    assert ("List-Unsubscribe-Post: List-Unsubscribe=One-Click" in head) is is_one_click


def test_a_mail_without_a_way_out_has_no_such_field() -> None:
    assert b"List-Unsubscribe" not in build_mime(a_mail())


@pytest.mark.parametrize(
    "way",
    [
        Unsubscribe(),
        Unsubscribe(one_click="http://golive.example.com/u/x"),
        Unsubscribe(one_click="https://golive.example.com/u/x>, <https://other.example.com/"),
        Unsubscribe(one_click=f"{ONE_CLICK}\r\nBcc: other@example.com"),
        Unsubscribe(one_click=ONE_CLICK, address="no address"),
        Unsubscribe(one_click=ONE_CLICK, address="stop@example.com", subject="stop\r\nBcc: other@example.com"),
        Unsubscribe(one_click=ONE_CLICK, address="stop@example.com", subject="s" * 81),
    ],
)
def test_a_way_out_that_is_none_is_refused(way: Unsubscribe) -> None:
    with pytest.raises(Rejected) as refusal:
        build_mime(a_mail(unsubscribe=way))
    assert refusal.value.reason == "malformed"


@pytest.mark.parametrize("name", ["List-Unsubscribe", "list-unsubscribe-post"])
def test_a_way_out_is_written_in_no_other_way(name: str) -> None:
    with pytest.raises(Rejected):
        build_mime(a_mail(headers=((name, f"<{ONE_CLICK}>"),)))
