"""Texts with patients: the inbox of what providers report, consents, conversations, and what people decide of them."""

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from functools import partial
from typing import Final

from sqlalchemy.orm import Session

from models.db import DatabaseFailure, read, transaction
from models.inputs.answers import Answer
from models.inputs.consent_files import ConsentFileLine, parse_consents
from models.inputs.csv_files import Fault, FileRefusedError
from models.reports.consent_proof import Proof, consent_proof
from models.rules.decisions import Refusal
from models.rules.texting import ProviderEventKind
from models.settings import settings
from models.store import consent_import, delivery_reports, incoming_texts, practices, provider_events, text_commands
from models.store import threads as conversations
from models.store.enrollment_lists import UNKNOWN_STAFF
from models.store.patient_changes import Recorded, Wanted
from models.store.text_commands import StopDecision, WantedLine
from tasks.intake_folder import IntakeFolderError, find_intake, read_intake
from tasks.policy import effect, safe

__all__ = ["StopDecision", "WantedLine"]

Row = dict[str, str]
MOST_FAULTS_SAID: Final = 20
DONE_FOLDER: Final = "done"
EXPORTS_FOLDER: Final = "exports"
Command = Callable[[Session], Recorded | Refusal]


def batches_of_events(*, as_of: datetime, limit: int) -> Iterator[int]:
    """Give the size of one batch after the other while reports of providers wait."""
    batch = settings().dispatch_message_batch
    for start in range(0, limit, batch):
        if not _is_waiting(as_of=as_of):
            return
        yield min(batch, limit - start)


@safe
def _is_waiting(*, as_of: datetime) -> bool:
    oldest = read(provider_events.next_due)
    return oldest is not None and oldest <= as_of


@effect()
def take_in_events(size: int, *, as_of: datetime) -> Counter[str]:
    """Act upon a batch of reports, each once in a transaction of its own; counts by what they led to (F-223).

    One that cannot be acted upon stops no other: it is put aside and shown to people, who let it be tried again.
    """
    counts = Counter[str]()
    for event in read(partial(provider_events.waiting, limit=size)):
        try:
            word = transaction(partial(_take_in, event=event, as_of=as_of))
        except DatabaseFailure:
            raise
        except Exception as error:  # noqa: BLE001 - its words may hold a person's, its class does not
            word = f"{provider_events.FAILED}{type(error).__name__}"
            transaction(partial(provider_events.settle, event=event, outcome=word, as_of=as_of))
        counts[f"text_{word.partition(':')[0]}"] += 1
    return counts


def _take_in(session: Session, *, event: int, as_of: datetime) -> str:
    found = provider_events.take(session, event)
    if found is None:
        return "taken_by_another"
    if found.kind is ProviderEventKind.DELIVERY:
        word = delivery_reports.take_in_report(session, found, as_of=as_of)
    else:
        is_told = settings().provider_confirms_texts and found.provider != "mailbox"
        word = incoming_texts.take_in_text(session, found, provider_confirms=is_told, as_of=as_of)
    provider_events.settle(session, event, word, as_of=as_of)
    return word


def drain_provider_events(*, as_of: datetime, limit: int) -> Counter[str]:
    """Act upon every report that waits, in batches; counts by what they led to."""
    counts = Counter[str]()
    for size in batches_of_events(as_of=as_of, limit=limit):
        counts.update(take_in_events(size, as_of=as_of))
    return counts


@effect()
def try_events_again() -> int:
    """Let reports that could not be acted upon be tried again."""
    return transaction(provider_events.try_again)


@effect()
def text_rows(practice: str = "") -> list[Row]:
    """List conversations: numbers, states and counts; nobody's number, nobody's words (F-100)."""
    found = read(partial(conversations.list_threads, practice=practice))
    return [
        {
            "conversation": str(one.id),
            "practice": one.practice,
            "patient": str(one.patient or ""),
            "line": one.line.value,
            "texts": str(one.texts),
            "waits for us": "yes" if one.waits_for_us else "no",
            "newest": f"{one.newest_at:%Y-%m-%d %H:%M} UTC",
        }
        for one in found
    ]


@effect()
def stray_rows() -> list[Row]:
    """List what came in and belongs to no practice, or could not be acted upon: numbers and codes only."""
    return [
        {
            "report": str(one.id),
            "kind": one.kind.value,
            "why": one.outcome,
            "at": f"{one.received_at:%Y-%m-%d %H:%M} UTC",
        }
        for one in read(provider_events.for_people)
    ]


@effect()
def decide_about_stop(thread: int, decision: StopDecision, *, by: str, key: str, as_of: datetime) -> Answer:
    """Record what a person decided about a doubtful or flagged stop, once per key (F-205)."""
    wanted = Wanted(thread, by, key)
    return _recorded(lambda s: text_commands.decide_about_stop(s, wanted, decision, as_of=as_of))


@effect()
def close_text(thread: int, *, by: str, key: str, as_of: datetime) -> Answer:
    """Let a conversation rest that needs no answer, once per key."""
    return _recorded(lambda s: text_commands.close(s, Wanted(thread, by, key), as_of=as_of))


