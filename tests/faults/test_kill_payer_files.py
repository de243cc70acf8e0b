"""SIGKILL at every commit and around every move of a payer's file: each file counts once, and none stays behind."""

import os
import signal
import traceback
from collections.abc import Callable
from enum import StrEnum
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from models.db import Database, open_database, use_database
from models.inputs.payer_files import Kind
from models.rules.enrollment import State
from models.rules.onboarding_facts import Transaction
from models.settings import settings
from models.tables.events import Event
from models.tables.payer_files import AcknowledgmentRow, EvidenceRow, PayerFileRow, RemittanceRow
from tasks import payer_files
from tasks.payer_folder import PayerFolder
from tests import edi
from tests.faults.points import assert_enough
from tests.faults.test_kill_anywhere import Fuse
from tests.store.payer_office import MARCH, Office, an_office

pytestmark = pytest.mark.slow
FINISHED = 0
LONGEST = 60
COUNTED = (PayerFileRow, RemittanceRow, AcknowledgmentRow, EvidenceRow, Event)


class Where(StrEnum):
    """Where in each round the worker is killed."""

    BEFORE_COMMIT = "before_commit"
    AFTER_COMMIT = "after_commit"
    BEFORE_MOVE = "before_move"
    AFTER_MOVE = "after_move"


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _folder(name: str) -> Path:
    return settings().payer_folder / name


def _put_files() -> None:
    paid = edi.encode(edi.interchange(edi.group(Kind.REMITTANCE, edi.remittance())))
    taken = edi.interchange(edi.group(Kind.CLAIM_ACKNOWLEDGMENT, edi.claim_acknowledgment([edi.Answered()])))
    files = {"paid.835": paid, "cut.835": paid[:-9], "again.835": paid, "taken.277": edi.encode(taken)}
    _folder("inbox").mkdir(parents=True)
    for age, (name, content) in enumerate(files.items(), start=1):
        (_folder("inbox") / name).write_bytes(content)
        os.utime(_folder("inbox") / name, (age, age))


def _read() -> None:
    found = payer_files.waiting_files.fn(limit=100)
    assert not isinstance(found, str)
    for batch in found[0]:
        payer_files.read_waiting_files.fn(batch, as_of=MARCH)


def _make_moves_mortal(where: Where, burns_for: int) -> None:
    move: Callable[..., None] = PayerFolder._move
    moves = count(1)

    def dying(folder: PayerFolder, *given: object) -> None:
        is_burnt = next(moves) == burns_for
        if is_burnt and where is Where.BEFORE_MOVE:
            _die()
        move(folder, *given)
        if is_burnt:
            _die()

    setattr(PayerFolder, "_move", dying)  # noqa: B010 - the type checker knows methods as constant


def _make_mortal(db: Database, where: Where, burns_for: int) -> None:
    if where in (Where.BEFORE_MOVE, Where.AFTER_MOVE):
        _make_moves_mortal(where, burns_for)
        return
    fuse, burnt = Fuse(burns_for), list[bool]()
    if where is Where.BEFORE_COMMIT:
        event.listen(db.engine, "commit", lambda connection: _die() if fuse.is_burnt(connection) else None)
        return
    event.listen(db.engine, "commit", lambda connection: burnt.append(fuse.is_burnt(connection)))
    event.listen(Session, "after_commit", lambda _session: _die() if any(burnt[-1:]) else None)


def _round(office: Office, where: Where, burns_for: int) -> int:
    """Let one worker go on until it dies; gives its exit signal, 0 when it came to the end."""
    url = office.db.url.render_as_string(hide_password=False)
    office.db.close()
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1]
    code = 1
    try:
        mine = open_database(url)
        _make_mortal(mine, where, burns_for)
        with use_database(mine):
            _read()
        code = FINISHED
    except BaseException:  # noqa: BLE001 - whatever it is, this process ends here and says why
        traceback.print_exc()
    finally:
        os._exit(code)


def _stand(office: Office) -> tuple[object, ...]:
    """Count what is known and where the files are."""
    counts = office.db.read(lambda s: tuple(s.scalar(select(func.count()).select_from(one)) for one in COUNTED))
    places = tuple(len(list(_folder(name).glob("*"))) for name in ("inbox", "done", "refused"))
    return *counts, *places


@pytest.mark.parametrize("where", Where)
def test_killed_at_every_point_each_file_counts_once_e_31(db: Database, where: Where) -> None:
    office = an_office(db)
    office.approve(Transaction.ERA, Transaction.CLAIMS)
    _put_files()
    rounds, status, burns_for = 0, 1, 1
    while status != FINISHED:
        assert rounds < LONGEST
        before = _stand(office)
        status = _round(office, where, burns_for)
        burns_for = 1 if _stand(office) != before else burns_for + 1
        rounds += 1
    assert_enough(db, "payer files", where, rounds - 1)
    files, remittances, acknowledgments, evidence, _, inbox, done, refused = _stand(office)
    assert (files, remittances, acknowledgments, evidence) == (3, 1, 1, 2)
    assert (inbox, done, refused) == (0, 3, 2), "the same bytes twice, and the refused one with its reason"
    assert office.state(Transaction.ERA) is office.state(Transaction.CLAIMS) is State.LIVE
