"""Requests from the widget: checked, taken in once, and the same for people who are known and who are not."""

import json
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from models.db import Database
from models.inputs.booking import LONGEST_NOTES
from models.rules.appointments import HOLD, Origin, PatientType, Status
from models.rules.consent import TEXT_CONSENT_VERSION
from models.rules.decisions import Process, Refusal
from models.rules.matching import RequestFault
from models.rules.messages import MessageKind
from models.store import appointment_changes, events, slots
from models.store.booking import Submitted
from models.store.keys import keys_of
from models.store.patients import Person, add_patient
from models.store.slots import Hold, Time
from models.store.widgets import WidgetSettings
from models.tables.appointments import AppointmentRow, ClaimKind, RequestRow, SlotClaimRow
from models.tables.booking import BookingReasonRow, InsuranceRow, WidgetRow
from models.tables.messages import Message
from models.tables.patients import PatientRow
from models.tables.practice_systems import PushRow
from tests.booking import MONDAY, NOW, Booking, a_booking, an_appointment, at, settings

TEN = at("10:00")


@pytest.fixture
def made(db: Database) -> Booking:
    """Give a practice with two providers."""
    return a_booking(db)


def refused(made: Booking, *, as_of: datetime = NOW, start: datetime = TEN, **told: Any) -> str:
    """Send a form that is refused; gives the code, and sees that nothing was stored."""
    answer = made.submit(made.submission(start, **told), as_of=as_of)
    assert isinstance(answer, Refusal), answer
    assert answer.sentence.endswith(".")
    for table in (AppointmentRow, RequestRow, PushRow, Message):
        assert made.db.read(lambda s, t=table: s.scalar(select(func.count()).select_from(t))) == 0  # type: ignore[misc]
    return answer.code


def appointment(made: Booking, done: Submitted) -> AppointmentRow:
    return made.db.read(lambda s: s.get_one(AppointmentRow, done.appointment_id))


def request(made: Booking, done: Submitted) -> RequestRow:
    return made.db.read(lambda s: s.get_one(RequestRow, done.appointment_id))


def details(made: Booking, done: Submitted) -> dict[str, Any]:
    """Open what was sealed."""

    def opened(session: Session) -> dict[str, Any]:
        row = session.get_one(RequestRow, done.appointment_id)
        place = {"table": "appointment_requests", "column": "details", "row_id": row.appointment_id}
        found: dict[str, Any] = json.loads(keys_of(session, made.practice).unseal(row.details, **place))  # type: ignore[arg-type]
        return found

    return made.db.read(opened)


def test_a_request_is_taken_in_and_owns_its_slot(made: Booking) -> None:
    """A-25, A-32, A-93."""
    assert isinstance(made.choose(TEN), Hold)
    done = made.submitted(made.submission(TEN))
    row = appointment(made, done)
    assert (row.status, row.origin, row.patient_type) == (Status.TENTATIVE, Origin.WIDGET, PatientType.RETURNING)
    assert (row.starts_at, row.ends_at, row.reason) == (TEN, at("10:30"), "sick-visit")
    assert (row.patient_id, row.visit_reason, row.is_virtual) == (None, "", False)
    assert done == Submitted(row.id, made.providers[0], made.locations[0], TEN, is_virtual=False)
    claim = made.db.read(lambda s: s.scalars(select(SlotClaimRow)).one())
    assert (claim.kind, claim.appointment_id, claim.is_exclusive) == (ClaimKind.REQUEST, row.id, True)
    assert (claim.expires_at, claim.hold_hash) == (None, None)
    much_later = NOW + timedelta(hours=60)
    assert TEN not in {one.starts_at for one in made.offers(provider=made.providers[0], as_of=much_later)}
    line = made.db.read(lambda s: events.history(s, process=Process.APPOINTMENT, process_id=row.id))
    assert [one.kind for one in line] == ["appointment_requested"]
    assert made.db.read(lambda s: [one.kind for one in s.scalars(select(PushRow))]) == ["place"]


def test_a_slot_that_was_not_held_is_taken_by_the_request_itself(made: Booking) -> None:
    """A-31."""
    assert isinstance(made.submit(made.submission(TEN)), Submitted)


def test_a_hold_that_ended_is_submitted_while_its_slot_is_free(made: Booking) -> None:
    """A-92."""
    made.choose(TEN)
    assert isinstance(made.submit(made.submission(TEN), as_of=NOW + 3 * HOLD), Submitted)


