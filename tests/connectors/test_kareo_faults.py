"""Every way in which Kareo can fail: what each means, and that nobody's name comes out."""

import logging
import traceback
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest

from deployments.kareo_server.exchange import Exchange, Leaving
from deployments.kareo_server.faults import Kind
from models.rules.system_failures import SENTENCES, sentence_of
from tasks.connectors.kareo import KareoSystem
from tasks.connectors.ports import OutsideError, Rejected, Unavailable, Unknown
from tests.connectors.kareo_office import DESCRIPTIONS, START, Office, an_office, failure_of

IMPATIENT = 0.8  # seconds
READING, WRITING = "GetProviders", "CreateAppointment"
CANARY = "Zebulon-Quackenbush-4711"
TABLE: dict[Kind, tuple[str, type[OutsideError], type[OutsideError]]] = {
    Kind.IS_ERROR: ("kareo_error", Unavailable, Unknown),
    Kind.WRONG_KEY: ("wrong_key", Rejected, Rejected),
    Kind.WRONG_PASSWORD: ("wrong_login", Rejected, Rejected),
    Kind.PERMISSION_MISSING: ("permission_missing:{operation}", Rejected, Rejected),
    Kind.NOT_AUTHORISED: ("practice_not_authorised", Rejected, Rejected),
    Kind.THROTTLED: ("throttled", Unavailable, Unavailable),
    Kind.TOO_MANY_REQUESTS: ("throttled", Unavailable, Unavailable),
    Kind.UNAVAILABLE: ("http_503", Unavailable, Unknown),
    Kind.SERVER_FAULT: ("http_500", Unavailable, Unknown),
    Kind.SERVER_FAULT_AFTER_EFFECT: ("http_500", Unavailable, Unknown),
    Kind.TIMEOUT_BEFORE_EFFECT: ("no_answer", Unavailable, Unknown),
    Kind.TIMEOUT_AFTER_EFFECT: ("no_answer", Unavailable, Unknown),
    Kind.DROPPED_BEFORE_EFFECT: ("no_answer", Unavailable, Unknown),
    Kind.DROPPED_AFTER_EFFECT: ("no_answer", Unavailable, Unknown),
    Kind.MALFORMED_XML: ("malformed_answer", Unavailable, Unknown),
    Kind.CUT_SHORT: ("no_answer", Unavailable, Unknown),
    Kind.DOCTYPE: ("answer_not_safe", Unavailable, Unknown),
    Kind.ENTITY_BOMB: ("answer_not_safe", Unavailable, Unknown),
    Kind.HUGE: ("answer_too_large", Unavailable, Unknown),
    Kind.WRONG_NAMESPACE: ("malformed_answer", Unavailable, Unknown),
    Kind.EMPTY_BODY: ("malformed_answer", Unavailable, Unknown),
}
HANGING = frozenset({Kind.TIMEOUT_BEFORE_EFFECT, Kind.TIMEOUT_AFTER_EFFECT})


@pytest.fixture(scope="module", params=DESCRIPTIONS)
def running(request: pytest.FixtureRequest) -> Iterator[Office]:
    with an_office(request.param) as made:
        yield made


@pytest.fixture
def office(running: Office) -> Office:
    return running.fresh()


def system_for(office: Office, kind: Kind) -> KareoSystem:
    return office.system(answer_timeout=IMPATIENT) if kind in HANGING else office.system()


def test_every_fault_of_the_stand_in_is_in_the_table() -> None:
    assert set(TABLE) == set(Kind) - {Kind.SLOW}


@pytest.mark.parametrize("kind", TABLE)
def test_a_failed_question_changed_nothing(office: Office, kind: Kind) -> None:
    reason, expected, _ = TABLE[kind]
    kareo = system_for(office, kind)
    office.server.faults.queue(kind, operation=READING)
    failure = failure_of(kareo.providers)
    assert (type(failure), failure.reason) == (expected, reason.format(operation=READING))
    assert kareo.providers()


@pytest.mark.parametrize("kind", TABLE)
def test_a_failed_change_says_whether_it_may_have_happened(office: Office, kind: Kind) -> None:
    reason, _, expected = TABLE[kind]
    kareo = system_for(office, kind)
    before = len(office.server.state.appointments)
    office.server.faults.queue(kind, operation=WRITING)
    failure = failure_of(lambda: kareo.create_appointment(office.new()))
    assert (type(failure), failure.reason) == (expected, reason.format(operation=WRITING))
    assert type(failure) is Unknown or len(office.server.state.appointments) == before


@pytest.mark.parametrize("is_error", [False, True])
@pytest.mark.parametrize("kind", [Kind.WRONG_KEY, Kind.WRONG_PASSWORD, Kind.PERMISSION_MISSING, Kind.NOT_AUTHORISED])
def test_a_security_issue_counts_with_and_without_an_error(office: Office, kind: Kind, is_error: bool) -> None:
    office.server.state.switches.security_is_error = is_error
    office.server.faults.queue(kind)
    assert isinstance(failure_of(office.system().providers), Rejected)


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"customer_key": "another key"}, "wrong_key"),
        ({"user": "nobody@example.com"}, "wrong_login"),
        ({"password": "another password"}, "wrong_login"),
        ({"system_practice": "999999"}, "practice_not_authorised"),
    ],
)
def test_a_wrong_account_is_told_apart(office: Office, facts: dict[str, Any], reason: str) -> None:
    assert failure_of(office.system(**facts).providers).reason == reason


