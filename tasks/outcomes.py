"""What became of messages: settled in groups, with everything that follows from it in the same transaction."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from models.rules.decisions import Ask, Process, SetTimer, Settle
from models.rules.messages import CATALOGUE, Channel
from models.rules.roles import Role
from models.store import digests, handed_texts, look_ups, messages, noted
from models.store.effects import Outcome as Written
from models.store.effects import carry_out
from models.store.feedback_outcomes import tell_outcomes
from models.store.look_ups import Doubtful
from models.store.messages import ClaimedMessage, Outcome
from models.tables.messages import MessageState
from tasks.connectors.ports import Sight

Settled = tuple[ClaimedMessage, Outcome]
AT_ONCE: Final = 200
_UNKNOWN: Final = MessageState.UNKNOWN
_OVER: Final = frozenset({MessageState.DEAD, MessageState.CANCELLED})
_EARLIER_LOOKS: Final = frozenset({look_ups.ABSENT_ONCE, look_ups.DOUBTFUL_ONCE})


def settle(sql: Session, done: Sequence[Settled], *, fence: int, as_of: datetime) -> list[str]:
    """Write down what became of attempts with all that follows; names each result, "lost" where it came too late."""
    known = {message.id: outcome for message, outcome in done}
    written = messages.record_outcomes(sql, known, fence=fence, as_of=as_of) if known else frozenset()
    known_now = [one for one in done if one[0].id in written]
    handed_texts.forget_known(sql, [message for message, outcome in known_now if outcome.state is not _UNKNOWN])
    follow_up(sql, known_now, as_of=as_of)
    return [outcome.state.value if message.id in written else "lost" for message, outcome in done]


def settle_noted(sql: Session, *, as_of: datetime) -> list[str]:
    """Settle what a worker had noted as sent before it died; names each result."""
    found = noted.take_over(sql, as_of=as_of, limit=AT_ONCE)
    return settle(sql, found, fence=found[0][0].fence, as_of=as_of) if found else []


def put_off(sql: Session, message: ClaimedMessage, code: str, *, fence: int, as_of: datetime) -> str:
    """Queue a message again after an unavailable provider, or give it up or cancel it; names the result."""
    state = messages.try_later(sql, message.id, code, fence=fence, as_of=as_of)
    handed_texts.forget_known(sql, [message] if state is MessageState.PENDING or state in _OVER else [])
    if state in _OVER:
        follow_up(sql, [(message, Outcome(state, code))], as_of=as_of)
    return "later" if state is MessageState.PENDING else state.value


def let_go(sql: Session, unmade: Sequence[ClaimedMessage], *, fence: int, as_of: datetime) -> list[str]:
    """Take marks back of calls that were not made, with all that follows where nobody wants the message any more."""
    cancelled = messages.unmark(sql, [message.id for message in unmade], fence=fence, as_of=as_of)
    over = [(message, Outcome(MessageState.CANCELLED, "not_wanted")) for message in unmade if message.id in cancelled]
    handed_texts.forget_known(sql, [message for message, _ in over])
    follow_up(sql, over, as_of=as_of)
    return ["given_back"] * len(unmade)


def settle_look(sql: Session, doubtful: Doubtful, sight: Sight, *, as_of: datetime) -> str:
    """Write down what a look-up led to with all that follows; names what it found."""
    outcome = conclude(doubtful, sight)
    if not settle_doubt(sql, doubtful, outcome, as_of=as_of):
        return "lost"
    return look_ups.FINAL if outcome.code == look_ups.FINAL else sight.value


def settle_doubt(sql: Session, doubtful: Doubtful, outcome: Outcome, *, as_of: datetime) -> bool:
    """Write down what is known of a doubtful message now, with all that follows; False when it came too late."""
    state = look_ups.write(sql, doubtful, outcome, as_of=as_of)
    if state is None:
        return False
    if outcome.code not in _EARLIER_LOOKS:
        handed_texts.forget_known(sql, [doubtful.message])
        follow_up(sql, [(doubtful.message, replace(outcome, state=state))], as_of=as_of)
    return True


def conclude(doubtful: Doubtful, sight: Sight) -> Outcome:
    """Say what follows from a look: found is sent, surely absent twice is due again, doubtful twice is final (F-221).

    A mailbox of our own is asked once, since nothing in it can be late; a mail server cannot be asked at all.
    """
    if sight is Sight.FOUND:
        return Outcome(MessageState.SENT, "found")
    is_last = doubtful.message.channel is Channel.EMAIL or doubtful.before in _EARLIER_LOOKS
    if not is_last:
        return Outcome(MessageState.UNKNOWN, look_ups.ABSENT_ONCE if sight is Sight.ABSENT else look_ups.DOUBTFUL_ONCE)
    if sight is Sight.ABSENT and doubtful.before != look_ups.DOUBTFUL_ONCE:
        return Outcome(MessageState.PENDING, "absent")
    return Outcome(MessageState.UNKNOWN, look_ups.FINAL)


def follow_up(sql: Session, settled: Sequence[Settled], *, as_of: datetime) -> None:
    """Let delivered messages complete their items, and show dead letters to whoever can do something about them.

    Requests for feedback are told instead: for what is refused there they know another way, or say why not (F-221).
    """
    asked = [one for one in settled if one[0].process is Process.FEEDBACK]
    if asked:
        tell_outcomes(sql, asked, as_of=as_of)
    others = [one for one in settled if one[0].process is not Process.FEEDBACK]
    for message, outcome in others:
        if message.kind in digests.DIGESTS:
            digests.settle_digest(sql, int(message.fields["digest"] or 0), outcome.state)
    written = [written for message, outcome in others if (written := _following(message, outcome.state, as_of))]
    if written:
        carry_out(sql, written, as_of=as_of)


def _following(message: ClaimedMessage, state: MessageState, as_of: datetime) -> Written | None:
    item = f"message.{message.id}"
    effects: tuple[Ask | Settle | SetTimer, ...] = ()
    if state is MessageState.SENT:
        completes = CATALOGUE[message.kind].completes
        done = (SetTimer("message_sent", as_of, completes),) if completes else ()
        effects = (Settle(item), *done) if done or message.attempt > 1 else ()
    elif state in messages.DEAD_LETTERS:
        effects = (Ask(item, _helper(message), as_of),)
    key = f"message:{message.id}:{message.attempt}:{state}"
    numbers = (message.practice_id, message.process, message.process_id)
    return Written(*numbers, key, "golive", (), effects) if effects else None


def _helper(message: ClaimedMessage) -> Role:
    """Name who can help: the office calls its patient; whoever invites to the portal and changes recipients (A-27)."""
    match message.process:
        case Process.APPOINTMENT | Process.REPUTATION if message.to_role is Role.PATIENT:
            return Role.FRONT_OFFICE
        case Process.APPOINTMENT | Process.ACCESS:
            return Role.ONBOARDING_MANAGER
        case _:
            return Role.SUCCESS_COACH
