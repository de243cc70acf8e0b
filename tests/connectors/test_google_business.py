"""Google Business Profile over HTTP: tokens, pages, stars as words, replies, and every way in which a call can fail."""

import time
from collections.abc import Iterator

import pytest

from models.rules.reputation import LONGEST_REPLY_BYTES
from tasks.connectors.google_business import GoogleReviews
from tasks.connectors.ports import OutsideError, Rejected, Unavailable, Unknown
from tests.connectors.google_server import PLACE, Fault, Google, a_google


@pytest.fixture
def google() -> Iterator[Google]:
    with a_google() as running:
        yield running


@pytest.fixture
def site(google: Google) -> Iterator[GoogleReviews]:
    client = GoogleReviews(google.account())
    yield client
    client.close()


def test_every_page_is_read_and_stars_are_words(google: Google, site: GoogleReviews) -> None:
    for number, word in enumerate(("ONE", "TWO", "THREE", "FOUR", "FIVE", "STAR_RATING_UNSPECIFIED")):
        google.add(f"r{number}", word)
    listing = site.reviews(PLACE)
    assert [one.stars for one in listing.reviews] == [1, 2, 3, 4, 5, None]
    assert listing.is_whole
    assert len([call for call in google.calls if call.endswith("/reviews")]) == 3
    first = listing.reviews[0]
    assert (first.signed, first.words, first.place) == ("Zoe K.", "Very friendly people.", PLACE)
    assert first.written_at.isoformat() == "2026-11-20T15:01:23.045123+00:00"


def test_an_anonymous_reviewer_has_no_name_and_words_may_be_missing(google: Google, site: GoogleReviews) -> None:
    record = google.add("r1", reviewer={"displayName": "A Google User", "isAnonymous": True})
    del record["comment"]
    (one,) = site.reviews(PLACE).reviews
    assert (one.signed, one.words) == ("", "")


def test_a_list_shorter_than_its_total_is_not_whole(google: Google, site: GoogleReviews) -> None:
    google.add("r1")
    google.total_is = 2
    assert not site.reviews(PLACE).is_whole


def test_no_reviews_at_all_are_a_whole_list(google: Google, site: GoogleReviews) -> None:
    assert (list(site.reviews(PLACE).reviews), site.reviews(PLACE).is_whole) == ([], True)


def test_places_of_every_account_are_listed(google: Google, site: GoogleReviews) -> None:
    google.places |= {"accounts/1/locations/3": {}, "accounts/1/locations/4": {}, "accounts/8/locations/5": {}}
    assert [one.place for one in site.places()] == [
        PLACE,
        "accounts/1/locations/3",
        "accounts/1/locations/4",
        "accounts/8/locations/5",
    ]


def test_a_reply_is_written_replaced_and_taken_away(google: Google, site: GoogleReviews) -> None:
    google.add("r1")
    site.put_reply(PLACE, "r1", "Thank you. ñ")
    site.put_reply(PLACE, "r1", "Thank you!")
    shown = site.review(PLACE, "r1")
    assert shown is not None
    assert shown.reply == google.reply("r1") == "Thank you!"
    site.delete_reply(PLACE, "r1")
    site.delete_reply(PLACE, "r1")
    assert google.reply("r1") == ""


def test_a_review_that_is_not_there_is_none(site: GoogleReviews) -> None:
    assert site.review(PLACE, "r9") is None
    with pytest.raises(Rejected, match="not_found"):
        site.put_reply(PLACE, "r9", "Thank you.")


def test_one_token_serves_many_calls(google: Google, site: GoogleReviews) -> None:
    for _ in range(3):
        site.reviews(PLACE)
    assert len(google.tokens) == 1


def test_a_token_is_renewed_before_it_ends(google: Google, site: GoogleReviews) -> None:
    google.expires_in = 61
    site.reviews(PLACE)
    time.sleep(1.05)
    site.reviews(PLACE)
    assert len(google.tokens) == 2
    assert google.calls.count("POST /token") == 2