def test_all_that_the_patient_wrote_is_sealed(made: Booking) -> None:
    """A-19, A-22, A-23, A-24."""
    told = {
        "insurance": "evergreen",
        "plan": "Gold",
        "member_id": "EV-1",
        "group_id": "G-2",
        "notes": "Rings\r\ntwice",
        "referral": "A friend",
        "says_new": True,
        "allows_texts": True,
        "locale": "es",
    }
    done = made.submitted(made.submission(TEN, **told))
    assert details(made, done) == {
        "first": "Jordan",
        "last": "Example",
        "email": "jordan@example.com",
        "phone": "+12025550143",
        "born": "1985-03-31",
        "sex": "female",
        "insurance": "evergreen",
        "plan": "Gold",
        "member_id": "EV-1",
        "group_id": "G-2",
        "notes": "Rings\ntwice",
        "referral": "A friend",
        "text_wording": TEXT_CONSENT_VERSION,
    }
    row = request(made, done)
    assert (row.says_new, row.has_insurance, row.allows_texts, row.locale) == (True, True, True, "es")
    assert appointment(made, done).patient_type is PatientType.NEW
    for plain in ("Jordan", "jordan@", "5550143", "EV-1", "twice"):
        assert plain not in row.details + row.body_hash


def test_the_longest_request_can_be_stored(made: Booking) -> None:
    sign = "\N{SMILING FACE WITH SUNGLASSES}"
    told = {"plan": sign * 60, "member_id": sign * 40, "group_id": sign * 40}
    told |= {"first": "J" + sign * 59, "last": "E" + sign * 59, "notes": sign * LONGEST_NOTES, "referral": sign * 120}
    done = made.submitted(made.submission(TEN, says_new=True, **told))
    assert details(made, done)["notes"] == sign * LONGEST_NOTES


def test_the_acceptance_of_the_terms_is_kept(made: Booking) -> None:
    """A-20."""
    row = request(made, made.submitted(made.submission(TEN), as_of=NOW))
    assert (row.terms_version, row.terms_accepted_at) == ("2026-11", NOW)


def test_terms_that_changed_meanwhile_are_to_be_accepted_again(made: Booking) -> None:
    """A-20."""
    assert refused(made, terms_version="2025-01") == "terms_changed"


def test_refused_texts_do_not_stop_a_request(made: Booking) -> None:
    """A-21."""
    assert request(made, made.submitted(made.submission(TEN, allows_texts=False))).allows_texts is False


def test_insurance_and_notes_are_optional_and_only_what_is_listed_can_be_chosen(made: Booking) -> None:
    """A-22, A-23."""
    assert refused(made, insurance="unheard-of") == "unknown_insurance"
    made.db.transaction(
        lambda s: s.execute(update(InsuranceRow).where(InsuranceRow.key == "medicare").values(is_offered=False))
    )
    assert refused(made, insurance="medicare") == "unknown_insurance"
    assert request(made, made.submitted(made.submission(TEN))).has_insurance is False


def test_existing_patients_are_not_asked_who_referred_them(made: Booking) -> None:
    """A-24."""
    done = made.submitted(made.submission(TEN, says_new=False, referral="A friend"))
    assert details(made, done)["referral"] == ""


def test_where_new_and_existing_are_not_told_apart_nobody_says_to_be_new(db: Database) -> None:
    """A-15."""
    made = a_booking(db, widget=WidgetSettings(differentiates_patients=False))
    done = made.submitted(made.submission(TEN, says_new=True, referral="A friend"))
    assert request(made, done).says_new is False
    assert details(made, done)["referral"] == ""


def test_reasons_are_the_widgets_own(made: Booking) -> None:
    """A-17."""
    assert refused(made, reason="office-visit") == "unknown_reason"
    assert refused(made, reason="") == "unknown_reason"
    made.db.transaction(lambda s: s.execute(update(BookingReasonRow).values(is_offered=False)))
    assert refused(made) == "unknown_reason"
    assert appointment(made, made.submitted(made.submission(TEN, reason=""))).reason == ""


def test_a_virtual_visit_needs_a_provider_with_telehealth(db: Database) -> None:
    """A-18."""
    made = a_booking(db, telehealth=True)
    assert refused(made, is_virtual=True, provider=made.providers[1]) == "no_virtual_visits"
    done = made.submitted(made.submission(TEN, is_virtual=True))
    assert appointment(made, done).is_virtual
    assert done.is_virtual
    choice = made.choose(at("11:00"), provider=made.providers[1], is_virtual=True)
    assert isinstance(choice, Refusal)
    assert choice.code == "no_virtual_visits"


def test_a_request_is_never_for_a_group(made: Booking) -> None:
    """A-30."""
    assert appointment(made, made.submitted(made.submission(TEN))).is_group is False


