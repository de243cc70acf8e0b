"""Handing messages over: one thread speaks to providers, while another one marks, settles and writes in groups.

A message is marked before its call, and what its provider took is noted after it; no transaction waits for a call.
Marks of the next few messages and notes of the last few share one cheap transaction. What follows from the notes is
written for very many at once. What a kill leaves marked and not noted becomes unknown, so there is never more marked
than a tenth of a second's work, and never more than the window of the settings.
"""

import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime, timedelta
from itertools import islice
from queue import Empty, SimpleQueue
from typing import Final, NamedTuple, Self, TypeVar

from sqlalchemy.orm import Session

from models.db import transaction
from models.inputs.outgoing import Accepted, OutgoingMail, OutgoingText
from models.settings import settings
from models.store import handed_texts, messages
from models.store.claims import Claim
from models.store.messages import ClaimedMessage, Outcome
from models.store.noted import ACCEPTED, Taken, note_accepted
from models.tables.messages import MessageState
from tasks.connectors import registry
from tasks.connectors.ports import MailSession, OutsideError, Rejected, Texter, Unavailable, Unknown
from tasks.outcomes import let_go, put_off, settle
from tasks.stopwatch import Stopwatch

T = TypeVar("T")
Outgoing = OutgoingMail | OutgoingText
CLAIM_VALID: Final = timedelta(seconds=60)
"""How long after a claim its messages are begun: what it looked at may have changed by then (F-203)."""
MARK_VALID: Final = timedelta(seconds=30)
"""How long after its mark a call is begun: so it is over before the lease ends and somebody looks it up."""
AHEAD_SECONDS: Final = 0.1
GATHER_SECONDS: Final = 0.02
SETTLE_SECONDS: Final = 1
"""How long after its note a message is settled, unless its batch ends before."""
LOOK_SECONDS: Final = 1
"""How often somebody who waits for an answer looks whether anybody is left to give one."""
FIRST_MARKS: Final = 2  # while nobody knows how fast the provider is
TURN_SECONDS: Final = 0.0005  # the usual 5 ms would keep each answer of the provider waiting while a mail is written


class Ready(NamedTuple):
    """One message with what is to be handed over, or with the outcome that it has without a call."""

    message: ClaimedMessage
    outgoing: Outgoing | Outcome


class _Marked(NamedTuple):
    message: ClaimedMessage
    outgoing: Outgoing
    begin_by: datetime


class _Done(NamedTuple):
    """What became of one call: an outcome, a code to try again with, a failure of ours, or none: it was not made."""

    message: ClaimedMessage
    outcome: Outcome | None = None
    later: str = ""
    failure: Exception | None = None
    seconds: float = 0

    @property
    def is_sent(self) -> bool:
        """Say whether the provider took the message."""
        return self.outcome is not None and self.outcome.state is MessageState.SENT


def hand_over(ready: Iterator[Ready], *, claim: Claim, watch: Stopwatch) -> Counter[str]:
    """Hand over the messages of a claim in their order; counts by outcome.

    Raises:
        DatabaseFailure: an outcome could not be written; what was marked is taken over later.
        LineBroken: nobody speaks to providers any more; what was being said is taken over later, the rest is due again.
    """
    with _TURNS.brisk(), _Line(watch) as line:
        conveyor = _Conveyor(ready, claim, watch, line)
        try:
            return conveyor.run()
        except Exception:
            conveyor.leave_in_order()
            raise


