"""What staff see of feedback: settings with who may change them, requests, counts; and past visits played again."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import update

from models.db import Database
from models.reports import feedback as report
from models.reports.feedback_past import Past, load_past
from models.rules.feedback import CADENCE, Destination, Policy, RequestState, Setting, Why
from models.rules.feedback_events import Answer, Sent
from models.rules.feedback_replay import replay
from models.rules.messages import Channel
from models.store import feedback_policies
from models.store.practices import find_practice
from models.tables.patients import PatientRow
from models.tables.practices import Practice
from tests.store.asking import DAY, Asking, an_asking

pytestmark = pytest.mark.database

P = "maple-street"
PRIVATE = ("Rosa", "Marsh", "rosa@", "5550142")


@pytest.fixture
def asking(db: Database) -> Asking:
    """Give a practice that asks."""
    return an_asking(db)


def practice(asking: Asking) -> Practice:
    found = asking.db.read(lambda s: find_practice(s, P))
    assert found
    return found


def shown(
    asking: Asking, rows: Callable[..., list[dict[str, str]]], *chosen: object, **limits: int
) -> list[dict[str, str]]:
    found = practice(asking)
    return asking.db.read(lambda s: rows(s, found, *chosen, **limits))


def a_quarter(asking: Asking) -> None:
    """Let one patient answer, one not, one be left out by the omission period, and one be unreachable."""
    asking.patient()
    asking.patient("92", first="Ann", last="Other", email="ann@example.com", mobile="+12125550188")
    asking.patient("93", first="Bo", last="Third", email="", mobile="")
    first, second = asking.check_out("501"), asking.check_out("502", patient="92")
    asking.check_out("503", patient="93")
    asking.wait(hours=3, minutes=1)
    for request in (first, second):
        asking.tell(request, Sent(1, Channel.TEXT, asking.now))
    asking.now += timedelta(hours=2)
    asking.tell(first, Answer())
    asking.now += 2 * DAY
    asking.check_out("504")


def test_settings_say_what_was_chosen_who_may_change_it_and_how(asking: Asking) -> None:
    """F-016, F-024, F-042, F-053, F-071, F-084."""
    asking.choose({Destination.GOOGLE: "https://g.page/r/x"}, destinations=(Destination.GOOGLE,), omission_days=45)
    rows = shown(asking, report.settings_rows)
    assert len(rows) == len(Setting)
    told = {row["form"]: (row["chosen"], row["changed by"]) for row in rows}
    assert told["set-feedback-cadence"] == (
        "3 hours after the check-out; 1 day after the one before; 5 days after the one before",
        "onboarding manager",
    )
    assert told["set-feedback-method"][0] == "text, then email, then email"
    assert told["set-omission-period"] == ("45 days", "primary contact")
    assert told["set-review-destinations"][0] == "google: https://g.page/r/x"
    assert told["stop-feedback, resume-feedback"][0] == "patients are asked"


def test_a_practice_that_chose_nothing_is_shown_as_such(asking: Asking) -> None:
    chosen = feedback_policies.Chosen(feedback_policies.NONE_CHOSEN, {})
    told = report.said(chosen)
    assert told[Setting.CADENCE] == "not chosen: nobody is asked"
    assert told[Setting.DESTINATIONS].startswith("none: ")
    assert asking.practice


def test_the_history_names_who_changed_what_in_which_version(asking: Asking) -> None:
    """F-014."""
    asking.choose(omission_days=45)
    asking.choose(asks=CADENCE[:2])
    rows = shown(asking, report.history_rows)
    assert [(row["version"], row["changed"]) for row in rows] == [
        ("3", "how often and when patients are asked; whether patients are asked by text or by email"),
        ("2", "the omission period"),
        ("1", "begun"),
    ]
    assert {row["by"] for row in rows} == {"manager-1"}


def test_requests_are_listed_with_state_reason_and_next_attempt(asking: Asking) -> None:
    """F-213."""
    a_quarter(asking)
    rows = shown(asking, report.request_rows)
    assert [(row["state"], row["why"], row["next attempt"]) for row in rows] == [
        ("suppressed", "omission", ""),
        ("suppressed", "no contact", ""),
        ("asked", "", "2 of 3"),
        ("answered", "", ""),
    ]
    some = shown(asking, report.request_rows, RequestState.ANSWERED)
    assert [row["sent"] for row in some] == ["1"]
    assert not [name for name in PRIVATE if name in str(rows)]
    assert len(shown(asking, report.request_rows, limit=2)) == 2


def test_every_check_out_of_a_span_is_counted_once(asking: Asking) -> None:
    """F-213."""
    a_quarter(asking)
    until = asking.now + DAY
    found = asking.db.read(lambda s: report.overview(s, asking.practice, since=until - 90 * DAY, until=until))
    assert found.requests == 4
    assert found.states == {RequestState.SUPPRESSED: 2, RequestState.ASKED: 1, RequestState.ANSWERED: 1}
    assert found.reasons == {Why.OMISSION: 1, Why.NO_CONTACT: 1}
    assert found.messages == {"text sent": 2}
    rows = report.overview_rows(found)
    assert rows[0] == {"what": "visits checked out", "which": "", "count": "4"}
    assert {
        "what": "not asked, or not further",
        "which": "neither a mobile number nor an email address is known",
        "count": "1",
    } in rows
    early = asking.db.read(lambda s: report.overview(s, asking.practice, since=until - 90 * DAY, until=until - 2 * DAY))
    assert early.requests == 3


def played(asking: Asking, policy: Policy, past: Past) -> Counter[tuple[int, Channel]]:
    return replay(past.visits, policy, asked_before=past.asked_before).messages


def test_past_visits_are_played_as_they_happened(asking: Asking) -> None:
    """The present settings lead to what really went out, as far as it can have by then."""
    a_quarter(asking)
    past = asking.db.read(lambda s: load_past(s, asking.practice, since=asking.now - 30 * DAY, until=asking.now + DAY))
    assert len(past.visits) == 4
    assert len({one.person for one in past.visits}) == 3
    told = replay(past.visits, Policy(1), asked_before=past.asked_before)
    assert told.messages == {(1, Channel.TEXT): 2, (2, Channel.EMAIL): 1, (3, Channel.EMAIL): 1}
    assert (told.answered, told.not_asked) == (1, {Why.OMISSION: 1, Why.NO_CONTACT: 1})
    assert played(asking, Policy(1, asks=CADENCE[:2], omission_days=1), past) == {
        (1, Channel.TEXT): 3,
        (2, Channel.EMAIL): 2,
    }


def test_who_was_asked_before_the_span_is_known_under_any_record(asking: Asking) -> None:
    """F-040, F-161."""
    a_quarter(asking)
    asking.patient("94", first="Ros", last="Marsch", email="other@example.com")
    since = asking.now + timedelta(minutes=1)
    asking.now = since
    asking.check_out("505", patient="94")
    past = asking.db.read(lambda s: load_past(s, asking.practice, since=since, until=asking.now + DAY))
    assert replay(past.visits, Policy(1), asked_before=past.asked_before).not_asked == {Why.OMISSION: 1}


def test_exclusions_are_those_of_today(asking: Asking) -> None:
    asking.patient()
    asking.check_out("501")
    asking.db.transaction(lambda s: s.execute(update(PatientRow).values(is_excluded_from_surveys=True)))
    past = asking.db.read(lambda s: load_past(s, asking.practice, since=asking.now - DAY, until=asking.now + DAY))
    assert replay(past.visits, Policy(1), asked_before={}).not_asked == {Why.EXCLUDED: 1}