def test_recipients_are_alerted_and_without_any_the_request_still_lands(db: Database) -> None:
    """A-27, A-28."""
    told, quiet = a_booking(db), a_booking(db, key="elm-street", recipients=False)
    told.submitted(told.submission(TEN))
    assert isinstance(quiet.submit(quiet.submission(TEN)), Submitted)
    query = select(Message.practice_id, Message.key).where(Message.kind == MessageKind.REQUEST_ALERT)
    rows = db.read(lambda s: s.execute(query.order_by(Message.key)).all())
    keys = ["alert:email:front-desk", "alert:text:front-desk"]
    assert [tuple(row) for row in rows] == [(told.practice, key) for key in keys]


def test_a_slot_is_requested_once(made: Booking) -> None:
    """A-31, A-93."""
    made.submitted(made.submission(TEN))
    answer = made.submit(made.submission(TEN, first="Sam"), key="form-2", who="other")
    assert isinstance(answer, Refusal)
    assert answer.code == "slot_taken"
    assert answer.sentence == "This time is not free any more. Please choose another one."
    choice = made.choose(TEN, who="third")
    assert isinstance(choice, Refusal)
    assert choice.code == "slot_taken"


def test_somebody_elses_hold_is_respected(made: Booking) -> None:
    """A-92."""
    made.choose(TEN, who="other")
    assert refused(made) == "slot_taken"


def test_only_what_the_calendar_offers_can_be_requested(made: Booking) -> None:
    """A-55, A-61 to A-63."""
    for start in (at("10:10"), at("08:00"), at("17:00"), at("10:00", MONDAY + timedelta(days=5))):
        assert refused(made, start=start) == "slot_taken"
    assert refused(made, provider=1) == "slot_taken"
    assert refused(made, location=1) == "slot_taken"
    choice = made.choose(at("10:10"))
    assert isinstance(choice, Refusal)
    assert choice.code == "slot_taken"


def test_an_appointment_of_the_practice_system_that_came_meanwhile_wins(made: Booking) -> None:
    """A-59."""
    made.choose(TEN)

    def take(session: Session) -> None:
        wish = made.wish(at("10:15"))
        slots.follow(session, [Time(an_appointment(session, made, wish), *wish[:5], keeps_time=True)])

    made.db.transaction(take)
    answer = made.submit(made.submission(TEN))
    assert isinstance(answer, Refusal)
    assert answer.code == "slot_taken"


def test_what_no_request_may_say_is_refused_in_plain_sentences(made: Booking) -> None:
    """A-99."""
    assert refused(made, born="2026-11-21") == RequestFault.BORN_IN_THE_FUTURE
    assert refused(made, born="1890-01-01") == RequestFault.BORN_TOO_LONG_AGO
    assert refused(made, first="  ") == RequestFault.FIRST_NAME_EMPTY
    assert refused(made, last="---") == RequestFault.LAST_NAME_EMPTY
    assert refused(made, as_of=TEN) == RequestFault.SLOT_IN_THE_PAST
    both = made.submit(made.submission(TEN, first="", born="2030-01-01"))
    assert isinstance(both, Refusal)
    assert both.sentence == (
        "Please write the first name, with letters. This date of birth is in the future. Please correct it."
    )


def test_born_today_is_held_against_the_practices_own_day(made: Booking) -> None:
    """A-99: at 11 in the evening in New York it is tomorrow in UTC."""
    night = at("23:00", MONDAY - timedelta(days=1))
    assert refused(made, born=MONDAY.isoformat(), as_of=night) == RequestFault.BORN_IN_THE_FUTURE
    assert isinstance(made.submit(made.submission(TEN, born="2026-11-22"), as_of=night), Submitted)


def test_a_closed_widget_takes_nothing(db: Database) -> None:
    made = a_booking(db, widget=WidgetSettings(is_open=False))
    assert refused(made) == "widget_closed"
    choice = made.choose(TEN)
    assert isinstance(choice, Refusal)
    assert choice.code == "widget_closed"
    made.db.transaction(lambda s: s.execute(delete(WidgetRow)))
    assert refused(made) == "widget_closed"


def test_the_same_form_sent_again_is_the_same_request(made: Booking) -> None:
    """A-25: the answer is the same, whatever became of the request."""
    form = made.submission(TEN)
    first = made.submitted(form)
    moved = {"starts_at": at("15:00"), "ends_at": at("15:30"), "provider_id": made.providers[1]}
    made.db.transaction(lambda s: s.execute(update(AppointmentRow).values(**moved)))
    assert made.submitted(form, as_of=TEN + timedelta(days=3), who="another") == first
    assert made.db.read(lambda s: s.scalar(select(func.count()).select_from(AppointmentRow))) == 1


