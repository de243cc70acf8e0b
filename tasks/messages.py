"""Delivery of the outbox: letters loaded and written, handed over, and looked up where nobody knows the outcome."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from itertools import chain
from typing import Final, TypeVar

from sqlalchemy.orm import Session

from models.db import read, transaction
from models.inputs.access_letters import InvitationLetter
from models.inputs.letters import DigestLetter, FeedbackLetter, Letter, VisitLetter
from models.inputs.outgoing import Mailbox, OutgoingText
from models.reports.progress_letters import ProgressLetter, with_progress
from models.reports.reputation_letters import ReputationLetter, load_reputation_letters
from models.rules import appointment_letters, onboarding_letters
from models.rules.decisions import Process
from models.rules.messages import Channel, MessageKind
from models.settings import Settings, settings
from models.store import digests, handed_texts, letters, look_ups, messages
from models.store.appointment_letters import NOT_OURS, load_visit_letters
from models.store.claims import Claim
from models.store.digest_letters import NOTHING_LEFT, QUIET, load_digest_letters
from models.store.feedback_letters import WITHDRAWN, load_feedback_letters, read_feedback_letters, read_fitting_letters
from models.store.feedback_trials import is_trial, load_trial_letters
from models.store.invitation_letters import OVER, load_invitation_letters
from models.store.look_ups import Doubtful
from models.store.messages import ClaimedMessage, Outcome
from models.store.private_letters import TAKEN_BACK, load_private_letters
from models.store.text_letters import NOT_WANTED, load_text_letters
from models.tables.messages import MessageState
from tasks.batches import in_batches
from tasks.connectors import registry
from tasks.connectors.ports import Sight, Unavailable
from tasks.handing_over import Outgoing, Ready, hand_over
from tasks.outcomes import settle_look, settle_noted
from tasks.policy import Retry, effect, safe
from tasks.stopwatch import Stopwatch
from templates.access_letters import compose_invitation
from templates.appointment_letters import compose_mail, compose_text
from templates.digests import compose_digest
from templates.feedback_letters import compose_feedback_mail
from templates.letters import Sender, compose
from templates.progress_report import compose_progress
from templates.render import Letterhead
from templates.reputation_report import compose_reputation
from templates.text_letters import compose_text_answer

T = TypeVar("T")
LOOK_UP_AT_ONCE = 500
MOST_TRIES: Final = len(messages.RETRY_AFTER) + 1
AnyLetter = Letter | VisitLetter | DigestLetter | FeedbackLetter | InvitationLetter | ReputationLetter | ProgressLetter
_JOURNEYS: Final = frozenset({Process.ONBOARDING, Process.PRACTICE, Process.ENROLLMENT})
UNWANTED: Final = frozenset(
    {letters.PAST, letters.NEVER_INVITED, NOT_OURS, NOTHING_LEFT, QUIET, OVER, TAKEN_BACK, *NOT_WANTED}
)


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
    counts = Counter({"taken_over": again, "unknown": doubtful})
    while results := transaction(lambda session: settle_noted(session, as_of=as_of)):
        counts.update(results)
    return +counts


@effect(Retry.OUTSIDE)
def deliver_messages(claim: Claim, *, as_of: datetime) -> Counter[str]:
    """Deliver a batch of mails and texts; counts by outcome. A batch that was begun is never begun twice."""
    watch = Stopwatch(as_of)
    found = _load(lambda session: messages.claimed(session, claim), as_of)
    withdrawn = sum(letter == WITHDRAWN for _, letter in found)
    found = sorted((one for one in found if one[1] != WITHDRAWN), key=lambda one: one[0].channel is not Channel.TEXT)
    ready = (_prepared(message, letter, as_of) for message, letter in found)  # texts first, they are alerts
    return +Counter(withdrawn=withdrawn) + hand_over(ready, claim=claim, watch=watch)


def _load(
    choose: Callable[[Session], Sequence[ClaimedMessage]], as_of: datetime
) -> list[tuple[ClaimedMessage, AnyLetter | str]]:
    """Load messages with their letters: those about appointments and digests are other kinds than those of journeys."""
    address = settings().public_address.rstrip("/")
    chosen = read(choose)
    found = read(lambda session: _read_letters(session, chosen, address, as_of))
    if changed := [one for one in chosen if one.process is Process.FEEDBACK and one.id not in found]:
        found |= transaction(lambda session: load_feedback_letters(session, changed, address=address, as_of=as_of))
    if told := [message for message in chosen if message.process is Process.REPUTATION]:
        found |= transaction(lambda session: load_private_letters(session, told, address=address, as_of=as_of))
    return [(message, found[message.id]) for message in chosen]


def _read_letters(
    session: Session, chosen: Sequence[ClaimedMessage], address: str, as_of: datetime
) -> dict[int, AnyLetter | str]:
    """Load the letters about which nothing is decided any more."""
    visits = [message for message in chosen if message.process is Process.APPOINTMENT]
    daily = [message for message in chosen if message.kind in digests.DIGESTS]
    trials = [message for message in chosen if is_trial(message)]
    answers = [message for message in chosen if message.process is Process.TEXTING]
    weekly = [message for message in chosen if message.kind is MessageKind.WEEKLY_REPUTATION]
    known = {message.id for message in (*daily, *trials, *weekly)}
    journeys = [message for message in chosen if message.process in _JOURNEYS and message.id not in known]
    found: dict[int, AnyLetter | str] = {}
    if asked := [message for message in chosen if message.process is Process.FEEDBACK]:
        found |= read_fitting_letters(session, asked, address=address, as_of=as_of)
    if visits:
        found |= load_visit_letters(session, visits, address=address)
    if daily:
        found |= load_digest_letters(session, daily, address=address)
    if weekly:
        found |= load_reputation_letters(session, weekly, address=address, as_of=as_of)
    if trials:
        found |= load_trial_letters(session, trials, address=address)
    if invited := [message for message in chosen if message.process is Process.ACCESS]:
        found |= load_invitation_letters(session, invited, address=address, as_of=as_of)
    if answers:
        found |= load_text_letters(session, answers, as_of=as_of)
    if journeys:
        loaded = letters.load_letters(session, journeys, address=address, as_of=as_of)
        found |= with_progress(session, loaded, as_of=as_of)
    return found


def _prepared(message: ClaimedMessage, letter: AnyLetter | str, as_of: datetime) -> Ready:
    """Write a letter outside of every transaction; one that cannot be written is one message's failure only."""
    if isinstance(letter, str):
        state = MessageState.CANCELLED if letter in UNWANTED else MessageState.REFUSED
        return Ready(message, Outcome(state, letter))
    reason = _unwanted(message, letter, as_of)
    if reason:
        return Ready(message, Outcome(MessageState.CANCELLED, reason))
    try:
        return Ready(message, _composed(message, letter, as_of))
    except Exception as error:  # noqa: BLE001 - its words may name a person, its class does not
        return Ready(message, Outcome(MessageState.REFUSED, f"cannot_write:{type(error).__name__}"))


