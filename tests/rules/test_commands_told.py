"""What each command leads to in each step of a journey, word by word, as it was approved (tests/golden.py)."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from models.rules.onboarding import STEPS
from models.rules.onboarding_decision import decide
from models.rules.onboarding_events import (
    AddPayers,
    AnswerQuestions,
    AssignRole,
    Begin,
    Cancel,
    ChooseTopPayers,
    CompleteItem,
    ConfirmFirstClaims,
    EstablishCustomerId,
    Event,
    ExcuseFromTraining,
    Graduate,
    Pause,
    RecordAttendance,
    RecordCall,
    RecordDocument,
    RecordEnrollment,
    RecordFirstEra,
    RecordPaymentIssue,
    RegisterForTraining,
    ReopenItem,
    ReopenStep,
    RescheduleTraining,
    Resume,
    SettlePaymentIssue,
    SignAgreement,
    SkipItem,
    SkipStep,
)
from models.rules.onboarding_facts import (
    CallOutcome,
    DocumentOutcome,
    EnrollmentOutcome,
    PaymentIssue,
    Reason,
    Transaction,
)
from models.rules.roles import Role
from tests.golden import compare
from tests.rules.examples import START, graduated, playing
from tests.rules.play import COACH, Play
from tests.rules.told import decision_as_text, words

APPROVED = Path(__file__).parent / "approved"
WHY: Final = Reason.PRACTICE_ASKED
CHECK: Final = PaymentIssue.CHECK_AFTER_EFT
DAY: Final = date(2026, 3, 2)
COMMANDS: Final[tuple[Event, ...]] = (
    Begin("standard"),
    SignAgreement(DAY),
    SignAgreement(date(2027, 1, 1)),
    AnswerQuestions({"providers": 3}),
    AnswerQuestions({}),
    EstablishCustomerId(4711),
    EstablishCustomerId(4712),
    *(RecordCall(call, CallOutcome.HELD) for call in ("welcome", "handoff", "one_week", "tea")),
    RecordCall("application", CallOutcome.HELD, covered=("logins",)),
    RecordCall("application", CallOutcome.NO_SHOW),
    RecordCall("handoff", CallOutcome.RESCHEDULED, new_start=START + timedelta(days=3)),
    RecordCall("handoff", CallOutcome.RESCHEDULED, new_start=START),
    *(CompleteItem(item) for item in ("welcome.preparation", "handoff.ehr", "document.w9", "welcome.held", "tea")),
    *(SkipItem(item, WHY) for item in ("handoff.ehr", "document.w9", "welcome.held", "tea")),
    *(ReopenItem(item, WHY) for item in ("handoff.ehr", "welcome.preparation", "document.w9", "tea")),
    *(SkipStep(step, WHY) for step in ("application_call", "training", "enrollments", "tea")),
    *(ReopenStep(step, WHY) for step in ("application_call", "welcome_call", "training", "tea")),
    RecordDocument("document.w9", DocumentOutcome.RECEIVED),
    RecordDocument("document.w9", DocumentOutcome.ACCEPTED),
    RecordDocument("document.w9", DocumentOutcome.REJECTED),
    RecordDocument("document.w9", DocumentOutcome.REJECTED, Reason.UNREADABLE),
    RecordDocument("handoff.ehr", DocumentOutcome.RECEIVED),
    RegisterForTraining(("user-1",), ("dashboard",)),
    RegisterForTraining(("nobody",)),
    RegisterForTraining(("user-1",), ("tea",)),
    RegisterForTraining(("user-1",), ("dashboard",), 999),
    RecordAttendance("user-1", "dashboard", attended=True),
    RecordAttendance("user-1", "dashboard", attended=False),
    RecordAttendance("nobody", "dashboard", attended=True),
    RescheduleTraining("user-1", "dashboard"),
    ExcuseFromTraining("user-1", "dashboard", WHY),
    AssignRole(Role.SUCCESS_COACH, "coach-2"),
    AssignRole(Role.SUCCESS_COACH, "nobody"),
    AssignRole(Role.PRIMARY_CONTACT, "coach-2"),
    Pause(WHY),
    Resume(),
    Cancel(WHY),
    ChooseTopPayers(("cigna", "aetna"), WHY),
    ChooseTopPayers(("stranger",), WHY),
    ChooseTopPayers((), WHY),
    AddPayers({"zenith": (Transaction.CLAIMS,), "aetna": (Transaction.ERA,)}, {"zenith": 400}),
    *(RecordEnrollment("medicare", Transaction.ERA, outcome) for outcome in EnrollmentOutcome),
    RecordEnrollment("stranger", Transaction.ERA, EnrollmentOutcome.FINALISED),
    ConfirmFirstClaims(received=True, submitted=False),
    ConfirmFirstClaims(received=False, submitted=True),
    ConfirmFirstClaims(received=False, submitted=False),
    RecordFirstEra(DAY),
    RecordFirstEra(date(2027, 1, 1)),
    RecordPaymentIssue("medicare", CHECK),
    RecordPaymentIssue("stranger", CHECK),
    SettlePaymentIssue("medicare", CHECK),
    Graduate(),
)


def journeys() -> Iterator[tuple[str, Play]]:
    """Give a journey at the beginning of each step, and some that stand elsewhere."""
    for step in STEPS:
        yield step.key, playing(step.key)
    busy = playing("training")
    busy.wait(days=2)
    busy.do(RegisterForTraining(), RecordDocument("document.w9", DocumentOutcome.RECEIVED))
    busy.do(SkipItem("handoff.ehr", WHY), SkipStep("application_call", WHY))
    yield "busy", busy
    paused = playing("training")
    paused.do(Pause(WHY))
    yield "paused", paused
    troubled = playing("payments")
    troubled.do(RecordPaymentIssue("medicare", CHECK))
    yield "troubled", troubled
    yield "over", graduated()


def told(play: Play) -> Iterator[str]:
    for event in COMMANDS:
        decision = decide(play.journey, event, by=COACH, as_of=play.now)
        yield f"{words(event)}\n{decision_as_text(decision, play.journey)}"


def test_every_command_is_done_or_refused_as_was_approved_in_every_step_o_01_o_40_o_45() -> None:
    """What was written for an earlier journey is not written again."""
    written = set[str]()
    pages = []
    for name, play in journeys():
        new = [text for text in told(play) if text not in written]
        written |= set(new)
        pages.append(f"== {name}\n{''.join(new)}")
    compare(APPROVED / "commands.txt", "".join(pages))
