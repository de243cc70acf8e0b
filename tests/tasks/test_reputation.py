"""Reviews in from files and from Google, replies out: looked at, marked, posted once, whatever fails on the way."""

import os
import signal
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from models.db import Database
from models.inputs.answers import Answer
from models.rules.reputation import ReviewState
from models.rules.reputation_replies import ReplyState
from models.settings import Settings, use_settings
from models.store.replies import Standing
from models.store.reviews import MISSING_FOR
from tasks import reputation
from tasks.connectors.google_business import GoogleReviews
from tasks.reputation import Command
from tests.connectors.google_server import Fault, Google, a_google
from tests.factories import MONDAY
from tests.store.reviewing import NEUTRAL, PLACE, Reviewing, a_reviewing

HOUR = timedelta(hours=1)


@pytest.fixture
def google() -> Iterator[Google]:
    with a_google() as running:
        yield running


@pytest.fixture
def there(db: Database, own_settings: Settings, google: Google) -> Iterator[Reviewing]:
    chosen = Settings(
        home=own_settings.home,
        google_client_id="client",
        google_client_secret=SecretStr("secret"),
        google_refresh_token=SecretStr("refresh"),
        google_token_url=f"{google.url}/token",
        google_reviews_url=f"{google.url}/v4",
        google_accounts_url=f"{google.url}/v1",
        google_locations_url=f"{google.url}/v1",
    )
    chosen.intake_folder.mkdir(parents=True, exist_ok=True)
    with use_settings(chosen):
        yield a_reviewing(db)


def fetch(as_of: datetime = MONDAY) -> Counter[str]:
    return reputation.fetch_reviews.fn(reputation.places_to_read(), as_of=as_of)


def post(as_of: datetime = MONDAY) -> Counter[str]:
    counts = Counter[str]()
    for claim in reputation.claims_of_postings(as_of=as_of, limit=10):
        counts += reputation.post_replies.fn(claim, as_of=as_of)
    return counts


def ready(there: Reviewing, google: Google, *, stars: str = "FIVE") -> None:
    google.add("r1", stars)
    fetch()
    there.draft()
    there.release(by="desk")
    if stars in ("ONE", "TWO"):
        there.release(by="office")


def file(words: str, name: str = "reviews.csv") -> str:
    from models.settings import settings

    Path(settings().intake_folder / name).write_text(words, encoding="utf-8")
    return name


def load(words: str, *, by: str = "office") -> Answer:
    return reputation.load_public_reviews.fn(file(words), practice="maple-street", by=by, as_of=MONDAY)


def test_reviews_are_fetched_changed_and_withdrawn(there: Reviewing, google: Google) -> None:
    google.add("r1")
    google.add("r2", "ONE")
    google.add("r3")
    assert fetch() == {"places_read": 1, "new": 3}
    assert fetch() == {"places_read": 1, "same": 3}
    google.places[PLACE]["r1"] |= {"starRating": "TWO", "updateTime": "2026-11-23T14:00:00Z"}
    del google.places[PLACE]["r3"]
    assert fetch(MONDAY + HOUR) == {"places_read": 1, "changed": 1, "same": 1}
    assert fetch(MONDAY + 2 * HOUR + MISSING_FOR) == {"places_read": 1, "same": 2, "gone": 1}
    assert (there.row("r1").stars, there.row("r3").state) == (2, ReviewState.WITHDRAWN)


def test_a_list_that_broke_off_withdraws_nothing(there: Reviewing, google: Google) -> None:
    google.add("r1")
    fetch()
    google.goes_wrong("GET", Fault(503), Fault(503))
    assert fetch(MONDAY + HOUR)["places_failed"] == 1
    google.places[PLACE].clear()
    google.total_is = 1
    fetch(MONDAY + 2 * HOUR)
    fetch(MONDAY + 4 * HOUR)
    assert there.row().state is ReviewState.SHOWN


