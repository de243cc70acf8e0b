"""Delivery of the outbox: marked before each call, settled after it, one connection for the mails of a batch."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Final

from sqlalchemy.orm import Session

from models.db import read, transaction
from models.inputs.letters import DigestLetter, Letter, VisitLetter
from models.inputs.outgoing import Accepted, Mailbox, OutgoingMail, OutgoingText
from models.reports.onboarding_forecast import go_live_forecast
from models.rules import appointment_letters, onboarding_letters
from models.rules.decisions import Ask, Process, SetTimer, Settle
from models.rules.messages import CATALOGUE, Channel, MessageKind
from models.rules.roles import Role
from models.settings import Settings, settings
from models.store import digests, letters, messages
from models.store.appointment_letters import NOT_OURS, load_visit_letters
from models.store.claims import Claim
from models.store.digest_letters import NOTHING_LEFT, QUIET, load_digest_letters
from models.store.effects import Outcome as Written
from models.store.effects import carry_out
from models.store.messages import ClaimedMessage, Outcome
from models.tables.messages import MessageState
from tasks.batches import in_batches
from tasks.connectors import registry
from tasks.connectors.ports import Mailer, MailSession, OutsideError, Rejected, Sight, Unavailable, Unknown
from tasks.policy import Retry, effect, safe
from tasks.stopwatch import Stopwatch
from templates.appointment_letters import compose_mail, compose_text
from templates.digests import compose_digest
from templates.letters import Sender, compose
from templates.render import Letterhead

LOOK_UP_AT_ONCE = 500
Outgoing = OutgoingMail | OutgoingText
AnyLetter = Letter | VisitLetter | DigestLetter
UNWANTED: Final = frozenset({letters.PAST, letters.NEVER_INVITED, NOT_OURS, NOTHING_LEFT, QUIET})


@dataclass(frozen=True, slots=True)
class _Ready:
    """One message with what is to be handed over, or with the outcome that it has without a call."""

    message: ClaimedMessage
    outgoing: Outgoing | Outcome


def claims_of_messages(*, as_of: datetime, limit: int) -> Iterator[Claim]:
    """Claim messages that are due, batch after batch until none is left."""
    return in_batches(
        lambda size: transaction(lambda session: messages.claim_due(session, as_of=as_of, limit=size)),
        limit=limit,
        batch=settings().dispatch_message_batch,
    )


@safe
def recover_messages(*, as_of: datetime) -> Counter[str]:
    """Take over what dead workers left behind."""
    again, doubtful = transaction(lambda session: messages.recover(session, as_of=as_of))
    return +Counter({"taken_over": again, "unknown": doubtful})


@effect(Retry.OUTSIDE)
def deliver_messages(claim: Claim, *, as_of: datetime) -> Counter[str]:
    """Deliver a batch of mails and texts; counts by outcome. A batch that was begun is never begun twice."""
    watch = Stopwatch(as_of)
    found = _load(lambda session: messages.claimed(session, claim), as_of)
    ready = [_prepared(message, letter, as_of) for message, letter in found]
    counts = Counter[str]()
    for one in ready:
        if isinstance(one.outgoing, Outcome):
            counts[_settle(one.message, one.outgoing, claim=claim, as_of=as_of)] += 1
    for message, hand_over in _calls(ready):
        counts[_deliver(message, hand_over, claim=claim, watch=watch)] += 1
    return counts


def _load(
    choose: Callable[[Session], Sequence[ClaimedMessage]], as_of: datetime
) -> list[tuple[ClaimedMessage, AnyLetter | str]]:
    """Load messages with their letters: those about appointments and digests are other kinds than those of journeys."""
    address = settings().public_address.rstrip("/")

    def load(session: Session) -> list[tuple[ClaimedMessage, AnyLetter | str]]:
        chosen = choose(session)
        visits = [message for message in chosen if message.process is Process.APPOINTMENT]
        daily = [message for message in chosen if message.kind in digests.DIGESTS]
        known = {message.id for message in (*visits, *daily)}
        others = [message for message in chosen if message.id not in known]
        found: dict[int, AnyLetter | str] = {}
        if visits:
            found |= load_visit_letters(session, visits, address=address)
        if daily:
            found |= load_digest_letters(session, daily, address=address)
        if others:
            found |= _with_dates(session, letters.load_letters(session, others, address=address, as_of=as_of), as_of)
        return [(message, found[message.id]) for message in chosen]

    return read(load)


def _with_dates(session: Session, found: dict[int, Letter | str], as_of: datetime) -> dict[int, Letter | str]:
    """Add to progress reports when go-live is expected, as pages show it (O-36, O-46)."""

    def dated(letter: Letter | str) -> Letter | str:
        if isinstance(letter, str) or letter.kind is not MessageKind.PROGRESS_REPORT:
            return letter
        dates = go_live_forecast(session, letter.journey, as_of=as_of)
        return replace(letter, go_live=(dates.early, dates.late)) if dates else letter

    return {number: dated(letter) for number, letter in found.items()}


def _prepared(message: ClaimedMessage, letter: AnyLetter | str, as_of: datetime) -> _Ready:
    """Write a letter outside of every transaction; one that cannot be written is one message's failure only."""
    if isinstance(letter, str):
        state = MessageState.CANCELLED if letter in UNWANTED else MessageState.REFUSED
        return _Ready(message, Outcome(state, letter))
    reason = _unwanted(message, letter, as_of)
    if reason:
        return _Ready(message, Outcome(MessageState.CANCELLED, reason))
    try:
        return _Ready(message, _composed(message, letter, as_of))
    except Exception as error:  # noqa: BLE001 - its words may name a person, its class does not
        return _Ready(message, Outcome(MessageState.REFUSED, f"cannot_write:{type(error).__name__}"))


