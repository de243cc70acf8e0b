"""What speaks to each port, played from its beginning until nothing is left to do: the flows' own tasks over twins."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models.db import Database
from models.inputs.billing_evidence import BillingDay
from models.inputs.clearinghouse import Finding
from models.inputs.reviews import ReviewListing, ReviewPlace
from models.rules.appointment_events import Confirm, Delete
from models.rules.enrollment import State
from models.rules.onboarding_facts import Transaction
from models.rules.reputation import PublicReview
from models.rules.reputation_replies import ReplyState
from models.sealing import INSTALLATION
from models.settings import Settings, settings
from models.store import enrollment_begin, pushes, submissions
from models.store.enrollment_begin import Identity, Wanted
from models.store.keys import make_keys
from models.store.systems import Login
from models.tables.appointments import AppointmentRow
from models.tables.enrollment import EnrollmentRow
from models.tables.events import Event as EventRow
from models.tables.payer_files import ClaimActivityRow
from models.tables.practice_systems import PushRow, PushState
from tasks import billing_evidence, clearinghouse, reputation, sync, system_setup
from tasks.connectors import payer_simulator_plan, registry
from tasks.moment import standing_at
from tests import edi
from tests.booking import at
from tests.factories import MONDAY, a_signed_journey
from tests.faults.breaking import Breaker
from tests.faults.playing import LATER, Mails, Stage, Texts, assert_sound, tried
from tests.sides import CALENDAR, KAREO, KEY, Sides, both_sides
from tests.store.asking import an_asking
from tests.store.reviewing import NEUTRAL, PLACE, Reviewing, a_review, a_reviewing
from tests.store.submitting import NOON, Applicant, an_applicant

POLLED_FROM: Final = timedelta(hours=10)
SWEPT_EVERY: Final = 15
"""Seconds, at the least, until somebody looks at writes again."""
PATIENTS: Final = 2


@dataclass
class Visits:
    """A patient's request that is placed, confirmed and deleted, beside a visit that staff entered themselves."""

    sides: Sides
    request: int = 0

    def play(self) -> None:
        """Do what the patient, the desk and the dispatch do."""
        sides = self.sides
        self.request = sides.submit(key="form-1")
        self._settle()
        sides.watch()
        sides.do(self.request, Confirm("office-visit", 30), key="desk-1")
        self._settle()
        sides.changes()
        sides.do(self.request, Delete(), key="desk-2")
        self._settle()
        for look in (sides.changes, sides.changes, sides.whole, sides.whole):
            sides.tick(hours=13)
            look()

    def _settle(self) -> None:
        """Make writes until none waits."""
        self.sides.push()
        for _ in range(len(pushes.RETRY_AFTER) + 4):
            due = self.sides.db.read(pushes.next_due)
            if due is None:
                return
            self.sides.tick(seconds=max(SWEPT_EVERY, (due - self.sides.time).total_seconds()))
            self.sides.push()

    def check(self) -> None:
        """Assert one record and one appointment at most, the same on both sides; a failed write is a person's task."""
        sides = self.sides
        there = [one for one in sides.everything_there() if one.starts_at == at("10:00")]
        assert len(there) <= 1
        assert sides.patients_there() <= 1
        writes = sides.db.read(lambda s: s.scalars(select(PushRow)).all())
        failed = {PushState.REFUSED, PushState.DEAD}
        assert {one.state for one in writes} <= {PushState.DONE, PushState.CANCELLED, *failed}
        for one in writes:
            if one.state in failed:
                told = select(EventRow.id).where(EventRow.key.startswith(f"refused:{one.id}:"))
                assert sides.db.read(lambda s, told=told: s.scalars(told).all())  # type: ignore[misc]
        if sides.write_of(self.request).state in failed:  # later writes overtake what an earlier one could not do
            assert (self.request, "not_written") in sides.tasks()
        visit = sides.visit(self.request)
        if visit.system_id:
            assert sides.shown(self.request).status == visit.status
        assert len(sides.db.read(lambda s: s.scalars(select(AppointmentRow)).all())) == 2
        assert_sound(sides.db, sides.booking.practice)


