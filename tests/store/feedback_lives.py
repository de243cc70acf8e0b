"""Random lives of people with duplicate records at practices that ask, and a checker that reads only what is stored."""

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models.db import Database
from models.rules.appointments import Status
from models.rules.decisions import Process
from models.rules.feedback import OPEN, Outcome, Why
from models.rules.feedback_events import Answer
from models.rules.messages import Channel
from models.store import events, feedback_sweep, look_ups, messages
from models.store.feedback_changes import stop_person
from models.store.feedback_letters import WITHDRAWN, load_feedback_letters, read_fitting_letters
from models.store.messages import ClaimedMessage
from models.store.messages import Outcome as Sending
from models.tables.consent import ConsentRow, StopRow
from models.tables.feedback import FeedbackAttemptRow, FeedbackRequestRow
from models.tables.messages import MessageState
from models.tables.patients import PatientRow
from models.tables.timers import Timer, TimerState
from tasks.connectors.ports import Sight
from tasks.outcomes import settle, settle_look
from tests.store.asking import DAY, HOUR, Asking, an_asking

SITE: Final = "https://site.example.test"
STATUSES: Final = (Status.CHECKED_IN, Status.CHECKED_OUT, Status.CHECKED_OUT, Status.DELETED, Status.NO_SHOW)
STARTS: Final = (datetime(2027, 3, 9, 16, tzinfo=UTC), datetime(2027, 11, 2, 16, tzinfo=UTC))
"""Days before both changes of daylight saving time."""


class Handed(NamedTuple):
    """One message that the provider took, whatever we heard of it."""

    request: int
    number: int
    channel: Channel
    at: datetime


class Known(NamedTuple):
    """One record of a person, as the practice system names it, with ours."""

    person: int
    number: str
    patient: int


class Told(NamedTuple):
    """Something that people did to a person, and until when it held."""

    person: int
    since: datetime
    until: datetime | None = None


@dataclass
class Life:
    """One practice with three people, five records."""

    asking: Asking
    random: Random
    records: list[Known] = field(default_factory=list)
    visits: dict[str, Known] = field(default_factory=dict)
    excluded: list[Told] = field(default_factory=list)
    since: dict[int, datetime] = field(default_factory=dict)

    def begin(self) -> None:
        """Let the practice know its people: two records with one phone, two of one name, one by itself, out west."""
        facts: tuple[tuple[int, dict[str, Any]], ...] = (
            (1, {"first": "Rosa", "email": "rosa@example.com", "mobile": "+12125550141"}),
            (1, {"first": "Rose", "email": "rose@example.com", "mobile": "+12125550141"}),
            (2, {"first": "Vera", "email": "vera@example.com", "mobile": "+12125550142", "born": date(1970, 5, 6)}),
            (2, {"first": "Vera", "email": "", "mobile": "+16175550143", "born": date(1970, 5, 6)}),
            (3, {"first": "Ines", "email": "ines@example.com", "mobile": "+12135550144"}),
        )
        for place, (person, known) in enumerate(facts):
            number = str(100 + place)
            patient = self.asking.patient(number, consents=self.random.random() < 0.8, **known)
            self.records.append(Known(person, number, patient))

    def step(self) -> None:
        """Let one thing happen, mostly a visit."""
        moves: list[Callable[[], None]] = [self.visit, self.visit, self.visit, self.change_visit]
        moves += [self.answer, self.toggle, self.stop, self.consent]
        self.random.choice(moves)()

    def visit(self) -> None:
        record = self.random.choice(self.records)
        number = str(1000 + len(self.visits))
        self.visits[number] = record
        start = self.asking.now - HOUR * self.random.randint(1, 5)
        self.asking.show(number, Status.CHECKED_OUT, patient=record.number, starts_at=start)

    def change_visit(self) -> None:
        if self.visits:
            number = self.random.choice(list(self.visits))
            self.asking.show(number, self.random.choice(STATUSES), patient=self.visits[number].number)

    def answer(self) -> None:
        query = select(FeedbackRequestRow.id).where(FeedbackRequestRow.practice_id == self.asking.practice)
        found = self.asking.db.read(lambda s: list(s.scalars(query)))
        if found:
            self.asking.tell(self.random.choice(found), Answer())

    def toggle(self) -> None:
        """Exclude a person, or include it again where it is excluded."""
        record, now = self.random.choice(self.records), self.asking.now
        row = self.asking.db.read(lambda s: s.get_one(PatientRow, record.patient))
        if row.is_excluded_from_surveys:
            self.asking.change(record.patient, is_excluded_from_surveys=False, included_again_at=now)
            self.excluded.append(Told(record.person, self.since.pop(record.patient), now))
            return

        def exclude(session: Session) -> None:
            row = session.get_one(PatientRow, record.patient)
            row.is_excluded_from_surveys = True
            session.flush()
            stop_person(session, record.patient, Why.EXCLUDED, key=f"exclude:{now}", as_of=now)

        if self.random.random() < 0.4:
            self.asking.db.transaction(exclude)
            self.since[record.patient] = now

    def stop(self) -> None:
        record, channel = self.random.choice(self.records), self.random.choice(list(Channel))
        row = self.asking.db.read(lambda s: s.get_one(PatientRow, record.patient))
        index = row.phone_index if channel is Channel.TEXT else row.email_index
        mine = (StopRow.practice_id == self.asking.practice, StopRow.address_index == index)
        lifted = update(StopRow).where(*mine, StopRow.channel == channel, StopRow.lifted_at.is_(None))
        done = self.asking.db.transaction(
            lambda s: s.scalars(lifted.values(lifted_at=self.asking.now).returning(StopRow.id)).all()
        )
        if index and not done and self.random.random() < 0.4:
            self.asking.stop(record.patient, channel, is_doubtful=self.random.random() < 0.3)

    def consent(self) -> None:
        record = self.random.choice(self.records)
        self.asking.consent(record.patient, is_given=self.random.random() < 0.7, at=self.asking.now)