def _unwanted(message: ClaimedMessage, letter: AnyLetter, as_of: datetime) -> str:
    if isinstance(letter, DigestLetter):
        return ""  # what is over was left out when it was loaded
    if isinstance(letter, VisitLetter):
        return appointment_letters.unwanted(message.kind, message.fields, letter.visit, as_of=as_of)
    return onboarding_letters.unwanted(message.kind, message.fields, letter.journey)


def _composed(message: ClaimedMessage, letter: AnyLetter, as_of: datetime) -> Outgoing:
    sender = _sender(settings())
    if isinstance(letter, Letter):
        return compose(letter, sender=sender, as_of=as_of)
    if isinstance(letter, DigestLetter):
        return compose_digest(letter, sender=sender, as_of=as_of)
    if message.channel is Channel.TEXT:
        return compose_text(letter, as_of=as_of)
    return compose_mail(letter, sender=sender, as_of=as_of)


def _sender(chosen: Settings) -> Sender:
    mailbox = Mailbox(name=chosen.mail_sender_name, address=chosen.mail_sender)
    return Sender(mailbox, Letterhead(chosen.organisation, chosen.postal_address))


def _calls(ready: Sequence[_Ready]) -> Iterator[tuple[ClaimedMessage, Callable[[], Accepted]]]:
    """Give each message that is to go out with the call that hands it over; texts first, they are alerts."""
    texts = [(one.message, one.outgoing) for one in ready if isinstance(one.outgoing, OutgoingText)]
    if texts:
        texter = registry.texter(settings())
        for message, text in texts:
            yield message, partial(texter.send, text)
    mails = [(one.message, one.outgoing) for one in ready if isinstance(one.outgoing, OutgoingMail)]
    if mails:
        with _connection(registry.mailer(settings())) as session:
            for message, mail in mails:
                yield message, partial(_post, session, mail)


def _post(session: MailSession | Unavailable, mail: OutgoingMail) -> Accepted:
    if isinstance(session, Unavailable):
        raise session
    return session.send(mail)


@contextmanager
def _connection(mailer: Mailer) -> Iterator[MailSession | Unavailable]:
    """Open one connection for the batch; when there is none, every message learns that."""
    try:
        opened = mailer.session()
        session = opened.__enter__()
    except Unavailable as failure:
        yield failure
        return
    try:
        yield session
    finally:
        opened.__exit__(None, None, None)


def _deliver(message: ClaimedMessage, hand_over: Callable[[], Accepted], *, claim: Claim, watch: Stopwatch) -> str:
    """Mark, call, and write down what became of it."""
    moment = watch.moment()
    if not transaction(lambda sql: messages.mark_sending(sql, message.id, fence=claim.fence, as_of=moment)):
        return "lost"
    try:
        accepted = hand_over()
    except Unavailable as failure:
        code = failure.reason
        state = transaction(lambda sql: _put_off(sql, message, code, claim, watch.moment()))
        return "later" if state is MessageState.PENDING else state.value
    except OutsideError as failure:
        outcome = Outcome(_STATE_OF[type(failure)], failure.reason)
    else:
        outcome = Outcome(MessageState.SENT, "accepted", accepted.reference[:120])
    return _settle(message, outcome, claim=claim, as_of=watch.moment())


_STATE_OF: Mapping[type[OutsideError], MessageState] = {
    Rejected: MessageState.REFUSED,
    Unknown: MessageState.UNKNOWN,
}


def _put_off(sql: Session, message: ClaimedMessage, code: str, claim: Claim, as_of: datetime) -> MessageState:
    state = messages.try_later(sql, message.id, code, fence=claim.fence, as_of=as_of)
    if state is MessageState.DEAD:
        _follow_up(sql, message, state, as_of)
    return state


