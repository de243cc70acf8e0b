"""Files from payers: read from their folder or from the intake folder, each once, and what people add to them."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import partial
from typing import BinaryIO, Final

from sqlalchemy.orm import Session

from models.db import read, transaction
from models.inputs.answers import Answer
from models.inputs.payer_files import PayerFileRefused
from models.inputs.payer_forms import DepositLine, DepositListError, cents_of, parse_deposits_csv
from models.reports import payer_evidence as reports
from models.rules.decisions import Refusal
from models.settings import settings
from models.store import payer_facts, payer_files, payer_telling, practices
from models.store.payer_facts import Deposit
from tasks.connectors.x12 import LARGEST_FILE, read_payer_file
from tasks.intake_folder import IntakeFolderError, find_intake, read_intake
from tasks.payer_folder import SENTENCES, Odd, PayerFolder, PayerFolderError, Waiting, hash_of
from tasks.policy import describe, effect, safe

BATCH: Final = 20
"""Files of one task run."""
TELL_AT_ONCE: Final = 20
"""Practices of one transaction."""


def _folder() -> PayerFolder:
    return PayerFolder(settings().payer_folder, largest=LARGEST_FILE)


@effect()
def waiting_files(*, limit: int) -> tuple[list[list[int]], int] | str:
    """List what waits in the inbox in batches of inodes, and count what may still be written; or say what is wrong."""
    try:
        waiting = _folder().waiting()
    except PayerFolderError as error:
        return error.sentence
    quiet = [one.inode for one in waiting if one.is_quiet][:limit]
    batches = [quiet[start : start + BATCH] for start in range(0, len(quiet), BATCH)]
    return batches, sum(not one.is_quiet for one in waiting)


@effect()
def read_waiting_files(inodes: Sequence[int], *, as_of: datetime) -> tuple[Counter[str], list[dict[str, str]]]:
    """Read files of the inbox, each in a transaction of its own; gives counts, and what was refused by hash and reason.

    Safe at any time and beside others: a file is known by its hash, and one that was recorded and not moved is moved.
    """
    folder, wanted = _folder(), set(inodes)
    counts, refused = Counter[str](), list[dict[str, str]]()
    for waiting in [one for one in folder.waiting() if one.inode in wanted and one.is_quiet]:
        try:
            counts += _read_waiting(folder, waiting, refused, as_of=as_of)
        except Exception as error:  # noqa: BLE001 - one file's failure never stops others; it stays and is tried again
            counts[f"failed: {describe(error).code}"] += 1
    return counts, refused


def _read_waiting(
    folder: PayerFolder, waiting: Waiting, refused: list[dict[str, str]], *, as_of: datetime
) -> Counter[str]:
    if waiting.odd is not None:
        return _refuse_odd(folder, waiting, waiting.odd, refused)
    with folder.opened(waiting) as stream:
        if stream is None:
            return Counter({"taken by another run": 1})
        if isinstance(stream, Odd):
            return _refuse_odd(folder, waiting, stream, refused)
        sha256, counts, sentence = _read_stream(stream, as_of=as_of)
        if not sha256:
            return counts
        if sentence:
            folder.refuse(waiting, sentence, sha256=sha256)
            refused.append({"file": sha256[:12], "reason": sentence})
        else:
            folder.done(waiting, sha256)
        return counts


def _refuse_odd(folder: PayerFolder, waiting: Waiting, odd: Odd, refused: list[dict[str, str]]) -> Counter[str]:
    folder.refuse(waiting, SENTENCES[odd])
    refused.append({"file": odd.value, "reason": SENTENCES[odd]})
    return Counter(refused=1)


def _read_stream(stream: BinaryIO, *, as_of: datetime) -> tuple[str, Counter[str], str]:
    """Read and record one file; gives its hash, counts, and the sentence of a refusal."""
    sha256, size = hash_of(stream)
    known = read(partial(payer_files.state_of_file, sha256=sha256))
    if known is not None and known[0] == payer_files.READ:
        return sha256, Counter({"known files": 1}), ""
    try:
        file = read_payer_file(stream)
    except PayerFileRefused as refusal:
        sentence = refusal.sentence
    else:
        if file.sha256 != sha256:  # it was changed meanwhile: the next run reads it
            return "", Counter({"still being written": 1}), ""
        counts = transaction(partial(payer_files.record_file, file=file, as_of=as_of))
        again = counts.pop(payer_files.AGAIN, 0)
        return sha256, counts + Counter({"known files": again}), ""
    change = partial(payer_files.record_refusal, sha256=sha256, size=size, reason=sentence, as_of=as_of)
    transaction(change)
    return sha256, Counter(refused=1), sentence


@effect()
def read_intake_file(file: str, *, as_of: datetime) -> Answer:
    """Read one file from a payer out of the intake folder, where it stays; the same file again changes nothing."""
    try:
        path = find_intake(file)
        with path.open("rb") as stream:
            _, counts, sentence = _read_stream(stream, as_of=as_of)
    except IntakeFolderError as error:
        return Answer.refused(error.sentence)
    except PermissionError:
        return Answer.refused(SENTENCES[Odd.NOT_READABLE])
    if sentence:
        return Answer.refused(sentence)
    if "known files" in counts:
        return Answer.repeated("This file was read before; nothing was changed.")
    told = ", ".join(f"{count} {what}" for what, count in sorted(counts.items()) if what != "file")
    return Answer(is_done=True, sentence=f"The file was read: {told or 'it holds nothing to keep'}.", kinds=("read",))


@effect()
def match_again(*, as_of: datetime) -> int:
    """Match remittances and acknowledgments whose payer or payee was not known before; gives practices found."""
    return transaction(partial(payer_facts.match_again, as_of=as_of))


@safe
def practices_to_check() -> list[list[int]]:
    """Name the practices that have enrollments, in batches."""
    found = read(payer_telling.practices_with_enrollments)
    return [list(found[start : start + TELL_AT_ONCE]) for start in range(0, len(found), TELL_AT_ONCE)]


@effect()
def check_practices(numbers: Sequence[int], *, as_of: datetime) -> Counter[str]:
    """Tell enrollments of practices what time alone shows: paid claims without a remittance, proofs before approval."""
    return transaction(partial(payer_telling.tell, practices=numbers, as_of=as_of))


@effect()
def record_deposit(practice: str, trace: str, amount: str, deposited_on: date, *, by: str, as_of: datetime) -> Answer:
    """Record one deposit on a practice's account; the same one again changes nothing."""
    line = DepositLine(0, practice, trace, cents_of(amount), deposited_on)
    counts, faults = _record([line], by=by, as_of=as_of)
    if faults:
        return Answer.refused(faults[0])
    return Answer.done(("deposit_recorded",)) if counts["new"] else Answer.repeated("This deposit was recorded before.")


