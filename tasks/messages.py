"""Delivery of the outbox: marked before each call, settled after it, one connection per batch."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy.orm import Session

from models.db import read, transaction
from models.inputs.letters import Letter
from models.inputs.outgoing import Mailbox, OutgoingMail
from models.rules.decisions import Ask, SetTimer, Settle
from models.rules.messages import CATALOGUE
from models.rules.onboarding_letters import unwanted
from models.rules.roles import Role
from models.settings import Settings, settings
from models.store import letters, messages
from models.store.claims import Claim
from models.store.effects import Outcome as Written
from models.store.effects import carry_out
from models.store.messages import ClaimedMessage, Outcome
from models.tables.messages import MessageState
from tasks.batches import in_batches
from tasks.connectors import registry
from tasks.connectors.ports import Mailer, MailSession, OutsideError, Rejected, Sight, Unavailable, Unknown
from tasks.policy import Retry, effect, safe
from tasks.stopwatch import Stopwatch
from templates.letters import Sender, compose
from templates.render import Letterhead

LOOK_UP_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class _Ready:
    """One message with its mail, or with the reason why there is none."""

    message: ClaimedMessage
    mail: OutgoingMail | None
    code: str = ""


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
    """Deliver a batch over one connection; counts by outcome. A batch that was begun is never begun twice."""
    watch = Stopwatch(as_of)
    ready = [_prepared(message, letter, as_of) for message, letter in _load(claim, as_of)]
    counts = Counter[str]()
    sendable = [one for one in ready if one.mail is not None]
    for one in ready:
        if one.mail is None:
            counts[_settle(one.message, _without_mail(one.code), claim=claim, as_of=as_of)] += 1
    if sendable:
        with _connection(registry.mailer(settings())) as session:
            for one in sendable:
                counts[_deliver(session, one, claim=claim, watch=watch)] += 1
    return counts


def _load(claim: Claim, as_of: datetime) -> list[tuple[ClaimedMessage, Letter | str]]:
    address = settings().public_address.rstrip("/")

    def load(session: Session) -> list[tuple[ClaimedMessage, Letter | str]]:
        mine = messages.claimed(session, claim)
        found = letters.load_letters(session, mine, address=address, as_of=as_of)
        return [(message, found[message.id]) for message in mine]

    return read(load)


def _prepared(message: ClaimedMessage, letter: Letter | str, as_of: datetime) -> _Ready:
    """Write a mail outside of every transaction; a mail that cannot be written is one message's failure only."""
    if isinstance(letter, str):
        return _Ready(message, None, letter)
    reason = unwanted(message.kind, message.fields, letter.journey)
    if reason:
        return _Ready(message, None, reason)
    try:
        return _Ready(message, compose(letter, sender=_sender(settings()), as_of=as_of))
    except Exception as error:  # noqa: BLE001 - its words may name a person, its class does not
        return _Ready(message, None, f"cannot_write:{type(error).__name__}")


def _sender(chosen: Settings) -> Sender:
    mailbox = Mailbox(name=chosen.mail_sender_name, address=chosen.mail_sender)
    return Sender(mailbox, Letterhead(chosen.organisation, chosen.postal_address))


def _without_mail(code: str) -> Outcome:
    is_cancelled = code in ("nothing_missing", "superseded", letters.NEVER_INVITED)
    return Outcome(MessageState.CANCELLED if is_cancelled else MessageState.REFUSED, code)


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


def _deliver(session: MailSession | Unavailable, one: _Ready, *, claim: Claim, watch: Stopwatch) -> str:
    """Mark, call, and write down what became of it."""
    moment = watch.moment()
    message, mail = one.message, one.mail
    if mail is None or not transaction(
        lambda sql: messages.mark_sending(sql, message.id, fence=claim.fence, as_of=moment)
    ):
        return "lost"
    try:
        if isinstance(session, Unavailable):
            raise session
        accepted = session.send(mail)
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
    """Let a delivered message complete its item, and show a dead letter to the coach."""
    key = f"message:{message.id}:{message.attempt}:{state}"
    completes = CATALOGUE[message.kind].completes
    if state is MessageState.SENT:
        settled = (Settle(f"message.{message.id}"),)
        done = (SetTimer("message_sent", as_of, completes),) if completes else ()
        if done or message.attempt > 1:
            carry_out(sql, [_written(message, key, (*settled, *done))], as_of=as_of)
    elif state in messages.DEAD_LETTERS:
        carry_out(
            sql, [_written(message, key, (Ask(f"message.{message.id}", Role.SUCCESS_COACH, as_of),))], as_of=as_of
        )


def _written(message: ClaimedMessage, key: str, effects: tuple[Ask | Settle | SetTimer, ...]) -> Written:
    return Written(message.practice_id, message.process, message.process_id, key, "golive", (), effects)


@effect(Retry.OUTSIDE)
def look_up_unknown(*, as_of: datetime) -> Counter[str]:
    """Ask the provider what became of unknown attempts; what is surely absent is due again (F-221)."""
    doubtful = read(lambda session: messages.unknown(session, limit=LOOK_UP_AT_ONCE))
    counts = Counter[str]()
    mailer = registry.mailer(settings())
    for message in doubtful:
        sight = mailer.look_up(message.message_id)
        counts[transaction(partial(_settle_sight, message=message, sight=sight, as_of=as_of))] += 1
    return counts


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