@pytest.mark.parametrize(
    ("message", "expected", "reason"),
    [
        ("Your request was throttled.", Unavailable, "throttled"),
        ("The limit of calls per day was exceeded.", Unavailable, "throttled"),
        ("The provider does not exist.", Rejected, "not_found"),
        ("Transaction was deadlocked on lock resources.", Unknown, "kareo_error"),
        ("Execution Timeout Expired.", Unknown, "kareo_error"),
        ("StartTime must lie in the future.", Rejected, "refused"),
        ("", Rejected, "refused"),
    ],
)
def test_only_a_clear_refusal_is_final(office: Office, message: str, expected: type[OutsideError], reason: str) -> None:
    kareo = office.system()
    failing = Leaving(body=_as_error(message))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Exchange, "serve", lambda *_: failing)
        failure = failure_of(lambda: kareo.create_appointment(office.new()))
    assert (type(failure), failure.reason) == (expected, reason)


def _as_error(message: str) -> bytes:
    return _answered(f"<k:ErrorMessage>{message}</k:ErrorMessage><k:IsError>true</k:IsError>")


def _answered(error: str, more: str = "") -> bytes:
    """Write an answer to CreateAppointment by hand; `error` and `more` are XML."""
    return (
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
        '<k:CreateAppointmentResponse xmlns:k="http://www.kareo.com/api/schemas/"><k:CreateAppointmentResult>'
        f"<k:ErrorResponse>{error}</k:ErrorResponse>{more}"
        "</k:CreateAppointmentResult></k:CreateAppointmentResponse></s:Body></s:Envelope>"
    ).encode()


_FINE = "<k:IsError>false</k:IsError>"
_SECURE = (
    "<k:SecurityResponse><k:Authenticated>true</k:Authenticated><k:Authorized>true</k:Authorized>"
    "<k:CustomerKeyValid>true</k:CustomerKeyValid><k:SecurityResultSuccess>{}</k:SecurityResultSuccess>"
    "</k:SecurityResponse>"
)


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ("", "malformed_answer"),
        (_SECURE.format("false"), "no_reference"),
        (
            _SECURE.format("false") + "<k:Appointment><k:AppointmentId>1</k:AppointmentId></k:Appointment>",
            "not_read_back",
        ),
        (_SECURE.format("true"), "practice_not_authorised"),
    ],
)
def test_an_answer_without_its_parts_is_no_success(office: Office, more: str, reason: str) -> None:
    kareo = office.system()
    leaving = Leaving(body=_answered(_FINE, more))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Exchange, "serve", lambda *_: leaving)
        assert failure_of(lambda: kareo.create_appointment(office.new())).reason == reason


@pytest.mark.parametrize("status", [303, 307, 403, 404])
def test_our_password_follows_no_redirect_and_a_refusal_changed_nothing(office: Office, status: int) -> None:
    kareo = office.system()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Exchange, "serve", lambda *_: Leaving(status, b"elsewhere"))
        failure = failure_of(lambda: kareo.create_appointment(office.new()))
    assert isinstance(failure, Unavailable)
    assert failure.reason == ("redirected" if status in (303, 307) else f"http_{status}")


def _words_of(failure: BaseException) -> str:
    told = "".join(traceback.format_exception(failure))
    return (
        f"{failure!s} {failure!r} {failure.args} {vars(failure)} {told} {failure.__cause__!r} {failure.__context__!r}"
    )


@pytest.mark.parametrize("kind", sorted(set(TABLE) - HANGING))
def test_no_failure_and_no_log_names_a_patient(office: Office, kind: Kind, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("zeep", "zeep.transports", "zeep.xsd.types.simple", "httpx", "httpcore"):
        caplog.set_level(logging.DEBUG, name)
    office.server.state.edit_patient(office.desk.maya, first=CANARY, email=f"{CANARY}@example.com")
    kareo = office.system()
    calls: list[Callable[[], object]] = [
        lambda: kareo.patients_born(date(1991, 11, 2)),
        lambda: kareo.patient(str(office.desk.maya)),
        lambda: kareo.create_appointment(office.new(notes=CANARY, name=CANARY)),
        lambda: kareo.appointments(START, START.replace(hour=23)),
    ]
    for call in calls:
        office.server.faults.queue(kind, message=f"{CANARY} was not accepted")
        assert CANARY not in _words_of(failure_of(call))
    assert CANARY not in caplog.text
    assert "right password" not in caplog.text


@pytest.mark.parametrize(("element", "reason"), [("AppointmentId", "no_reference"), ("EndTime", "malformed_answer")])
def test_a_value_that_cannot_be_read_is_not_logged(
    office: Office, element: str, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    kareo = office.system()
    appointment = f"<k:Appointment><k:{element}>{CANARY}</k:{element}></k:Appointment>"
    body = _answered(_FINE, f"{_SECURE.format('false')}{appointment}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Exchange, "serve", lambda *_: Leaving(body=body))
        failure = failure_of(lambda: kareo.create_appointment(office.new(notes=CANARY)))
    assert (type(failure), failure.reason) == (Unknown, reason)
    assert CANARY not in _words_of(failure)
    assert CANARY not in caplog.text


def test_accounts_and_values_hide_what_they_hold(office: Office) -> None:
    shown = (
        repr(office.account()) + repr(office.new(notes=CANARY)) + repr(office.system().patient(str(office.desk.maya)))
    )
    assert not [secret for secret in (CANARY, "right password", "right key", "Okafor") if secret in shown]


@pytest.mark.parametrize("kind", TABLE)
def test_each_failure_has_a_sentence_for_people(kind: Kind) -> None:
    reason = TABLE[kind][0].format(operation=WRITING)
    assert reason in SENTENCES or reason.startswith(("http_", "permission_missing:"))
    assert sentence_of(reason).endswith(".")
