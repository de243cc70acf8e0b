"""Digests: one for each person and day over all practices, made once however many make them (E-26)."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import select, update

from models.db import Database
from models.rules.enrollment import Need, RejectReason
from models.rules.enrollment_events import CompleteTasks, Prepare
from models.rules.messages import MessageKind
from models.rules.onboarding_events import Cancel, Pause, Resume
from models.rules.onboarding_facts import Reason
from models.rules.roles import Role
from models.store import digests
from models.tables.messages import Message
from models.tables.practices import RoleAssignment, Staff
from tests.factories import MONDAY, an_intake, play
from tests.store.enrolling import digests as made
from tests.store.enrolling import enrolling, notices

DAY = timedelta(days=1)
W9 = Prepare((Need.W9,))


def make(db: Database, as_of: datetime = MONDAY, limit: int = 100) -> Counter[str]:
    return db.transaction(lambda s: digests.make_digests(s, as_of=as_of, limit=limit))


def queued(db: Database) -> list[tuple[MessageKind, str, dict[str, object]]]:
    query = select(Message.kind, Message.to_person, Message.fields).where(Message.kind.in_(digests.DIGESTS))
    found = [(kind, person, dict(fields)) for kind, person, fields in db.read(lambda s: s.execute(query).all())]
    return sorted(found, key=str)


def test_one_of_our_people_gets_one_digest_a_day_over_all_practices(db: Database) -> None:
    """E-26."""
    maple, cedar = enrolling(db), enrolling(db, an_intake("cedar-hill"))
    maple.reject("medicare", RejectReason.SIGNATURE)
    cedar.reject("harbor", RejectReason.WRONG_FORM)
    assert make(db) == {"digests": 1, "lines": 2}
    cedar.reject("evergreen", RejectReason.NAME_MISMATCH)
    assert make(db, MONDAY + timedelta(hours=2)) == {}
    assert make(db, MONDAY + DAY) == {"digests": 1, "lines": 1}
    assert made(db) == [("enroll-1", "2026-11-23", 2), ("enroll-1", "2026-11-24", 1)]


def test_each_practice_contact_gets_a_digest_of_its_own(db: Database) -> None:
    """E-26."""
    maple, cedar = enrolling(db), enrolling(db, an_intake("cedar-hill"))
    maple.do("medicare", W9)
    maple.do("harbor", W9)
    cedar.do("harbor", W9)
    assert make(db) == {"digests": 2, "lines": 3}
    assert made(db) == [("practice", "2026-11-23", 1), ("practice", "2026-11-23", 2)]


def test_a_digest_carries_no_words_only_its_number(db: Database) -> None:
    enrolling(db).do("medicare", W9)
    make(db)
    ((kind, person, fields),) = queued(db)
    assert (kind, person, list(fields)) == (MessageKind.ENROLLMENT_DIGEST, "", ["digest"])
    assert isinstance(fields["digest"], int)


def test_what_went_away_before_is_not_told(db: Database) -> None:
    """E-26: the cause going away cancels what was pending."""
    maple = enrolling(db)
    maple.do("medicare", W9, CompleteTasks())
    assert notices(db) == ["cancelled"]
    assert make(db) == {}
    assert queued(db) == []


def test_what_happens_on_friday_evening_is_told_on_monday(db: Database) -> None:
    friday = datetime.fromisoformat("2026-11-20T17:30-05:00")
    enrolling(db, as_of=friday).do("medicare", W9)
    for hours in (0, 12, 24, 48):
        assert make(db, friday + timedelta(hours=hours)) == {}
    assert make(db, datetime.fromisoformat("2026-11-23T09:10-05:00")) == {"digests": 1, "lines": 1}
    assert made(db) == [("practice", "2026-11-23", 1)]


def test_office_hours_follow_the_clocks(db: Database) -> None:
    """Nine in the morning is another hour of UTC on the Monday after the clocks went back."""
    sunday = datetime.fromisoformat("2026-11-01T12:00-05:00")
    enrolling(db, as_of=sunday).do("medicare", W9)
    assert make(db, datetime.fromisoformat("2026-11-02T13:10+00:00")) == {}
    assert make(db, datetime.fromisoformat("2026-11-02T14:10+00:00")) == {"digests": 1, "lines": 1}


def test_practices_far_apart_are_told_in_their_own_morning(db: Database) -> None:
    maple = enrolling(db)
    far = enrolling(db, an_intake("palm", zone="Pacific/Honolulu"))
    maple.do("medicare", W9)
    far.do("medicare", W9)
    assert make(db) == {"digests": 1, "lines": 1}
    assert make(db, MONDAY + timedelta(hours=5)) == {"digests": 1, "lines": 1}


@pytest.mark.parametrize("end", [Pause(Reason.PRACTICE_ASKED), Cancel(Reason.PRACTICE_ASKED)])
def test_a_practice_whose_journey_stands_still_or_is_over_is_told_nothing(db: Database, end: Pause | Cancel) -> None:
    """O-45."""
    maple = enrolling(db)
    maple.do("medicare", W9)
    maple.reject("harbor", RejectReason.SIGNATURE)
    play(db, maple.journey, [end])
    assert make(db) == {"digests": 1, "lines": 1}
    assert made(db) == [("enroll-1", "2026-11-23", 1)]


def test_what_waited_during_a_pause_is_told_after_it(db: Database) -> None:
    maple = enrolling(db)
    maple.do("medicare", W9)
    play(db, maple.journey, [Pause(Reason.PRACTICE_ASKED)])
    assert make(db) == {}
    play(db, maple.journey, [Resume()], as_of=MONDAY + DAY)
    assert make(db, MONDAY + DAY) == {"digests": 1, "lines": 1}


def test_without_a_representative_the_coach_reads_and_without_a_coach_the_manager(db: Database) -> None:
    """E-26: the role's holder, else the Success Coach, else the Onboarding Manager, else it waits."""
    maple = enrolling(db)
    for gone, payer, day in (
        (Role.ENROLLMENTS_REPRESENTATIVE, "medicare", 0),
        (Role.SUCCESS_COACH, "harbor", 1),
        (Role.ONBOARDING_MANAGER, "evergreen", 2),
    ):
        ended = update(RoleAssignment).where(RoleAssignment.role == gone).values(until=MONDAY)
        db.transaction(lambda s, ended=ended: s.execute(ended))  # type: ignore[misc]
        maple.reject(payer, RejectReason.SIGNATURE)
        make(db, MONDAY + day * DAY)
    assert made(db) == [("coach-1", "2026-11-23", 1), ("manager-1", "2026-11-24", 1)]
    assert notices(db) == ["pending"] * 3


