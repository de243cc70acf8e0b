"""Payer lists and status updates from files of the intake folder: read once, taken in batches (E-44)."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from models.db import read, transaction
from models.inputs.answers import Answer
from models.inputs.csv_files import Fault, FileRefusedError
from models.inputs.enrollment_files import PayerLine, StatusLine, parse_payer_list, parse_statuses
from models.store import enrollment_lists, enrollment_statuses, practices
from models.store.enrollment_lists import Taken
from tasks.intake_folder import IntakeFolderError, read_intake
from tasks.policy import effect, safe

AT_ONCE = 500
MOST_FAULTS_SAID = 20
Line = PayerLine | StatusLine


class Lines:
    """Some lines of a file, which Prefect passes on without looking into them."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self.lines = lines

    def __repr__(self) -> str:
        """Tell how many lines there are, and nothing of what they say."""
        return f"<{len(self.lines)} lines>"


Take = Callable[[Lines], Taken]


@dataclass(slots=True)
class Progress:
    """How far a file was taken in: counts of lines and of enrollments, and the lines that were not taken."""

    file: str
    total: int = 0
    seen: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    faults: list[Fault] = field(default_factory=list)

    def add(self, lines: Lines, taken: Taken) -> None:
        """Count what became of some lines."""
        self.seen += len(lines.lines)
        self.counts += taken.counts
        self.faults += taken.faults

    def rows(self) -> list[dict[str, str]]:
        """List the lines that were not taken, with the reason."""
        return [{"line": str(fault.line), "what to do": fault.sentence} for fault in sorted(self.faults)]

    def answer(self) -> Answer:
        """Sum up: what was taken, and the first faults; it is refused only when no line could be taken."""
        return Answer(self.counts.total() > 0, self._sentence())

    def _sentence(self) -> str:
        told = ", ".join(f"{count} {word.replace('_', ' ')}" for word, count in sorted(self.counts.items()))
        parts = [f"{self.file}: {told or 'nothing taken'}, {len(self.faults)} faults."]
        parts += [f"Line {fault.line}: {fault.sentence}" for fault in sorted(self.faults)[:MOST_FAULTS_SAID]]
        left = len(self.faults) - MOST_FAULTS_SAID
        return " ".join([*parts, f"And {left} more, see the artifact."] if left > 0 else parts)


@safe
def open_payer_list(file: str, *, by: str, practice: str = "") -> tuple[Progress, list[Lines]] | str:
    """Read a payer list; a sentence when it cannot be used at all."""
    return _opened(file, lambda content: parse_payer_list(content, file=file, practice=practice), by=by)


@safe
def open_statuses(file: str, *, by: str) -> tuple[Progress, list[Lines]] | str:
    """Read status updates; a sentence when the file cannot be used at all."""
    return _opened(file, lambda content: parse_statuses(content, file=file), by=by)


def _opened(
    file: str, parse: Callable[[str], tuple[Sequence[Line], list[Fault]]], *, by: str
) -> tuple[Progress, list[Lines]] | str:
    if by not in read(practices.active_staff):
        return enrollment_lists.UNKNOWN_STAFF.format(by)
    try:
        lines, faults = parse(read_intake(file))
    except (IntakeFolderError, FileRefusedError) as error:
        return error.sentence
    if not lines and not faults:
        return f"{file} has no line below its first one; add one line per enrollment."
    ordered = sorted(lines, key=lambda one: one.practice)  # a practice is locked and its journey told once per batch
    progress = Progress(file, total=len(lines), faults=faults)
    return progress, list(_batches(ordered))


def _batches(lines: Sequence[Line]) -> Iterator[Lines]:
    for start in range(0, len(lines), AT_ONCE):
        yield Lines(lines[start : start + AT_ONCE])


@effect()
def take_payer_list(batch: Lines, *, by: str, key: str, as_of: datetime) -> Taken:
    """Begin what lines of a payer list name, in one transaction; what was begun before stays as it is."""
    lines = [line for line in batch.lines if isinstance(line, PayerLine)]
    part = f"{key}:{lines[0].line}"  # a practice may stand in two batches, and each plans its payers
    return transaction(lambda s: enrollment_lists.take_payer_list(s, lines, by=by, key=part, as_of=as_of))


@effect()
def take_statuses(batch: Lines, *, by: str, as_of: datetime) -> Taken:
    """Take in status updates, in one transaction; a line that was taken before changes nothing."""
    lines = [line for line in batch.lines if isinstance(line, StatusLine)]
    return transaction(lambda s: enrollment_statuses.take_statuses(s, lines, by=by, as_of=as_of))