def _unwanted(message: ClaimedMessage, letter: AnyLetter, as_of: datetime) -> str:
    if isinstance(letter, DigestLetter | FeedbackLetter | InvitationLetter | ReputationLetter | ProgressLetter):
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
    if isinstance(letter, ProgressLetter):
        return compose_progress(letter, sender=sender, as_of=as_of)
    if isinstance(letter, ReputationLetter):
        return compose_reputation(letter, sender=sender, as_of=as_of)
    if isinstance(letter, InvitationLetter):
        return compose_invitation(letter, sender=sender, as_of=as_of)
    is_text = message.channel is Channel.TEXT
    if isinstance(letter, FeedbackLetter):
        if is_text:
            return compose_text_answer(letter, as_of=as_of)
        return compose_feedback_mail(letter, sender=sender, as_of=as_of)
    if is_text:
        return compose_text(letter, as_of=as_of)
    return compose_mail(letter, sender=sender, as_of=as_of)


def _sender(chosen: Settings) -> Sender:
    mailbox = Mailbox(name=chosen.mail_sender_name, address=chosen.mail_sender)
    return Sender(mailbox, Letterhead(chosen.organisation, chosen.postal_address))


@safe
def is_look_up_due(*, as_of: datetime) -> bool:
    """Say whether an outcome that nobody knows is to be looked up now."""
    return read(lambda session: look_ups.is_due(session, as_of=as_of))