@dataclass
class Account:
    """A practice with an account at a vendor, whose people and places are learnt anew."""

    sides: Sides

    def play(self) -> None:
        """Check the account, as a person does until it works."""
        for _ in range(2):
            tried(system_setup.check_practice_system.fn, KEY, as_of=self.sides.time)

    def check(self) -> None:
        """Assert that everybody is known by the ids there."""
        places, system = self.sides.places(), self.sides.system()
        assert sorted(places.provider_ids.values()) == sorted(one.id for one in system.providers())
        assert sorted(places.location_ids.values()) == sorted(one.id for one in system.locations())
        assert_sound(self.sides.db, self.sides.booking.practice)


@dataclass
class Evidence:
    """A practice whose system shows charges and claims."""

    sides: Sides
    days: tuple[BillingDay, ...] = ()

    def play(self) -> None:
        """Ask in three nights."""
        for _ in range(3):
            for practice, is_known in billing_evidence.practices_to_ask():
                tried(billing_evidence.read_billing.fn, practice, is_known=is_known, as_of=self.sides.time)

    def check(self) -> None:
        """Assert that what is shown is counted once."""
        row = ClaimActivityRow
        found = self.sides.db.read(lambda s: s.execute(select(row.day, row.charges, row.paid)).tuples().all())
        assert list(found) == [(one.day, one.charges, one.paid) for one in self.days]
        assert_sound(self.sides.db, self.sides.booking.practice)


@dataclass
class Enrollments:
    """Two enrollments that go through the clearinghouse; a person looks at what stays unknown."""

    applicant: Applicant
    now: datetime = NOON

    def play(self) -> None:
        """Submit, push and poll; let a person say what became of the rest."""
        begins = self.now
        for place in range(len(self.applicant.ids)):
            if self.applicant.state(place) in (State.DRAFT, State.READY):
                self.applicant.submit(place, as_of=begins)
        for pause in LATER:
            self.now = begins + pause
            for claim in clearinghouse.claims_of_submissions(as_of=self.now, limit=10):
                tried(clearinghouse.push_submissions.fn, claim, as_of=self.now)
            if pause >= POLLED_FROM:
                tried(clearinghouse.poll_statuses.fn, as_of=self.now)
            self._resolve()

    def _resolve(self) -> None:
        for row in self.applicant.rows():
            if row.state == submissions.STUCK:
                found = registry.CLEARINGHOUSES[row.clearinghouse](settings()).find(row.key)
                finding = Finding.ARRIVED if found else Finding.NOT_THERE
                there = found.id if found else ""
                resolve = clearinghouse.resolve_submission.fn
                tried(resolve, row.id, finding, there=there, as_of=self.now)

    def check(self) -> None:
        """Assert that each is there once and known by its number, or back with us with a reason."""
        pages = registry.clearinghouse(settings()).changed_since(NOON - timedelta(days=1))
        there = Counter(one.id for page in pages for one in page)
        rows = self.applicant.rows()
        sent = [row for row in rows if row.state == submissions.SENT]
        assert {row.foreign_id for row in sent} <= set(there)
        refused = [row for row in rows if row.state == submissions.REFUSED]
        assert len(sent) + len(refused) == len(rows) == len(self.applicant.ids)
        assert len(there) <= len(self.applicant.ids)
        assert len(there) == len(sent)
        for place in range(len(self.applicant.ids)):
            assert self.applicant.kinds(place).count("acknowledged") <= 1
            assert (self.applicant.row(place).state == submissions.REFUSED) == (
                self.applicant.state(place) is State.NEEDS_PRACTICE
            )
        assert_sound(self.applicant.db, self.applicant.practice)


