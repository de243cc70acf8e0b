"""The store of a practice that asks for feedback as a side of a played history: real tables, real transactions."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypeVar

from sqlalchemy import Row, bindparam, select
from sqlalchemy.orm import Session

from deployments.histories.feedback_play import Letter, Result, Standing
from deployments.histories.feedback_script import RECORDS, Act, Record, Shown
from models.db import Database
from models.inputs.letters import FeedbackLetter
from models.inputs.practice_system import SystemAppointment
from models.rules.consent import StopReason
from models.rules.decisions import Refusal
from models.rules.feedback import Policy
from models.rules.feedback_events import Answer
from models.rules.messages import Channel
from models.store import (
    feedback_changes,
    feedback_sweep,
    look_ups,
    message_stops,
    messages,
    patient_changes,
    system_changes,
    timers,
)
from models.store.claims import Claim
from models.store.feedback_letters import WITHDRAWN, load_feedback_letters, read_fitting_letters
from models.store.message_stops import Cause, Place
from models.store.messages import ClaimedMessage, Outcome
from models.store.patient_changes import Wanted
from models.tables.appointments import AppointmentRow
from models.tables.feedback import FeedbackRequestRow
from models.tables.messages import MessageState
from models.tables.patients import PatientRow
from tasks.connectors.ports import Sight
from tasks.outcomes import put_off, settle, settle_look
from tests.store.asking import Asking, an_asking

SITE: Final = "https://site.example.test"
LIMIT: Final = 1000
REQUESTS, VISITS = (one.metadata.tables[one.__tablename__] for one in (FeedbackRequestRow, AppointmentRow))
OURS: Final = REQUESTS.c.practice_id == bindparam("practice")
STANDINGS: Final = select(REQUESTS).where(OURS)
NAMES: Final = (
    select(REQUESTS.c.id, VISITS.c.system_id, REQUESTS.c.epoch)
    .join(VISITS, VISITS.c.id == REQUESTS.c.appointment_id)
    .where(OURS)
)
Given = TypeVar("Given")


class CrashError(Exception):
    """A worker that dies before its commit."""


@dataclass
class SqlSide:
    """One practice in a database of its own, driven through the same functions as in production."""

    db: Database
    key: str
    asking: Asking = field(init=False)
    patients: dict[str, int] = field(default_factory=dict)
    claims: dict[Letter, tuple[Claim, ClaimedMessage]] = field(default_factory=dict)
    _known: dict[int, str] = field(default_factory=dict)
    _next_due: datetime | None = None
    _is_changed: bool = True
    _is_told: bool = False

    def begin(self, policy: Policy, consents: Iterable[Record], *, as_of: datetime) -> None:
        choices = {"asks": policy.asks, "relative_to": policy.relative_to, "omission_days": policy.omission_days}
        self.asking = an_asking(self.db, key=self.key, **choices)
        self.asking.now = as_of
        for one in RECORDS:
            known = {"first": one.first, "email": one.email, "mobile": one.phone, "born": one.born}
            self.patients[one.number] = self.asking.patient(one.number, consents=one in consents, **known)

    def show(self, shown: Shown, *, as_of: datetime) -> None:
        seen = SystemAppointment(
            shown.visit,
            starts_at=shown.starts_at,
            ends_at=shown.ends_at,
            modified_at=shown.modified_at,
            status=shown.status,
            provider="71",
            location="81",
            patient=shown.record.number,
        )
        self._do(lambda s: system_changes.take_in(s, self.asking.practice, [seen], as_of=as_of))

    def act(self, act: Act, *, as_of: datetime) -> bool:
        self.asking.now = as_of
        patient = self.patients[act.record.number]
        wanted = Wanted(patient, "coach-1", f"{act.does}:{as_of.isoformat()}")
        match act.does:
            case "exclude":
                return self._changed(lambda s: patient_changes.exclude_from_surveys(s, wanted, as_of=as_of))
            case "include":
                return self._changed(lambda s: patient_changes.include_in_surveys(s, wanted, as_of=as_of))
            case "stop" | "lift":
                return self._do(lambda s: self._turn(s, act, as_of=as_of))
            case _:
                self.asking.consent(patient, is_given=act.does == "consent", at=as_of)
                return True

    def _changed(self, command: Callable[[Session], patient_changes.Recorded | Refusal]) -> bool:
        done = self._do(command)
        assert not isinstance(done, Refusal), done
        return not done.again

    def _turn(self, session: Session, act: Act, *, as_of: datetime) -> bool:
        """Stop an address, or let it get messages again."""
        row = session.get_one(PatientRow, self.patients[act.record.number])
        index = row.phone_index if act.channel is Channel.TEXT else row.email_index
        place = Place(self.asking.practice, index, act.channel)
        if act.does == "lift" or not index:
            return bool(index) and message_stops.lift(session, place, by="coach-1", as_of=as_of)
        if message_stops.present_stop(session, place) is not None:
            return False
        cause = Cause(StopReason.DOUBT if act.is_doubtful else StopReason.KEYWORD, is_doubtful=act.is_doubtful)
        message_stops.stop(session, place, cause, as_of=as_of)
        patients = message_stops.patients_at(session, self.asking.practice, [index], act.channel)
        message_stops.take_back(session, {place: patients}, as_of=as_of)
        return True

    def answer(self, request: str, *, as_of: datetime) -> None:
        number = {name: number for number, name in self._known.items()}[request]
        key = f"answer:{as_of.isoformat()}"
        self._do(lambda s: feedback_changes.tell(s, number, Answer(), key=key, as_of=as_of))

    def sweep(self, *, as_of: datetime, crashes: bool) -> None:
        if not self._is_due(as_of):
            return

        def work(session: Session) -> None:
            feedback_sweep.fire_timers(session, as_of=as_of, limit=LIMIT)
            if crashes:
                raise CrashError

        with suppress(CrashError):
            self._do(work)

    def _letters(self, found: list[ClaimedMessage], *, as_of: datetime) -> dict[int, FeedbackLetter | str]:
        letters = self.db.read(lambda s: read_fitting_letters(s, found, address=SITE, as_of=as_of))
        changed = [one for one in found if one.id not in letters]
        if changed:
            letters |= self._do(lambda s: load_feedback_letters(s, changed, address=SITE, as_of=as_of))
        return letters

    def claim(self, *, as_of: datetime) -> Letter | None:
        while self._is_due(as_of) and (claim := self._do(lambda s: messages.claim_due(s, as_of=as_of, limit=1))):
            found = self.db.read(lambda s, claim=claim: messages.claimed(s, claim))  # type: ignore[misc]
            letters = self._letters(found, as_of=as_of)
            for one in found:
                if letters[one.id] != WITHDRAWN:
                    letter = self._letter(one)
                    self.claims[letter] = (claim, one)
                    return letter
        return None

    def mark(self, letter: Letter, *, as_of: datetime) -> bool:
        claim, one = self.claims[letter]
        return bool(self._do(lambda s: messages.mark_sending(s, [one.id], fence=claim.fence, as_of=as_of)))

    def settle(self, letter: Letter, result: Result, *, as_of: datetime) -> None:
        claim, one = self.claims[letter]
        if result.word == "unavailable":
            self._do(lambda s: put_off(s, one, "no_answer", fence=claim.fence, as_of=as_of))
            return
        outcome = Outcome(MessageState(result.word), "no_answer" if result.word == "unknown" else "")
        self._do(lambda s: settle(s, [(one, outcome)], fence=claim.fence, as_of=as_of))

    def recover(self, *, as_of: datetime) -> None:
        if self._is_due(as_of):
            self._do(lambda s: messages.recover(s, as_of=as_of))

    def doubtful(self, *, as_of: datetime) -> list[Letter]:
        if not self._is_due(as_of):
            return []
        found = self.db.read(lambda s: look_ups.due(s, as_of=as_of, limit=LIMIT))
        return [self._letter(one.message) for one in found]

    def look(self, letter: Letter, sight: Sight, *, as_of: datetime) -> None:
        found = self.db.read(lambda s: look_ups.due(s, as_of=as_of, limit=LIMIT))
        doubt = next(one for one in found if self._letter(one.message) == letter)
        self._do(lambda s: settle_look(s, doubt, sight, as_of=as_of))

    def next_due(self) -> datetime | None:
        if self._is_changed:
            found = self.db.read(lambda s: (timers.next_due(s), messages.next_due(s)))
            self._next_due = min((moment for moment in found if moment is not None), default=None)
            self._is_changed = False
        return self._next_due

    def standings(self) -> dict[str, Standing]:
        if self._is_told:
            return {}
        self._is_told = True
        rows = self.db.read(lambda s: s.execute(STANDINGS, {"practice": self.asking.practice}).all())
        return {self._name(one.id): _standing(one) for one in rows}

    def _name(self, request: int) -> str:
        if request not in self._known:
            found = self.db.read(lambda s: s.execute(NAMES, {"practice": self.asking.practice}).all())
            self._known = {number: f"{name}#{epoch}" for number, name, epoch in found}
        return self._known[request]

    def _letter(self, one: ClaimedMessage) -> Letter:
        return Letter(self._name(one.process_id), int(one.subject), one.channel)

    def _is_due(self, as_of: datetime) -> bool:
        due = self.next_due()
        return due is not None and due <= as_of

    def _do(self, work: Callable[[Session], Given]) -> Given:
        self._is_changed, self._is_told = True, False
        return self.db.transaction(work)


def _standing(row: Row[Any]) -> Standing:
    due_at = row.due_at.isoformat() if row.due_at else ""
    return Standing(row.state, row.number, row.sent, due_at, row.waits_for or "", row.why or "")
