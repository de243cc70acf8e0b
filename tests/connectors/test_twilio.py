"""What only Twilio can do to us: refuse with a code, throttle, take it and fail, hang, page its lists."""

import logging
import socket
import traceback
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest

from tasks.connectors.ports import OutsideError, Rejected, Sight, Unavailable, Unknown
from tasks.connectors.twilio import TwilioAccount, TwilioTexter
from tests.connectors.examples import SENT_AT, a_text
from tests.connectors.twilio_server import LIST, Account, Answer, a_twilio

pytestmark = pytest.mark.slow


@pytest.fixture
def account() -> Iterator[Account]:
    with a_twilio() as running:
        yield running


@pytest.fixture
def texter(account: Account) -> Iterator[TwilioTexter]:
    with closing(TwilioTexter(account.address(), timeout=0.4)) as made:
        yield made


def refusal(code: int, status: int = 400) -> Answer:
    return Answer(status=status, body={"code": code, "message": "+12025550143 is wrong", "status": status})


def test_the_form_names_number_body_and_validity(account: Account, texter: TwilioTexter) -> None:
    texter.send(a_text(body="Hello"))
    assert account.forms == [{"To": "+12025550143", "Body": "Hello", "From": "+12025550100", "ValidityPeriod": "14400"}]


def test_a_messaging_service_stands_in_for_the_number(account: Account) -> None:
    with closing(TwilioTexter(account.address(messaging_service="MG1"), validity_seconds=600)) as texter:
        texter.send(a_text())
    (form,) = account.forms
    assert (form["MessagingServiceSid"], form["ValidityPeriod"]) == ("MG1", "600")
    assert "From" not in form


def test_the_status_callback_carries_our_attempt(account: Account) -> None:
    with closing(TwilioTexter(account.address(), status_callback="https://golive.example.com/texts/")) as texter:
        texter.send(a_text(attempt="attempt/7?"))
    assert account.forms[0]["StatusCallback"] == "https://golive.example.com/texts/attempt%2F7%3F"


def test_the_reference_is_twilios_sid(account: Account, texter: TwilioTexter) -> None:
    assert texter.send(a_text()).reference == account.messages[0]["sid"]


@pytest.mark.parametrize(
    ("answer", "error", "reason"),
    [
        (refusal(21610), Rejected, "twilio_21610"),
        (refusal(21211), Rejected, "twilio_21211"),
        (Answer(status=400, body=b"<html>"), Rejected, "twilio_http_400"),
        (Answer(status=400, body={"code": "+12025550143"}), Rejected, "twilio_http_400"),
        (refusal(20003, 401), Unavailable, "not_authorised"),
        (refusal(20403, 403), Unavailable, "not_authorised"),
        (refusal(20404, 404), Unavailable, "not_authorised"),
        (refusal(20429, 429), Unavailable, "throttled"),
        (Answer(status=307, body={}), Unavailable, "redirected"),
        (Answer(status=408, body={}), Unknown, "twilio_http_408"),
        (Answer(status=500, body={}, accepted=True), Unknown, "twilio_http_500"),
        (Answer(status=503, body=b"gateway"), Unknown, "twilio_http_503"),
        (Answer(hang=True, accepted=True), Unknown, "no_answer"),
        (Answer(drop=True, accepted=True), Unknown, "no_answer"),
        (Answer(status=200, body=b"<html>welcome to the hotel</html>"), Unknown, "no_reference"),
        (Answer(status=201, body=["sid"]), Unknown, "no_reference"),
    ],
)
def test_each_answer_is_told_apart_and_the_next_text_goes_out(
    account: Account, texter: TwilioTexter, answer: Answer, error: type[OutsideError], reason: str
) -> None:
    account.answers.append(answer)
    with pytest.raises(OutsideError) as failure:
        texter.send(a_text())
    assert (type(failure.value), failure.value.reason) == (error, reason)
    assert texter.send(a_text(attempt="attempt-2")).reference


def test_a_wrong_token_is_unavailable_and_cannot_tell(account: Account) -> None:
    with closing(TwilioTexter(account.address(token="wrong"))) as texter:
        with pytest.raises(Unavailable) as failure:
            texter.send(a_text())
        assert texter.look_up(a_text()) is Sight.CANNOT_TELL
    assert failure.value.reason == "not_authorised"


