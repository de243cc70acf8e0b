"""Whether a message about an appointment is still wanted at the moment it is sent."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from models.rules.appointment_letters import DECIDED, OVER, SUPERSEDED, Standing, start_of, unwanted
from models.rules.appointments import Status
from models.rules.decisions import Evidence
from models.rules.messages import CATALOGUE, Audience, MessageKind

STARTS_AT = datetime(2026, 12, 1, 15, tzinfo=UTC)
NOW = STARTS_AT - timedelta(days=2)
FIELDS: dict[str, Evidence] = {"starts_at": STARTS_AT.isoformat()}
CONFIRMED = Standing(Status.CONFIRMED, STARTS_AT)
VIRTUAL = replace(CONFIRMED, is_virtual=True)
OF_ONE_TIME = (
    MessageKind.APPOINTMENT_SCHEDULED,
    MessageKind.APPOINTMENT_MOVED,
    MessageKind.APPOINTMENT_REMINDER,
    MessageKind.TELEHEALTH_REMINDER,
)


def fitting(kind: MessageKind) -> Standing:
    return VIRTUAL if kind is MessageKind.TELEHEALTH_REMINDER else CONFIRMED


def why(kind: MessageKind, visit: Standing, *, as_of: datetime = NOW) -> str:
    return unwanted(kind, FIELDS, visit, as_of=as_of)


@pytest.mark.parametrize("kind", [*OF_ONE_TIME, MessageKind.INTAKE_FORMS])
def test_what_is_said_of_a_visit_that_stands_is_wanted_until_it_begins(kind: MessageKind) -> None:
    """A-39, A-40, A-45."""
    assert why(kind, fitting(kind)) == ""
    assert why(kind, replace(fitting(kind), status=Status.RESCHEDULED)) == ""
    assert why(kind, fitting(kind), as_of=STARTS_AT) == OVER


@pytest.mark.parametrize("kind", OF_ONE_TIME)
def test_what_was_said_of_another_time_is_not_sent_any_more(kind: MessageKind) -> None:
    """A-43: everything follows the new time."""
    assert why(kind, replace(fitting(kind), starts_at=STARTS_AT + timedelta(hours=1))) == SUPERSEDED


def test_forms_are_wanted_whenever_the_visit_is() -> None:
    """A-39."""
    assert why(MessageKind.INTAKE_FORMS, replace(CONFIRMED, starts_at=STARTS_AT + timedelta(hours=1))) == ""


@pytest.mark.parametrize("status", [one for one in Status if one not in (Status.CONFIRMED, Status.RESCHEDULED)])
@pytest.mark.parametrize("kind", [*OF_ONE_TIME, MessageKind.INTAKE_FORMS])
def test_nobody_is_reminded_of_a_visit_that_does_not_stand(kind: MessageKind, status: Status) -> None:
    assert why(kind, replace(fitting(kind), status=status)) == SUPERSEDED


@pytest.mark.parametrize(
    ("kind", "visit"), [(MessageKind.APPOINTMENT_REMINDER, VIRTUAL), (MessageKind.TELEHEALTH_REMINDER, CONFIRMED)]
)
def test_a_reminder_of_the_other_setting_is_not_sent(kind: MessageKind, visit: Standing) -> None:
    """A-45."""
    assert why(kind, visit) == SUPERSEDED


@pytest.mark.parametrize("status", Status)
def test_that_a_request_was_received_is_said_whatever_became_of_it(status: Status) -> None:
    """A-26: exactly one mail."""
    assert why(MessageKind.REQUEST_RECEIVED, replace(CONFIRMED, status=status), as_of=STARTS_AT) == ""


@pytest.mark.parametrize(
    ("status", "code"),
    [(Status.TENTATIVE, ""), (Status.LAPSED, ""), (Status.CONFIRMED, DECIDED), (Status.CANCELLED, DECIDED)],
)
def test_the_practice_is_alerted_while_the_request_waits(status: Status, code: str) -> None:
    """A-27."""
    assert why(MessageKind.REQUEST_ALERT, replace(CONFIRMED, status=status)) == code


@pytest.mark.parametrize("status", Status)
def test_a_patient_is_told_of_a_decline_unless_the_visit_came_about_after_all(status: Status) -> None:
    """A-42: also when the declined request was deleted since."""
    declined = replace(CONFIRMED, status=status)
    is_off = status in (Status.DECLINED, Status.CANCELLED, Status.DELETED)
    assert (why(MessageKind.APPOINTMENT_DECLINED, declined) == "") is is_off


def test_a_cancellation_is_told_while_it_holds_and_matters() -> None:
    cancelled = replace(CONFIRMED, status=Status.CANCELLED)
    assert why(MessageKind.APPOINTMENT_CANCELLED, cancelled) == ""
    assert why(MessageKind.APPOINTMENT_CANCELLED, replace(cancelled, status=Status.DELETED)) == ""
    assert why(MessageKind.APPOINTMENT_CANCELLED, cancelled, as_of=STARTS_AT) == OVER
    assert why(MessageKind.APPOINTMENT_CANCELLED, CONFIRMED) == SUPERSEDED


def test_every_message_to_a_patient_has_an_answer() -> None:
    for kind in (kind for kind, entry in CATALOGUE.items() if entry.audience is Audience.PATIENT):
        assert why(kind, fitting(kind)) in ("", SUPERSEDED)


def test_the_start_that_was_told_is_an_aware_moment() -> None:
    assert start_of(FIELDS) == STARTS_AT