@dataclass
class World:
    """Practices beside each other, one clock, one dispatch, and a provider that takes, refuses or does not answer."""

    db: Database
    random: Random
    lives: list[Life] = field(default_factory=list)
    log: list[Handed] = field(default_factory=list)
    now: datetime = STARTS[0]

    def begin(self, practices: int, seed: int) -> None:
        """Let practices begin to ask."""
        self.now = STARTS[seed % len(STARTS)]
        for n in range(practices):
            life = Life(an_asking(self.db, key=f"p{seed}-{n}"), Random(seed * 1000 + n))
            life.asking.now = self.now
            life.begin()
            self.lives.append(life)

    def wait(self, span: timedelta) -> None:
        """Let time pass, then do what is due; often enough for what falls due meanwhile."""
        self.now += span
        for life in self.lives:
            life.asking.now = self.now
        self.dispatch()

    def dispatch(self) -> None:
        """Act upon timers, deliver, look up."""
        self.db.transaction(lambda s: feedback_sweep.fire_timers(s, as_of=self.now, limit=1000))
        while self.deliver():
            pass
        for doubtful in self.db.read(lambda s: look_ups.due(s, as_of=self.now, limit=500)):
            sight = self.sight(doubtful.message)
            self.db.transaction(
                lambda s, one=doubtful, sight=sight: settle_look(s, one, sight, as_of=self.now)  # type: ignore[misc]
            )

    def deliver(self) -> bool:
        """Claim what is due, take back what does not fit, hand the rest over; says whether anything was there."""
        now = self.now
        claim = self.db.transaction(lambda s: messages.claim_due(s, as_of=now, limit=500))
        found = self.db.read(lambda s: messages.claimed(s, claim))
        asked = [one for one in found if one.process is Process.FEEDBACK]
        letters = self.db.read(lambda s: read_fitting_letters(s, asked, address=SITE, as_of=now))
        changed = [one for one in asked if one.id not in letters]
        letters |= self.db.transaction(lambda s: load_feedback_letters(s, changed, address=SITE, as_of=now))
        fitting = [one for one in asked if letters[one.id] != WITHDRAWN]
        ids = [one.id for one in fitting]
        marked = self.db.transaction(lambda s: messages.mark_sending(s, ids, fence=claim.fence, as_of=now))
        done = [(one, self.hand_over(one)) for one in fitting if one.id in marked]
        self.db.transaction(lambda s: settle(s, done, fence=claim.fence, as_of=now))
        return bool(found)

    def hand_over(self, message: ClaimedMessage) -> Sending:
        fate = self.random.random()
        if fate < 0.05:
            return Sending(MessageState.REFUSED, "twilio_30006")
        is_taken = fate < 0.95
        if is_taken:
            self.log.append(Handed(message.process_id, int(message.subject), message.channel, self.now))
        return Sending(MessageState.SENT, "accepted") if fate < 0.9 else Sending(MessageState.UNKNOWN, "no_answer")

    def sight(self, message: ClaimedMessage) -> Sight:
        is_there = (message.process_id, int(message.subject), message.channel) in {one[:3] for one in self.log}
        if message.channel is Channel.EMAIL or self.random.random() < 0.1:
            return Sight.CANNOT_TELL
        return Sight.FOUND if is_there else Sight.ABSENT

    def live(self, steps: int) -> None:
        """Let days pass in which things happen everywhere."""
        for _ in range(steps):
            for life in self.lives:
                if life.random.random() < 0.6:
                    life.step()
            days = self.random.choice([0, 0, 0, 1, 1, 3, 9])
            for _ in range(days * 3):
                self.wait(timedelta(hours=8) * (0.9 + 0.2 * self.random.random()))
            self.wait(timedelta(hours=5) * self.random.random())

    def come_to_an_end(self) -> None:
        """Let nothing happen any more until everything is over."""
        for _ in range(45):
            self.wait(timedelta(hours=7, minutes=50))
        self.wait(timedelta(days=31))


