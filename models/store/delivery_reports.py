"""What became of our texts after the provider took them: noted, taken as proof, and heeded where none can arrive."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, select, update
from sqlalchemy.orm import Session

from models.inputs.text_hooks import DeliveryReport
from models.rules.consent import PROVIDER_WORDING, StopReason
from models.rules.decisions import Process, Settle
from models.rules.feedback import Outcome as Told
from models.rules.feedback_events import Sent
from models.rules.messages import Channel
from models.rules.texting import FAILED, PERMANENT, later_report
from models.store import events, feedback_changes, number_stops
from models.store.effects import Outcome, carry_out
from models.store.message_stops import Cause
from models.store.provider_events import ProviderEvent
from models.tables.feedback import FeedbackAttemptRow
from models.tables.messages import Message, MessageState

UNKNOWN_MESSAGE: Final = "unknown_message"
PROVED: Final = "proved"
REPORTED: Final = "reported"
_UNSETTLED: Final = (
    MessageState.PENDING,
    MessageState.HELD,
    MessageState.CLAIMED,
    MessageState.SENDING,
    MessageState.UNKNOWN,
)


def take_in_report(session: Session, event: ProviderEvent, *, as_of: datetime) -> str:
    """Act upon one report, whatever came before it; gives what it led to (F-221, F-223)."""
    report = DeliveryReport.read(event.content)
    if report is None:
        return "unreadable"
    query = select(Message.practice_id, Message.process, Message.process_id, Message.subject)
    message = session.execute(query.where(Message.id == report.message, Message.channel == Channel.TEXT)).first()
    if message is None:
        return UNKNOWN_MESSAGE
    stops = _stop_for_good(session, report, event, message.practice_id, as_of=as_of)
    events.lock_practices(session, [message.practice_id])
    is_proof = prove_accepted(session, report.message, report.attempt, report.reference, as_of=as_of)
    if message.process is Process.FEEDBACK and message.subject.isdecimal():
        _note(session, message, report, event.received_at, as_of=as_of)
    return PROVED if is_proof else stops or REPORTED


def _stop_for_good(
    session: Session, report: DeliveryReport, event: ProviderEvent, practice: int, *, as_of: datetime
) -> str:
    """Stop a number that no text can reach, or whose person opted out at the provider; other failures pass."""
    reason = PERMANENT.get(report.error) if report.status in FAILED else None
    if reason is None or not report.recipient:
        return ""
    reach = number_stops.reach_of(session, report.recipient, to=report.sender, also=[practice])
    wording = PROVIDER_WORDING if reason is StopReason.PROVIDER else ""
    number_stops.stop_number(session, reach, Cause(reason, event.id), wording=wording, as_of=as_of)
    return reason.value


def prove_accepted(session: Session, message: int, attempt: int, reference: str, *, as_of: datetime) -> bool:
    """Settle a message as sent whose very attempt a provider reports of; its practice is locked (F-221).

    That holds also before its worker could write the outcome, and for one that is due again: it must not go twice.
    """
    proved = (
        update(Message)
        .where(Message.id == message, Message.attempts == attempt, Message.state.in_(_UNSETTLED))
        .values(state=MessageState.SENT, outcome=REPORTED, reference=reference, settled_at=as_of, lease_until=None)
        .returning(Message.practice_id, Message.process, Message.process_id)
        .execution_options(synchronize_session=False)
    )
    found = session.execute(proved).first()
    if found is None:
        return False
    settled = (Settle(f"message.{message}", REPORTED),)
    key = f"message:{message}:{attempt}:{REPORTED}"
    outcome = Outcome(found.practice_id, found.process, found.process_id, key, "golive", (), settled)
    carry_out(session, [outcome], as_of=as_of)
    return True


def _note(session: Session, message: Row[Any], report: DeliveryReport, at: datetime, *, as_of: datetime) -> None:
    """Tell the request that its text was taken, and keep what became of it; the report that says more stays."""
    number = int(message.subject)
    key = f"message:{report.message}:{report.attempt}:told"
    feedback_changes.tell(session, message.process_id, Sent(number, Channel.TEXT, at), key=key, as_of=as_of)
    row = FeedbackAttemptRow
    mine = (row.request_id == message.process_id, row.number == number, row.channel == Channel.TEXT.value)
    found = session.execute(select(row.id, row.outcome, row.delivery).where(*mine).with_for_update()).first()
    if found is not None:
        outcome = Told.SENT if found.outcome is Told.UNSURE else found.outcome
        changed = update(row).where(row.id == found.id)
        session.execute(changed.values(delivery=later_report(found.delivery, report.told)[:40], outcome=outcome))
