"""A number stopped or opened again for everybody who texts it: stops, the ledger, and what waits to be sent (F-205)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.rules.consent import RESUMED_WORDING, START_WORDING, STOP_WORDING, Source, StopReason
from models.rules.messages import Channel
from models.rules.text_answers import may_start
from models.rules.texting import Line
from models.store import consents, events, message_stops, threads
from models.store.consents import ConsentLine
from models.store.message_stops import Cause, Place
from models.store.sets import among
from models.tables.consent import StopRow
from models.tables.patients import PatientRow


@dataclass(frozen=True, slots=True)
class Reach:
    """Whom a number means: the practices that know it with their patients; `home` is the one that answers."""

    known: Mapping[Place, Collection[int]]
    shared: Place | None
    home: Place | None
    line: Line = Line.FEEDBACK

    @property
    def places(self) -> tuple[Place, ...]:
        """Name every place where the number stops; on a practice's own line that is the one practice."""
        return (*self.known, *((self.shared,) if self.shared else ()))


def reach_of(session: Session, number: str, *, to: str, also: Collection[int] = ()) -> Reach:
    """Find whom a number (E.164) means when it texts, or is texted by, another one.

    The practices are locked then, all at once, with those that the caller needs also.
    """
    own = threads.line_of(session, to) if to else None
    if own is None:
        found = message_stops.knowing(session, number)
        events.lock_practices(session, sorted({place.practice_id for place in found}.union(also)))
        shared = message_stops.everywhere(session, number)
        return Reach(found, shared, threads.last_texter(session, found))
    events.lock_practices(session, sorted({own.practice_id, *also}))
    found = message_stops.knowing(session, number, practices=[own.practice_id])
    places = message_stops.places_of(session, number, Channel.TEXT, [own.practice_id])
    known = {place: found.get(place, ()) for place in places.values()}
    return Reach(known, None, next(iter(known), None), own.line)


def stop_number(
    session: Session, reach: Reach, cause: Cause, *, wording: str = "", locale: str = "", as_of: datetime
) -> bool:
    """Stop a number wherever it is known; True when it was not stopped everywhere before.

    A certain stop is written into the ledger under `wording`, unless that is empty, and takes back at once what waits.
    `locale` is that of the words that stopped it; without it the patient's own stands in the ledger.
    """
    is_new = [message_stops.stop(session, place, cause, as_of=as_of) for place in reach.places]
    if not cause.is_doubtful:
        for place in reach.known if wording else ():
            newest = consents.newest(session, place.practice_id, place.address_index)
            if newest is None or newest.is_given:
                words = {"wording": wording, "locale": locale or _locale_of(session, place, reach)}
                consents.withdraw(session, place.practice_id, place.address_index, **words, at=as_of)
        message_stops.take_back(session, reach.known, as_of=as_of)
    return any(is_new)


def start_number(session: Session, reach: Reach, *, locale: str, as_of: datetime) -> int:
    """Open texts again in every practice where the toggle is clear; gives how many (F-206).

    Consent goes on, in a line of its own, only where it was given once: whoever stopped without it has none afterwards.
    """
    opened = 0
    for place, patients in reach.known.items():
        stops = [message_stops.present_stop(session, one) for one in (place, reach.shared) if one]
        lines = consents.lines_of(session, place.practice_id, [place.address_index])
        agreed_once = any(one.is_given for one in lines)
        newest = lines[-1].is_given if agreed_once else None
        if may_start(toggles=_toggles(session, patients), was_stopped=any(stops), newest=newest):
            message_stops.lift(session, place, by="patient", as_of=as_of)
            if agreed_once:
                consents.record(session, _line(place, START_WORDING, Source.TEXT, locale=locale), at=as_of)
            opened += 1
    if reach.shared and (opened or not reach.known):
        message_stops.lift(session, reach.shared, by="patient", as_of=as_of)
    return opened


def _toggles(session: Session, patients: Collection[int]) -> tuple[bool, ...]:
    query = select(PatientRow.is_excluded_from_surveys).where(among(session, PatientRow.id, patients))
    return tuple(session.scalars(query))


def _locale_of(session: Session, place: Place, reach: Reach) -> str:
    """Give the language of the patients behind a number, that of their newest consent where no record is left."""
    query = select(PatientRow.locale).where(among(session, PatientRow.id, reach.known.get(place, ())))
    locale = session.scalar(query.order_by(PatientRow.id).limit(1))
    newest = None if locale else consents.newest(session, place.practice_id, place.address_index)
    return locale or (newest.locale if newest else "en")


def _line(place: Place, wording: str, source: Source, *, locale: str, by: str = "") -> ConsentLine:
    return ConsentLine(
        place.practice_id, place.address_index, is_given=True, source=source, wording=wording, locale=locale, by=by
    )


def confirm_stop(session: Session, reach: Reach, *, as_of: datetime) -> int:
    """Let a person's decision make doubtful stops certain, and take the mark off flagged ones; gives how many."""
    open_stops = _for_people(session, reach)
    doubtful = {place: stop for place, stop in open_stops.items() if stop.is_doubtful}
    for place, stop in open_stops.items():
        session.get_one(StopRow, stop.id, populate_existing=True).is_flagged = False
        session.flush()
        if place in doubtful:
            message_stops.stop(session, place, Cause(StopReason.DOUBT, stop.event), as_of=as_of)
    known = {place: reach.known[place] for place in doubtful if place in reach.known}
    for place in known:
        words = {"wording": STOP_WORDING, "locale": _locale_of(session, place, reach)}
        consents.withdraw(session, place.practice_id, place.address_index, **words, at=as_of)
    message_stops.take_back(session, known, as_of=as_of)
    return len(open_stops)


def call_off_stop(session: Session, reach: Reach, *, by: str, as_of: datetime) -> int:
    """Let a person's decision lift doubtful and flagged stops; gives how many.

    Where a flagged text had ended a consent, that consent goes on, in a line of its own.
    """
    open_stops = _for_people(session, reach)
    for place, stop in open_stops.items():
        message_stops.lift(session, place, by=by, as_of=as_of)
        lines = consents.lines_of(session, place.practice_id, [place.address_index])
        if not stop.is_doubtful and [one.is_given for one in lines[-2:]] == [True, False]:
            locale = _locale_of(session, place, reach)
            consents.record(session, _line(place, RESUMED_WORDING, Source.OFFICE, locale=locale, by=by), at=as_of)
    return len(open_stops)


def _for_people(session: Session, reach: Reach) -> dict[Place, message_stops.Stop]:
    stops = {place: message_stops.present_stop(session, place) for place in reach.places}
    return {place: one for place, one in stops.items() if one and (one.is_doubtful or one.is_flagged)}
