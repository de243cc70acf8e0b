"""The enrollments of a simulated practice: who prepares and submits, what payers answer, and how slow a practice is."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy.orm import Session

from deployments.simulate import Act, Plan, World
from models.db import read
from models.inputs.answers import Answer
from models.rules.calendars import local_day, office_moment
from models.rules.enrollment import Contradiction, Need, RejectReason, State
from models.rules.enrollment_events import (
    Acknowledge,
    Approve,
    Bounce,
    Command,
    CompleteTasks,
    FollowUp,
    NeedTest,
    Prepare,
    Recertify,
    RecordTest,
    Reject,
    RequestDevelopment,
    Resubmit,
)
from models.rules.enrollment_facts import Enrollment
from models.rules.enrollment_moves import CHASE
from models.rules.enrollment_words import INTERFACES
from models.rules.onboarding_facts import Reason, Transaction
from models.rules.turnarounds import class_of
from models.store import work_items
from models.store.enrollment import Which, of_practices
from tasks import enrollment as work
from tasks import enrollment_files
from tasks.connectors.payer_simulator_plan import plan as payers_plan

REPRESENTATIVE: Final = "enroll-1"


class Quirk(StrEnum):
    """What goes another way than usual, once for each enrollment that has it."""

    LACKS_SIGNATURE = "lacks_signature"
    SLOW_PRACTICE = "slow_practice"
    FORM_RETURNED = "form_returned"
    ASKS_FOR_MORE = "asks_for_more"
    TESTS = "tests"
    REJECTS = "rejects"
    SILENT = "silent"
    EXPIRES = "expires"
    PAYS_BY_CHECK = "pays_by_check"


QUIRKS: Final[Mapping[str, Quirk]] = {
    "evergreen:claims": Quirk.LACKS_SIGNATURE,
    "medicaid:portal": Quirk.SLOW_PRACTICE,
    "northwind:era": Quirk.FORM_RETURNED,
    "medicare:claims": Quirk.ASKS_FOR_MORE,
    "northwind:claims": Quirk.TESTS,
    "evergreen:era": Quirk.REJECTS,
    "lakeshore:claims": Quirk.SILENT,
    "medicaid:claims": Quirk.EXPIRES,
    "evergreen:eft": Quirk.PAYS_BY_CHECK,
}
"""What goes another way in the demo's practice."""
EXPIRES_AFTER: Final = timedelta(days=110)


