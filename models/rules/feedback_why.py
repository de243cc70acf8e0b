"""What became of a visit's request for feedback, in sentences that a front office understands (F-213)."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from models.rules.calendars import zone_of
from models.rules.feedback import Outcome, RequestState, Why
from models.rules.feedback_facts import Attempt, Request
from models.rules.messages import Channel

REASONS: Final[Mapping[Why, str]] = {
    Why.OMISSION: "the patient was asked within the last {days}",
    Why.EXCLUDED: "the patient is or was excluded from patient surveys",
    Why.NO_CONTACT: "neither a mobile number nor an email address is known",
    Why.NO_CONSENT_AND_NO_EMAIL: "the patient has not agreed to texts, and no email address is known",
    Why.NO_EMAIL: "it goes by email, and no email address is known",
    Why.OPTED_OUT: "the patient opted out of our messages",
    Why.ARCHIVED: "the patient's record is archived or deactivated",
    Why.CHECKLIST_RED: "the launch checklist is not green, so that two systems could ask the patient",
    Why.DUPLICATE_PERSON: "another visit's request to the same person goes first",
    Why.TEST_APPOINTMENT: "it is a test appointment",
    Why.DELETED: "the appointment was deleted",
    Why.CHECK_OUT_UNDONE: "the check-out was undone",
    Why.NO_PATIENT: "the appointment has no patient",
    Why.NO_CADENCE: "the practice has not chosen yet when patients are asked",
    Why.SENDING_STOPPED: "the practice has stopped asking for feedback",
    Why.STALE: "its time had passed by more than a day",
    Why.ANSWERED: "the patient had answered",
    Why.HELD_FOR_A_PERSON: "a text of the patient waits for a person's decision",
    Why.REFUSED: "the message could not be delivered",
}
WAYS: Final[Mapping[Channel | None, str]] = {Channel.TEXT: "text", Channel.EMAIL: "email", None: "message"}
_OUTCOMES: Final[Mapping[Outcome, str]] = {
    Outcome.WAITING: "Attempt {number}: a{n} {way} is on its way since {at}.",
    Outcome.SENT: "Attempt {number} went out by {way} on {at}.",
    Outcome.UNSURE: "Attempt {number} went out by {way} on {at}, perhaps: nobody confirmed it, so it is not repeated.",
    Outcome.REFUSED: "Attempt {number} by {way} was refused on {at}; it is not tried again in this way.",
    Outcome.WITHDRAWN: "Attempt {number}: a{n} {way} was taken back on {at}, before it was sent.",
    Outcome.LEFT_OUT: "{What} was left out on {at}: {why}.",
}


def why(request: Request, attempts: Iterable[Attempt], *, zone: str) -> tuple[str, ...]:
    """Tell what became of a request and of each attempt; times are the practice's, in `zone`."""
    rows = sorted(attempts, key=lambda one: (one.number, one.at, one.channel is None))
    reached = frozenset(one.number for one in rows if one.outcome in {Outcome.SENT, Outcome.UNSURE})
    lines = (_attempt(one, request, zone, is_rest=one.number in reached) for one in rows)
    began = f"The visit was checked out on {_at(request.checked_out_at, zone)}."
    return (began, *lines, _state(request, zone))


def reason(request: Request, cause: Why) -> str:
    """Word one reason, as the end of a sentence."""
    days = request.policy.omission_days
    return REASONS[cause].format(days=f"{days} days" if days > 1 else "24 hours")


def _attempt(attempt: Attempt, request: Request, zone: str, *, is_rest: bool) -> str:
    way = WAYS[attempt.channel]
    return _OUTCOMES[attempt.outcome].format(
        number=attempt.number,
        way=way,
        n="n" if way.startswith("e") else "",
        at=_at(attempt.at, zone),
        What=f"What was left of attempt {attempt.number}" if is_rest else f"Attempt {attempt.number}",
        why=reason(request, attempt.why) if attempt.why else "nothing is known about it",
    )


def _state(request: Request, zone: str) -> str:
    cause = reason(request, request.why) if request.why else ""
    match request.state:
        case RequestState.ANSWERED:
            at = f" on {_at(request.answered_at, zone)}" if request.answered_at else ""
            return f"The patient answered{at}."
        case RequestState.UNANSWERED:
            return "The patient did not answer; nothing more is sent."
        case RequestState.SUPPRESSED:
            return f"The patient was not asked: {cause}."
        case RequestState.CANCELLED:
            return f"Nothing more is sent: {cause}."
        case RequestState.PLANNED | RequestState.ASKED:
            return _open(request, zone)


def _open(request: Request, zone: str) -> str:
    if request.waits_for is not None:
        return f"We wait to hear whether the {WAYS[request.waits_for]} was taken."
    if request.due_at is None:
        return "All attempts are over; an answer still counts while the link is valid."
    return f"Attempt {request.number + 1} of {len(request.policy.asks)} is planned for {_at(request.due_at, zone)}."


def _at(moment: datetime, zone: str) -> str:
    local = moment.astimezone(zone_of(zone))
    return f"{local:%B} {local.day}, {local.year}, {local:%I:%M %p}".replace(", 0", ", ")