def test_a_closed_port_is_unavailable_and_cannot_tell() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
    with closing(TwilioTexter(TwilioAccount("AC1", "token", base_url=url))) as texter:
        with pytest.raises(Unavailable) as failure:
            texter.send(a_text())
        assert texter.look_up(a_text()) is Sight.CANNOT_TELL
    assert failure.value.reason == "connection_refused"


@pytest.mark.parametrize("lost", [Answer(hang=True, accepted=True), Answer(status=500, body={}, accepted=True)])
def test_a_text_that_was_taken_before_the_failure_is_found(
    account: Account, texter: TwilioTexter, lost: Answer
) -> None:
    account.answers.append(lost)
    with pytest.raises(Unknown):
        texter.send(a_text())
    assert texter.look_up(a_text()) is Sight.FOUND


def test_a_text_that_was_not_taken_is_absent_after_reading_every_page(account: Account, texter: TwilioTexter) -> None:
    for count in range(7):
        account.keep("+12025550143", f"older message {count}")
    account.keep("+12025550199", a_text().body)
    assert texter.look_up(a_text()) is Sight.ABSENT


def test_a_text_on_the_last_page_is_found(account: Account, texter: TwilioTexter) -> None:
    account.keep("+12025550143", a_text().body)
    for count in range(6):
        account.keep("+12025550143", f"newer message {count}")
    assert texter.look_up(a_text()) is Sight.FOUND


def test_a_text_with_a_token_is_found_by_it_whatever_its_other_words_are(
    account: Account, texter: TwilioTexter
) -> None:
    """F-221: by recipient, time and the link token in the body."""
    account.keep("+12025550143", "Thank you, Maple Street: https://g.example.com/f/tokentokentokentokento")
    assert texter.look_up(a_text(body="Sincerely", token="tokentokentokentokento")) is Sight.FOUND
    assert texter.look_up(a_text(body="Sincerely", token="anotheranotheranother1")) is Sight.ABSENT
    assert texter.look_up(a_text(recipient="+12025550144", token="tokentokentokentokento")) is Sight.ABSENT


@pytest.mark.parametrize(
    ("age", "sight"),
    [(timedelta(days=-14), Sight.ABSENT), (timedelta(minutes=-2), Sight.FOUND), (timedelta(hours=3), Sight.FOUND)],
)
def test_the_same_words_of_an_earlier_day_are_another_text(
    account: Account, texter: TwilioTexter, age: timedelta, sight: Sight
) -> None:
    account.now = SENT_AT + age
    account.keep("+12025550143", a_text().body)
    assert texter.look_up(a_text()) is sight


@pytest.mark.parametrize("date", ["", "soon", "Mon, 02 Mar 2026 15:30:00 -0000"])
def test_a_message_without_a_readable_date_counts_as_ours(account: Account, texter: TwilioTexter, date: str) -> None:
    account.keep("+12025550143", a_text().body)
    account.messages[0]["date_created"] = date
    assert texter.look_up(a_text()) is Sight.FOUND


@pytest.mark.parametrize(
    "answer",
    [
        Answer(status=500, body={}),
        Answer(status=429, body={}),
        Answer(status=200, body=b"<html>"),
        Answer(status=200, body={"items": []}),
        Answer(drop=True),
        Answer(hang=True),
    ],
)
def test_a_list_that_fails_cannot_tell(account: Account, texter: TwilioTexter, answer: Answer) -> None:
    account.list_answers.append(answer)
    assert texter.look_up(a_text()) is Sight.CANNOT_TELL


@pytest.mark.parametrize("following", ["https://elsewhere.example.com/", "//elsewhere.example.com/", f"{LIST}?To=x"])
def test_a_list_that_leads_elsewhere_or_never_ends_cannot_tell(
    account: Account, texter: TwilioTexter, following: str
) -> None:
    account.next_page = following
    assert texter.look_up(a_text()) is Sight.CANNOT_TELL


def test_neither_logs_nor_failures_hold_a_number_a_body_or_the_token(
    account: Account, texter: TwilioTexter, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    account.answers.extend([refusal(21610), Answer(hang=True)])
    told: list[Any] = []
    for _ in range(2):
        with pytest.raises(OutsideError) as failure:
            texter.send(a_text())
        told += traceback.format_exception(failure.value)
    texter.look_up(a_text())
    everything = "".join(told) + caplog.text + repr(account.address())
    assert not any(secret in everything for secret in ("2025550143", "welcome call", "right token"))
    assert "HTTP Request: POST" in caplog.text
