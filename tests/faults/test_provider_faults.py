"""Every call of every method of every port goes wrong in every way: done once, or seen not to be known."""

import ast
import os
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from models.db import Database
from models.settings import Settings
from tasks.connectors import registry
from tests.faults.breaking import Breaker, Manner, methods_of_ports
from tests.faults.stages import a_stage

WHOLE = bool(os.environ.get("GOLIVE_TEST_WHOLE"))
"""Whether every call goes wrong in every manner, on both databases; the suite plays a few on SQLite."""
PROJECT: Final = Path(__file__).parents[2]
Faults = dict[tuple[str, int], Manner]


class Row(NamedTuple):
    """Where a method is called, how often, and what must have gone wrong before that anybody calls it."""

    stage: str
    calls: tuple[int, ...]
    before: tuple[Faults, ...] = ({},)


SOME: Final = tuple(one for one in Manner if one is not Manner.LOST_AFTER)


def lost(name: str) -> tuple[Faults, ...]:
    """Give first calls whose answers are lost: once it did not happen, once it did."""
    return {(name, 1): Manner.LOST_BEFORE}, {(name, 1): Manner.LOST_AFTER}


GIVEN_TO_A_PERSON: Final = {("Clearinghouse.create", 1): Manner.LOST_AFTER, ("Clearinghouse.find", 1): Manner.REFUSED}
ROWS: Final = {
    "Mailer.session": Row("mails", (1,)),
    "MailSession.send": Row("mails", (3,)),
    "Mailer.look_up": Row("mails", (1, 1), lost("MailSession.send")),
    "Texter.send": Row("texts", (2,)),
    "Texter.look_up": Row("texts", (2, 1), lost("Texter.send")),
    "PracticeSystem.check": Row("account", (2,)),
    "PracticeSystem.providers": Row("account", (2,)),
    "PracticeSystem.locations": Row("account", (2,)),
    "PracticeSystem.patients_born": Row("visits", (1,)),
    "PracticeSystem.create_patient": Row("visits", (1,)),
    "PracticeSystem.patient_known_as": Row("visits", (1, 1), lost("PracticeSystem.create_patient")),
    "PracticeSystem.create_appointment": Row("visits", (1,)),
    "PracticeSystem.find_created": Row("visits", (1, 1), lost("PracticeSystem.create_appointment")),
    "PracticeSystem.appointment": Row("visits", (1,)),
    "PracticeSystem.update_appointment": Row("visits", (1,)),
    "PracticeSystem.delete_appointment": Row("visits", (1,)),
    "PracticeSystem.appointments_changed": Row("visits", (3,)),
    "PracticeSystem.appointments": Row("visits", (4,)),
    "PracticeSystem.patient": Row("visits", (1,)),
    "BillingEvidence.billing_days": Row("evidence", (3,)),
    "Clearinghouse.create": Row("enrollments", (2,)),
    "Clearinghouse.find": Row("enrollments", (1, 1), lost("Clearinghouse.create")),
    "Clearinghouse.changed_since": Row("enrollments", (4,)),
    "Clearinghouse.enrollment": Row("enrollments", (1,), (GIVEN_TO_A_PERSON,)),
    "ReviewSite.places": Row("reviews", (1,)),
    "ReviewSite.reviews": Row("reviews", (3,)),
    "ReviewSite.review": Row("reviews", (3,)),
    "ReviewSite.put_reply": Row("reviews", (2,)),
    "ReviewSite.delete_reply": Row("reviews", (1,)),
}
"""How often each method is called where nothing else goes wrong."""
UNCALLED: Final = {
    f"Clearinghouse.{name}" for name in ("tasks", "documents", "download", "upload", "history", "cancel")
}
"""What no flow asks of a clearinghouse yet; connectors promise it, and their contract tests hold them to it."""


def played(db: Database, own: Settings, stage: str, faults: Faults) -> Breaker:
    """Play a stage with faults, and check what came of it."""
    breaker = Breaker(faults)
    with a_stage(stage, db, own) as (playing, chosen):
        with pytest.MonkeyPatch.context() as patch:
            for name, give in chosen.items():
                patch.setattr(registry, name, give(breaker))
            playing.play()
        playing.check()
    return breaker


def cases() -> Iterator[object]:
    """Give every call of every row in each manner; without `WHOLE` the last of each, lost and in one more."""
    for place, (name, row) in enumerate(ROWS.items()):
        some = (Manner.LOST_AFTER, SOME[place % len(SOME)])
        for number, (before, calls) in enumerate(zip(row.before, row.calls, strict=True)):
            chosen = product(range(1, calls + 1), Manner) if WHOLE else product([calls], some)
            for call, manner in chosen:
                key = f"{name}-{call}-{number}-{manner.name.lower()}"
                yield pytest.param(row.stage, {**before, (name, call): manner}, id=key)


def test_every_method_of_every_port_has_its_row() -> None:
    assert methods_of_ports() == set(ROWS) | UNCALLED
    assert not set(ROWS) & UNCALLED


def test_what_has_no_row_of_calls_is_asked_by_no_task() -> None:
    asking = [file for file in PROJECT.glob("tasks/*.py") if "registry.clearinghouse(" in file.read_text("utf-8")]
    assert asking
    trees = [ast.walk(ast.parse(file.read_text("utf-8"))) for file in asking]
    asked = {one.attr for tree in trees for one in tree if isinstance(one, ast.Attribute)}
    assert not {name.partition(".")[2] for name in UNCALLED} & asked


@pytest.mark.parametrize(("name", "number"), [(one, n) for one, row in ROWS.items() for n in range(len(row.before))])
def test_each_row_tells_how_often_its_method_is_called(
    db: Database, own_settings: Settings, name: str, number: int
) -> None:
    if not (db.is_sqlite or WHOLE):
        pytest.skip("set GOLIVE_TEST_WHOLE=1 to play these on PostgreSQL too")
    row = ROWS[name]
    breaker = played(db, own_settings, row.stage, row.before[number])
    assert breaker.left() == set()
    assert breaker.calls[name] == row.calls[number]


@pytest.mark.parametrize(("stage", "faults"), list(cases()))
def test_one_call_that_goes_wrong_doubles_and_loses_nothing(
    db: Database, own_settings: Settings, stage: str, faults: Faults
) -> None:
    """I5, I6: exactly once, or visibly unknown; no watched promise is broken."""
    if not (db.is_sqlite or WHOLE):
        pytest.skip("set GOLIVE_TEST_WHOLE=1 to play these on PostgreSQL too")
    assert played(db, own_settings, stage, faults).left() == set()