@effect()
def answer_text(thread: int, file: str, *, by: str, key: str, as_of: datetime) -> Answer:
    """Queue the words of a file as an answer, once per key; the file is put aside afterwards (F-101).

    A run that is tried again ends what it began: the file may be gone when its words are queued.
    """
    wanted = Wanted(thread, by, key)
    try:
        words = read_intake(file)
    except IntakeFolderError as error:
        known = _recorded(lambda s: text_commands.answered_before(s, wanted))
        return known if known.is_done else Answer.refused(error.sentence)
    answer = _recorded(lambda s: text_commands.answer(s, wanted, words, as_of=as_of))
    if answer.is_done:
        _put_aside(file, thread, as_of)
    return answer


def _put_aside(file: str, thread: int, as_of: datetime) -> None:
    """Move a file whose words are queued; its new name tells nothing but numbers."""
    path = find_intake(file)
    folder = path.parent / DONE_FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    path.rename(folder / f"answer-{thread}-{as_of:%Y%m%dT%H%M%S%f}.txt")


@effect()
def arrange_line(practice: str, wanted: WantedLine, *, by: str, key: str, as_of: datetime) -> Answer:
    """Take texts on a number for a practice (F-102)."""
    return _recorded(lambda s: text_commands.arrange_line(s, practice, wanted, by=by, key=key, as_of=as_of))


@effect()
def end_line(practice: str, number: str, *, by: str, key: str, as_of: datetime) -> Answer:
    """Take no more texts on a number of a practice (F-102)."""
    return _recorded(lambda s: text_commands.end_line(s, practice, number, by=by, key=key, as_of=as_of))


@effect()
def record_paper_consent(
    patient: int, on: date | None = None, wording: str = "", *, by: str, key: str, as_of: datetime
) -> Answer:
    """Record the consent that a patient gave on paper, once per key (F-201)."""
    chosen = {"wording": wording} if wording else {}
    wanted = Wanted(patient, by, key)
    return _recorded(lambda s: consent_import.record_paper(s, wanted, on=on, **chosen, as_of=as_of))


def _recorded(command: Command) -> Answer:
    done = transaction(command)
    if isinstance(done, Refusal):
        return Answer.refused(done.sentence)
    return Answer.repeated() if done.again else Answer.done(done.kinds)


@effect()
def import_consents(file: str, *, by: str, key: str, as_of: datetime) -> tuple[Answer, list[Row]]:
    """Take in a file of consents as a whole, or nothing of it where a line has a fault (F-201)."""
    if by not in read(practices.active_staff):
        return Answer.refused(UNKNOWN_STAFF.format(by)), []
    try:
        lines, faults = parse_consents(read_intake(file), file=file)
    except (IntakeFolderError, FileRefusedError) as error:
        return Answer.refused(error.sentence), []
    taken = consent_import.Taken(faults=faults)
    if not faults:
        taken = transaction(partial(_taken, lines=lines, by=by, key=key, as_of=as_of))
    rows = [{"line": str(one.line), "what to do": one.sentence} for one in sorted(taken.faults)]
    if taken.faults:
        return Answer.refused(_faulty(file, taken.faults)), rows
    told = ", ".join(f"{count} {word.replace('_', ' ')}" for word, count in sorted(taken.counts.items()))
    return Answer(is_done=True, sentence=f"{file}: {told or 'no consents in it'}."), rows


def _taken(
    session: Session, *, lines: Sequence[ConsentFileLine], by: str, key: str, as_of: datetime
) -> consent_import.Taken:
    return consent_import.take_in_file(session, lines, by=by, key=key, as_of=as_of)


def _faulty(file: str, faults: Sequence[Fault]) -> str:
    shown = [f"Line {fault.line}: {fault.sentence}" for fault in sorted(faults)[:MOST_FAULTS_SAID]]
    left = len(faults) - MOST_FAULTS_SAID
    rest = [f"And {left} more, see the artifact."] if left > 0 else []
    return " ".join([f"{file}: {len(faults)} faults, so nothing of it was taken.", *shown, *rest])


@effect()
def export_consent_proof(patient: int, *, by: str, as_of: datetime) -> Answer:
    """Write the proof of consent for a patient's number into the folder of exports; the number is in the file only."""
    proof = read(lambda session: consent_proof(session, patient, by=by, as_of=as_of))
    if isinstance(proof, Refusal):
        return Answer.refused(proof.sentence)
    name = f"consent-proof-{patient}-{as_of:%Y%m%dT%H%M%SZ}.txt"
    _write_private(name, proof)
    said = f"{EXPORTS_FOLDER}/{name}: {proof.lines} lines, {proof.texts} texts"
    return Answer(is_done=True, sentence=f"{said}, {proof.unproved} of them without a consent before.")


def _write_private(name: str, proof: Proof) -> None:
    folder = settings().home / EXPORTS_FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(folder / name, os.O_CREAT | os.O_WRONLY | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(proof.text)
