"""The gate before launch in the database: read from saved settings, recorded once, turned by what changes."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from models.db import Database
from models.rules.decisions import Refusal
from models.rules.feedback import CADENCE, Policy
from models.rules.messages import MessageKind, Owner
from models.rules.readiness_commands import CountForms, DisableForm, Fail, Launch, Look, SignOff
from models.rules.readiness_facts import CheckState, Finding, GateState, Proof
from models.store import events, readiness
from models.store.feedback_policies import add_version
from models.store.readiness import ReadinessChangedError, Recorded, Wanted
from models.tables.booking import AlertRecipientRow, BookingReasonRow, CalendarRow, InsuranceRow
from models.tables.feedback import FeedbackPolicyRow
from models.tables.practice_systems import CommunicationRow, MessageOwnerRow, VisitReasonRow
from tests.store.gates import COACH, NPI, Site, a_site, records_of
from tests.store.test_at_once import at_once

SEEN = Proof.SEEN_ON_SCREEN


@pytest.fixture
def site(db: Database) -> Site:
    """Give a practice with Kareo and Engage, everything that golive can see itself saved."""
    made = a_site(db, subscriptions=("patientpop", "engage"))
    made.use_kareo()
    made.set_up()
    return made


def state(site: Site, check: str) -> CheckState:
    return next(one.state for one in site.gate.standings if one.check.key == check)


def test_a_practice_passes_the_gate_when_all_is_saved_and_signed(site: Site) -> None:
    """A-01 to A-12, A-81, A-105."""
    assert site.stands() is GateState.RED
    site.sign_everything()
    assert site.stands() is GateState.GREEN
    assert site.tasks() == {}
    assert isinstance(site.do(Launch()), Recorded)
    assert site.gate.launched_at == site.now
    records = records_of(site)
    for one in site.gate.standings:
        for part in one.parts:
            kept = records[one.check.key, part.subject]
            assert kept["state"] is CheckState.PASSED
            assert kept["checker"] == (COACH if one.check.judge is None else "golive")
            assert kept["checked_at"] == site.now


def test_a_launch_is_refused_while_the_gate_is_red(site: Site) -> None:
    """A-01."""
    refusal = site.do(Launch())
    assert isinstance(refusal, Refusal)
    assert "A-06 Post-appointment feedback questions" in refusal.sentence
    assert site.gate.launched_at is None
    assert ("website_launch", "") not in records_of(site)


Spoil = Callable[[Session, Site], object]
SPOILED: list[tuple[str, str, Spoil]] = [
    ("A-02", "calendar_hours", lambda s, site: s.execute(delete(CalendarRow))),
    ("A-03", "new_appointment_alerts", lambda s, site: s.execute(delete(AlertRecipientRow))),
    ("A-04", "insurances", lambda s, site: s.execute(update(InsuranceRow).values(is_offered=False))),
    ("A-05", "reasons_for_visit", lambda s, site: s.execute(update(BookingReasonRow).values(is_offered=False))),
    ("A-10", "visit_reasons", lambda s, site: s.execute(update(VisitReasonRow).values(minutes=0))),
    ("A-10", "visit_reasons", lambda s, site: s.execute(update(VisitReasonRow).values(is_active=False))),
    ("A-11", "patient_communications", lambda s, site: s.merge(site.communications(is_on=False))),
    ("A-11", "patient_communications", lambda s, site: s.execute(delete(CommunicationRow))),
    ("A-11", "surveys_off", lambda s, site: s.merge(site.communications(has_surveys=True))),
    (
        "A-81",
        "one_reminder_system",
        lambda s, site: s.add(
            MessageOwnerRow(practice_id=site.practice_id, kind=MessageKind.APPOINTMENT_REMINDER, owner=Owner.GOLIVE)
        ),
    ),
    (
        "A-105",
        "one_owner_per_message",
        lambda s, site: s.add_all(
            MessageOwnerRow(practice_id=site.practice_id, kind=MessageKind.REQUEST_RECEIVED, owner=owner)
            for owner in Owner
        ),
    ),
]


@pytest.mark.parametrize(("rule", "check", "spoil"), SPOILED)
def test_what_turns_wrong_later_turns_the_gate_red_again_and_opens_a_task(
    site: Site, rule: str, check: str, spoil: Spoil
) -> None:
    """A-01 to A-05, A-10, A-11, A-81, A-105."""
    site.sign_everything()
    site.must(Launch())
    assert site.stands() is GateState.GREEN
    site.db.transaction(lambda s: spoil(s, site))
    site.now += timedelta(days=1)
    site.must(Look())
    assert site.stands() is GateState.RED
    assert next(one.check.rule for one in site.gate.missing if one.check.key == check) == rule
    assert f"readiness.{check}" in site.tasks()
    kinds = [event.kind for event in site.history()]
    assert kinds.count("gate_red") == 2, "at the first look, and now"
    assert site.history()[-1].at == site.now


def test_without_a_cadence_nothing_launches_and_the_task_ends_with_the_choice(db: Database) -> None:
    """A-07, F-015, F-145: the checklist counts what the practice chose."""
    site = a_site(db)
    site.use_kareo()
    site.set_up()
    site.db.transaction(lambda s: s.execute(delete(FeedbackPolicyRow)))
    site.sign_everything()
    assert state(site, "feedback_notifications") is CheckState.OPEN
    refusal = site.do(Launch())
    assert isinstance(refusal, Refusal)
    assert "A-07 Post-appointment feedback request notifications" in refusal.sentence
    assert "readiness.feedback_notifications" in site.tasks()
    for version, count in ((1, 3), (2, 2)):
        policy = replace(Policy(version), asks=CADENCE[:count])
        site.db.transaction(
            lambda s, chosen=policy: add_version(s, site.practice_id, chosen, {}, by="manager-1", as_of=site.now)  # type: ignore[misc]  # bound in the loop
        )
        site.must(Look())
        [standing] = [one for one in site.gate.standings if one.check.key == "feedback_notifications"]
        assert standing.state is CheckState.PASSED
        assert f"up to {count} times" in standing.sentence
    assert "readiness.feedback_notifications" not in site.tasks()
    site.must(Launch())


def test_a_repaired_setting_closes_its_task(site: Site) -> None:
    """A-11."""
    site.add(site.communications(has_surveys=True))
    site.must(Look())
    assert site.tasks()["readiness.surveys_off"] == "front_office"
    site.add(site.communications())
    site.must(Look())
    assert "readiness.surveys_off" not in site.tasks()


def test_a_calendar_whose_days_are_all_off_fails(site: Site) -> None:
    """A-02."""
    off = [{"is_available": False, "windows": [[540, 660]]}] * 7

    def close(session: Session) -> None:
        row = session.query(CalendarRow).one()
        row.settings = {**row.settings, "week": off}

    site.db.transaction(close)
    assert state(site, "calendar_hours") is CheckState.FAILED


def test_the_same_key_records_once(site: Site) -> None:
    """A-01."""
    first = site.do(SignOff("feedback_questions", SEEN), key="run:1")
    assert isinstance(first, Recorded)
    assert "check_signed_off" in first.kinds
    before = len(site.history())
    assert site.do(SignOff("feedback_questions", SEEN), key="run:1") == Recorded(again=True)
    assert len(site.history()) == before


def test_one_form_is_taken_off_the_count_once_per_key(site: Site) -> None:
    """A-08."""
    site.must(CountForms(3))
    for _ in range(2):
        site.do(DisableForm(), key="run:form")
    assert records_of(site)["forms_disabled", ""]["evidence"] == {"enabled": 2}


def test_forms_that_several_people_disable_at_once_are_all_counted(site: Site) -> None:
    """A-08: the gate's row is locked and compared, so that no disabling is lost."""
    site.must(CountForms(4))

    def disable(number: int) -> None:
        wanted = Wanted(site.practice_id, DisableForm(), COACH, f"at-once-{number}")
        site.db.transaction(lambda s: readiness.carry_out_command(s, wanted, as_of=site.now))

    at_once(*(lambda n=number: disable(n) for number in range(4)))
    assert state(site, "forms_disabled") is CheckState.PASSED
    lines = [event for event in site.history() if event.kind == "form_disabled"]
    assert sorted(int(str(event.evidence["enabled"])) for event in lines) == [0, 1, 2, 3]


