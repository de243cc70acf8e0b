"""Requests for feedback as they go out: closings, reminders, neutral words, ways out, texts of one part."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.inputs.letters import FeedbackLetter, Reader
from models.inputs.outgoing import Mailbox, OutgoingMail, Unsubscribe
from models.rules.feedback import MOST_A_WEEK, Signature
from models.rules.messages import CATALOGUE, Channel, MessageKind
from tasks.connectors.mime import build_mime
from templates.feedback_letters import (
    ONE_PART,
    compose_feedback_mail,
    compose_feedback_text,
    signature_of,
)
from templates.gsm import BASIC, EXTENDED, gsm_length, to_gsm
from templates.letters import Sender
from templates.moments import LOCALES
from templates.render import Letterhead
from tests.templates.sample import LETTERHEAD

AS_OF = datetime(2026, 12, 1, 18, tzinfo=UTC)
SENDER = Sender(Mailbox(name="golive", address="onboarding@example.com"), LETTERHEAD)
TOKEN = "Zk3vQ9xTn2Lw8RbYh5CdFg"
LINK = f"https://portal.example.com/f/{TOKEN}"
LONGEST_LINK = f"https://{'h' * 40}/f/{TOKEN}"
STOP_LINK = "https://portal.example.com/u/Qw7mB2yXc4Vn6KpLd9RtHs"
MAIL = FeedbackLetter(
    "4711.1@golive.invalid",
    MessageKind.FEEDBACK_EMAIL,
    Reader("rosalind@example.com", "en", "Rosalind", "Rosalind Quick"),
    "Maple Street Family Medicine",
    LINK,
    provider="Dr. Avery Stone",
    stop_link=STOP_LINK,
)
TEXT = replace(
    MAIL, kind=MessageKind.FEEDBACK_TEXT, reader=Reader("+12025550143", "en", "Rosalind"), link=LINK, stop_link=""
)
TEXTS = [
    MessageKind.FEEDBACK_TEXT,
    MessageKind.TEXT_STOPPED,
    MessageKind.TEXT_STARTED,
    MessageKind.TEXT_HELP,
]
ATTEMPTS = [(1, False), (2, False), (2, True), (3, True)]
OF_A_VISIT = re.compile(r"\b(visit|visita|appointment|cita|doctor|patient|paciente)", re.IGNORECASE)
ASKS_FOR_YES = re.compile(r"\b(YES|Yes|yes|SI|SÍ)\b|[Rr]eply Y")


def mail(**changes: object) -> OutgoingMail:
    return compose_feedback_mail(_changed(MAIL, changes), sender=SENDER, as_of=AS_OF)


def body(**changes: object) -> str:
    return compose_feedback_text(_changed(TEXT, changes), as_of=AS_OF).body


def _changed(letter: FeedbackLetter, changes: dict[str, object]) -> FeedbackLetter:
    reader = {key: changes.pop(key) for key in ("locale", "first_name") if key in changes}
    return replace(letter, reader=replace(letter.reader, **reader), **changes)  # type: ignore[arg-type]  # test values


@pytest.mark.parametrize(
    ("signature", "locale", "closing"),
    [
        (Signature.THANK_YOU_PRACTICE, "en", "Thank you, Maple Street Family Medicine"),
        (Signature.SINCERELY_PROVIDER, "en", "Sincerely, Dr. Avery Stone"),
        (Signature.BEST_REGARDS_PRACTICE, "en", "Best regards, Maple Street Family Medicine"),
        (Signature.THANK_YOU_PROVIDER, "es", "Gracias, Dr. Avery Stone"),
        (Signature.SINCERELY_PRACTICE, "es-MX", "Atentamente, Maple Street Family Medicine"),
    ],
)
def test_a_message_ends_with_the_closing_that_the_practice_chose(
    signature: Signature, locale: str, closing: str
) -> None:
    """F-050, F-051."""
    written = mail(signature=signature, locale=locale)
    assert f"\n{closing}\n\n--\n" in written.text
    assert closing in written.html
    assert "Kind regards" not in written.text
    assert body(signature=signature, locale=locale).endswith(closing)


@pytest.mark.parametrize("signature", [Signature.SINCERELY_PROVIDER, Signature.THANK_YOU_PROVIDER])
def test_without_a_provider_the_practice_closes(signature: Signature) -> None:
    """F-050."""
    assert signature_of(replace(MAIL, signature=signature, provider="")).endswith(", Maple Street Family Medicine")


@pytest.mark.parametrize("locale", LOCALES)
def test_the_first_mail_the_reminder_and_the_last_one_differ(locale: str) -> None:
    """F-010, F-011: two attempts have no reminder between, three have one."""
    first, reminder, last = (
        mail(number=number, is_last=is_last, locale=locale) for number, is_last in ((1, False), (2, False), (3, True))
    )
    assert len({first.subject, reminder.subject, last.subject}) == 3
    assert len({first.text, reminder.text, last.text}) == 3
    assert {"en": "Last reminder:", "es": "Último aviso:"}[locale] in last.subject
    assert mail(number=2, is_last=True, locale=locale).text == last.text
    assert all("Maple Street Family Medicine" in one.subject and LINK in one.text for one in (first, reminder, last))


@pytest.mark.parametrize(("locale", "attempt"), list(product(LOCALES, ATTEMPTS)))
def test_a_sensitive_practice_is_neutral_everywhere(locale: str, attempt: tuple[int, bool]) -> None:
    """F-209: no provider, no visit; at most the first name."""
    number, is_last = attempt
    common = {
        "locale": locale,
        "number": number,
        "is_last": is_last,
        "is_sensitive": True,
        "signature": Signature.SINCERELY_PROVIDER,
    }
    written = mail(**common)
    for part in (written.subject, written.text, written.html, body(**common)):
        assert OF_A_VISIT.search(re.sub(r"https://\S+", "", part)) is None
        assert "Stone" not in part
        assert "Quick" not in part
    assert "Rosalind" not in written.subject + body(**common)


@pytest.mark.parametrize(("locale", "attempt"), list(product(LOCALES, ATTEMPTS)))
def test_no_message_names_more_than_the_first_name_and_the_signing_provider(
    locale: str, attempt: tuple[int, bool]
) -> None:
    """F-209."""
    number, is_last = attempt
    written = mail(locale=locale, number=number, is_last=is_last)
    for part in (written.subject, written.text, written.html, body(locale=locale, number=number, is_last=is_last)):
        assert "Quick" not in part
        assert "Stone" not in part
    assert "Rosalind" not in written.subject


def test_who_reads_it_is_shown_nowhere_where_the_letter_is_printed() -> None:
    printed = repr(MAIL)
    assert [word for word in ("Rosalind", "Stone", TOKEN, STOP_LINK) if word in printed] == []


@pytest.mark.parametrize("locale", LOCALES)
def test_every_mail_has_a_postal_address_and_two_ways_out(locale: str) -> None:
    """F-207."""
    written = mail(locale=locale, stop_address="stop@example.com")
    assert LETTERHEAD.postal_address in written.text
    assert f":\n{STOP_LINK}\n" in written.text
    assert f'href="{STOP_LINK}"' in written.html
    content = build_mime(written).decode()
    assert f"List-Unsubscribe: <{STOP_LINK}>, <mailto:stop@example.com?subject=stop%20Qw7mB2" in content
    assert "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in content


def test_the_practices_own_postal_address_comes_first() -> None:
    """F-207: who writes says where it is."""
    written = mail(postal_address="12 Maple Street, Albany, NY 12207")
    assert "--\nMaple Street Family Medicine\n12 Maple Street, Albany, NY 12207\n" in written.text
    assert LETTERHEAD.postal_address not in written.text + written.html


@pytest.mark.parametrize(
    ("changes", "sender"),
    [({}, Sender(SENDER.mailbox, Letterhead("golive"))), ({"stop_link": ""}, SENDER)],
)
def test_a_mail_without_address_or_way_out_is_not_written(changes: dict[str, str], sender: Sender) -> None:
    """F-207."""
    letter = replace(MAIL, stop_link=changes.get("stop_link", STOP_LINK))
    with pytest.raises(ValueError, match="needs a postal address and a link to opt out") as refusal:
        compose_feedback_mail(letter, sender=sender, as_of=AS_OF)
    assert "Rosalind" not in str(refusal.value)


def test_where_nothing_is_encrypted_one_click_is_not_promised() -> None:
    """F-207, RFC 8058: the link in the mail still works."""
    plain = "http://127.0.0.1:8080/u/Qw7mB2yXc4Vn6KpLd9RtHs"
    assert mail(stop_link=plain).unsubscribe is None
    with_mail = mail(stop_link=plain, stop_address="stop@example.com").unsubscribe
    assert with_mail == Unsubscribe(address="stop@example.com", subject="stop Qw7mB2yXc4Vn6KpLd9RtHs")
    assert plain in mail(stop_link=plain).text


def test_a_mail_comes_in_the_name_of_the_practice_to_its_reader() -> None:
    written = mail()
    assert written.sender == Mailbox(name="Maple Street Family Medicine via golive", address="onboarding@example.com")
    assert written.recipient == Mailbox(name="Rosalind Quick", address="rosalind@example.com")
    assert (written.message_id, written.sent_at) == ("4711.1@golive.invalid", AS_OF)
    assert written.headers == (("Auto-Submitted", "auto-generated"),)


@pytest.mark.parametrize(("locale", "greeting"), [("en", "Hello,\n"), ("es", "Hola:\n")])
def test_a_reader_without_a_name_is_greeted_all_the_same(locale: str, greeting: str) -> None:
    assert mail(locale=locale, first_name="").text.startswith(greeting)


def test_a_text_reads_as_it_was_approved() -> None:
    end = f"{LINK} STOP to opt out. Thank you, Maple Street Family Medicine"
    assert body() == f"Rosalind, how was your visit? {end}"
    assert body(number=2) == f"Rosalind, how was your visit? Reminder: {end}"
    assert body(number=3, is_last=True, first_name="") == f"How was your visit? Last reminder: {end}"
    assert body(is_sensitive=True) == f"How are we doing? {end}"
    assert body(locale="es", first_name="") == (
        f"¿Como fue su visita? {LINK} STOP para salir. Gracias, Maple Street Family Medicine"
    )


def test_a_text_that_the_provider_signs_still_says_from_which_practice_it_is() -> None:
    """F-050."""
    written = body(signature=Signature.SINCERELY_PROVIDER, practice_name="Maple Clinic")
    assert written == (
        f"Maple Clinic: Rosalind, how was your visit? {LINK} STOP to opt out. Sincerely, Dr. Avery Stone"
    )


NAMES = {
    "usual": ("Marisol", "Cedar Hill Family Medicine", "Dr. Avery Stone"),
    "longest": ("María Guadalupe " * 4, "Northern Valley Pediatrics and " * 4, "Dr. Bartholomew " * 7),
    "no spaces": ("N" * 60, "ñ" * 120, "W" * 100),
    "twice as long": ("{" * 60, "€" * 120, "[" * 100),
    "foreign": ("好" * 60, "ﬁ" * 120, "Ł" * 100),
}


@pytest.mark.parametrize("names", NAMES)
@pytest.mark.parametrize(
    ("kind", "locale", "is_sensitive"), [(*one,) for one in product(TEXTS, LOCALES, (False, True))]
)
def test_every_text_fits_one_part_with_the_longest_names(
    kind: MessageKind, locale: str, is_sensitive: bool, names: str
) -> None:
    """F-214; F-206: none asks to reply YES."""
    first_name, practice, provider = NAMES[names]
    for signature, (number, is_last) in product(Signature, ATTEMPTS):
        written = body(
            kind=kind,
            locale=locale,
            is_sensitive=is_sensitive,
            signature=signature,
            number=number,
            is_last=is_last,
            link=LONGEST_LINK,
            practice_name=practice[:120],
            provider=provider[:100],
            first_name=first_name[:60],
        )
        assert gsm_length(written) <= ONE_PART
        assert set(written) <= BASIC | EXTENDED
        assert ASKS_FOR_YES.search(written) is None
        assert re.search(rf" {re.escape(LONGEST_LINK)} ", written) or kind is not MessageKind.FEEDBACK_TEXT
        assert to_gsm(practice)[:4] in written


@settings(max_examples=100, deadline=None)
@given(
    practice=st.text(max_size=120),
    provider=st.text(max_size=100),
    first_name=st.text(max_size=60),
    locale=st.sampled_from(LOCALES),
    signature=st.sampled_from(Signature),
)
def test_whatever_the_names_the_link_and_the_way_out_stand_whole(
    practice: str, provider: str, first_name: str, locale: str, signature: Signature
) -> None:
    """F-214."""
    written = body(
        practice_name=practice,
        provider=provider,
        first_name=first_name,
        locale=locale,
        signature=signature,
        link=LONGEST_LINK,
    )
    assert gsm_length(written) <= ONE_PART
    assert f" {LONGEST_LINK} STOP " in written


def test_names_give_way_in_their_order() -> None:
    """F-214: the reader's goes, then the practice's is cut, then the practice signs in the provider's place."""
    signed = {"signature": Signature.SINCERELY_PROVIDER, "link": LONGEST_LINK, "practice_name": "Maple Street Clinic"}
    assert body(**signed, first_name="").startswith("Maple Street Clinic: How")
    assert body(**signed).startswith("Maple Street Clinic: How")
    assert body(**{**signed, "practice_name": "Maple Street Family Medicine"}).startswith("Maple Street...: How")
    assert body(**signed, provider="Dr. Bartholomew Featherstonehaugh").endswith("Sincerely, Maple Street Clinic")


def test_a_link_that_leaves_no_room_is_an_error_without_its_token() -> None:
    """F-214."""
    with pytest.raises(ValueError, match="use a shorter public address") as refusal:
        body(link=f"https://{'h' * 90}/f/{TOKEN}")
    assert TOKEN not in str(refusal.value)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("kind", TEXTS)
def test_every_text_names_the_practice_and_how_to_stop_or_to_begin_again(kind: MessageKind, locale: str) -> None:
    """F-205, F-206."""
    written = body(kind=kind, locale=locale)
    assert "Maple Street Family Medicine" in written
    assert ("START" if kind is MessageKind.TEXT_STOPPED else "STOP") in written
    assert CATALOGUE[kind].channel is Channel.TEXT


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("kind", [MessageKind.TEXT_STARTED, MessageKind.TEXT_HELP])
def test_how_many_texts_are_promised_is_what_the_rules_hold(kind: MessageKind, locale: str) -> None:
    """F-202."""
    assert re.findall(r"\d+", body(kind=kind, locale=locale)) == [str(MOST_A_WEEK)]
