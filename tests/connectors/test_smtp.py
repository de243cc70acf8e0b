"""What only a mail server can do to us: refuse, hang, break off, close, ask for a password."""

import ipaddress
import socket
import ssl
import traceback
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from models.inputs.outgoing import Mailbox
from models.rules.boundary import OutsideCallInTransactionError, inside_transaction
from tasks.connectors.ports import MailSession, OutsideError, Rejected, Sight, Unavailable, Unknown
from tasks.connectors.smtp import MOST_LOST_CONNECTIONS, Encryption, MailServer, SmtpMailer
from tests.connectors.examples import a_mail
from tests.connectors.smtp_server import DROP, HANG, PASSWORD, USER, Inbox, a_mail_server

pytestmark = pytest.mark.slow

LOOPBACK = ipaddress.ip_address("127.0.0.1")


@pytest.fixture(params=[(), ("PIPELINING",)], ids=["one by one", "all at once"])
def inbox(request: pytest.FixtureRequest) -> Iterator[Inbox]:
    with a_mail_server() as running:
        running.announces = request.param
        yield running


def number(count: int) -> str:
    return f"attempt-{count}@golive.example.com"


def outcome(session: MailSession, message_id: str = number(1)) -> tuple[type[Exception], str] | str:
    try:
        return session.send(a_mail(message_id=message_id)).reference
    except OutsideError as error:
        return type(error), error.reason


def arrived(inbox: Inbox) -> list[str]:
    return [str(mail["Message-ID"]).strip("<>") for mail in inbox.mails]


def test_fifty_mails_go_over_one_connection(inbox: Inbox) -> None:
    with SmtpMailer(inbox.address()).session() as session:
        for count in range(50):
            session.send(a_mail(message_id=number(count)))
    assert (inbox.connections, len(inbox.contents), inbox.resets) == (1, 50, 0)


def test_the_reference_is_the_servers_queue_id(inbox: Inbox) -> None:
    with SmtpMailer(inbox.address()).session() as session:
        assert session.send(a_mail()).reference == "4cKx7Q"


def test_the_reference_is_our_message_id_where_the_server_names_none(inbox: Inbox) -> None:
    inbox.will_answer("content", "250 thanks, dana.okafor@example.com")
    with SmtpMailer(inbox.address()).session() as session:
        assert session.send(a_mail()).reference == number(1)


def test_the_envelope_holds_sender_and_recipient_only(inbox: Inbox) -> None:
    with SmtpMailer(inbox.address()).session() as session:
        session.send(a_mail(reply_to=Mailbox(name="", address="coach@example.com")))
    assert inbox.envelopes == [("onboarding@example.com", ["dana.okafor@example.com"])]


def test_what_goes_over_the_wire_is_seven_bit_with_short_lines(inbox: Inbox) -> None:
    with SmtpMailer(inbox.address()).session() as session:
        session.send(a_mail(subject="ñ" * 400, text="ñ" * 4000, html="<p>" + "ñ" * 4000))
    (content,) = inbox.contents
    assert content.isascii()
    assert max(map(len, content.split(b"\r\n"))) <= 998
    assert content.count(b"\n") == content.count(b"\r\n")


def test_a_line_that_is_one_dot_does_not_end_the_mail(inbox: Inbox) -> None:
    with SmtpMailer(inbox.address()).session() as session:
        session.send(a_mail(text=".\n..\nRCPT TO:<victim@example.com>\n"))
    body = inbox.mails[0].get_body(("plain",))
    assert body is not None
    assert body.get_content().splitlines() == [".", "..", "RCPT TO:<victim@example.com>"]


@pytest.mark.parametrize(
    ("stage", "answer", "error", "reason"),
    [
        ("MAIL", "451 try later", Unavailable, "smtp_451"),
        ("MAIL", "550 not your domain", Unavailable, "sender_refused"),
        ("RCPT", "450 mailbox busy", Unavailable, "smtp_450"),
        ("RCPT", "550 no such user", Rejected, "smtp_550"),
        ("DATA", "451 try later", Unavailable, "smtp_451"),
        ("DATA", "554 no valid recipients", Rejected, "smtp_554"),
        ("content", "452 disk full", Unavailable, "smtp_452"),
        ("content", "552 too big", Rejected, "smtp_552"),
    ],
)
def test_a_refusal_is_told_apart_and_the_next_mail_goes_over_the_same_connection(
    inbox: Inbox, stage: str, answer: str, error: type[OutsideError], reason: str
) -> None:
    inbox.will_answer(stage, answer)
    with SmtpMailer(inbox.address()).session() as session:
        assert outcome(session, number(1)) == (error, reason)
        assert outcome(session, number(2)) == "4cKx7Q"
    assert arrived(inbox) == [number(2)]
    assert (inbox.connections, inbox.resets) == (1, 1)


@pytest.mark.parametrize("stage", ["RCPT", "DATA"])
@pytest.mark.parametrize("behaviour", [DROP, HANG])
def test_a_break_before_the_content_has_sent_nothing(inbox: Inbox, stage: str, behaviour: str) -> None:
    inbox.will_answer(stage, behaviour)
    with SmtpMailer(inbox.address()).session() as session:
        first = outcome(session, number(1))
        assert outcome(session, number(2)) == "4cKx7Q"
    assert first == (Unavailable, "connection_lost")
    assert arrived(inbox) == [number(2)]
    assert inbox.connections == 2


@pytest.mark.parametrize("behaviour", [DROP, HANG])
def test_a_break_after_the_content_is_unknown_and_the_next_mail_goes_out(inbox: Inbox, behaviour: str) -> None:
    inbox.will_answer("content", behaviour)
    with SmtpMailer(inbox.address()).session() as session:
        assert outcome(session, number(1)) == (Unknown, "no_answer")
        assert outcome(session, number(2)) == "4cKx7Q"
    assert arrived(inbox) == [number(1), number(2)]


