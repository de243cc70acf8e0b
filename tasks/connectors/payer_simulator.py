"""The built-in clearinghouse: payers that take days to months, return forms, ask, test, reject and approve.

It is what an installation has before it has an account, what `make demo` plays with, and what tests stand on. Time
comes from outside, so that half a year passes in a second.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import ClassVar, Final, NamedTuple

from models.inputs.clearinghouse import (
    LARGEST_DOCUMENT,
    ForeignDocument,
    ForeignEnrollment,
    ForeignTask,
    NewDocument,
    NewEnrollment,
    StatusChange,
)
from models.rules.enrollment_words import Asked
from models.rules.onboarding_facts import Transaction
from tasks.connectors.payer_simulator_plan import (
    ASKED,
    CANCELED,
    LIVE,
    REJECTED,
    Answer,
    plan,
    shown,
    unfold,
)
from tasks.connectors.payer_simulator_store import SimulatorFile, moment, seconds
from tasks.connectors.ports import Connector, Rejected

PAGE_SIZE: Final = 100
TEMPLATE: Final = "template"
PDF: Final = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
_COLUMNS: Final = "id, key, payer_class, transaction_kind, submitted_at, cancelled_at"
_INSERT: Final = (
    "INSERT INTO enrollment (key, payer_id, payer_class, transaction_kind, submitted_at) VALUES (?, ?, ?, ?, ?)"
    " ON CONFLICT (key) DO NOTHING"
)
_ENDED: Final = frozenset({LIVE, REJECTED, CANCELED})
_LONGEST_ID: Final = 18
_PREFIX: Final = "built-in-"


class _Known(NamedTuple):
    """One enrollment at one moment: its answers up to now, those still to come left out."""

    id: int
    answers: tuple[Answer, ...]
    at: datetime

    @property
    def last(self) -> Answer:
        """Give what it shows."""
        return self.answers[-1]


class PayerSimulator(Connector):
    """Speaks the port of clearinghouses over one file; `now` is asked for every call."""

    vendor: ClassVar[str] = "built_in"

    def __init__(self, file: SimulatorFile, *, now: Callable[[], datetime], seed: int = 1) -> None:
        self._file = file
        self._now = now
        self._seed = seed

    def create(self, new: NewEnrollment) -> ForeignEnrollment:
        """Take an enrollment once per key; raises Rejected("unknown_payer") where no payer is named."""
        if not new.payer_id:
            raise Rejected(reason="unknown_payer")
        at = seconds(self._now())
        values = (new.key, new.payer_id, new.payer_class, new.transaction.value, at)

        def made(connection: sqlite3.Connection) -> _Known | None:
            connection.execute(_INSERT, values)
            return self._one(connection, "key = ?", new.key)

        return _foreign(_there(self._file.write(made)))

    def find(self, key: str) -> ForeignEnrollment | None:
        """Find an enrollment by our key, which is unique here."""
        found = self._read("key = ?", key)
        return _foreign(found) if found else None

    def changed_since(self, since: datetime) -> Iterator[Sequence[ForeignEnrollment]]:
        """Give what changed up to now, the oldest change first."""
        nothing = list[_Known]()
        known = self._file.read(self._all, otherwise=nothing)
        changed = sorted((one for one in known if one.last.at >= since), key=lambda one: (one.last.at, one.id))
        return _pages([_foreign(one) for one in changed])

    def enrollment(self, enrollment: str) -> ForeignEnrollment | None:
        """Read one enrollment."""
        found = self._read("id = ?", _number(enrollment))
        return _foreign(found) if found else None

    def tasks(self, enrollment: str) -> Sequence[ForeignTask]:
        """List what was asked of the practice so far."""
        return _tasks(_there(self._read("id = ?", _number(enrollment))))

    def documents(self, enrollment: str) -> Sequence[ForeignDocument]:
        """List what was handed over; only that it was is kept."""
        known = _there(self._read("id = ?", _number(enrollment)))
        query = "SELECT id, place, size FROM document WHERE enrollment_id = ? ORDER BY id"
        nothing = list[tuple[int, int, int]]()
        rows = self._file.read(lambda one: one.execute(query, (known.id,)).fetchall(), otherwise=nothing)
        return [
            ForeignDocument(f"{_PREFIX}{id_}", is_there=True, task=_task(known.id, place), size=size)
            for id_, place, size in rows
        ]

    def download(self, document: str) -> bytes:
        """Give the form that is to be filled in; what was handed over is not kept."""
        if document != TEMPLATE:
            raise Rejected(reason="not_kept")
        return PDF

    def upload(self, new: NewDocument) -> ForeignDocument:
        """Take a PDF for something that was asked, which answers it; raises Rejected("not_a_pdf", "not_found")."""
        if not new.content.startswith(b"%PDF-") or len(new.content) > LARGEST_DOCUMENT:
            raise Rejected(reason="not_a_pdf" if len(new.content) <= LARGEST_DOCUMENT else "too_large")
        known = _there(self._read("id = ?", _number(new.enrollment)))
        place = next((n for n, one in enumerate(known.answers) if one.asked and _task(known.id, n) == new.task), None)
        if place is None:
            raise Rejected(reason="not_found")
        at = seconds(self._now())
        document = self._file.write(partial(_handed_over, enrollment=known.id, place=place, at=at, new=new))
        return ForeignDocument(
            f"{_PREFIX}{document}", is_there=True, task=new.task, size=len(new.content), name=new.name
        )

    def history(self, enrollment: str) -> Sequence[StatusChange]:
        """List what was answered so far."""
        answers = _there(self._read("id = ?", _number(enrollment))).answers
        before = ("", *(one.word for one in answers))
        return [StatusChange(one.word, one.at, was) for one, was in zip(answers, before, strict=False)]

    def cancel(self, enrollment: str) -> None:
        """Take an enrollment back that no payer has decided upon."""
        found = self._read("id = ?", _number(enrollment))
        if found is None or found.last.word == CANCELED:
            return
        if found.last.word in _ENDED:
            raise Rejected(reason="cancel_by_support")
        query, at = "UPDATE enrollment SET cancelled_at = ? WHERE id = ?", seconds(self._now())
        self._file.write(lambda connection: connection.execute(query, (at, found.id)).rowcount)

    def _read(self, which: str, value: str | int) -> _Known | None:
        return self._file.read(lambda connection: self._one(connection, which, value), otherwise=None)

    def _one(self, connection: sqlite3.Connection, which: str, value: str | int) -> _Known | None:
        found = connection.execute(f"SELECT {_COLUMNS} FROM enrollment WHERE {which}", (value,))  # noqa: S608 - ours
        row = found.fetchone()
        if row is None:
            return None
        done = connection.execute("SELECT place, at FROM answered WHERE enrollment_id = ?", (row[0],))
        return self._known(row, {place: moment(at) for place, at in done})

    def _all(self, connection: sqlite3.Connection) -> list[_Known]:
        done: dict[int, dict[int, datetime]] = {}
        for enrollment, place, at in connection.execute("SELECT enrollment_id, place, at FROM answered"):
            done.setdefault(enrollment, {})[place] = moment(at)
        rows = connection.execute(f"SELECT {_COLUMNS} FROM enrollment")  # noqa: S608 - ours
        return [self._known(row, done.get(row[0], {})) for row in rows]

    def _known(self, row: tuple[int, str, str, str, int, int | None], answered: dict[int, datetime]) -> _Known:
        number, key, payer_class, kind, submitted_at, cancelled_at = row
        planned = plan(key, payer_class, Transaction(kind), moment(submitted_at), self._seed)
        answers = unfold(planned, answered)
        as_of = self._now()
        if cancelled_at is not None:
            ended = moment(cancelled_at)
            before = answers[: shown(answers, as_of=ended) + 1]
            return _Known(number, (*before, Answer(ended, CANCELED)), as_of)
        return _Known(number, answers[: shown(answers, as_of=as_of) + 1], as_of)


def _handed_over(connection: sqlite3.Connection, *, enrollment: int, place: int, at: int, new: NewDocument) -> int:
    connection.execute("INSERT INTO answered VALUES (?, ?, ?) ON CONFLICT DO NOTHING", (enrollment, place, at))
    query = (
        "INSERT INTO document (enrollment_id, place, size) VALUES (?, ?, ?)"
        " ON CONFLICT (enrollment_id, place) DO UPDATE SET size = excluded.size RETURNING id"
    )
    (document,) = connection.execute(query, (enrollment, place, len(new.content))).fetchone()
    return int(document)


def _foreign(known: _Known) -> ForeignEnrollment:
    last = known.last
    return ForeignEnrollment(f"{_PREFIX}{known.id}", last.word, last.at, last.reason, _tasks(known))


def _tasks(known: _Known) -> tuple[ForeignTask, ...]:
    """Give what was asked; it is done by what was handed over, or by the answer that the practice gives there."""
    asked = [(place, one) for place, one in enumerate(known.answers) if one.word == ASKED]
    return tuple(
        ForeignTask(
            id=_task(known.id, place),
            asked=one.asked or Asked.OTHER,
            is_done=one.answered_at is not None and one.answered_at <= known.at,
            is_practices=True,
            instructions="Fill in the form, sign it, and hand it over."
            if one.asked is Asked.FORM
            else "Answer the payer.",
            template=TEMPLATE if one.asked is Asked.FORM else "",
        )
        for place, one in asked
    )


def _pages(found: Sequence[ForeignEnrollment]) -> Iterator[Sequence[ForeignEnrollment]]:
    for start in range(0, max(len(found), 1), PAGE_SIZE):
        yield found[start : start + PAGE_SIZE]


def _there(known: _Known | None) -> _Known:
    if known is None:
        raise Rejected(reason="not_found")
    return known


def _task(enrollment: int, place: int) -> str:
    return f"{_PREFIX}{enrollment}-{place}"


def _number(text: str) -> int:
    """Give the number that an id is; 0, which no row has, when it is none."""
    digits = text.removeprefix(_PREFIX)
    is_number = digits.isascii() and digits.isdecimal() and len(digits) <= _LONGEST_ID
    return int(digits) if is_number and digits != text else 0