class Checker:
    """Reads tables and the provider's log, and no rule of ours."""

    def __init__(self, session: Session, world: World) -> None:
        self.session = session
        self.world = world
        ids = [life.asking.practice for life in world.lives]
        row = FeedbackRequestRow
        self.requests = {one.id: one for one in session.scalars(select(row).where(row.practice_id.in_(ids)))}
        self.person = {
            record.patient: (n, record.person) for n, life in enumerate(world.lives) for record in life.records
        }
        self.sends = defaultdict[tuple[int, int], list[Handed]](list)
        for one in world.log:
            patient = self.requests[one.request].patient_id
            self.sends[self.person[patient or 0]].append(one)

    def check(self) -> None:
        """Check what holds at any moment."""
        assert max(Counter(one[:3] for one in self.world.log).values(), default=0) <= 1, "I5"
        for one in self.world.log:
            self.check_send(one)
        for sends in self.sends.values():
            self.check_person(sends)

    def check_send(self, one: Handed) -> None:
        request = self.requests[one.request]
        assert one.at - request.checked_out_at >= 3 * HOUR, "I1"
        assert request.answered_at is None or one.at <= request.answered_at, "I3: after an answer"
        for place in request.places.split():
            zone = ZoneInfo(place.rpartition(":")[0])
            assert 9 <= one.at.astimezone(zone).hour < 20, "I22"
        row = self.session.get_one(PatientRow, request.patient_id)
        index = row.phone_index if one.channel is Channel.TEXT else row.email_index
        self.check_stops(request.practice_id, index, one)
        if one.channel is Channel.TEXT:
            self.check_consent(request.practice_id, index, one)
        life = self.world.lives[self.person[row.id][0]]
        for told in life.excluded:
            is_covered = told.person == self.person[row.id][1] and request.checked_out_at <= (told.until or one.at)
            assert not is_covered or one.at <= told.since, "I3: after an exclusion"

    def check_stops(self, practice: int, index: str, one: Handed) -> None:
        stops = select(StopRow).where(
            StopRow.practice_id == practice, StopRow.address_index == index, StopRow.channel == one.channel
        )
        for stop in self.session.scalars(stops):
            assert one.at <= stop.since or (stop.lifted_at and stop.lifted_at <= one.at), "I3: after a stop"

    def check_consent(self, practice: int, index: str, one: Handed) -> None:
        row = ConsentRow
        lines = select(row.is_given).where(row.practice_id == practice, row.address_index == index, row.at < one.at)
        assert self.session.scalar(lines.order_by(row.id.desc()).limit(1)), "I3: a text without an older consent"

    def check_person(self, sends: list[Handed]) -> None:
        zones = {place.rpartition(":")[0] for one in sends for place in self.requests[one.request].places.split()}
        for zone in zones:
            days = Counter(one.at.astimezone(ZoneInfo(zone)).date() for one in sends)
            assert max(days.values()) <= 1, "F-202: one a day"
        for first, fourth in zip(sends, sends[3:], strict=False):
            assert fourth.at - first.at >= 7 * DAY, "F-202: three a week"
        firsts = {one.request: one.at for one in reversed(sends)}
        assert all(later - earlier >= 30 * DAY for earlier, later in pairwise(sorted(firsts.values()))), "I4"
        by_request = defaultdict[int, dict[int, datetime]](dict)
        for one in sends:
            by_request[one.request].setdefault(one.number, one.at)
        for attempts in by_request.values():
            assert set(attempts) <= {1, 2, 3}, "I2"
            for number, pause in ((2, DAY), (3, 5 * DAY)):
                earlier = [at for known, at in attempts.items() if known < number]
                assert number not in attempts or all(attempts[number] - at >= pause for at in earlier), "I2"

    def check_end(self) -> None:
        """Check what holds when nothing happens any more: nothing is forgotten, everything says why (I6, F-213)."""
        row = FeedbackAttemptRow
        told = {(one.request_id, one.number, one.channel): one.outcome for one in self.session.scalars(select(row))}
        for handed in self.world.log:
            assert told[handed[:3]] in (Outcome.SENT, Outcome.UNSURE), "sent, and no row says so"
        assert Outcome.WAITING not in told.values()
        sent = {one.request for one in self.world.log}
        for request in self.requests.values():
            assert request.state not in OPEN
            assert request.id in sent or request.why or request.answered_at or request.sent, "I6: lost without a row"
        is_open = select(Timer.id).where(Timer.state == TimerState.OPEN, Timer.process == Process.FEEDBACK)
        assert self.session.scalars(is_open).all() == []
        for life in self.world.lives:
            assert events.check_chain(self.session, life.asking.practice).is_intact, "I16"