def test_a_released_reply_is_posted_once_and_nothing_else_ever(there: Reviewing, google: Google) -> None:
    google.add("r1")
    google.add("r2", "ONE")
    fetch()
    there.draft()
    there.draft(review="r2")
    there.release(by="desk", review="r2")
    assert post() == Counter()
    assert google.puts() == 0
    there.release()
    assert post() == {"posted": 1}
    assert (google.reply("r1"), google.reply("r2"), google.puts()) == (NEUTRAL, "", 1)
    assert post(MONDAY + HOUR) == Counter()
    assert fetch(MONDAY + HOUR)["same"] == 2


@pytest.mark.parametrize("acts", [True, False])
@pytest.mark.parametrize("cut", [True, False])
def test_an_unknown_outcome_is_looked_up_by_reading_the_review(
    there: Reviewing, google: Google, acts: bool, cut: bool
) -> None:
    ready(there, google)
    google.goes_wrong("PUT", Fault(503, acts=acts, cut=cut))
    assert post() == {"unknown": 1}
    assert post(MONDAY + timedelta(minutes=1)) == Counter()
    assert post(MONDAY + timedelta(minutes=3)) == {"posted": 1}
    assert google.reply("r1") == NEUTRAL
    assert google.puts() == (1 if acts else 2)


def test_what_stays_unknown_is_given_to_a_person(there: Reviewing, google: Google) -> None:
    ready(there, google)
    google.goes_wrong("PUT", *[Fault(503)] * 9)
    outcomes = [post(MONDAY + number * HOUR) for number in range(6)]
    assert there.state() is ReplyState.STUCK
    work = there.db.read(lambda s: s.scalar(text("SELECT key FROM work_items WHERE key = 'look_after_reply'")))
    assert work == "look_after_reply"
    assert [dict(one) for one in outcomes] == [{"unknown": 1}] * 5 + [{"stuck": 1}]
    assert post(MONDAY + 24 * HOUR) == Counter()
    done = there.confirm()
    assert isinstance(done, Standing)
    assert done.state is ReplyState.POSTED


def test_a_site_that_does_not_show_the_review_leaves_an_unknown_outcome_unknown(
    there: Reviewing, google: Google
) -> None:
    ready(there, google)
    google.goes_wrong("PUT", Fault(503))
    post()
    google.goes_wrong("GET", *[Fault(400)] * 9)
    outcomes = [post(MONDAY + number * HOUR) for number in range(1, 6)]
    assert [dict(one) for one in outcomes] == [{"unknown": 1}] * 4 + [{"stuck": 1}]


def test_a_site_that_asks_to_wait_is_left_alone_and_the_reply_stays_released(there: Reviewing, google: Google) -> None:
    ready(there, google)
    google.goes_wrong("PUT", Fault(429, headers={"Retry-After": "1800"}))
    assert post() == {"later": 1}
    assert there.state() is ReplyState.RELEASED
    assert post(MONDAY + timedelta(minutes=29)) == Counter()
    assert post(MONDAY + timedelta(minutes=31)) == {"posted": 1}


def test_a_definite_refusal_is_final_and_asks_a_person(there: Reviewing, google: Google) -> None:
    ready(there, google)
    google.goes_wrong("PUT", Fault(400))
    assert post() == {"refused": 1}
    assert post(MONDAY + 24 * HOUR) == Counter()
    work = there.db.read(lambda s: s.scalar(text("SELECT key FROM work_items WHERE key = 'look_after_reply'")))
    assert work == "look_after_reply"


def test_somebody_elses_reply_is_never_written_over(there: Reviewing, google: Google) -> None:
    ready(there, google)
    google.places[PLACE]["r1"]["reviewReply"] = {"comment": "Written by hand at Google."}
    assert post() == {"refused": 1}
    assert (there.reply().reason, google.puts()) == ("answered_there", 0)


