"""Invented practices, and the shortest way to any step of their journeys."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from models.rules.calendars import Calendar
from models.rules.onboarding import CURRENT_VERSION, TOPICS, ItemKind
from models.rules.onboarding_commands import RECORDED_BY
from models.rules.onboarding_events import (
    AnswerQuestions,
    Begin,
    CompleteItem,
    ConfirmFirstClaims,
    EstablishCustomerId,
    Event,
    Graduate,
    RecordAttendance,
    RecordCall,
    RecordDocument,
    RecordEnrollment,
    RecordFirstEra,
    RegisterForTraining,
    SignAgreement,
)
from models.rules.onboarding_facts import (
    SETTLED,
    CallOutcome,
    DocumentOutcome,
    EnrollmentOutcome,
    Journey,
    JourneyStatus,
    PayerFacts,
    SessionFacts,
    Transaction,
)
from models.rules.roles import STAFF_ROLES, Role
from tests.rules.play import Play

START = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
"""A Monday, 10:00 in New York."""
ALL_TRANSACTIONS = tuple(Transaction)
PAYERS = (
    PayerFacts("medicare", 120, (Transaction.CLAIMS, Transaction.ERA)),
    PayerFacts("blue-cross", 90, (Transaction.CLAIMS, Transaction.EFT)),
    PayerFacts("aetna", 60, (Transaction.CLAIMS,)),
    PayerFacts("cigna", 10, (Transaction.CLAIMS,)),
)
TEAM = {role: "coach-1" if role is Role.SUCCESS_COACH else f"{role.replace('_', '-')}-1" for role in STAFF_ROLES}
STAFF = frozenset({*TEAM.values(), "coach-2"})
TRAINEES = ("user-1", "user-2")


def sessions(start: datetime = START, *, rounds: int = 3, seats: int = 20) -> tuple[SessionFacts, ...]:
    """Every topic in several rounds, from three weeks after the start on, two weeks apart."""
    return tuple(
        SessionFacts(100 * turn + number, topic.key, start + timedelta(days=21 + 14 * turn, hours=number), seats)
        for turn in range(rounds)
        for number, topic in enumerate(TOPICS)
    )


def new_journey(**changes: Any) -> Journey:
    """A journey of which nothing is known but its intake; changes name what matters to a test."""
    journey = Journey(
        1,
        1,
        "maple",
        "America/New_York",
        Calendar.GOVERNMENT,
        JourneyStatus.ACTIVE,
        1,
        CURRENT_VERSION,
        TEAM,
        staff=STAFF,
        trainees=TRAINEES,
        sessions=sessions(),
        payers=PAYERS,
        coach_candidate="coach-1",
    )
    return replace(journey, **changes)


def begun(*, as_of: datetime = START, **changes: Any) -> Play:
    """A journey that has just started."""
    play = Play(new_journey(**changes), as_of=as_of)
    play.do(Begin("standard"))
    return play


def held(call: str) -> RecordCall:
    return RecordCall(call, CallOutcome.HELD)


def attended(topics: tuple[str, ...] = (), people: tuple[str, ...] = TRAINEES) -> tuple[Event, ...]:
    names = topics or tuple(topic.key for topic in TOPICS)
    return tuple(RecordAttendance(person, topic, attended=True) for person in people for topic in names)


def finalised(*payers: PayerFacts) -> tuple[Event, ...]:
    return tuple(
        RecordEnrollment(payer.key, transaction, EnrollmentOutcome.FINALISED)
        for payer in payers
        for transaction in payer.transactions
    )


def work_of(step: str, on: date) -> tuple[Event, ...]:
    """What ends a step, in the shortest way."""
    return {
        "service_agreement": (SignAgreement(on),),
        "welcome_call": (
            held("welcome"),
            AnswerQuestions({"providers": 3}),
            EstablishCustomerId(4711),
            CompleteItem("welcome.preparation"),
            CompleteItem("welcome.handoff_agenda"),
        ),
        "handoff_call": (held("handoff"),),
        "application_call": (held("application"),),
        "billing_rules_call": (held("billing_rules"), CompleteItem("billing_rules.configured")),
        "training": (RegisterForTraining(), *attended()),
        "enrollments": finalised(*PAYERS[:3]),
        "first_claim": (ConfirmFirstClaims(received=True, submitted=True),),
        "payments": (RecordFirstEra(on), CompleteItem("payments.auto_posting")),
        "graduation": (),
    }[step]


def playing(step: str, *, as_of: datetime = START, **changes: Any) -> Play:
    """A journey in which this step has just opened; every step before it was done in the shortest way."""
    play = begun(as_of=as_of, **changes)
    for earlier in play.journey.template.steps:
        if step in play.journey.steps:
            break
        play.do(*work_of(earlier, as_of.date()))
        play.deliver()
    assert step in play.journey.steps
    return play


def finish_everything(play: Play) -> None:
    """Do by hand what graduation still waits for."""
    if ("one_week", 1) in play.journey.calls:
        play.tell(held("one_week"))
    for key, facts in list(play.journey.items.items()):
        item = play.journey.template.items[key]
        if facts.state in SETTLED:
            continue
        if item.kind is ItemKind.DOCUMENT:
            play.tell(RecordDocument(key, DocumentOutcome.ACCEPTED))
        elif item.kind is ItemKind.TASK and key not in RECORDED_BY:
            play.tell(CompleteItem(key))


def graduated(**changes: Any) -> Play:
    """A journey that was played to its end."""
    play = playing("graduation", **changes)
    finish_everything(play)
    play.do(Graduate())
    return play
