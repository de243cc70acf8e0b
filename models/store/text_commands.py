"""What people decide about conversations by text: doubtful stops, answers, lines; each once per key, with history."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple

from sqlalchemy.orm import Session

from models.rules.decisions import Effect, Note, Process, Refusal, Say, Settle
from models.rules.messages import Channel, MessageKind
from models.rules.roles import Role
from models.rules.text_answers import ANSWER_TASK, DOUBT_TASK, FLAGGED_TASK, may_be_answered
from models.rules.texting import LONGEST_REPLY, Line
from models.store import consents, events, message_stops, number_stops, threads
from models.store.acting import acting_in, refuse_stranger
from models.store.effects import Outcome, carry_out
from models.store.patient_changes import Recorded, Wanted
from models.store.practices import present_roles
from models.store.threads import NewText, Thread
from models.tables.practices import Practice

NOTHING_OPEN: Final = Refusal("nothing_open", "No stop of this conversation waits for a decision; see list-texts.")
STOPPED: Final = Refusal(
    "stopped", "This person asked for no more texts, or it is not decided yet; call them instead of texting."
)
NO_CONSENT: Final = Refusal(
    "no_consent", "This person never wrote and has not agreed to texts; call them instead of texting."
)
WRONG_LENGTH: Final = Refusal("wrong_length", f"An answer has 1 to {LONGEST_REPLY} characters; change the file.")
ONLY_MANAGER: Final = Refusal(
    "only_manager", "Only the Onboarding Manager of this practice arranges lines for texts: ask that person."
)


class StopDecision(StrEnum):
    """What a person makes of a text that may have asked to stop (F-205)."""

    STOP = "stop"
    GO_ON = "go_on"


class WantedLine(NamedTuple):
    """A number (E.164) on which a practice takes texts."""

    number: str
    line: Line


Effects = tuple[Effect, ...]
Decide = Callable[[Thread], tuple[Note, Effects] | Refusal]


def decide_about_stop(
    session: Session, wanted: Wanted, decision: StopDecision, *, as_of: datetime
) -> Recorded | Refusal:
    """Let a person decide about a doubtful or flagged stop: it holds for ever, or texts go on (F-205)."""

    def decide(thread: Thread) -> tuple[Note, Effects] | Refusal:
        reach = number_stops.reach_of(session, thread.address, to="", also=[thread.practice_id])
        reach = replace(reach, known={thread.place: (), **reach.known})
        if decision is StopDecision.STOP:
            count = number_stops.confirm_stop(session, reach, as_of=as_of)
        else:
            count = number_stops.call_off_stop(session, reach, by=wanted.by, as_of=as_of)
        if not count:
            return NOTHING_OPEN
        threads.close(session, thread.id)
        tasks = tuple(Settle(task, decision.value) for task in (DOUBT_TASK, FLAGGED_TASK))
        return Note("stop_decided", reason=decision.value), tasks

    return _carried_out(session, wanted, decide, as_of=as_of)


def answer(session: Session, wanted: Wanted, words: str, *, as_of: datetime) -> Recorded | Refusal:
    """Queue a person's answer to a conversation; its words are sealed and travel in no message field (F-101).

    Whoever never wrote there must have agreed to texts, whichever page or form the answer comes from (F-201).
    """

    def decide(thread: Thread) -> tuple[Note, Effects] | Refusal:
        if not 0 < len(words.strip()) <= LONGEST_REPLY:
            return WRONG_LENGTH
        events.lock_practices(session, [thread.practice_id])
        if message_stops.is_stopped(session, thread.practice_id, thread.address):
            return STOPPED
        if not may_write(session, thread):
            return NO_CONSENT
        said = Say(MessageKind.TEXT_REPLY, Role.PATIENT, key=_key(wanted), channel=Channel.TEXT)
        return Note("text_answered"), (said, Settle(ANSWER_TASK, "answered"), Settle(FLAGGED_TASK, "answered"))

    done = _carried_out(session, wanted, decide, as_of=as_of)
    if isinstance(done, Recorded) and not done.again:
        thread = threads.find_thread(session, wanted.number)
        message = threads.message_named(session, wanted.number, _key(wanted))
        if thread is not None:
            threads.keep_text(session, thread, NewText(words.strip(), message=message, by=wanted.by), as_of=as_of)
    return done


def may_write(session: Session, thread: Thread) -> bool:
    """Say whether a conversation may get words of ours (F-101, F-201)."""
    newest = consents.newest(session, thread.practice_id, thread.place.address_index)
    has_written = threads.has_written(session, thread.id)
    return may_be_answered(has_written=has_written, newest=newest.is_given if newest else None)


def _key(wanted: Wanted) -> str:
    return f"reply:{wanted.key}"


def answered_before(session: Session, wanted: Wanted) -> Recorded | Refusal:
    """Say whether this very command was carried out before."""
    thread = threads.find_thread(session, wanted.number)
    if thread and events.happened(session, process=Process.TEXTING, process_id=thread.id, key=wanted.key):
        return Recorded(thread.practice_id, again=True)
    return NOTHING_OPEN


def close(session: Session, wanted: Wanted, *, as_of: datetime) -> Recorded | Refusal:
    """Let a conversation rest that needs no answer."""

    def decide(thread: Thread) -> tuple[Note, Effects]:
        threads.close(session, thread.id)
        return Note("conversation_closed"), (Settle(ANSWER_TASK, "no_answer_needed"), Settle(FLAGGED_TASK, "seen"))

    return _carried_out(session, wanted, decide, as_of=as_of)


def _carried_out(session: Session, wanted: Wanted, decide: Decide, *, as_of: datetime) -> Recorded | Refusal:
    thread = threads.find_thread(session, wanted.number)
    if thread is None:
        sentence = f"There is no conversation with the number {wanted.number}; take it from list-texts."
        return Refusal("unknown_conversation", sentence)
    if refusal := refuse_stranger(session, thread.practice_id, wanted.by):
        return refusal
    if events.happened(session, process=Process.TEXTING, process_id=thread.id, key=wanted.key):
        return Recorded(thread.practice_id, again=True)
    decided = decide(thread)
    if isinstance(decided, Refusal):
        return decided
    note, effects = decided
    outcome = Outcome(thread.practice_id, Process.TEXTING, thread.id, wanted.key, wanted.by, (note,), effects)
    carry_out(session, [outcome], as_of=as_of)
    return Recorded(thread.practice_id, (note.kind,))


def arrange_line(
    session: Session, practice: str, wanted: WantedLine, *, by: str, key: str, as_of: datetime
) -> Recorded | Refusal:
    """Take texts on a number for a practice; only its Onboarding Manager arranges that (F-102)."""
    found = _managed(session, practice, by)
    if isinstance(found, Refusal):
        return found
    known = threads.line_of(session, wanted.number)
    if known is not None and (known.practice_id, known.line) == (found.id, wanted.line):
        return Recorded(found.id, again=True)
    if known is not None:
        return Refusal("line_taken", "Texts are taken on this number already; end that line first, or write another.")
    threads.add_line(session, found.id, wanted.number, wanted.line, as_of=as_of)
    return _noted(session, found, Note("text_line_arranged", wanted.line.value), by=by, key=key, as_of=as_of)


def end_line(session: Session, practice: str, number: str, *, by: str, key: str, as_of: datetime) -> Recorded | Refusal:
    """Take no more texts on a number of a practice; only its Onboarding Manager does that (F-102)."""
    found = _managed(session, practice, by)
    if isinstance(found, Refusal):
        return found
    known = threads.line_of(session, number)
    if known is None or known.practice_id != found.id:
        return Recorded(found.id, again=True)
    threads.end_line(session, known.id)
    return _noted(session, found, Note("text_line_ended", known.line.value), by=by, key=key, as_of=as_of)


def _managed(session: Session, practice: str, by: str) -> Practice | Refusal:
    found = acting_in(session, practice, by)
    if isinstance(found, Refusal):
        return found
    if present_roles(session, [found.id])[found.id].get(Role.ONBOARDING_MANAGER) != by:
        return ONLY_MANAGER
    events.lock_practices(session, [found.id])
    return found


def _noted(session: Session, practice: Practice, note: Note, *, by: str, key: str, as_of: datetime) -> Recorded:
    outcome = Outcome(practice.id, Process.PRACTICE, practice.id, key, by, (note,), ())
    carry_out(session, [outcome], as_of=as_of)
    return Recorded(practice.id, (note.kind,))
