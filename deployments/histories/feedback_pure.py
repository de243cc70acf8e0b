"""The store of a practice that asks for feedback, made of dictionaries, under the same rules as the database."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from deployments.histories.feedback_play import HOME, Letter, Result, Standing
from deployments.histories.feedback_rows import Booked, Message
from deployments.histories.feedback_script import RECORDS, Act, Record, Shown
from models.inputs.places import candidate_places
from models.rules.appointments import Status
from models.rules.decisions import CancelMessages, CancelTimers, Effect, Process, Say, SetTimer
from models.rules.feedback import OPEN, Outcome, Policy, Why
from models.rules.feedback_decision import decide, still_fits
from models.rules.feedback_events import Answer, CheckOut, Due, Event, Refused, Sent, Stop, Withdrawn, event_of
from models.rules.feedback_facts import Attempt, Decision, Person, Request, Rival, Visit, after
from models.rules.feedback_laws import laws_at
from models.rules.feedback_timing import WEEK
from models.rules.feedback_windows import Place
from models.rules.messages import Channel
from models.rules.roles import Role
from models.store.claims import LEASE
from models.store.look_ups import FINAL, SECOND_LOOK, Doubtful
from models.store.messages import FIRST_LOOK, RETRY_AFTER, ClaimedMessage
from models.tables.messages import MessageState
from tasks.connectors.ports import Sight
from tasks.outcomes import conclude

COUNTED: Final = (Outcome.WAITING, Outcome.SENT, Outcome.UNSURE)
QUEUED: Final = (MessageState.PENDING, MessageState.CLAIMED)
PLACES: Final = {one: candidate_places(zip_code="", phone=one.phone, practice=HOME) for one in RECORDS}
LAWS: Final = {one: laws_at(places) for one, places in PLACES.items()}
GROUPS: Final = {one.person: [other.number for other in RECORDS if other.person == one.person] for one in RECORDS}
UNSURE: Final = (MessageState.SENDING, MessageState.REFUSED, MessageState.UNKNOWN, MessageState.DEAD)


@dataclass(slots=True)
class PureSide:
    """Rows of one practice; nothing outside of this object is read or written."""

    policy: Policy = field(init=False)
    booked: dict[str, Booked] = field(default_factory=dict)
    requests: dict[int, Request] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)
    visits: dict[int, str] = field(default_factory=dict)
    timers: dict[tuple[int, str], tuple[int, SetTimer]] = field(default_factory=dict)
    messages: dict[int, Message] = field(default_factory=dict)
    keys: set[tuple[int, str]] = field(default_factory=set)
    of_person: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    attempts: dict[str, dict[tuple[int, int, Channel], Attempt]] = field(default_factory=lambda: defaultdict(dict))
    consents: dict[str, tuple[bool, datetime]] = field(default_factory=dict)
    stops: dict[tuple[str, Channel], bool] = field(default_factory=dict)
    excluded: set[str] = field(default_factory=set)
    included_at: dict[str, datetime] = field(default_factory=dict)
    _touched: set[int] = field(default_factory=set)
    _numbers: int = 0

    def begin(self, policy: Policy, consents: Iterable[Record], *, as_of: datetime) -> None:
        """Let the practice choose; consents are an hour old."""
        self.policy = policy
        for record in consents:
            self.consents[record.phone] = (True, as_of - timedelta(hours=1))

    def show(self, shown: Shown, *, as_of: datetime) -> None:
        """Take in what the practice system shows: by its own clock, and a tombstone for ever."""
        known = self.booked.get(shown.visit)
        if known is None:
            if shown.status is Status.DELETED:
                return
            known = self.booked[shown.visit] = Booked(shown.record, shown.starts_at)
        if known.status is Status.DELETED:
            return
        is_late = known.modified_at is not None and shown.modified_at <= known.modified_at
        if is_late and shown.status is not Status.DELETED:
            return
        before, known.status = known.status, shown.status
        known.modified_at = max(shown.modified_at, known.modified_at or shown.modified_at)
        is_out = shown.status is Status.CHECKED_OUT
        known.checked_out_at = (known.checked_out_at or shown.modified_at) if is_out else None
        self._follow(shown.visit, known, event_of(before, shown.status), as_of=as_of)

    def _follow(self, name: str, visit: Booked, event: CheckOut | Stop | None, *, as_of: datetime) -> None:
        if isinstance(event, CheckOut):
            visit.epoch += 1
            number = self._new_number()
            self.visits[number], self.names[number] = name, f"{name}#{visit.epoch}"
            self.of_person[visit.record.person].append(number)
            at = visit.checked_out_at or as_of
            self.requests[number] = Request(number, 1, int(name.replace(".", "")), visit.epoch, at, self.policy)
            self._tell(number, event, as_of=as_of)
        elif event is not None:
            last = max((one for one, of in self.visits.items() if of == name), default=0)
            if last:
                self._tell(last, event, as_of=as_of)

    def act(self, act: Act, *, as_of: datetime) -> bool:
        """Let somebody act; says whether that changed anything."""
        record = act.record
        address = record.phone if act.channel is Channel.TEXT else record.email
        match act.does:
            case "exclude" if record.number not in self.excluded:
                self.excluded.add(record.number)
                self._stop_person(record.person, as_of=as_of)
            case "include" if record.number in self.excluded:
                self.excluded.remove(record.number)
                self.included_at[record.number] = as_of
            case "stop" if address and (address, act.channel) not in self.stops:
                self.stops[address, act.channel] = act.is_doubtful
                self._take_back(address, act.channel, as_of=as_of)
            case "lift" if (address, act.channel) in self.stops:
                del self.stops[address, act.channel]
            case "consent" | "withdraw":
                self.consents[record.phone] = (act.does == "consent", as_of)
            case _:
                return False
        return True

    def _stop_person(self, person: str, *, as_of: datetime) -> None:
        for number, request in list(self.requests.items()):
            if request.state in OPEN and self.booked[self.visits[number]].record.person == person:
                self._tell(number, Stop(Why.EXCLUDED), as_of=as_of)

    def _take_back(self, address: str, channel: Channel, *, as_of: datetime) -> None:
        """Take back what waits to go to a stopped address; what is under way is never tried again."""
        for one in list(self.messages.values()):
            record = self.booked[self.visits[one.request]].record
            used = record.phone if channel is Channel.TEXT else record.email
            if one.channel is not channel or used != address or not self.requests[one.request].is_open:
                continue
            if self.requests[one.request].waits_for not in (channel, None):
                continue
            if one.state in QUEUED:
                self._end(one, MessageState.CANCELLED)
                self._withdraw(one, as_of=as_of)
            elif one.state in UNSURE:
                one.on_retry = MessageState.CANCELLED

    def answer(self, request: str, *, as_of: datetime) -> None:
        """Let a patient answer."""
        number = next(one for one, name in self.names.items() if name == request)
        self._tell(number, Answer(), as_of=as_of)

    def sweep(self, *, as_of: datetime, crashes: bool) -> None:
        """Act upon due timers, the oldest first; what crashes before its commit did nothing."""
        if crashes:
            return
        due = [(one.due_at, number, key) for key, (number, one) in self.timers.items() if one.due_at <= as_of]
        for _, number, key in sorted(due):
            known = self.timers.get(key)
            if known is not None and known[0] == number:
                del self.timers[key]
                timer = known[1]
                self._tell(key[0], Due(timer.kind, timer.due_at, timer.number), as_of=as_of)

    def claim(self, *, as_of: datetime) -> Letter | None:
        """Claim one message that is due and fits; what does not is taken back."""
        while found := [
            one for one in self.messages.values() if one.state is MessageState.PENDING and one.due_at <= as_of
        ]:
            one = min(found, key=lambda one: (one.due_at, one.id))
            request, event = self.requests[one.request], Withdrawn(int(one.say.subject), one.channel)
            if still_fits(request, self._visit(one.request, as_of=as_of), event, as_of=as_of):
                one.state, one.lease_until = MessageState.CLAIMED, as_of + LEASE
                return self._letter(one)
            self._end(one, MessageState.CANCELLED)
            self._tell(one.request, event, as_of=as_of)
        return None

    def mark(self, letter: Letter, *, as_of: datetime) -> bool:
        """Mark the claimed message before the call."""
        one = self._named(letter, MessageState.CLAIMED)
        if one is None:
            return False
        one.state, one.lease_until, one.outcome = MessageState.SENDING, as_of + LEASE, ""
        one.attempts += 1
        return True

    def settle(self, letter: Letter, result: Result, *, as_of: datetime) -> None:
        """Write down what the connector said."""
        one = self._named(letter, MessageState.SENDING)
        if one is None:
            return
        one.lease_until = None
        number = int(one.say.subject)
        match result.word:
            case "sent":
                self._end(one, MessageState.SENT)
                self._tell(one.request, Sent(number, one.channel, as_of), as_of=as_of)
            case "refused":
                self._end(one, MessageState.REFUSED)
                self._tell(one.request, Refused(number, one.channel), as_of=as_of)
            case "unknown":
                one.state, one.due_at = MessageState.UNKNOWN, as_of + FIRST_LOOK[one.channel]
                one.outcome = "no_answer"
            case _:
                self._put_off(one, as_of=as_of)

    def _put_off(self, one: Message, *, as_of: datetime) -> None:
        is_dead = one.attempts > len(RETRY_AFTER)
        one.state = MessageState.DEAD if is_dead else one.on_retry
        one.due_at = as_of + RETRY_AFTER[min(max(one.attempts, 1), len(RETRY_AFTER)) - 1]
        if one.state in (MessageState.DEAD, MessageState.CANCELLED):
            self._end(one, one.state)
        if is_dead:
            self._tell(one.request, Refused(int(one.say.subject), one.channel), as_of=as_of)
        elif one.state is MessageState.CANCELLED:
            self._withdraw(one, as_of=as_of)

    def _withdraw(self, one: Message, *, as_of: datetime) -> None:
        """Tell a request that nobody wants its message any more: it goes on by another way, or ends."""
        self._tell(one.request, Withdrawn(int(one.say.subject), one.channel), as_of=as_of)

    def recover(self, *, as_of: datetime) -> None:
        """Take over what a dead worker left: what was not begun is due again, what was under way is unknown."""
        for one in self.messages.values():
            if one.lease_until is None or one.lease_until >= as_of:
                continue
            one.lease_until = None
            if one.state is MessageState.CLAIMED:
                one.state = MessageState.PENDING
            elif one.state is MessageState.SENDING:
                one.state, one.due_at = MessageState.UNKNOWN, as_of + FIRST_LOOK[one.channel]
                one.outcome = "worker_died"

    def doubtful(self, *, as_of: datetime) -> list[Letter]:
        """List what must be looked up now, the oldest first."""
        found = [one for one in self.messages.values() if _is_doubtful(one) and one.due_at <= as_of]
        return [self._letter(one) for one in sorted(found, key=lambda one: (one.due_at, one.id))]

    def look(self, letter: Letter, sight: Sight, *, as_of: datetime) -> None:
        """Write down what a look-up found, with what follows."""
        one = self._named(letter, MessageState.UNKNOWN)
        if one is None or one.is_settled:
            return
        outcome = conclude(Doubtful(_claimed(one, as_of), one.outcome), sight)
        is_again = outcome.state is MessageState.PENDING
        looks_again = outcome.state is MessageState.UNKNOWN and outcome.code != FINAL
        one.state, one.outcome = one.on_retry if is_again else outcome.state, outcome.code
        one.due_at = as_of + SECOND_LOOK if looks_again else as_of
        if not looks_again and one.state is not MessageState.PENDING:
            self._end(one, one.state)
        number = int(one.say.subject)
        if outcome.state is MessageState.SENT or outcome.code == FINAL:
            is_certain = outcome.state is MessageState.SENT
            self._tell(one.request, Sent(number, one.channel, as_of, is_certain=is_certain), as_of=as_of)
        elif one.state is MessageState.CANCELLED:
            self._withdraw(one, as_of=as_of)

    def next_due(self) -> datetime | None:
        """Say when a worker is needed next."""
        first: datetime | None = None
        for _, timer in self.timers.values():
            if first is None or timer.due_at < first:
                first = timer.due_at
        for one in self.messages.values():
            at = one.needed_at
            if at is not None and (first is None or at < first):
                first = at
        return first

    def standings(self) -> dict[str, Standing]:
        """Say how the requests stand that something was told of since this was asked last."""
        if not self._touched:
            return {}
        touched, self._touched = self._touched, set()
        return {self.names[number]: standing_of(self.requests[number]) for number in touched}

    def _tell(self, number: int, event: Event, *, as_of: datetime) -> Decision:
        request = self.requests[number]
        decision = decide(request, self._visit(number, as_of=as_of), event, as_of=as_of)
        self.requests[number] = after(request, decision)
        person = self.booked[self.visits[number]].record.person
        for attempt in decision.attempts:
            if attempt.channel is not None:
                self.attempts[person][number, attempt.number, attempt.channel] = attempt
        for effect in sorted(decision.effects, key=lambda one: isinstance(one, SetTimer | Say)):
            self._carry_out(number, effect, as_of=as_of)
        self._touched.add(number)
        return decision

    def _carry_out(self, number: int, effect: Effect, *, as_of: datetime) -> None:
        match effect:
            case SetTimer(kind=kind):
                self.timers[number, kind] = (self._new_number(), effect)
            case CancelTimers(kind=kind):
                self.timers.pop((number, kind), None)
            case CancelMessages():
                self._cancel_all(number)
            case Say(key=key, channel=Channel() as channel) if (number, key) not in self.keys:
                self.keys.add((number, key))
                one = Message(self._new_number(), number, effect, channel, as_of)
                self.messages[one.id] = one

    def _cancel_all(self, number: int) -> None:
        for one in [one for one in self.messages.values() if one.request == number]:
            if one.state in QUEUED:
                self._end(one, MessageState.CANCELLED)
            elif one.state in UNSURE:
                one.on_retry = MessageState.CANCELLED

    def _end(self, one: Message, state: MessageState) -> None:
        """Settle a message for good; nobody looks at it any more."""
        one.state, one.lease_until, one.is_settled = state, None, True
        self.messages.pop(one.id, None)

    def _visit(self, number: int, *, as_of: datetime) -> Visit:
        """Gather the facts about a request's visit, as the store does."""
        booked = self.booked[self.visits[number]]
        places = PLACES[booked.record]
        return Visit(
            booked.starts_at,
            HOME.zone,
            is_checked_out=booked.status is Status.CHECKED_OUT,
            is_deleted=booked.status is Status.DELETED,
            laws=LAWS[booked.record],
            person=self._person(self.requests[number], booked.record, places, as_of=as_of),
        )

    def _person(self, own: Request, record: Record, places: tuple[Place, ...], *, as_of: datetime) -> Person:
        sends = self._sends_to(record.person, own, as_of=as_of)
        asked, rivals = self._others(record.person, own)
        asked += [at for request, at in sends if request != own.id]
        text, mail = self.stops.get((record.phone, Channel.TEXT)), self.stops.get((record.email, Channel.EMAIL))
        is_given, since = self.consents.get(record.phone, (False, as_of))
        return Person(
            has_email=bool(record.email),
            has_phone=bool(record.phone),
            allows_texts=is_given and since < as_of,
            is_text_stopped=text is False,
            is_email_stopped=mail is False,
            is_held=text is True or mail is True,
            is_excluded=not self.excluded.isdisjoint(GROUPS[record.person]),
            included_again_at=self._included_at(record.person),
            asked_at=max(asked, default=None),
            recent_sends=tuple(sorted(at for _, at in sends)),
            rivals=rivals,
            places=places,
        )

    def _others(self, person: str, own: Request) -> tuple[list[datetime], tuple[Rival, ...]]:
        """Say when other requests to a person were first sent, and which of them are open with nothing sent."""
        asked, rivals = list[datetime](), list[Rival]()
        for number in self.of_person[person]:
            one = self.requests[number]
            if number == own.id:
                continue
            if one.first_sent_at is not None:
                asked.append(one.first_sent_at)
            elif one.waits_for is None and one.state in OPEN:
                rivals.append(Rival(number, self.booked[self.visits[number]].starts_at))
        return asked, tuple(rivals)

    def _included_at(self, person: str) -> datetime | None:
        if not self.included_at:
            return None
        return max((self.included_at[one] for one in GROUPS[person] if one in self.included_at), default=None)

    def _sends_to(self, person: str, own: Request, *, as_of: datetime) -> list[tuple[int, datetime]]:
        """List what went to a person in a week, or is on its way, without the message that is decided about."""
        waiting, since = (own.id, own.number + 1, own.waits_for), as_of - WEEK
        return [
            (key[0], row.at)
            for key, row in self.attempts[person].items()
            if row.at > since and row.outcome in COUNTED and not (row.outcome is Outcome.WAITING and key == waiting)
        ]

    def _letter(self, one: Message) -> Letter:
        return Letter(self.names[one.request], int(one.say.subject), one.channel)

    def _named(self, letter: Letter, state: MessageState) -> Message | None:
        found = (one for one in self.messages.values() if one.state is state and self._letter(one) == letter)
        return next(found, None)

    def _new_number(self) -> int:
        self._numbers += 1
        return self._numbers


def standing_of(request: Request) -> Standing:
    """Say in plain words how a request stands."""
    due_at = request.due_at.isoformat() if request.due_at else ""
    waits_for = request.waits_for.value if request.waits_for else ""
    return Standing(request.state, request.number, request.sent, due_at, waits_for, request.why or "")


def _is_doubtful(one: Message) -> bool:
    return one.state is MessageState.UNKNOWN and not one.is_settled


def _claimed(one: Message, as_of: datetime) -> ClaimedMessage:
    """Give what a look-up needs of a message."""
    who = (one.id, 1, Process.FEEDBACK, one.request, one.say.kind, Role.PATIENT, "", one.say.subject)
    return ClaimedMessage(*who, {}, one.channel, as_of, one.attempts)