def test_a_token_that_is_not_taken_is_renewed_once(google: Google, site: GoogleReviews) -> None:
    site.reviews(PLACE)
    google.revoked |= {"token-0"}
    google.add("r1")
    site.put_reply(PLACE, "r1", "Thank you.")
    assert google.reply("r1") == "Thank you."
    google.revoked |= {f"token-{number}" for number in range(9)}
    with pytest.raises(Unavailable, match="not_authorised"):
        site.reviews(PLACE)
    assert google.calls.count("POST /token") == 3


def test_a_withdrawn_permission_is_told_and_nothing_was_written(google: Google, site: GoogleReviews) -> None:
    google.refresh_token = "another"
    google.add("r1")
    with pytest.raises(Unavailable, match="not_authorised"):
        site.put_reply(PLACE, "r1", "Thank you.")
    assert google.puts() == 0


@pytest.mark.parametrize(
    ("fault", "kind", "reason"),
    [
        (Fault(429, headers={"Retry-After": "37"}), Unavailable, "throttled"),
        (Fault(400), Rejected, "malformed"),
        (Fault(403), Unavailable, "permission_missing"),
        (Fault(404), Rejected, "not_found"),
        (Fault(500), Unknown, "http_500"),
        (Fault(503, acts=True), Unknown, "http_503"),
        (Fault(cut=True), Unknown, "no_answer"),
        (Fault(cut=True, acts=True), Unknown, "no_answer"),
        (Fault(302, headers={"Location": "https://example.test/"}), Unavailable, "redirected"),
        (Fault(200, raw=b"<html>"), Unknown, "malformed_answer"),
    ],
)
def test_what_goes_wrong_with_a_reply_is_one_of_three_errors_without_words(
    google: Google, site: GoogleReviews, fault: Fault, kind: type[OutsideError], reason: str
) -> None:
    google.add("r1")
    google.goes_wrong("PUT", fault)
    with pytest.raises(kind) as failed:
        site.put_reply(PLACE, "r1", "Thank you, canary.")
    assert failed.value.reason == reason
    assert "anary" not in repr(failed.value)
    assert failed.value.__cause__ is None
    assert failed.value.__context__ is None
    if isinstance(failed.value, Unavailable) and reason == "throttled":
        assert failed.value.retry_after == 37


@pytest.mark.parametrize(
    "fault", [Fault(500), Fault(cut=True), Fault(200, raw=b"[1]"), Fault(200, raw=b'{"reviews": 1}')]
)
def test_a_list_that_fails_is_only_unavailable(google: Google, site: GoogleReviews, fault: Fault) -> None:
    google.goes_wrong("GET", fault)
    with pytest.raises(Unavailable):
        site.reviews(PLACE)


def test_a_token_address_that_is_down_changed_nothing(google: Google, site: GoogleReviews) -> None:
    google.add("r1")
    google.goes_wrong("TOKEN", Fault(503))
    with pytest.raises(Unavailable, match="http_503"):
        site.put_reply(PLACE, "r1", "Thank you.")


def test_a_reply_that_is_too_long_is_not_sent(google: Google, site: GoogleReviews) -> None:
    with pytest.raises(Rejected, match="malformed"):
        site.put_reply(PLACE, "r1", "ñ" * LONGEST_REPLY_BYTES)
    assert google.calls == []


@pytest.mark.parametrize("place", ["", "..", "accounts/../x", "accounts//x", "a?b", "a b"])
def test_a_name_never_leads_elsewhere(google: Google, site: GoogleReviews, place: str) -> None:
    with pytest.raises(Rejected, match="wrong_name"):
        site.reviews(place)
    assert google.calls == []


def test_secrets_go_to_private_addresses_only() -> None:
    client = GoogleReviews(Google(url="http://example.test").account())
    with pytest.raises(Unavailable, match="address_not_private"):
        client.reviews(PLACE)
    assert "secret" not in repr(Google().account())
