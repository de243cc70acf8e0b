"""What became of messages that ask for feedback, told to requests in the transaction that settles them (F-220)."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from models.rules.feedback_events import Event, Refused, Sent, Withdrawn
from models.rules.messages import Channel
from models.store import feedback, feedback_people, feedback_stops
from models.store.feedback_changes import tell_each
from models.store.feedback_letters import key_of
from models.store.look_ups import FINAL
from models.store.message_stops import Cause, Place, stop
from models.store.messages import ClaimedMessage, Outcome
from models.tables.messages import MessageState


def tell_outcomes(session: Session, settled: Sequence[tuple[ClaimedMessage, Outcome]], *, as_of: datetime) -> None:
    """Tell requests what became of their messages; what may still be looked up or tried again is not told yet."""
    refused = [(message, outcome) for message, outcome in settled if outcome.code in feedback_stops.REFUSALS]
    for message, outcome in refused:
        _stop_number(session, message, outcome, as_of=as_of)
    told = [
        (message.process_id, event, key_of(message, outcome.state))
        for message, outcome in settled
        if (event := event_of(message, outcome, as_of=as_of)) is not None
    ]
    while told:
        first = {one[0]: one for one in reversed(told)}  # one event of each request in a round
        tell_each(session, list(first.values()), as_of=as_of)
        told = [one for one in told if one is not first[one[0]]]


def event_of(message: ClaimedMessage, outcome: Outcome, *, as_of: datetime) -> Event | None:
    """Say what an outcome is for the request: what may have been sent counts as sent (F-221)."""
    number, channel, at = int(message.subject), message.channel, outcome.at or as_of
    match outcome.state:
        case MessageState.SENT:
            return Sent(number, channel, at)
        case MessageState.REFUSED | MessageState.DEAD:
            return Refused(number, channel)
        case MessageState.CANCELLED:
            return Withdrawn(number, channel)
        case MessageState.UNKNOWN if outcome.code == FINAL:
            return Sent(number, channel, at, is_certain=False)
    return None


def _stop_number(session: Session, message: ClaimedMessage, outcome: Outcome, *, as_of: datetime) -> None:
    """Stop texts to a number that its provider says takes none."""
    scene = feedback.load_scenes(session, [message.process_id], as_of=as_of).get(message.process_id)
    if message.channel is not Channel.TEXT or scene is None or scene.patient is None:
        return
    known = feedback_people.load_people(session, [scene.patient], as_of=as_of).records[scene.patient]
    if known.phone_index:
        place = Place(message.practice_id, known.phone_index)
        stop(session, place, Cause(feedback_stops.REFUSALS[outcome.code]), as_of=as_of)