def test_who_left_is_not_written_to(db: Database) -> None:
    maple = enrolling(db)
    db.transaction(lambda s: s.execute(update(Staff).where(Staff.key == "enroll-1").values(is_active=False)))
    maple.reject("medicare", RejectReason.SIGNATURE)
    assert make(db) == {"digests": 1, "lines": 1}
    assert made(db) == [("coach-1", "2026-11-23", 1)]


def test_two_senders_at_once_make_one_digest(db: Database) -> None:
    """E-26: whoever inserts the day's row sends it."""
    practices = [enrolling(db, an_intake(key)) for key in ("maple", "cedar", "birch", "alder")]
    for one in practices:
        one.do("medicare", W9)
        one.reject("harbor", RejectReason.SIGNATURE)
    barrier = Barrier(4)

    def sender(_: int) -> Counter[str]:
        barrier.wait()
        return make(db)

    with ThreadPoolExecutor(4) as pool:
        counts = sum(pool.map(sender, range(4)), Counter[str]())
    assert counts == {"digests": 5, "lines": 8}
    assert len(queued(db)) == len({str(one) for one in queued(db)}) == 5
    assert [n for _, _, n in made(db)] == [4, 1, 1, 1, 1]


def test_a_limit_leaves_the_rest_for_the_next_batch(db: Database) -> None:
    for key in ("maple", "cedar", "birch"):
        enrolling(db, an_intake(key)).do("medicare", W9)
    assert [make(db, limit=2)["digests"] for _ in range(3)] == [2, 1, 0]