@dataclass(slots=True)
class Enrolling:
    """The representative, the payers that are asked by hand, and the practice as far as it must give something."""

    world: World
    practice: str
    payer_list: str
    quirks: Mapping[str, Quirk] = field(default_factory=lambda: QUIRKS)

    def plans(self) -> Iterator[Plan]:
        """Say what becomes of every enrollment as it stands."""
        found, tasks = read(self._load)
        if not found:
            yield Plan(self.world.in_business_days("payer list", 8, 8), "payer list", self._begin)
        for one in found:
            yield from self._next(one)
            if (one.id, CHASE) in tasks:
                yield self._soon(one, f"chase {tasks[one.id, CHASE]}", (0, 1), FollowUp())

    def _load(self, session: Session) -> tuple[list[Enrollment], dict[tuple[int, str], str]]:
        found = of_practices(session, [self.world.practice_id])[self.world.practice_id]
        tasks = work_items.open_for(session, practice_id=self.world.practice_id)
        opened = {(task.process_id, task.key.partition(".")[0]): f"{task.opened_at:%m-%d}" for task in tasks}
        return found, opened

    def _begin(self, as_of: datetime) -> str:
        opened = enrollment_files.open_payer_list(self.payer_list, by=REPRESENTATIVE)
        if isinstance(opened, str):
            return opened
        progress, batches = opened
        for lines in batches:
            taken = enrollment_files.take_payer_list.fn(lines, by=REPRESENTATIVE, key="simulated", as_of=as_of)
            progress.add(lines, taken)
        return "" if progress.answer().is_done else progress.answer().sentence

    def _next(self, one: Enrollment) -> Iterator[Plan]:
        match one.state:
            case State.DRAFT:
                yield self._soon(one, "prepare", (1, 3), Prepare(self._missing(one)))
            case State.NEEDS_PRACTICE:
                days = (8, 8) if self._has(one, Quirk.SLOW_PRACTICE) else (1, 4)
                yield self._soon(one, "give", days, CompleteTasks())
            case State.READY:
                yield self._submission(one)
            case State.REJECTED:
                yield self._soon(one, "correct", (1, 2), Resubmit(Reason.MUST_BE_REPEATED))
            case State.DEGRADED if one.reason == Contradiction.CHECK_AFTER_EFT:
                yield self._soon(one, "repair", (1, 2), Resubmit(Reason.MUST_BE_REPEATED))
            case State.RECERTIFYING:
                renewed = (one.expires_on or local_day(self.world.now, one.zone)) + timedelta(days=365)
                yield self._soon(one, "recertify", (6, 8), Recertify(renewed))
            case State.PROVING if one.transaction is Transaction.PORTAL:
                yield self._login(one)
            case _ if one.clearinghouse not in INTERFACES:
                yield from self._answered_by_hand(one)

    def _answered_by_hand(self, one: Enrollment) -> Iterator[Plan]:
        """Let those answer who have no interface: by letter, portal or phone."""
        match one.state:
            case State.SUBMITTED:
                yield self._soon(one, "acknowledge", (1, 3), self._taken(one))
            case State.PENDING_PAYER:
                yield self._answer(one)
            case State.TESTING:
                yield self._soon(one, "test", (2, 4), RecordTest(is_passed=True))
            case _:
                return

    def _has(self, one: Enrollment, quirk: Quirk) -> bool:
        is_first = one.attempt == 1 and one.identity == "group"
        return is_first and self.quirks.get(one.subject) is quirk

    def _missing(self, one: Enrollment) -> tuple[Need, ...]:
        if self._has(one, Quirk.LACKS_SIGNATURE):
            return (Need.PROVIDER_SIGNATURE,)
        return (Need.PORTAL_ACCESS,) if self._has(one, Quirk.SLOW_PRACTICE) else ()

    def _taken(self, one: Enrollment) -> Command:
        if self._has(one, Quirk.FORM_RETURNED) and Need.CORRECTED_FORM not in one.needs:
            return Bounce(reason=RejectReason.MISSING_INFORMATION)
        return Acknowledge()

    def _answer(self, one: Enrollment) -> Plan:
        """Let the payer answer by hand after as long as payers of its class take, or go another way before."""
        days = self._days(one)
        if self._has(one, Quirk.ASKS_FOR_MORE) and Need.ANSWER_TO_PAYER not in one.needs:
            return self._later(one, "ask for more", days / 2, RequestDevelopment())
        if self._has(one, Quirk.TESTS):
            return self._later(one, "need a test", days, NeedTest())
        if self._has(one, Quirk.REJECTS):
            return self._later(one, "reject", days, Reject(reason=RejectReason.NAME_MISMATCH))
        if self._has(one, Quirk.SILENT) and one.dates is not None:
            days = (one.dates.late_on - local_day(one.state_since, one.zone)).days + 10
        return self._later(one, "approve", days, self._approval(one, days))

    def _days(self, one: Enrollment) -> float:
        name = f"{self.practice}:{one.subject}:{one.identity}:{one.attempt}"
        answers = payers_plan(name, class_of(one.payer), one.transaction, one.state_since, self.world.seed)
        waited = sum((each.answered_at - each.at for each in answers if each.answered_at), timedelta(0))
        return max((answers[-1].at - one.state_since - waited).total_seconds() / 86_400, 1.0)

    def _approval(self, one: Enrollment, days: float) -> Approve:
        if not self._has(one, Quirk.EXPIRES):
            return Approve()
        return Approve(expires_on=local_day(one.state_since + timedelta(days=days), one.zone) + EXPIRES_AFTER)

    def _submission(self, one: Enrollment) -> Plan:
        name, which = self._name(one, "submit"), self._which(one)

        def submit(as_of: datetime) -> str:
            return said(work.submit.fn(which, by=REPRESENTATIVE, key=name, as_of=as_of))

        return Plan(self.world.in_business_days(name, 0, 2), name, submit)

    def _login(self, one: Enrollment) -> Plan:
        name, which = self._name(one, "log in"), self._which(one)

        def log_in(as_of: datetime) -> str:
            return said(work.record_login.fn(which, by=REPRESENTATIVE, key=name, as_of=as_of))

        return Plan(self.world.in_business_days(name, 1, 3), name, log_in)

    def _soon(self, one: Enrollment, word: str, days: tuple[int, int], command: Command) -> Plan:
        name = self._name(one, word)
        return Plan(self.world.in_business_days(name, *days), name, self._records(one, name, command))

    def _later(self, one: Enrollment, word: str, days: float, command: Command) -> Plan:
        name = self._name(one, word)
        at = office_moment(one.state_since + timedelta(days=days), zone=one.zone, calendar=one.calendar)
        return Plan(at, name, self._records(one, name, command))

    def _records(self, one: Enrollment, name: str, command: Command) -> Act:
        which = self._which(one)

        def record(as_of: datetime) -> str:
            return said(work.record.fn(which, command, by=REPRESENTATIVE, key=name, as_of=as_of))

        return record

    def _which(self, one: Enrollment) -> Which:
        return Which(self.practice, one.payer, one.transaction, one.identity)

    def _name(self, one: Enrollment, word: str) -> str:
        """Name an act after the state that it answers, so that each entry into a state is answered once."""
        since = local_day(one.state_since, one.zone)
        return f"{word} {one.subject}:{one.identity}:{one.generation}.{one.attempt}:{since}"


def said(answer: Answer) -> str:
    """Give the sentence of a refusal, nothing where something was done."""
    return "" if answer.is_done else answer.sentence
