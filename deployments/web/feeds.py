"""A provider's calendar behind its private link, and the staff's page that shows these links."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from email.utils import format_datetime
from functools import partial
from hashlib import sha256
from http import HTTPStatus
from re import compile as pattern
from typing import Final, NamedTuple

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from deployments.web.errors import Missing
from deployments.web.pages import moment_of, page, staff_voice
from models.db import read, transaction
from models.rules.appointments import CALLED_OFF, UNDECIDED
from models.rules.calendars import local_day, local_moment
from models.settings import settings
from models.store import feeds, rates
from models.store.feeds import Feed, FeedEntry, FeedLine
from models.store.keys import keys_of
from models.store.practices import TOKEN_LENGTH, find_practice, hash_of_token
from templates.calendar_feed import Entry, Standing, Subscription, calendar_feed

DAYS_BACK: Final = 7
DAYS_AHEAD: Final = 120
MOST_AN_HOUR: Final = 240
"""All devices of a provider together; calendars ask every five minutes at the most."""
HOUR: Final = timedelta(hours=1)
# A calendar may keep what it read, so that it can ask whether anything changed; it must ask each time.
KEPT: Final[Mapping[str, str]] = {"Cache-Control": "private, no-cache"}
_TOKEN: Final = pattern(rf"[A-Za-z0-9_-]{{{TOKEN_LENGTH}}}")


class _Content(NamedTuple):
    """What a link leads to at one moment."""

    calendar: bytes
    changed_at: datetime


def give_feed(request: Request) -> Response:
    """Give the calendar of a link as a file, or say that it is as it was; a link that was ended is a missing page."""
    as_of = moment_of(request)
    token = request.path_params["token"]
    feed = read(partial(feeds.feed_of_link, token_hash=hash_of_token(token))) if _TOKEN.fullmatch(token) else None
    if feed is None:
        raise Missing
    if not transaction(partial(_may_ask, feed=feed, as_of=as_of)):
        headers = {"Retry-After": str(int(HOUR.total_seconds()))}
        said = "This calendar is asked for too often. Let your calendar program ask every 15 minutes."
        return PlainTextResponse(said, HTTPStatus.TOO_MANY_REQUESTS, headers=headers)
    return _answer(request, read(partial(_content, feed=feed, as_of=as_of)))


def _may_ask(session: Session, *, feed: Feed, as_of: datetime) -> bool:
    key = keys_of(session, feed.practice_id).blind(f"feed|{feed.id}", purpose="rate")
    return rates.allow(session, key, limit=MOST_AN_HOUR, window=HOUR, as_of=as_of)


def _content(session: Session, *, feed: Feed, as_of: datetime) -> _Content:
    """Write the calendar of whole local days; it changes with the practice's history, and as a day passes."""
    today = local_day(as_of, feed.zone)
    start = _midnight(today - timedelta(days=DAYS_BACK), feed)
    end = _midnight(today + timedelta(days=DAYS_AHEAD + 1), feed)
    entries = feeds.entries_of(session, feed, start, end)
    subscription = Subscription(f"{feed.provider}, {feed.practice}", feed.zone, feed.locale, today.year)
    calendar = calendar_feed(subscription, [entry_of(one) for one in entries])
    moments = (_midnight(today, feed), feeds.changed_at(session, feed.practice_id))
    return _Content(calendar, max(one for one in moments if one is not None))


def _midnight(day: date, feed: Feed) -> datetime:
    return local_moment(day, time.min, feed.zone)


def entry_of(entry: FeedEntry) -> Entry:
    """Show one appointment as a calendar may hold it."""
    if entry.status in CALLED_OFF:
        standing = Standing.CANCELLED
    else:
        standing = Standing.TENTATIVE if entry.status in UNDECIDED else Standing.CONFIRMED
    return Entry(
        number=entry.number,
        sequence=entry.version - 1,
        standing=standing,
        starts_at=entry.starts_at,
        minutes=int((entry.ends_at - entry.starts_at).total_seconds()) // 60,
        is_virtual=entry.is_virtual,
        location=entry.location,
        revised_at=entry.revised_at,
    )


def _answer(request: Request, content: _Content) -> Response:
    tag = f'"{sha256(content.calendar).hexdigest()[:32]}"'
    stamp = format_datetime(content.changed_at.astimezone(UTC), usegmt=True)
    headers = {**KEPT, "ETag": tag, "Last-Modified": stamp}
    if _is_known(request, tag, stamp):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    headers["Content-Disposition"] = 'inline; filename="calendar.ics"'
    return Response(content.calendar, media_type="text/calendar; charset=utf-8", headers=headers)


def _is_known(request: Request, tag: str, stamp: str) -> bool:
    """Say whether the asker has this very version; a date counts only without tags, and only as we gave it."""
    if given := request.headers.get("if-none-match"):
        tags = {one.strip().removeprefix("W/") for one in given.split(",")}
        return bool(tags & {tag, "*"})
    return request.headers.get("if-modified-since") == stamp


def show_feeds(request: Request) -> Response:
    """Show staff the calendar links of a practice's providers, and where its appointments can be fetched."""
    as_of, key = moment_of(request), request.path_params["key"]
    found = read(partial(_listed, key=key))
    if found is None:
        raise Missing
    name, zone, lines = found
    today = local_day(as_of, zone)
    return page(
        "feeds",
        staff_voice(today, zone=zone),
        practice=key,
        name=name,
        lines=[(line, f"{settings().public_address}/c/{line.token}.ics" if line.token else "") for line in lines],
        first=today - timedelta(days=DAYS_BACK),
        last=today + timedelta(days=DAYS_AHEAD),
    )


def _listed(session: Session, *, key: str) -> tuple[str, str, list[FeedLine]] | None:
    practice = find_practice(session, key)
    return None if practice is None else (practice.name, practice.zone, feeds.feeds_of(session, practice.id))