@dataclass
class Site:
    """A place of reviews in memory; it counts how often a reply was written."""

    shown: dict[str, PublicReview] = field(default_factory=dict)
    written: Counter[str] = field(default_factory=Counter)

    def places(self) -> list[ReviewPlace]:
        """List the only place."""
        return [ReviewPlace(PLACE, "Main")]

    def reviews(self, place: str) -> ReviewListing:
        """Show everything."""
        assert place == PLACE
        return ReviewListing(tuple(self.shown.values()), is_whole=True)

    def review(self, place: str, review: str) -> PublicReview | None:
        """Show one review."""
        assert place == PLACE
        return self.shown.get(review)

    def put_reply(self, place: str, review: str, words: str) -> None:
        """Write the reply."""
        assert place == PLACE
        self.written[review] += 1
        self.shown[review] = replace(self.shown[review], reply=words)

    def delete_reply(self, place: str, review: str) -> None:
        """Take the reply away."""
        assert place == PLACE
        self.shown[review] = replace(self.shown[review], reply="")


@dataclass
class Reviews:
    """Two reviews that are read and answered; one answer is taken down again."""

    there: Reviewing
    site: Site
    now: datetime = MONDAY
    released: Counter[str] = field(default_factory=Counter)

    def play(self) -> None:
        """Read, answer, take down."""
        tried(reputation.place_rows.fn)
        self._read()
        self._read()
        for review in ("r1", "r2"):
            if not self.released[review]:
                self.there.draft(review=review, as_of=self.now)
                self.there.release(by="desk", review=review, as_of=self.now)
            self.released[review] += 1
        self._post()
        self.there.take_back(review="r2", as_of=self.now)
        self._post()
        self._read()

    def _read(self) -> None:
        self.now += timedelta(hours=1)
        tried(reputation.fetch_reviews.fn, reputation.places_to_read(), as_of=self.now)

    def _post(self) -> None:
        begins = self.now
        for pause in LATER:
            self.now = begins + pause
            for claim in reputation.claims_of_postings(as_of=self.now, limit=10):
                tried(reputation.post_replies.fn, claim, as_of=self.now)

    def check(self) -> None:
        """Assert that each reply was written once and stands as its row says, or that a person was asked."""
        assert max(self.site.written.values(), default=0) <= 1
        for review in ("r1", "r2"):
            state, shown = self.there.state(review), self.site.shown[review].reply
            assert state in (ReplyState.POSTED, ReplyState.CHECKED, ReplyState.REFUSED, ReplyState.STUCK)
            if state is ReplyState.POSTED:
                assert shown == NEUTRAL
            if state is ReplyState.CHECKED:
                assert shown == ""
        assert_sound(self.there.db, self.there.practice)


Give = Callable[[Breaker], Any]
Chosen = dict[str, Give]


@contextmanager
def a_stage(name: str, db: Database, own: Settings) -> Iterator[tuple[Stage, Chosen]]:
    """Build a stage, with what the registry is to give while it is played."""
    with STAGES[name](db, own) as made:
        yield made


@contextmanager
def _mails(db: Database, own: Settings) -> Iterator[tuple[Stage, Chosen]]:
    a_signed_journey(db)
    yield Mails(db, own), {"mailer": _giving("Mailer", registry.mailer)}


@contextmanager
def _texts(db: Database, own: Settings) -> Iterator[tuple[Stage, Chosen]]:
    object.__setattr__(own, "postal_address", "1 Main Street, Albany NY")
    asking = an_asking(db)
    for number in range(PATIENTS):
        facts: dict[str, Any] = {"first": f"Rosa{number}", "email": f"rosa{number}@example.com"}
        asking.patient(f"9{number}", mobile=f"+1212555014{number}", **facts)
        asking.check_out(f"50{number}", patient=f"9{number}")
    asking.wait(hours=3, minutes=1)
    yield Texts(asking, own), {"texter": _giving("Texter", registry.texter)}