@effect()
def load_deposits(file: str, *, by: str, as_of: datetime) -> Answer:
    """Record deposits from a CSV file of the intake folder; good lines are taken, bad ones are named by line (E-44)."""
    try:
        lines, faults = parse_deposits_csv(read_intake(file), file=file)
    except IntakeFolderError as error:
        return Answer.refused(error.sentence)
    except DepositListError as error:
        return Answer.refused(str(error))
    counts, more = _record(lines, by=by, as_of=as_of, file=file)
    faults += more
    summary = f"{counts['new']} recorded, {counts['known']} known already, {len(faults)} faults."
    kinds = ("deposit_recorded",) * bool(counts["new"])
    return Answer(is_done=not faults, sentence=" ".join([summary, *faults]), kinds=kinds)


def _record(
    lines: Sequence[DepositLine], *, by: str, as_of: datetime, file: str = ""
) -> tuple[Counter[str], list[str]]:
    """Record good lines in one transaction; gives counts, and a sentence for each line of an unknown practice."""

    def carry_out(session: Session) -> tuple[Counter[str], list[str]]:
        if by not in practices.active_staff(session):
            return Counter(), [f"There is no member of staff with the key {by}; write who is acting."]
        known = {key: number for number, key in practices.all_practices(session)}
        good = [Deposit(known[one.practice], *_facts(one)) for one in lines if one.practice in known]
        faults = [_unknown(one, file) for one in lines if one.practice not in known]
        return payer_facts.record_deposits(session, good, by=by, as_of=as_of), faults

    return transaction(carry_out)


def _facts(line: DepositLine) -> tuple[str, int, date]:
    return line.trace, line.amount_cents, line.deposited_on


def _unknown(line: DepositLine, file: str) -> str:
    where = f"{file} line {line.line}: there" if line.line else "There"
    return f"{where} is no practice with the key {line.practice}."


@effect()
def match_payer_id(payer: str, payer_id: str, *, by: str, as_of: datetime) -> Answer:
    """Say that an id, or an insurer's name, is a payer's, and match what waited for it."""

    def carry_out(session: Session) -> Answer:
        if by not in practices.active_staff(session):
            return Answer.refused(f"There is no member of staff with the key {by}; write who is acting.")
        counts = payer_facts.say_payer_id(session, payer, payer_id, as_of=as_of)
        if isinstance(counts, Refusal):
            return Answer.refused(counts.sentence)
        if counts["known"]:
            return Answer.repeated("This id was this payer's already.")
        return Answer.done(("payer_id_known",))

    return transaction(carry_out)


@safe
def evidence_rows(practice: str = "") -> list[dict[str, str]]:
    """Give what needs a person, one row each with its next step; of a practice what proves its enrollments."""
    rows: Callable[[Session], list[dict[str, str]]] = (
        partial(reports.rows_of_practice, practice=practice) if practice else reports.rows_for_people
    )
    return read(rows)