def _settle(message: ClaimedMessage, outcome: Outcome, *, claim: Claim, as_of: datetime) -> str:
    def write(sql: Session) -> str:
        if not messages.record_outcome(sql, message.id, outcome, fence=claim.fence, as_of=as_of):
            return "lost"
        _follow_up(sql, message, outcome.state, as_of)
        return outcome.state.value

    return transaction(write)


def _follow_up(sql: Session, message: ClaimedMessage, state: MessageState, as_of: datetime) -> None:
    """Let a delivered message complete its item, and show a dead letter to whoever can do something about it."""
    key = f"message:{message.id}:{message.attempt}:{state}"
    completes = CATALOGUE[message.kind].completes
    if message.kind in digests.DIGESTS:
        digests.settle_digest(sql, int(message.fields["digest"] or 0), state)
    if state is MessageState.SENT:
        settled = (Settle(f"message.{message.id}"),)
        done = (SetTimer("message_sent", as_of, completes),) if completes else ()
        if done or message.attempt > 1:
            carry_out(sql, [_written(message, key, (*settled, *done))], as_of=as_of)
    elif state in messages.DEAD_LETTERS:
        carry_out(sql, [_written(message, key, (Ask(f"message.{message.id}", _helper(message), as_of),))], as_of=as_of)


def _helper(message: ClaimedMessage) -> Role:
    """Name who can help: the office calls its patient, and only the Onboarding Manager changes recipients (A-27)."""
    if message.process is not Process.APPOINTMENT:
        return Role.SUCCESS_COACH
    return Role.FRONT_OFFICE if message.to_role is Role.PATIENT else Role.ONBOARDING_MANAGER


def _written(message: ClaimedMessage, key: str, effects: tuple[Ask | Settle | SetTimer, ...]) -> Written:
    return Written(message.practice_id, message.process, message.process_id, key, "golive", (), effects)


@effect(Retry.OUTSIDE)
def look_up_unknown(*, as_of: datetime) -> Counter[str]:
    """Ask the provider what became of unknown attempts; what is surely absent is due again (F-221)."""
    doubtful = read(lambda session: messages.unknown(session, limit=LOOK_UP_AT_ONCE))
    counts = Counter[str]()
    mails = [message for message in doubtful if message.channel is Channel.EMAIL]
    texts = [message for message in doubtful if message.channel is Channel.TEXT]
    for message, sight in (*_seen_mails(mails), *_seen_texts(texts, as_of)):
        counts[transaction(partial(_settle_sight, message=message, sight=sight, as_of=as_of))] += 1
    return counts


def _seen_mails(doubtful: Sequence[ClaimedMessage]) -> Iterator[tuple[ClaimedMessage, Sight]]:
    mailer = registry.mailer(settings())
    for message in doubtful:
        yield message, mailer.look_up(message.message_id)


def _seen_texts(doubtful: Sequence[ClaimedMessage], as_of: datetime) -> Iterator[tuple[ClaimedMessage, Sight]]:
    """Look for texts by what they said and to whom; for one that cannot be written again nobody can tell."""
    if not doubtful:
        return
    texter = registry.texter(settings())
    for message, letter in _load(lambda _: doubtful, as_of):
        again = _prepared_again(message, letter)
        yield message, texter.look_up(again) if again else Sight.CANNOT_TELL


def _prepared_again(message: ClaimedMessage, letter: AnyLetter | str) -> OutgoingText | None:
    """Write a text as its attempt did; none of its attempts was earlier than its place in the queue."""
    if not isinstance(letter, VisitLetter):
        return None
    try:
        return compose_text(letter, as_of=message.queued_at)
    except Exception:  # noqa: BLE001 - as when it was prepared
        return None


def _settle_sight(sql: Session, message: ClaimedMessage, sight: Sight, as_of: datetime) -> str:
    outcome = {
        Sight.FOUND: Outcome(MessageState.SENT, "found"),
        Sight.ABSENT: Outcome(MessageState.PENDING, "absent"),
        Sight.CANNOT_TELL: Outcome(MessageState.UNKNOWN, "cannot_tell"),
    }[sight]
    if not messages.settle_unknown(sql, message.id, outcome, as_of=as_of):
        return "lost"
    _follow_up(sql, message, outcome.state, as_of)
    return sight.value


@effect()
def replay_messages(ids: Sequence[int], *, as_of: datetime) -> list[int]:
    """Queue dead letters once more, as a person decided."""
    return transaction(lambda session: messages.replay(session, ids, as_of=as_of))


@effect()
def list_dead_letters() -> list[dict[str, str]]:
    """List dead letters with ids, kinds and codes only."""
    found = read(messages.dead_letters)
    return [
        {"id": str(one.id), "kind": one.kind, "state": one.state, "why": one.outcome, "attempts": str(one.attempts)}
        for one in found
    ]