@contextmanager
def _visits(db: Database, _own: Settings) -> Iterator[tuple[Stage, Chosen]]:
    with both_sides(db, CALENDAR) as sides, pytest.MonkeyPatch.context() as patch:
        patch.setattr(sync, "WHOLE_BACK", sync.SLICE)
        patch.setattr(sync, "WHOLE_AHEAD", sync.SLICE)
        sides.book_there(at("13:00"))
        yield Visits(sides), {"practice_system": _giving("PracticeSystem", registry.practice_system)}


@contextmanager
def _account(db: Database, _own: Settings) -> Iterator[tuple[Stage, Chosen]]:
    with both_sides(db, CALENDAR) as sides, pytest.MonkeyPatch.context() as patch:
        patch.setitem(registry.PRACTICE_SYSTEMS, KAREO, registry.PRACTICE_SYSTEMS[CALENDAR])
        patch.setattr(registry, "register_vendor", lambda _account: 7)
        login = Login("acme", KAREO, "https://kareo.example.test", "key", "user", "word", calls_per_minute=60)
        name = sides.account().system_name
        done = system_setup.connect_kareo(KEY, login, system_practice="1", system_name=name, as_of=sides.time)
        assert done.is_done, done.sentence
        yield Account(sides), {"practice_system": _giving("PracticeSystem", registry.practice_system)}


@contextmanager
def _evidence(db: Database, _own: Settings) -> Iterator[tuple[Stage, Chosen]]:
    with both_sides(db, CALENDAR) as sides:
        practice = sides.booking.practice

        def begin(session: Session) -> None:
            make_keys(session, INSTALLATION, as_of=sides.time)
            enrollment_begin.save_identities(session, practice, [Identity("group", edi.NPI)])
            wanted = [Wanted("evergreen", "Evergreen Health Plan", Transaction.CLAIMS)]
            enrollment_begin.begin_enrollments(session, practice, wanted, by="coach-1", key="list", as_of=sides.time)

        db.transaction(begin)
        made = Evidence(
            sides, (BillingDay("Evergreen Health Plan", sides.time.date(), charges=2, submitted=1, paid=1),)
        )
        yield made, {"billing_evidence": lambda one: lambda *_, **__: one.around("BillingEvidence", _Shown(made.days))}


@dataclass
class _Shown:
    """A system that shows the same days whenever it is asked."""

    days: tuple[BillingDay, ...]

    def billing_days(self, _since: date, _until: date) -> tuple[BillingDay, ...]:
        """Show them."""
        return self.days


@contextmanager
def _enrollments(db: Database, _own: Settings) -> Iterator[tuple[Stage, Chosen]]:
    made = Enrollments(an_applicant(db, payers=2))
    db.transaction(lambda s: s.execute(update(EnrollmentRow).values(rank=0)))  # it was ranked without its timers
    with standing_at(lambda: made.now), pytest.MonkeyPatch.context() as patch:
        for share in ("RETURNED", "DEVELOPED", "REFUSED"):  # payers that say yes, and ask for nothing more
            patch.setattr(payer_simulator_plan, share, 0)
        yield made, {"clearinghouse": _giving("Clearinghouse", registry.clearinghouse)}


@contextmanager
def _reviews(db: Database, _own: Settings) -> Iterator[tuple[Stage, Chosen]]:
    site = Site({name: a_review(name) for name in ("r1", "r2")})
    yield Reviews(a_reviewing(db), site), {"review_site": lambda one: lambda *_: one.around("ReviewSite", site)}


def _giving(port: str, build: Callable[..., Any]) -> Give:
    return lambda breaker: lambda *given, **named: breaker.around(port, build(*given, **named))


STAGES: Final = {
    "mails": _mails,
    "texts": _texts,
    "visits": _visits,
    "account": _account,
    "evidence": _evidence,
    "enrollments": _enrollments,
    "reviews": _reviews,
}