class _Conveyor:
    """The messages of one claim on their way: composed, marked, under way, done, settled."""

    def __init__(self, ready: Iterator[Ready], claim: Claim, watch: Stopwatch, line: "_Line") -> None:
        self._ready = ready
        self._claim = claim
        self._watch = watch
        self._line = line
        self._window = settings().dispatch_send_window
        self._composed = deque[Ready]()
        self._under_way = 0
        self._done: list[_Done] = []
        self._noted: list[_Done] = []
        self._noted_since = time.monotonic()
        self._pace = AHEAD_SECONDS / FIRST_MARKS
        self._counts = Counter[str]()

    def run(self) -> Counter[str]:
        """Go on until everything is settled or given back."""
        until = self._watch.moment() + CLAIM_VALID
        while True:
            self._compose_ahead()
            if self._composed and self._watch.moment() > until:
                self._give_back()
            if not (self._composed or self._under_way or self._done):
                self._settle_noted()
                return self._counts
            self._commit()
            if time.monotonic() - self._noted_since > SETTLE_SECONDS:
                self._settle_noted()
            self._compose_ahead()
            self._gather()

    def leave_in_order(self) -> None:
        """After a failure of ours: call no further provider, and settle what can still be settled."""
        self._composed.clear()
        self._ready = iter(())
        self._done += [done for done in self._line.left() if done.failure is None]
        with suppress(Exception):  # the failure that led here is the one to be told
            self._commit()
            self._settle_noted()

    def _compose_ahead(self) -> None:
        self._composed.extend(islice(self._ready, self._window - len(self._composed)))

    def _give_back(self) -> None:
        """Let go of what was not begun in time: it is due again, and looked at again."""
        left = len(self._composed) + sum(1 for _ in self._ready)
        self._composed.clear()
        transaction(lambda sql: messages.give_back(sql, self._claim))
        self._counts["given_back"] += left

    def _commit(self) -> None:
        """Settle what is done and mark what is next, in one transaction."""
        room = max(1, min(self._window, int(AHEAD_SECONDS / self._pace))) - self._under_way
        chosen = [self._composed.popleft() for _ in range(min(room, len(self._composed)))]
        if not (chosen or self._done):
            return
        group = _Group(self._claim.fence, tuple(self._done), tuple(chosen), self._watch.moment())
        marked, results = transaction(group.write)
        self._noted += [one for one in self._done if one.is_sent]
        self._done = []
        self._counts.update(results)
        for message, outgoing in chosen:
            if not isinstance(outgoing, Outcome) and message.id in marked:
                self._line.put(_Marked(message, outgoing, group.as_of + MARK_VALID))
                self._under_way += 1

    def _settle_noted(self) -> None:
        """Settle what was noted as sent, with all that follows from it, in one transaction."""
        done = [(one.message, one.outcome) for one in self._noted if one.outcome is not None]
        if done:
            fence, as_of = self._claim.fence, self._watch.moment()
            self._counts.update(transaction(lambda sql: settle(sql, done, fence=fence, as_of=as_of)))
        self._noted = []
        self._noted_since = time.monotonic()

    def _gather(self) -> None:
        """Wait for an answer, and shortly for as many as make a group worth its transaction."""
        if not self._under_way:
            return
        enough = max(1, min(self._under_way, self._window // 2))
        self._take(self._line.next())
        deadline = time.monotonic() + GATHER_SECONDS
        while self._under_way and len(self._done) < enough:
            done = self._line.next_until(deadline)
            if done is None:
                return
            self._take(done)

    def _take(self, done: _Done) -> None:
        self._under_way -= 1
        if done.failure is not None and not isinstance(done.failure, OutsideError):
            raise done.failure
        self._done.append(done)
        if done.seconds:
            self._pace += (done.seconds - self._pace) / 4


class _Group(NamedTuple):
    """What one transaction writes; it may run several times."""

    fence: int
    done: tuple[_Done, ...]
    chosen: tuple[Ready, ...]
    as_of: datetime

    def write(self, sql: Session) -> tuple[frozenset[int], list[str]]:
        """Write outcomes and marks; gives the marked messages, and what to count."""
        taken = [
            Taken(one.message.id, one.outcome.reference, one.outcome.at or self.as_of)
            for one in self.done
            if one.outcome is not None and one.is_sent
        ]
        if taken:
            note_accepted(sql, taken, fence=self.fence)
        settled = [(one.message, one.outcome) for one in self.done if one.outcome is not None and not one.is_sent]
        settled += [(one.message, one.outgoing) for one in self.chosen if isinstance(one.outgoing, Outcome)]
        results = settle(sql, settled, fence=self.fence, as_of=self.as_of) if settled else []
        later = [one for one in self.done if one.later]
        results += [put_off(sql, one.message, one.later, fence=self.fence, as_of=self.as_of) for one in later]
        unmade = [one.message for one in self.done if one.outcome is None and not one.later]
        results += let_go(sql, unmade, fence=self.fence, as_of=self.as_of) if unmade else []
        ids = [one.message.id for one in self.chosen if not isinstance(one.outgoing, Outcome)]
        marked = messages.mark_sending(sql, ids, fence=self.fence, as_of=self.as_of) if ids else frozenset()
        chosen = [(one.message, one.outgoing) for one in self.chosen if isinstance(one.outgoing, OutgoingText)]
        handed_texts.keep(sql, [(message, text) for message, text in chosen if message.id in marked])
        lost = len(ids) - len(marked)
        return marked, [*results, *["lost"] * lost]


class LineBroken(RuntimeError):  # noqa: N818 - it says what happened
    """The thread that speaks to providers ended in the midst of its work. Holds the class of its end, no words."""


class _Line:
    """One thread that makes the calls, in the order in which they are given to it, over one connection for mails."""

    def __init__(self, watch: Stopwatch) -> None:
        self._watch = watch
        self._todo = SimpleQueue[_Marked | None]()
        self._done = SimpleQueue[_Done]()
        self._is_closed = False
        self._end = ""
        self._thread = threading.Thread(target=self._speak, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_failure: object) -> None:
        self._todo.put(None)
        self._thread.join()

    def put(self, marked: _Marked) -> None:
        """Give a marked message to be handed over."""
        self._todo.put(marked)

    def left(self) -> Iterator[_Done]:
        """Make no further call; give what became of the rest, except of what a dead thread had in its hands."""
        self._is_closed = True
        self._todo.put(None)
        self._thread.join()
        yield from _drained(self._done)
        yield from (_Done(marked.message) for marked in _drained(self._todo) if marked)

    def next(self) -> _Done:
        """Wait for what became of the next message.

        Raises:
            LineBroken: nobody speaks any more, and all that was told is taken.
        """
        while self._thread.is_alive():
            with suppress(Empty):
                return self._done.get(timeout=LOOK_SECONDS)
        for done in _drained(self._done):
            return done
        raise LineBroken(self._end)

    def next_until(self, deadline: float) -> _Done | None:
        """Wait for the next result, at most until a moment of the steady clock."""
        with suppress(Empty):
            return self._done.get(timeout=max(0.0, deadline - time.monotonic()))
        return None

    def _speak(self) -> None:
        try:
            with _Providers() as providers:
                for marked in iter(self._todo.get, None):
                    self._done.put(self._called(marked, providers))
        except BaseException as end:  # noqa: BLE001 - its words may name a person, its class does not
            self._end = type(end).__name__

    def _called(self, marked: _Marked, providers: "_Providers") -> _Done:
        if self._is_closed or self._watch.moment() > marked.begin_by:
            return _Done(marked.message)
        started = time.monotonic()
        done = _call(marked, providers)
        at = self._watch.moment()
        outcome = done.outcome and Outcome(done.outcome.state, done.outcome.code, done.outcome.reference, at)
        return done._replace(outcome=outcome, seconds=time.monotonic() - started)


def _drained(queue: SimpleQueue[T]) -> Iterator[T]:
    """Take what a queue holds, without waiting for more."""
    with suppress(Empty):
        while True:
            yield queue.get_nowait()


def _call(marked: _Marked, providers: "_Providers") -> _Done:
    message = marked.message
    try:
        accepted = providers.hand_over(marked.outgoing)
    except Unavailable as failure:
        return _Done(message, later=failure.reason)
    except Rejected as refusal:
        return _Done(message, Outcome(MessageState.REFUSED, refusal.reason))
    except Unknown as doubt:
        return _Done(message, Outcome(MessageState.UNKNOWN, doubt.reason))
    except Exception as failure:  # noqa: BLE001 - a failure of ours, told where the batch is
        return _Done(message, failure=failure)
    return _Done(message, Outcome(MessageState.SENT, ACCEPTED, accepted.reference[:120]))


class _Providers:
    """The providers of one batch, made when they are first needed; without a connection every mail learns that."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._texter: Texter | None = None
        self._session: MailSession | Unavailable | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_failure: object) -> None:
        with suppress(OutsideError):
            self._stack.close()

    def hand_over(self, outgoing: Outgoing) -> Accepted:
        """Make one call; raises as the ports say."""
        if isinstance(outgoing, OutgoingText):
            self._texter = self._texter or registry.texter(settings())
            return self._texter.send(outgoing)
        session = self._session = self._session or self._opened()
        if isinstance(session, Unavailable):
            raise Unavailable(session.reason)
        return session.send(outgoing)

    def _opened(self) -> MailSession | Unavailable:
        try:
            return self._stack.enter_context(registry.mailer(settings()).session())
        except Unavailable as failure:
            return failure


class _Turns:
    """How long a thread may keep the interpreter while messages are handed over, by however many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._brisk = 0
        self._before = 0.0

    @contextmanager
    def brisk(self) -> Iterator[None]:
        """Let the thread that speaks to providers have its turn at once."""
        with self._lock:
            if not self._brisk:
                self._before = sys.getswitchinterval()
                sys.setswitchinterval(TURN_SECONDS)
            self._brisk += 1
        try:
            yield
        finally:
            with self._lock:
                self._brisk -= 1
                if not self._brisk:
                    sys.setswitchinterval(self._before)


_TURNS: Final = _Turns()