def test_our_own_earlier_reply_is_replaced_after_a_new_release(there: Reviewing, google: Google) -> None:
    ready(there, google)
    post()
    there.draft("Thank you for the kind words!")
    assert post(MONDAY + HOUR) == Counter()
    there.release(as_of=MONDAY + HOUR)
    assert post(MONDAY + HOUR) == {"posted": 1}
    assert google.reply("r1") == "Thank you for the kind words!"


def test_a_posted_reply_is_taken_down(there: Reviewing, google: Google) -> None:
    ready(there, google)
    post()
    there.take_back(as_of=MONDAY + HOUR)
    google.goes_wrong("DELETE", Fault(503, acts=True))
    assert post(MONDAY + HOUR) == {"removing": 1}
    assert post(MONDAY + 2 * HOUR) == {"checked": 1}
    assert google.reply("r1") == ""


def test_a_review_that_is_gone_is_not_answered(there: Reviewing, google: Google) -> None:
    ready(there, google)
    google.places[PLACE].clear()
    assert post() == {"refused": 1}
    assert (there.row().state, google.puts()) == (ReviewState.WITHDRAWN, 0)
    assert there.state() is ReplyState.CLOSED


def test_a_release_taken_back_between_claim_and_call_stops_it(there: Reviewing, google: Google) -> None:
    ready(there, google)
    (claim,) = reputation.claims_of_postings(as_of=MONDAY, limit=1)
    there.take_back()
    assert reputation.post_replies.fn(claim, as_of=MONDAY) == Counter()
    assert google.puts() == 0


def test_somebody_who_became_a_patient_after_the_release_stops_the_call(there: Reviewing, google: Google) -> None:
    google.add("r1")
    fetch()
    there.draft("Thank you, Quentin Marsh.")
    there.release()
    there.patient("Quentin", "Marsh")
    assert post() == {"not_released": 1}
    assert (there.state(), google.puts()) == (ReplyState.DRAFT, 0)


@pytest.mark.parametrize("is_after", [True, False])
def test_a_crash_around_the_call_posts_once(
    there: Reviewing, google: Google, monkeypatch: pytest.MonkeyPatch, is_after: bool
) -> None:
    """F-220: a worker killed before or after the call leaves `sending`; the next one looks before it acts."""
    ready(there, google)
    put = GoogleReviews.put_reply

    def die(self: GoogleReviews, place: str, review: str, words: str) -> None:
        if is_after:
            put(self, place, review, words)
        os.kill(os.getpid(), signal.SIGKILL)

    there.db.close()
    child = os.fork()
    if not child:
        GoogleReviews.put_reply = die  # type: ignore[method-assign]  # only in the child, which dies of it
        post()
        os._exit(3)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status)
    assert there.state() is ReplyState.SENDING
    assert post(MONDAY + timedelta(minutes=1)) == Counter()
    assert post(MONDAY + HOUR) == {"posted": 1}
    assert google.puts() == 1
    assert google.reply("r1") == NEUTRAL


def test_two_workers_post_one_reply_once(there: Reviewing, google: Google) -> None:
    ready(there, google)
    claims = list(reputation.claims_of_postings(as_of=MONDAY, limit=1))
    later = list(reputation.claims_of_postings(as_of=MONDAY + timedelta(minutes=6), limit=1))
    for claim in (*later, *claims):
        reputation.post_replies.fn(claim, as_of=MONDAY)
    assert google.puts() == 1


def test_without_an_account_nothing_is_read_and_nothing_lost(db: Database, own_settings: Settings) -> None:
    there = a_reviewing(db)
    assert fetch() == {"places_failed": 1, "not_in_use": 1}
    there.released()
    assert post() == {"not_in_use": 1}
    assert there.state() is ReplyState.RELEASED
    assert "GOLIVE_GOOGLE_REFRESH_TOKEN" in str(reputation.place_rows.fn())


def test_places_are_listed_and_connected(there: Reviewing, google: Google) -> None:
    google.places["accounts/1/locations/3"] = {}
    done = reputation.connect_place.fn("maple-street", "accounts/1/locations/3", by="office", as_of=MONDAY)
    assert done.is_done
    rows = reputation.place_rows.fn()
    assert [row["practice"] for row in rows if isinstance(row, dict)] == ["maple-street", "maple-street"]


