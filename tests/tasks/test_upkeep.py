"""What is over is removed, and what still counts stays."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from models.db import Database
from models.rules.access import Whom
from models.rules.sign_in import Stage
from models.store import accounts, rates, sessions
from models.store.sessions import Found, NewSession
from models.store.slots import Hold
from models.tables.access import InvitationRow, SessionRow, SignInRow
from models.tables.appointments import SlotClaimRow
from models.tables.booking import RateRow
from tasks import access, upkeep
from tests.booking import NOW, a_booking, at
from tests.factories import MONDAY, a_journey
from tests.web.signed_in import session_of


@pytest.mark.parametrize(("days", "left"), [(2, 0), (0.5, 1)])
def test_holds_and_counts_are_removed_after_a_day(db: Database, days: float, left: int) -> None:
    made = a_booking(db)
    assert isinstance(made.choose(at("10:00")), Hold)
    db.transaction(lambda s: rates.allow(s, "somebody", limit=9, window=timedelta(minutes=1), as_of=NOW))
    upkeep.tidy_up.fn(as_of=NOW + timedelta(days=days))
    for table in (SlotClaimRow, RateRow):
        assert db.read(lambda s, t=table: s.scalar(select(func.count()).select_from(t))) == left  # type: ignore[misc]


def of_access(db: Database) -> tuple[int, int, int]:
    """Count sessions, links and lines of the log."""
    tables = (SessionRow, InvitationRow, SignInRow)
    counted = (db.read(lambda s, t=table: s.scalar(select(func.count()).select_from(t))) for table in tables)  # type: ignore[misc]
    first, second, third = (count or 0 for count in counted)
    return first, second, third


def test_sessions_and_links_are_removed_after_thirty_days_and_the_log_stays(db: Database) -> None:
    a_journey(db)
    assert access.invite.fn(Whom("coach-1", "", "manager-1", "run:1"), as_of=MONDAY).is_done
    session_of(db, "coach-1", as_of=MONDAY)
    lines = of_access(db)[2]
    for days, left in ((29, (1, 1)), (31, (0, 1)), (38, (0, 0))):
        counts = upkeep.tidy_up.fn(as_of=MONDAY + timedelta(days=days))
        assert of_access(db) == (*left, lines), (days, counts)


def test_a_link_stays_while_a_session_that_it_began_is_kept(db: Database) -> None:
    a_journey(db)
    access.invite.fn(Whom("coach-1", "", "manager-1", "run:1"), as_of=MONDAY)
    late = MONDAY + timedelta(days=40)
    link, account = db.read(lambda s: s.execute(select(InvitationRow.id, InvitationRow.account_id)).one())
    begun = NewSession(account, Stage.SET_UP, invitation=link)
    db.transaction(lambda s: sessions.begin(s, accounts.new_token(), begun, as_of=late))
    assert upkeep.tidy_up.fn(as_of=late)["links"] == 0
    assert upkeep.tidy_up.fn(as_of=late + timedelta(days=31))["links"] == 1


def test_somebody_who_is_signed_in_stays_signed_in(db: Database) -> None:
    a_journey(db)
    token = session_of(db, "coach-1", as_of=MONDAY)
    upkeep.tidy_up.fn(as_of=MONDAY + timedelta(hours=11))
    found = db.read(lambda s: sessions.find(s, token, idle=timedelta(hours=12), as_of=MONDAY + timedelta(hours=11)))
    assert isinstance(found, Found)
