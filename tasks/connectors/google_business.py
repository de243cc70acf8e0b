"""Reads reviews of Google Business Profile and writes replies, as Google describes its interfaces.

A review has at most one reply; writing one again replaces it, so that a reply is never doubled.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import ClassVar, Final

from models.inputs.reviews import ReviewListing, ReviewPlace
from models.rules.boundary import require_outside_transaction
from models.rules.reputation import LONGEST_REPLY_BYTES, LONGEST_REVIEW, PublicReview, ReviewSource
from tasks.connectors.google_wire import GoogleAccount, Wire
from tasks.connectors.http_calls import Record
from tasks.connectors.ports import Connector, Rejected, Unavailable

MOST_PAGES: Final = 1_000
ACCOUNTS_AT_ONCE: Final = 20
LOCATIONS_AT_ONCE: Final = 100
REVIEWS_AT_ONCE: Final = 50
STARS: Final[Mapping[str, int]] = {"ONE": 1, "TWO": 2, "THREE": 3, "FOUR": 4, "FIVE": 5}
_LONGEST_NAME: Final = 120
_IS_NAME: Final = re.compile(r"[\w./=+:-]{1,300}", re.ASCII)


class GoogleReviews(Connector):
    """Speaks the port of review sites for one account; a place is `accounts/1/locations/2`."""

    vendor: ClassVar[str] = "google"

    def __init__(self, account: GoogleAccount) -> None:
        self._account = account
        self._wire = Wire(account)

    def close(self) -> None:
        """Close the connections."""
        self._wire.close()

    def places(self) -> Sequence[ReviewPlace]:
        """List every location of every account that this login manages."""
        return [
            ReviewPlace(f"{account['name']}/{_text(location, 'name')}", _text(location, "title")[:_LONGEST_NAME])
            for account in self._pages(f"{self._account.accounts_url}/accounts", "accounts", ACCOUNTS_AT_ONCE, {})
            for location in self._pages(
                f"{self._account.locations_url}/{_path(_text(account, 'name'))}/locations",
                "locations",
                LOCATIONS_AT_ONCE,
                {"readMask": "name,title"},
            )
        ]

    def reviews(self, place: str) -> ReviewListing:
        """Read every review of a place; it is whole only when as many came as Google says that there are."""
        found = dict[str, PublicReview]()
        total: object = 0
        for page in self._raw_pages(f"{self._account.reviews_url}/{_path(place)}/reviews", REVIEWS_AT_ONCE, {}):
            total = page.get("totalReviewCount", total)
            for record in _list(page, "reviews"):
                one = _review(record, place)
                found[one.foreign_id] = one
        return ReviewListing(list(found.values()), is_whole=isinstance(total, int) and len(found) >= total)

    def review(self, place: str, review: str) -> PublicReview | None:
        """Read one review with its reply; none when it is not there any more."""
        try:
            return _review(self._wire.ask(self._address(place, review)), place)
        except Rejected as refusal:
            if refusal.reason != "not_found":
                raise
        return None

    def put_reply(self, place: str, review: str, words: str) -> None:
        """Write the reply of a review, or replace it; raises as the port says."""
        if not words.strip() or len(words.encode()) > LONGEST_REPLY_BYTES:
            raise Rejected(reason="malformed")
        self._wire.tell("PUT", f"{self._address(place, review)}/reply", {"comment": words})

    def delete_reply(self, place: str, review: str) -> None:
        """Take the reply of a review away; one that is absent already is no error."""
        try:
            self._wire.tell("DELETE", f"{self._address(place, review)}/reply")
        except Rejected as refusal:
            if refusal.reason != "not_found":
                raise

    def _address(self, place: str, review: str) -> str:
        return f"{self._account.reviews_url}/{_path(place)}/reviews/{_path(review)}"

    def _pages(self, url: str, name: str, size: int, query: Mapping[str, str]) -> Iterator[Record]:
        for page in self._raw_pages(url, size, query):
            yield from _list(page, name)

    def _raw_pages(self, url: str, size: int, query: Mapping[str, str]) -> Iterator[Record]:
        asked, seen = {**query, "pageSize": str(size)}, set[str]()
        for _ in range(MOST_PAGES):
            require_outside_transaction("GoogleReviews")
            page = self._wire.ask(url, asked)
            yield page
            following = _text(page, "nextPageToken")
            if not following:
                return
            if following in seen:
                break
            seen.add(following)
            asked = {**asked, "pageToken": following}
        raise Unavailable(reason="list_not_complete")


def _review(record: Record, place: str) -> PublicReview:
    """Read a review; raises Unavailable where it has another form than Google describes."""
    identity, written = _text(record, "reviewId"), _moment(record, "createTime")
    if not identity or written is None:
        raise Unavailable(reason="malformed_answer")
    reviewer, reply = _part(record, "reviewer"), _part(record, "reviewReply")
    signed = "" if reviewer.get("isAnonymous") is True else _text(reviewer, "displayName")
    return PublicReview(
        source=ReviewSource.GOOGLE,
        foreign_id=identity,
        stars=STARS.get(_text(record, "starRating")),
        written_at=written,
        changed_at=_moment(record, "updateTime") or written,
        signed=signed[:_LONGEST_NAME],
        words=_text(record, "comment")[:LONGEST_REVIEW],
        place=place,
        reply=_text(reply, "comment"),
    )


def _moment(record: Record, name: str) -> datetime | None:
    """Read a moment in UTC; Google writes up to nine digits of a second, of which six are kept."""
    text = _text(record, name)
    whole, dot, rest = text.partition(".")
    digits = rest[: len(rest) - len(rest.lstrip("0123456789"))]
    try:
        read = datetime.fromisoformat(f"{whole}{dot}{digits[:6]:0<6}{rest[len(digits) :]}" if dot else text)
    except ValueError:
        return None
    return read.astimezone(UTC) if read.tzinfo else None


def _text(record: Record, name: str) -> str:
    found = record.get(name)
    return found if isinstance(found, str) else ""


def _part(record: Record, name: str) -> Record:
    found = record.get(name)
    return found if isinstance(found, dict) else {}


def _list(record: Record, name: str) -> list[Record]:
    found = record.get(name, [])
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise Unavailable(reason="malformed_answer")
    return found


def _path(name: str) -> str:
    """Refuse a name of Google's that could lead to another address."""
    if not name or any(part in ("", ".", "..") for part in name.split("/")) or not _IS_NAME.fullmatch(name):
        raise Rejected(reason="wrong_name")
    return name
