"""The enrollments of one simulated practice: who prepares, submits and chases them, and what payers answer when."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Final, Protocol

from deployments.capacity.invented import Invented
from deployments.capacity.stage import Stage
from deployments.capacity.wanted import REPRESENTATIVE, minutes_of
from models.rules.calendars import local_day
from models.rules.decisions import Ask, CancelTimers, Effect, Note, Refusal, SetTimer
from models.rules.enrollment import PROOFS, Finalised, Need, Proof, RejectReason, State
from models.rules.enrollment_decision import decide
from models.rules.enrollment_events import (
    Acknowledge,
    Approve,
    Bounce,
    CompleteTasks,
    Create,
    Due,
    Event,
    FollowUp,
    NeedTest,
    Prepare,
    Prove,
    Recertify,
    RecordTest,
    Reject,
    RequestDevelopment,
    Resubmit,
    SeeClaim,
    Submit,
)
from models.rules.enrollment_facts import Decision, Enrollment, Notice
from models.rules.enrollment_journey import Paid, news_for, ranks
from models.rules.enrollment_moves import after
from models.rules.messages import MessageKind
from models.rules.onboarding_events import Event as JourneyEvent
from models.rules.onboarding_facts import SETTLED, ItemFacts, Journey, PayerFacts, Reason, Transaction
from models.rules.roles import Party, Role
from tasks.connectors.payer_simulator_plan import DEVELOPED, PRENOTE, REASONS, REFUSED, RETURNED, TESTED

NEEDS_NONE, SILENT = 0.05, 0.04
"""Shares of enrollments that need none, and of those that show no proof before they were sent in again."""
TAKEN_WITHIN: Final = 1.5  # days until the clearinghouse has handed it on
RENEWED_FOR: Final = timedelta(days=365)
FIRST_PAID_AFTER, PAID_EACH = timedelta(days=9), timedelta(days=14)
OF_PRACTICE: Final = frozenset({"give", "recertify"})
DOCUMENTS: Final = {Need.BANK_LETTER: "document.bank_letter", Need.W9: "document.w9"}
SYSTEM: Final = "golive"


@dataclass(slots=True)
class Case:
    """One enrollment with its one timer, and its states since their moments (UTC)."""

    facts: Enrollment
    timer: SetTimer | None = None
    since: list[datetime] = field(default_factory=list)
    states: list[State] = field(default_factory=list)
    is_developed: bool = False

    def state_at(self, moment: datetime) -> State | None:
        """Say in which state it was at a moment; none before it was begun."""
        place = bisect_right(self.since, moment)
        return self.states[place - 1] if place else None


class Told(Protocol):
    """Whoever hears what becomes of enrollments: the journey of the practice."""

    journey: Journey

    def tell_together(self, events: Iterable[JourneyEvent], *, by: str) -> int:
        """Hear it."""
        ...

    def hear(self, notes: Iterable[Note]) -> None:
        """Keep lines of an enrollment's history beside those of the journey."""
        ...


