"""Gates as tasks: one failure never stops the others, answers are plain sentences, pages hold nobody's name."""

from datetime import timedelta

import pytest
from sqlalchemy import delete

from models.db import Database
from models.reports.onboarding import journey_markdown, journey_view
from models.reports.onboarding_views import shown_to_practice
from models.reports.readiness import readiness_markdown, readiness_rows
from models.rules.onboarding_events import SkipStep
from models.rules.onboarding_facts import Reason
from models.rules.readiness_commands import Launch, SignOff
from models.rules.readiness_facts import CheckState, GateState, Proof
from models.store import onboarding, practices, readiness
from models.tables.feedback import FeedbackPolicyRow
from tasks.readiness import check_practices, practices_to_check, record
from tests.factories import MONDAY, a_signed_journey, an_intake
from tests.factories import record as record_event
from tests.store.gates import COACH, NPI, Site, a_site

SIGN = SignOff("feedback_questions", Proof.SCREENSHOT_FILED)


@pytest.fixture
def site(db: Database) -> Site:
    """Give a practice with everything saved that golive can see itself."""
    made = a_site(db)
    made.set_up()
    return made


def test_an_answer_says_what_was_recorded_and_the_next_step(site: Site) -> None:
    """A-01, A-06."""
    answer = record.fn("maple-street", SIGN, by=COACH, key="run:1", as_of=MONDAY)
    assert answer.is_done
    assert answer.sentence.startswith("Recorded: check signed off, ")
    assert answer.sentence.endswith("The gate is green. Next: Launch the website.")
    again = record.fn("maple-street", SIGN, by=COACH, key="run:1", as_of=MONDAY)
    assert again.sentence == "This was recorded before; nothing was changed."


def test_a_launch_too_early_is_refused_by_name_of_what_is_missing(site: Site) -> None:
    """A-01."""
    answer = record.fn("maple-street", Launch(), by=COACH, key="run:1", as_of=MONDAY)
    assert not answer.is_done
    assert answer.sentence.startswith("The website cannot launch: 1 of 16 checks are missing: A-06 ")


@pytest.mark.parametrize(
    ("practice", "by", "words"),
    [
        ("oak", COACH, "There is no practice with the key oak"),
        ("maple-street", "nobody", "There is no member of staff with the key nobody"),
    ],
)
def test_unknown_keys_are_refused(site: Site, practice: str, by: str, words: str) -> None:
    answer = record.fn(practice, SIGN, by=by, key="run:1", as_of=MONDAY)
    assert (answer.is_done, words in answer.sentence) == (False, True)


def test_all_gates_are_looked_at_and_only_changed_ones_are_named(db: Database, site: Site) -> None:
    """A-01."""
    other = a_site(db, "oak")
    a_site(db, "fir", subscriptions=())
    found = practices_to_check()
    assert set(found) == {site.practice_id, other.practice_id}
    first = check_practices.fn(found, as_of=MONDAY)
    assert (first.counts, set(first.changed)) == ({"red": 2}, set(found))
    later = check_practices.fn(found, as_of=MONDAY + timedelta(days=1))
    assert (later.counts, later.changed) == ({"red": 2}, [])


def test_one_gate_that_fails_does_not_stop_the_others(site: Site) -> None:
    """A-01."""
    looked = check_practices.fn([404, site.practice_id], as_of=MONDAY)
    assert looked.counts == {"failed": 1, "red": 1}


def test_one_practice_can_be_looked_at_by_its_key(site: Site) -> None:
    assert practices_to_check("maple-street") == [site.practice_id]
    assert practices_to_check("oak") == []


def test_the_page_of_a_gate_shows_state_evidence_checker_time_and_one_next_step(db: Database, site: Site) -> None:
    """A-01, F-015: without a cadence it is red."""
    db.transaction(lambda s: s.execute(delete(FeedbackPolicyRow)))
    record.fn("maple-street", SIGN, by=COACH, key="run:1", as_of=MONDAY)
    view = db.read(lambda s: readiness_rows(s, site.practice_id, as_of=MONDAY))
    assert (view.state, view.settled, view.total) == (GateState.RED, 15, 16)
    page = readiness_markdown(view)
    assert "the gate is **red**: 15 of 16 checks settled" in page
    assert page.count("**Next step:**") == 1
    assert "set-feedback-cadence" in page
    signed = (
        "| A-06 | PatientPop | Post-appointment feedback questions |  | ● passed | A screenshot is filed. | coach-1 |"
    )
    assert f"{signed} 2026-11-23 10:00 EST |" in page
    assert f"| {NPI} | ● passed | Hours are saved at 1 location. | golive |" in page
    for name in ("Avery", "Whitaker", "example.com"):
        assert name not in page


def test_what_comes_after_something_open_is_not_shown_as_passed(db: Database, site: Site) -> None:
    """A-11."""
    site.use_kareo()
    site.add(site.communications(is_on=False))
    view = db.read(lambda s: readiness_rows(s, site.practice_id, as_of=MONDAY))
    line = next(one for one in view.lines if one.key == "surveys_off")
    assert (line.state, line.provider) == (CheckState.OPEN, NPI)
    assert line.evidence.startswith("Comes after: ")


def test_the_journey_says_what_its_calendar_steps_miss_until_they_are_accepted(db: Database) -> None:
    """A-91."""
    journey = a_signed_journey(db, an_intake(subscriptions=["patientpop"]))
    for step in ("welcome_call", "handoff_call"):
        record_event(db, journey, SkipStep(step, Reason.NOT_NEEDED))
    view = db.read(lambda s: journey_view(s, journey, as_of=MONDAY))
    warned = {step.key: step.warning for step in view.steps if step.warning}
    assert set(warned) == {"application_call", "training"}
    assert warned["training"].startswith("Calendar and appointment settings: ")
    assert "## Not accepted yet\n\n- Application Call: Calendar and" in journey_markdown(view)
    assert not any(step.warning for step in shown_to_practice(view).steps), "it is our own business"


def test_a_journey_without_patientpop_has_no_such_warning(db: Database) -> None:
    """A-91."""
    journey = a_signed_journey(db)
    for step in ("welcome_call", "handoff_call"):
        record_event(db, journey, SkipStep(step, Reason.NOT_NEEDED))
    view = db.read(lambda s: journey_view(s, journey, as_of=MONDAY))
    assert not any(step.warning for step in view.steps)
    practice = db.read(lambda s: practices.find_practice(s, "maple-street"))
    assert practice is not None
    assert not db.read(lambda s: readiness.has_gate(s, practice.id))
    assert db.read(lambda s: onboarding.present_journey(s, "maple-street")) == journey