def test_a_gate_that_changed_in_between_is_not_written_over(site: Site) -> None:
    """A-01: compare-and-set."""
    site.must(Look())
    facts = site.db.read(lambda s: readiness.load_facts(s, site.practice_id))
    site.now += timedelta(minutes=1)
    site.must(Look())

    def write_late() -> None:
        with Session(site.db.engine) as session, session.begin():
            readiness._write(session, facts, facts.records)

    with pytest.raises(ReadinessChangedError):
        write_late()


def test_a_person_who_finds_something_wrong_is_in_the_history(site: Site) -> None:
    """A-12."""
    site.sign_everything()
    site.must(Fail("presence_disabled", Finding.STILL_ON))
    assert site.tasks() == {"readiness.contact_kareo_support": "success_coach"}
    line = next(event for event in site.history() if event.kind == "check_failed" and event.actor == COACH)
    assert (line.subject, line.reason, line.evidence) == ("presence_disabled", "still_on", {"checker": COACH})
    assert site.db.read(lambda s: events.check_chain(s, site.practice_id)).is_intact


def test_a_check_of_a_provider_is_kept_by_npi(site: Site) -> None:
    """A-09."""
    site.must(SignOff("office_hours", SEEN))
    assert ("office_hours", NPI) in records_of(site)


def test_a_practice_with_the_built_in_calendar_needs_nothing_of_kareo(db: Database) -> None:
    """A-105."""
    site = a_site(db)
    site.set_up()
    site.sign_everything()
    assert site.stands() is GateState.GREEN


def test_a_practice_that_joins_kareo_later_is_red_until_its_settings_there_were_seen(db: Database) -> None:
    """A-09, A-12."""
    site = a_site(db)
    site.set_up()
    site.sign_everything()
    site.use_kareo()
    assert site.stands() is GateState.RED
    assert state(site, "profiles_unpublished") is CheckState.OPEN


def test_a_gate_belongs_to_whoever_has_patientpop_or_appointments(db: Database) -> None:
    subscribed = a_site(db, "oak", subscriptions=("billing", "patientpop"))
    connected = a_site(db, "elm", subscriptions=())
    without = a_site(db, "fir", subscriptions=("billing",))
    connected.use_kareo()
    assert set(db.read(readiness.practices_with_gate)) == {subscribed.practice_id, connected.practice_id}
    assert not db.read(lambda s: readiness.has_gate(s, without.practice_id))


def test_feedback_is_blocked_while_kareo_might_ask_too(site: Site) -> None:
    """F-157."""

    def is_blocked() -> bool:
        return site.db.read(lambda s: readiness.is_feedback_blocked(s, site.practice_id))

    assert site.stands() is GateState.RED
    assert not is_blocked(), "no other check of a red gate blocks feedback"
    site.add(site.communications(has_surveys=True))
    assert is_blocked()
    site.db.transaction(lambda s: s.execute(delete(CommunicationRow)))
    assert is_blocked(), "nobody knows whether surveys are off"