@effect(Retry.OUTSIDE)
def look_up_unknown(*, as_of: datetime) -> Counter[str]:
    """Ask providers what became of unknown attempts: found counts as sent, surely absent twice is due again (F-221)."""
    doubtful = read(lambda session: look_ups.due(session, as_of=as_of, limit=LOOK_UP_AT_ONCE))
    counts = Counter[str]()
    mails = [one for one in doubtful if one.message.channel is Channel.EMAIL]
    texts = [one for one in doubtful if one.message.channel is Channel.TEXT]
    for one, sight in chain(_seen_mails(mails), _seen_texts(texts)):
        counts[transaction(partial(settle_look, doubtful=one, sight=sight, as_of=as_of))] += 1
    return counts


def _seen_mails(doubtful: Sequence[Doubtful]) -> Iterator[tuple[Doubtful, Sight]]:
    if not doubtful:
        return
    mailer = registry.mailer(settings())
    for one in doubtful:
        yield one, _sight(mailer.look_up, one.message.message_id)


def _seen_texts(doubtful: Sequence[Doubtful]) -> Iterator[tuple[Doubtful, Sight]]:
    """Look for texts by what their attempts handed over; where that can be read no more, nobody can tell.

    They are looked for since their place in the queue: none of their attempts was earlier.
    """
    if not doubtful:
        return
    texter = registry.texter(settings())
    handed = read(lambda session: handed_texts.handed_over(session, [one.message for one in doubtful]))
    for one in doubtful:
        text = handed.get(one.message.id)
        since = {"sent_at": one.message.queued_at}
        yield one, _sight(texter.look_up, text.model_copy(update=since)) if text else Sight.CANNOT_TELL


def _sight(look_up: Callable[[T], Sight], asked: T) -> Sight:
    """Look one up; what the provider does not tell of one keeps nobody behind it waiting.

    Raises:
        Unavailable: nothing can be asked now, of nobody.
    """
    try:
        return look_up(asked)
    except Unavailable:
        raise
    except Exception:  # noqa: BLE001 - one row's failure is never another's, and its words may name a person
        return Sight.CANNOT_TELL


def seen_since_backup(
    doubtful: Sequence[Doubtful], *, made_at: datetime, as_of: datetime
) -> Iterator[tuple[Doubtful, Sight]]:
    """Ask providers for messages that a lost database may have sent since a backup (UTC), by every attempt of theirs.

    A text that is not found proves nothing: by then it may have had other words, or another number.
    """
    mails = [one for one in doubtful if one.message.channel is Channel.EMAIL]
    mailer = registry.mailer(settings())
    for one in mails:
        yield one, _first_seen(mailer.look_up(name) for name in one.message.message_ids(MOST_TRIES))
    texts = [one for one in doubtful if one.message.channel is Channel.TEXT]
    again = read(lambda session: _texts_again(session, [one.message for one in texts], as_of))
    texter = registry.texter(settings())
    count = MOST_TRIES if settings().texter == "mailbox" else 1  # others find a text by its words
    for one in texts:
        text = again.get(one.message.id)
        tried = [{"attempt": name, "sent_at": made_at} for name in one.message.message_ids(count)]
        sights = [texter.look_up(text.model_copy(update=one_try)) for one_try in tried] if text else []
        yield one, Sight.FOUND if Sight.FOUND in sights else Sight.CANNOT_TELL


def _first_seen(sights: Iterable[Sight]) -> Sight:
    """Say what looks at several attempts found: absent only when each of them surely is."""
    found = Sight.CANNOT_TELL
    for found in sights:
        if found is not Sight.ABSENT:
            break
    return found


def _texts_again(session: Session, chosen: Sequence[ClaimedMessage], as_of: datetime) -> dict[int, OutgoingText]:
    """Give texts as their attempts handed them over, or as they would be written now; nothing is decided about them."""
    found = dict(handed_texts.handed_over(session, chosen))
    address = settings().public_address.rstrip("/")
    asked = [one for one in chosen if one.process is Process.FEEDBACK and one.id not in found]
    visits = [one for one in chosen if one.process is Process.APPOINTMENT and one.id not in found]
    letters_again: dict[int, AnyLetter | str] = {}
    if asked:
        letters_again |= read_feedback_letters(session, asked, address=address, as_of=as_of)
    if visits:
        letters_again |= load_visit_letters(session, visits, address=address)
    for number, letter in letters_again.items():
        with suppress(Exception):  # as when it was prepared: what cannot be written cannot be looked for
            match letter:
                case VisitLetter():
                    found[number] = compose_text(letter, as_of=as_of)
                case FeedbackLetter():
                    found[number] = compose_text_answer(letter, as_of=as_of)
    return found


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