class Enrolling:
    """Everything that happens to one practice's enrollments."""

    def __init__(self, invented: Invented, stage: Stage, told: Told) -> None:
        self._invented, self._stage, self._told = invented, stage, told
        self.cases: list[Case] = []
        self.is_over = False
        self._digests: set[date] = set()

    def begin(self) -> None:
        """Begin an enrollment for every planned payer and transaction (E-01)."""
        first = ranks(self._told.journey.payers)
        for payer in self._told.journey.payers:
            for transaction in payer.transactions:
                self._begin(payer, transaction, first.get(payer.key, 0))
        self._stage.tally.enrollments["begun"] += len(self.cases)

    def _begin(self, payer: PayerFacts, transaction: Transaction, rank: int) -> None:
        journey, now = self._told.journey, self._stage.now
        number = len(self.cases) + 1
        known = (number, journey.practice_id, journey.practice, journey.zone, journey.calendar)
        facts = Enrollment(*known, payer.key, transaction, "group", State.DRAFT, 1, now, now, rank=rank)
        case = Case(facts, since=[now], states=[State.DRAFT])
        self.cases.append(case)
        needs_one = self._invented.of(f"needs {facts.subject}") >= NEEDS_NONE
        self._tell(Create(is_required=needs_one), case)

    def go_live(self) -> None:
        """Let claims go out to every payer, and let what proves enrollments come back."""
        for case in self.cases:
            self._tell(SeeClaim(self.today), case)
        self._stage.at(self._stage.now + FIRST_PAID_AFTER, self._get_paid)

    def _get_paid(self) -> None:
        """Let payers answer claims and pay; a remittance each fortnight keeps an ERA alive (E-24)."""
        for case in self.cases:
            facts = case.facts
            is_known = facts.state is State.LIVE and facts.transaction is not Transaction.ERA
            is_silent = facts.attempt == 1 and self._invented.of(f"silent {facts.subject}") < SILENT
            if facts.approved_on is None or is_known or is_silent or facts.transaction is Transaction.PORTAL:
                continue
            self._tell(SeeClaim(self.today), case)
            self._prove(case)
        self._stage.at(self._stage.now + PAID_EACH, self._get_paid)

    def _prove(self, case: Case) -> None:
        proof = PROOFS[case.facts.transaction]
        self._tell(Prove(proof, self.today, f"{proof}:{self.today}", PAID_EACH.days), case)

    @property
    def today(self) -> date:
        """Give the practice's present day."""
        return local_day(self._stage.now, self._told.journey.zone)

    def _tell(self, event: Event, case: Case) -> None:
        """Let something happen to an enrollment; what does not fit any more changes nothing."""
        decision = decide(case.facts, event, as_of=self._stage.now)
        if self.is_over or isinstance(decision, Refusal):
            return
        case.facts = after(case.facts, decision)
        for effect in decision.effects:
            self._carry_out(effect, case)
        watched = {"state": case.facts.state.value, "timers": int(case.timer is not None)}
        self._told.hear((*decision.notes, Note("watched", case.facts.subject, evidence=watched)))
        if decision.notices:
            self._digest(decision.notices)
        if "state" in decision.fields:
            self._entered(case, decision)

    def _entered(self, case: Case, decision: Decision) -> None:
        case.since.append(self._stage.now)
        case.states.append(case.facts.state)
        self._stage.tally.enrollments[decision.notes[0].kind.removeprefix("enrollment_")] += 1
        self._answer(case)
        news = news_for(self._told.journey, [one.facts for one in self.cases], Paid(), policy=Finalised.APPROVED)
        if news:
            self._told.tell_together(news, by=SYSTEM)

    def _carry_out(self, effect: Effect, case: Case) -> None:
        match effect:
            case SetTimer():
                case.timer = effect
                self._stage.at(effect.due_at, partial(self._ring, case, effect))
            case CancelTimers() if case.timer is not None and case.timer.kind == effect.kind:
                case.timer = None
            case Ask():
                self._ask(effect.key.partition(".")[0], case)

    def _ring(self, case: Case, timer: SetTimer) -> None:
        if case.timer is timer:
            case.timer = None
            self._tell(Due(timer.kind, timer.due_at, timer.number), case)

    def _ask(self, word: str, case: Case) -> None:
        """Let whoever is asked act once it is their turn."""
        act = partial(self._act, word, case, case.facts.state_since)
        name = f"{word} {case.facts.subject} {len(case.since)}"
        if word in OF_PRACTICE:
            self._stage.at(self._invented.in_business_days(name, *self._invented.pace, since=self._stage.now), act)
            return
        role = REPRESENTATIVE if word in ACTS else Role.ONBOARDING_MANAGER
        taken_up = self._invented.in_business_days(name, 0, 1, since=self._stage.now)
        self._stage.at(taken_up, lambda: self._stage.work(role, self._invented.number, minutes_of(word), act))

    def _act(self, word: str, case: Case, since: datetime) -> None:
        if case.facts.state_since == since and word in ACTS:
            self._tell(ACTS[word](self, case), case)

    def _missing(self) -> frozenset[Need]:
        items = self._told.journey.items
        return frozenset(need for need, item in DOCUMENTS.items() if items.get(item, ItemFacts()).state not in SETTLED)

    def prepared(self, case: Case) -> Event:
        """Check the paperwork of an enrollment against the documents that have come."""
        case.facts = replace(case.facts, lacking=self._missing())
        return Prepare()

    def submitted(self, case: Case) -> Event:
        """Send an enrollment in; how long its payer takes decides when somebody asks."""
        case.is_developed = False
        return Submit(self._invented.turnaround(case.facts.payer, case.facts.transaction))

    def _answer(self, case: Case) -> None:
        """Plan what clearinghouse or payer answers to an enrollment that has just come to them."""
        planned = {State.SUBMITTED: self._taken, State.PENDING_PAYER: self._decided}.get(case.facts.state)
        if planned is not None:
            for days, event in planned(case):
                at = self._stage.now + timedelta(days=days)
                self._stage.at(at, partial(self._if_still, case, case.facts.state_since, event))

    def _if_still(self, case: Case, since: datetime, event: Event) -> None:
        if case.facts.state_since == since:
            case.is_developed |= isinstance(event, RequestDevelopment)
            self._tell(event, case)

    def _taken(self, case: Case) -> Iterator[tuple[float, Event]]:
        name = f"{case.facts.subject} {case.facts.attempt}"
        is_returned = self._invented.of(f"returned {name}") < RETURNED and Need.CORRECTED_FORM not in case.facts.needs
        answer = Bounce(reason=RejectReason.MISSING_INFORMATION) if is_returned else Acknowledge()
        yield TAKEN_WITHIN * self._invented.of(f"taken {name}"), answer

    def _decided(self, case: Case) -> Iterator[tuple[float, Event]]:
        """Answer after as long as the payer takes; where it wants something more, half the time is over then."""
        facts = case.facts
        name = f"{facts.subject} {facts.attempt}"
        days = self._invented.days_of_payer(facts.payer, facts.transaction, facts.attempt)
        days += PRENOTE if facts.transaction is Transaction.EFT else 0
        if self._invented.of(f"developed {name}") < DEVELOPED:
            days /= 2
            if not case.is_developed:
                yield days, RequestDevelopment()
                return
        yield days, self._decision(facts, name)

    def _decision(self, facts: Enrollment, name: str) -> Event:
        share = self._invented.of(f"refused {name}")
        if share < REFUSED:
            return Reject(reason=REASONS[int(share / REFUSED * len(REASONS))][0])
        is_tested = facts.transaction is Transaction.CLAIMS and self._invented.of(f"tested {name}") < TESTED
        return NeedTest() if is_tested else Approve()

    def _digest(self, notices: tuple[Notice, ...]) -> None:
        """Count one digest per reader and day (E-26)."""
        today, told = self.today, self._stage.tally
        sides = {one.to.party is Party.PRACTICE for one in notices}
        if True in sides and today not in self._digests:
            self._digests.add(today)
            told.messages[self._stage.week, MessageKind.ENROLLMENT_DIGEST] += 1
        if False in sides and (today, "staff") not in self._stage.told:
            self._stage.told.add((today, "staff"))
            told.messages[self._stage.week, MessageKind.ENROLLMENT_DIGEST_STAFF] += 1


def _renewed(self: Enrolling, case: Case) -> Event:
    _ = self
    return Recertify((case.facts.expires_on or date.max - RENEWED_FOR) + RENEWED_FOR)


ACTS: Final[dict[str, Callable[[Enrolling, Case], Event]]] = {
    "prepare": Enrolling.prepared,
    "give": lambda *_: CompleteTasks(),
    "submit": Enrolling.submitted,
    "test": lambda *_: RecordTest(is_passed=True),
    "correct": lambda *_: Resubmit(Reason.MUST_BE_REPEATED),
    "repair": lambda *_: Resubmit(Reason.MUST_BE_REPEATED),
    "recertify": _renewed,
    "chase": lambda *_: FollowUp(),
    "log_in": lambda self, _: Prove(Proof.PORTAL_LOGIN, self.today, f"login:{self.today}"),
}
"""What is done by whoever is asked, by the word of the work item."""
