"""Status updates from files: each line leads an enrollment to what it shows, once, or says why not (E-44)."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.inputs.csv_files import Fault
from models.inputs.enrollment_files import StatusLine
from models.rules.calendars import local_day
from models.rules.decisions import Process, Refusal
from models.rules.enrollment import Need, State
from models.rules.enrollment_decision import decide
from models.rules.enrollment_events import Approve, CompleteTasks, Event, HearUnknownWord, Prepare
from models.rules.enrollment_facts import Enrollment, Turnaround
from models.rules.enrollment_moves import after
from models.rules.enrollment_words import events_towards
from models.rules.onboarding_facts import Transaction
from models.store import enrollment_journey, events, turnarounds
from models.store.enrollment import of_practices
from models.store.enrollment_changes import Change, write_changes
from models.store.enrollment_lists import Taken, practices_named
from models.store.turnarounds import Asked
from models.tables.enrollment import PayerRow

_FAR: Final[Mapping[State, int]] = {
    State.DRAFT: 0,
    State.NEEDS_PRACTICE: 1,
    State.READY: 2,
    State.SUBMITTED: 3,
    State.PENDING_PAYER: 4,
    State.TESTING: 5,
    State.REJECTED: 6,
    State.APPROVED: 7,
    State.PROVING: 7,  # the effective date leads there by itself
    State.LIVE: 8,
    State.DEGRADED: 8,
    State.RECERTIFYING: 8,
}
"""How far an enrollment is: what is shown and lies behind changes nothing."""
_Key = tuple[str, str, Transaction]
_Turnarounds = Mapping[Asked, turnarounds.Known]


def take_statuses(session: Session, lines: Sequence[StatusLine], *, by: str, as_of: datetime) -> Taken:
    """Take in status updates in the order of the lines; a line that was taken before changes nothing.

    Counts: "updated", "known" (taken before, or there already), "asked" (a person has to look).
    """
    practices = practices_named(session, {line.practice for line in lines})
    ids = [one.id for one in practices.values()]
    events.lock_practices(session, ids)
    enrollments = [one for several in of_practices(session, ids).values() for one in several]
    taking = _Taking(session, enrollments, lines, by=by, as_of=as_of)
    for line in lines:
        taking.take(line, is_known_practice=line.practice in practices)
    taking.write(session)
    enrollment_journey.feed_journeys(session, taking.touched, as_of=as_of)
    return Taken(taking.counts, tuple(taking.faults))


class _Taking:
    """The lines of one transaction: decided one after the other in memory, then written together."""

    def __init__(
        self, session: Session, found: Sequence[Enrollment], lines: Sequence[StatusLine], *, by: str, as_of: datetime
    ) -> None:
        self._by, self._as_of = by, as_of
        self._present = {one.id: one for one in found}
        self._named = defaultdict[_Key, list[Enrollment]](list)
        for one in found:
            self._named[one.practice, one.payer, one.transaction].append(one)
        self._payers = {one.payer for one in found}
        query = select(PayerRow.key, PayerRow.payer_class).where(PayerRow.key.in_({line.payer for line in lines}))
        self._classes = dict(session.execute(query).tuples().all())
        self._turnarounds = self._times(session, found)
        named = [(one, line) for line in lines for one in self._named[_key(line)]]
        named_lines = [(one.id, _name(line)) for one, line in named]
        self._done = events.happened_of(session, process=Process.ENROLLMENT, named=named_lines)
        self._changes = defaultdict[int, list[Change]](list)
        self.counts = Counter[str]()
        self.faults = list[Fault]()

    def _times(self, session: Session, found: Sequence[Enrollment]) -> _Turnarounds:
        asked = {self._asked(one) for one in found if one.state is State.READY or one.state is State.DRAFT}
        return turnarounds.known_for(session, asked) if asked else {}

    def _asked(self, enrollment: Enrollment) -> Asked:
        return Asked(enrollment.payer, enrollment.transaction, self._classes.get(enrollment.payer, "commercial"))

    @property
    def touched(self) -> set[int]:
        """Give the practices of which something changed."""
        return {several[0].enrollment.practice_id for several in self._changes.values()}

    def take(self, line: StatusLine, *, is_known_practice: bool) -> None:
        """Decide upon one line."""
        if not is_known_practice:
            self._refuse(line, f"there is no practice with the key {line.practice}.")
            return
        found = self._find(line)
        if isinstance(found, str):
            self._refuse(line, found)
            return
        key = (found, _name(line))
        if key in self._done:
            self.counts["known"] += 1
            return
        self._lead(self._present[found], line)
        self._done.add(key)

    def _find(self, line: StatusLine) -> int | str:
        known = self._named[_key(line)]
        several = [one for one in known if line.billing in ("", one.identity)]
        if len(several) == 1:
            return several[0].id
        subject = f"{line.payer}:{line.transaction}"
        names = ", ".join(sorted(one.identity for one in known))
        if several:
            return f"{line.practice} has {subject} for several billings: {names}; name one of them in billing."
        if known:
            return f"{line.practice} has {subject} for another billing: {names}."
        if line.payer not in self._payers:
            return f"{line.practice} has no enrollment with a payer {line.payer}; begin it with a payer list."
        return f"{line.practice} has no enrollment {subject}; begin it with a payer list."

    def _lead(self, enrollment: Enrollment, line: StatusLine) -> None:
        if line.state is None:
            self._alert(enrollment, line, [HearUnknownWord(line.code)], "the word in status is not known")
            return
        taken = self._events(enrollment, line, line.state)
        if not taken and _FAR.get(enrollment.state, -1) >= _FAR[line.state]:
            self.counts["known"] += 1
            return
        if not taken:
            words = f"it is {_plain(enrollment.state)} here, and {_plain(line.state)} does not follow from that"
            self._refuse(line, f"{words}; nothing was changed.")
            return
        if isinstance(taken[0], HearUnknownWord):
            self._alert(enrollment, line, taken, f"it shows {_plain(line.state)} after the approval")
        elif self._step(enrollment, line, taken):
            self.counts["updated"] += 1

    def _alert(self, enrollment: Enrollment, line: StatusLine, taken: Sequence[Event], what: str) -> None:
        """Let a person look at what cannot be taken for true by itself (E-15)."""
        if self._step(enrollment, line, taken):
            self.counts["asked"] += 1
        self._refuse(line, f"{what}; the state stays as it is, and a task was opened to look there.")

    def _events(self, enrollment: Enrollment, line: StatusLine, shown: State) -> tuple[Event, ...]:
        if shown is State.READY:
            return _made_ready(enrollment)
        if shown is State.NEEDS_PRACTICE and enrollment.state is State.DRAFT:
            return (Prepare(line.needs or (Need.SIGNED_AGREEMENT,)),)
        made = events_towards(
            enrollment,
            shown,
            reason=line.reason,
            on=line.on or self._today(enrollment),
            needs=line.needs or (Need.ANSWER_TO_PAYER,),
            turnaround=self._turnaround(enrollment),
        )
        return tuple(
            replace(one, effective_on=line.effective_on, expires_on=line.expires_on)
            if isinstance(one, Approve)
            else one
            for one in made
        )

    def _today(self, enrollment: Enrollment) -> date:
        return local_day(self._as_of, enrollment.zone)

    def _turnaround(self, enrollment: Enrollment) -> Turnaround | None:
        known = self._turnarounds.get(self._asked(enrollment))
        return known.turnaround if known else None

    def _step(self, enrollment: Enrollment, line: StatusLine, taken: Sequence[Event]) -> bool:
        """Take all the steps that lead to what a line shows, or none."""
        present, changes = enrollment, list[Change]()
        for number, event in enumerate(taken):
            decision = decide(present, event, as_of=self._as_of)
            if isinstance(decision, Refusal):
                self._refuse(line, decision.sentence)
                return False
            key = f"{_name(line)}:{number}" if number else _name(line)
            changes.append(Change(present, decision, key, self._by))
            present = after(present, decision)
        self._changes[enrollment.id] += changes
        self._present[enrollment.id] = present
        return True

    def _refuse(self, line: StatusLine, sentence: str) -> None:
        self.faults.append(Fault(line.line, sentence))

    def write(self, session: Session) -> None:
        """Write what was decided, the first change of each enrollment, then the second ones, and so on."""
        for number in range(max(map(len, self._changes.values()), default=0)):
            changes = [several[number] for several in self._changes.values() if len(several) > number]
            write_changes(session, changes, as_of=self._as_of)


def _key(line: StatusLine) -> _Key:
    return line.practice, line.payer, line.transaction


def _name(line: StatusLine) -> str:
    return f"status:{line.code}"


def _plain(state: State) -> str:
    return state.replace("_", " ")


def _dated(event: Event, line: StatusLine) -> Event:
    if not isinstance(event, Approve):
        return event
    return replace(event, effective_on=line.effective_on, expires_on=line.expires_on)


def _made_ready(enrollment: Enrollment) -> tuple[Event, ...]:
    if enrollment.state is State.DRAFT:
        return (Prepare(),)
    if enrollment.state is State.NEEDS_PRACTICE and not enrollment.is_submitted:
        return (CompleteTasks(),)
    return ()