def test_the_same_key_with_other_answers_is_refused(made: Booking) -> None:
    made.submitted(made.submission(TEN))
    answer = made.submit(made.submission(TEN, notes="One more thing"))
    assert isinstance(answer, Refusal)
    assert answer.code == "key_reused"


def test_keys_of_two_practices_do_not_meet(db: Database) -> None:
    made, other = a_booking(db), a_booking(db, key="elm-street")
    one, two = made.submitted(made.submission(TEN)), other.submitted(other.submission(TEN), who="other")
    assert request(made, one).body_hash != request(other, two).body_hash
    assert one.appointment_id != two.appointment_id


def test_a_person_may_ask_twice_for_one_time_and_the_reviewer_is_warned(made: Booking) -> None:
    """A-96, A-103: names are compared folded."""
    first = made.submitted(made.submission(TEN))
    second = made.submitted(
        made.submission(TEN, provider=made.providers[1], first="JORDÁN", email="other@example.com"), key="2", who="2"
    )
    other = made.submitted(made.submission(at("10:30"), provider=made.providers[1], first="Jordan"), key="3", who="3")
    assert [request(made, one).overlaps_own for one in (first, second, other)] == [False, True, False]
    lines = made.db.read(lambda s: events.history(s, process=Process.APPOINTMENT, process_id=second.appointment_id))
    assert lines[0].evidence["overlaps_own"] is True


def test_somebody_else_at_the_same_time_is_no_overlap(made: Booking) -> None:
    """A-96."""
    made.submitted(made.submission(TEN))
    told = {"provider": made.providers[1], "born": "1985-04-01"}
    assert not request(made, made.submitted(made.submission(TEN, **told), key="2", who="2")).overlaps_own


def test_a_request_that_is_over_is_no_overlap(made: Booking) -> None:
    """A-96."""
    made.submitted(made.submission(TEN))
    made.db.transaction(lambda s: s.execute(update(AppointmentRow).values(status=Status.DECLINED)))
    told = made.submission(TEN, provider=made.providers[1])
    assert not request(made, made.submitted(told, key="2", who="2")).overlaps_own


def test_known_and_unknown_people_get_the_same_answer(made: Booking) -> None:
    """A-29: nobody is looked up before the request is in."""
    form = made.submission(TEN)
    person = Person(form.first, form.last, form.born, form.email, form.phone, form.sex)
    add = partial(add_patient, practice_id=made.practice, person=person, origin=Origin.KAREO, system_id="7", as_of=NOW)
    made.db.transaction(add)
    known = made.submitted(form)
    unknown = made.submitted(made.submission(at("11:00"), first="Sam"), key="2", who="2")
    assert (known.provider_id, known.is_virtual) == (unknown.provider_id, unknown.is_virtual)
    assert [appointment(made, one).patient_id for one in (known, unknown)] == [None, None]
    assert made.db.read(lambda s: s.scalar(select(func.count()).select_from(PatientRow))) == 1


def test_a_failure_on_the_way_leaves_nothing_behind(made: Booking, monkeypatch: pytest.MonkeyPatch) -> None:
    made.choose(TEN)

    def broken(*_: object, **__: object) -> None:
        code = "broken"
        raise RuntimeError(code)

    with monkeypatch.context() as patch:
        patch.setattr(appointment_changes, "begin_request", broken)
        with pytest.raises(RuntimeError, match="broken"):
            made.submit(made.submission(TEN))
    assert made.db.read(lambda s: s.scalar(select(func.count()).select_from(AppointmentRow))) == 0
    assert made.db.read(lambda s: s.scalars(select(SlotClaimRow.kind)).all()) == [ClaimKind.HOLD]
    assert isinstance(made.submit(made.submission(TEN)), Submitted)


def test_buffers_are_kept_free_around_requests(db: Database) -> None:
    made = a_booking(db, calendar=settings(buffer_before=15, buffer_after=15))
    made.submitted(made.submission(TEN))
    answer = made.submit(made.submission(at("10:30"), first="Sam"), key="2", who="2")
    assert isinstance(answer, Refusal)
    assert isinstance(made.submit(made.submission(at("11:00"), first="Sam"), key="3", who="2"), Submitted)


def test_whoever_holds_a_time_keeps_it_though_the_minimum_notice_passes(db: Database) -> None:
    """A-92, A-93: the slot is owned while the form is filled in."""
    made = a_booking(db, calendar=settings(minimum_notice_minutes=120))
    last_minute = TEN - timedelta(minutes=121)
    assert isinstance(made.choose(TEN, as_of=last_minute), Hold)
    later = last_minute + timedelta(minutes=5)
    assert isinstance(made.choose(TEN, who="another", as_of=later), Refusal)
    assert isinstance(made.submit(made.submission(TEN), as_of=later), Submitted)