def test_an_unreadable_answer_to_the_content_is_unknown(inbox: Inbox) -> None:
    inbox.will_answer("content", "bananas")
    with SmtpMailer(inbox.address()).session() as session:
        assert outcome(session) == (Unknown, "no_answer")


@pytest.mark.parametrize("farewell", [DROP, HANG, "421 too many mails on this connection"])
def test_a_server_that_closes_between_mails_costs_none(inbox: Inbox, farewell: str) -> None:
    inbox.will_answer("MAIL", "", farewell)
    with SmtpMailer(inbox.address()).session() as session:
        assert [outcome(session, number(count)) for count in range(3)] == ["4cKx7Q"] * 3
    assert arrived(inbox) == [number(count) for count in range(3)]
    assert inbox.connections == 2


def test_a_server_that_closes_while_it_is_addressed_is_asked_anew(inbox: Inbox) -> None:
    inbox.will_answer("RCPT", "421 shutting down")
    with SmtpMailer(inbox.address()).session() as session:
        assert outcome(session, number(1)) == (Unavailable, "smtp_421")
        assert outcome(session, number(2)) == "4cKx7Q"
    assert inbox.connections == 2


def test_a_server_that_keeps_breaking_off_is_left_alone_for_the_rest_of_the_batch(inbox: Inbox) -> None:
    inbox.will_answer("RCPT", *[DROP] * 50)
    with SmtpMailer(inbox.address()).session() as session:
        outcomes = {outcome(session, number(count)) for count in range(20)}
    assert outcomes == {(Unavailable, "connection_lost")}
    assert inbox.connections == MOST_LOST_CONNECTIONS


def test_a_server_that_went_away_is_not_awaited_for_each_mail() -> None:
    with a_mail_server() as inbox:
        stack = ExitStack()
        session = stack.enter_context(SmtpMailer(inbox.address()).session())
        session.send(a_mail())
    with stack:
        assert outcome(session) == (Unavailable, "connection_refused")
        assert {outcome(session, number(count)) for count in range(2, 9)} == {(Unavailable, "connection_lost")}


@pytest.mark.parametrize(
    ("greeting", "reason"),
    [("421 busy", "smtp_421"), ("554 go away", "smtp_554"), (DROP, "connection_lost"), (HANG, "connection_lost")],
)
def test_a_server_that_does_not_greet_is_unavailable(inbox: Inbox, greeting: str, reason: str) -> None:
    inbox.will_answer("greeting", greeting)
    mailer = SmtpMailer(inbox.address(connect_timeout=0.3))
    with pytest.raises(Unavailable) as failure, mailer.session():
        pass
    assert failure.value.reason == reason


def test_a_closed_port_is_unavailable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(Unavailable) as failure, SmtpMailer(MailServer("127.0.0.1", port)).session():
        pass
    assert failure.value.reason == "connection_refused"


def test_a_login_opens_the_session_and_a_wrong_password_is_unavailable(inbox: Inbox) -> None:
    with SmtpMailer(inbox.address(user=USER, password=PASSWORD)).session() as session:
        session.send(a_mail())
    with pytest.raises(Unavailable) as failure, SmtpMailer(inbox.address(user=USER, password="wrong")).session():
        pass
    assert failure.value.reason == "not_authorised"


def test_a_server_without_starttls_gets_neither_password_nor_mail(inbox: Inbox) -> None:
    mailer = SmtpMailer(inbox.address(Encryption.STARTTLS, user=USER, password=PASSWORD))
    with pytest.raises(Unavailable) as failure, mailer.session():
        pass
    assert failure.value.reason == "not_offered"


@pytest.mark.parametrize("encryption", [Encryption.STARTTLS, Encryption.IMPLICIT])
def test_an_encrypted_server_is_used_only_with_a_certificate_that_holds(encryption: Encryption, tmp_path: Path) -> None:
    serving, trusting = certified(tmp_path)
    ways = {"starttls": serving} if encryption is Encryption.STARTTLS else {"implicit": serving}
    with a_mail_server(**ways) as inbox:
        with SmtpMailer(inbox.address(encryption), tls=trusting).session() as session:
            session.send(a_mail())
        with pytest.raises(Unavailable) as failure, SmtpMailer(inbox.address(encryption)).session():
            pass
    assert (len(inbox.contents), failure.value.reason) == (1, "tls_failed")


def test_a_failure_names_neither_people_nor_passwords(inbox: Inbox) -> None:
    inbox.will_answer("RCPT", "550 <dana.okafor@example.com>: no such user")
    with (
        pytest.raises(Rejected) as failure,
        SmtpMailer(inbox.address(user=USER, password=PASSWORD)).session() as session,
    ):
        session.send(a_mail())
    told = "".join(traceback.format_exception(failure.value))
    assert "dana" not in told.lower()
    assert PASSWORD not in repr(inbox.address(password=PASSWORD)) + told


def test_no_connection_is_made_inside_a_transaction(inbox: Inbox) -> None:
    session = SmtpMailer(inbox.address()).session()
    with inside_transaction(), pytest.raises(OutsideCallInTransactionError), session:
        pass
    assert inbox.connections == 0


def test_a_mail_server_cannot_tell_what_it_took(inbox: Inbox) -> None:
    assert SmtpMailer(inbox.address()).look_up(number(1)) is Sight.CANNOT_TELL


def certified(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Make a certificate for this machine, and give the server's and a trusting client's contexts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.example.com")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(LOOPBACK)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    both = folder / "server.pem"
    both.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(pem)
    )
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(both)
    return serving, ssl.create_default_context(cadata=certificate.public_bytes(pem).decode())