GOOD = """review_id,date,source,stars,written_by,text,where
v-1,11/20/2026,vitals,1,Zoe K.,"=They were rude, canary",Main
v-2,2026-11-21,healthgrades,,Al,"Kind
people",
"""


def test_a_file_is_taken_in_and_the_same_again_changes_nothing(there: Reviewing) -> None:
    assert load(GOOD).sentence == "reviews.csv: 2 new."
    assert load(GOOD).sentence == "reviews.csv: 2 same."
    assert load(GOOD.replace(",1,Zoe", ",4,Zoe")).sentence == "reviews.csv: 1 changed, 1 same."


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("v-3,2026-11-21,google,6,,x,", "Line 5: stars is no number of stars; write 1 to 5, or leave it empty."),
        ("v-3,tomorrow,google,5,,x,", "Line 5: date is no day; write it like 2026-12-01 or, month first, 12/1/2026."),
        ("v-3,2027-01-01,google,5,,x,", "Line 5: date is in the future; correct it."),
        ("v-3,2026-11-21,yelp,5,,x,", "Line 5: source is none of google, vitals, healthgrades, own_site, csv."),
        (",2026-11-21,google,5,,x,", "Line 5: review_id is empty; fill it in."),
        ("v-3,2026-11-21,google,,,,", "Line 5: stars and text are both empty; a review has at least one of them."),
        ("v-1,2026-11-21,vitals,5,,x,", "Line 5: line 2 has the same review_id; keep one of them."),
        ("v-3,2026-11-21,google,5,=1+1,x,", "Line 5: written_by begins like a formula; write plain text."),
        ("v 3,2026-11-21,google,5,,x,", "Line 5: review_id is no id of a review"),
    ],
)
def test_one_fault_refuses_the_whole_file_by_line(there: Reviewing, line: str, sentence: str) -> None:
    answer = load(GOOD + line + "\n")
    assert not answer.is_done
    assert sentence in answer.sentence
    assert "canary" not in answer.sentence
    assert there.db.read(lambda s: s.scalar(text("SELECT count(*) FROM public_reviews"))) == 0


@pytest.mark.parametrize("words", ["", "review_id\n", "review_id,date,surprise\n", "review_id,date\n"])
def test_a_file_without_its_columns_or_lines_is_refused(there: Reviewing, words: str) -> None:
    assert not load(words).is_done


def test_a_stranger_loads_nothing(there: Reviewing) -> None:
    assert "nobody with the key" in load(GOOD, by="stranger").sentence


def test_the_commands_of_people_from_file_to_hand(there: Reviewing) -> None:
    load(GOOD)
    command = Command("maple-street", there.review("v-1"), "office")
    bad = reputation.draft_reply.fn(command, file("Sorry about your visit.", "reply.txt"), as_of=MONDAY)
    assert bad.is_done
    assert bad.sentence.startswith("The reply cannot be released as it is; change the words. Characters 13 to 22: this")
    assert "visit" not in bad.sentence.replace("of a visit", "")
    good = reputation.draft_reply.fn(command, file(NEUTRAL, "reply.txt"), as_of=MONDAY)
    assert good.sentence == "The check found nothing; the reply waits to be released."
    first = reputation.release_reply.fn(command, None, as_of=MONDAY)
    assert first.sentence == "Released by one person; one or two stars need another one."
    second = Command("maple-street", command.review, "desk")
    assert "post it by hand" in reputation.release_reply.fn(second, None, as_of=MONDAY).sentence
    assert reputation.confirm_posted_by_hand.fn(second, as_of=MONDAY).sentence == "The reply is posted."
    rows = reputation.review_rows("maple-street")
    assert {row["reply"] for row in rows} == {"posted", ""}
    assert "canary" not in str(rows)
    assert "Zoe" not in str(rows)
