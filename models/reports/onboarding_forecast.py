"""When go-live is likely, remembered per journey and day until something changes: many ask, few journeys do (O-46)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from threading import Lock

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.reports.forecast_views import Forecast, GoLive, WhatIf
from models.reports.go_live_forecast import forecast_go_live
from models.reports.go_live_plan import Around, Plan, Standing, plan
from models.reports.turnaround_courses import load_courses
from models.rules.calendars import local_day
from models.rules.enrollment import Finalised
from models.rules.onboarding_evidence import top_payers
from models.rules.onboarding_facts import Journey, JourneyStatus
from models.settings import settings
from models.store import turnarounds
from models.store.onboarding import journeys_of_status, load_journey, load_journeys, present_journey
from models.store.sets import among
from models.tables.enrollment import EnrollmentRow
from models.tables.onboarding import JourneyRow

_MOST = 20_000
_Key = tuple[object, ...]
_STANDING = ("payer", "transaction", "identity_id", "state", "state_since", "submitted_on", "approved_on")


class _Memory:
    """Forecasts that were thrown before; the same key always has the same one."""

    def __init__(self) -> None:
        self._known: dict[_Key, Forecast | None] = {}
        self._lock = Lock()

    def __contains__(self, key: _Key) -> bool:
        return key in self._known

    def get(self, key: _Key) -> Forecast | None:
        return self._known.get(key)

    def put(self, key: _Key, forecast: Forecast | None) -> None:
        with self._lock:
            if len(self._known) >= _MOST:
                self._known.clear()
            self._known[key] = forecast


_memory = _Memory()


def go_live_forecast(session: Session, journey: Journey, *, as_of: datetime) -> GoLive | None:
    """Say when go-live is likely; None once the practice is live or the journey has ended."""
    found = _forecasts(session, {journey.id: (journey.version, journey.zone)}, [journey], as_of=as_of)[journey.id]
    return found.dates if found else None


def go_live_forecasts(
    session: Session, journeys: Mapping[int, tuple[int, str]], *, as_of: datetime
) -> dict[int, GoLive]:
    """Forecast many journeys, given with version and zone; only those that changed since the last time are loaded."""
    found = _forecasts(session, journeys, (), as_of=as_of)
    return {one: forecast.dates for one, forecast in found.items() if forecast is not None}


def forecast_of(session: Session, practice: str, *, as_of: datetime) -> Forecast | None:
    """Forecast the newest journey of a practice by its key; none where there is nothing to forecast (E-41)."""
    number = present_journey(session, practice)
    if number is None:
        return None
    journey = load_journey(session, number, as_of=as_of)
    return _forecasts(session, {number: (journey.version, journey.zone)}, [journey], as_of=as_of)[number]


def forecasts_under_way(session: Session, *, as_of: datetime) -> list[Forecast]:
    """Forecast every journey that is active or paused and not live yet, by practice."""
    numbers = journeys_of_status(session, JourneyStatus.ACTIVE, JourneyStatus.PAUSED)
    journeys = load_journeys(session, numbers, as_of=as_of)
    stands = {one.id: (one.version, one.zone) for one in journeys.values()}
    found = _forecasts(session, stands, list(journeys.values()), as_of=as_of).values()
    return sorted((forecast for forecast in found if forecast is not None), key=lambda one: one.practice)


def what_if(session: Session, practice: str, supposed: WhatIf, *, as_of: datetime) -> Forecast | None:
    """Forecast a practice as it would be; the same futures are thrown, so that only the supposition differs (E-41)."""
    return next(iter(what_ifs(session, {practice: supposed}, as_of=as_of).values()), None)


def what_ifs(session: Session, supposed: Mapping[str, WhatIf], *, as_of: datetime) -> dict[str, Forecast]:
    """Forecast practices as they would be, one supposition each."""
    numbers = {number for practice in supposed if (number := present_journey(session, practice)) is not None}
    journeys = load_journeys(session, numbers, as_of=as_of).values()
    plans = _plans(session, journeys, supposed, as_of=as_of)
    return {one.practice: one for one in forecast_go_live([each for each in plans.values() if each is not None])}


def top_payers_of(session: Session, practice: str, *, as_of: datetime) -> tuple[str, ...]:
    """Name the top three payers for which a practice's go-live waits."""
    number = present_journey(session, practice)
    if number is None:
        return ()
    return tuple(payer.key for payer in top_payers(load_journey(session, number, as_of=as_of).payers))


def _forecasts(
    session: Session, journeys: Mapping[int, tuple[int, str]], loaded: Sequence[Journey], *, as_of: datetime
) -> dict[int, Forecast | None]:
    keys = _keys(session, journeys, as_of=as_of)
    unknown = {one for one, key in keys.items() if key not in _memory}
    if unknown:
        given = [journey for journey in loaded if journey.id in unknown]
        missing = unknown - {journey.id for journey in given}
        given += load_journeys(session, missing, as_of=as_of).values() if missing else ()
        plans = _plans(session, given, {}, as_of=as_of)
        found = iter(forecast_go_live([each for each in plans.values() if each is not None]))
        for number, planned in plans.items():
            _memory.put(keys[number], next(found) if planned is not None else None)
    return {one: _memory.get(key) for one, key in keys.items()}


def _keys(session: Session, journeys: Mapping[int, tuple[int, str]], *, as_of: datetime) -> dict[int, _Key]:
    """Name everything on which a forecast depends: journey, day, target, enrollments, how payers take their time."""
    around = (*turnarounds.stamp(session), settings().enrollment_finalised)
    seen = func.count(EnrollmentRow.id), func.sum(EnrollmentRow.version + EnrollmentRow.rank)
    query = (
        select(JourneyRow.id, JourneyRow.target_on, *seen)
        .outerjoin(EnrollmentRow, EnrollmentRow.practice_id == JourneyRow.practice_id)
        .where(among(session, JourneyRow.id, journeys))
        .group_by(JourneyRow.id, JourneyRow.target_on)
    )
    return {
        one: (one, journeys[one][0], local_day(as_of, journeys[one][1]), target, count, versions, around)
        for one, target, count, versions in session.execute(query)
    }


def _plans(
    session: Session, journeys: Iterable[Journey], supposed: Mapping[str, WhatIf], *, as_of: datetime
) -> dict[int, Plan | None]:
    given = list(journeys)
    standings = _standings(session, {journey.practice_id: journey.zone for journey in given})
    query = select(JourneyRow.id, JourneyRow.target_on)
    targets = session.execute(query.where(among(session, JourneyRow.id, [one.id for one in given]))).tuples()
    target_on: dict[int, date | None] = dict(targets.all())
    courses, policy = load_courses(session), Finalised(settings().enrollment_finalised)
    return {
        journey.id: plan(
            journey,
            standings.get(journey.practice_id, ()),
            Around(courses, policy, supposed.get(journey.practice)),
            target_on=target_on.get(journey.id),
            as_of=as_of,
        )
        for journey in given
    }


def _standings(session: Session, zones: Mapping[int, str]) -> dict[int, list[Standing]]:
    """Load where the enrollments of practices stand."""
    own = EnrollmentRow.__table__.c
    days = (*(own[name] for name in _STANDING), own.effective_on, own.cutover_on)
    query = select(own.practice_id, *days).where(among(session, own.practice_id, zones)).order_by(own.id)
    found: dict[int, list[Standing]] = {}
    for practice, payer, transaction, identity, state, since, *rest in session.execute(query):
        since_day = local_day(since, zones[practice])
        found.setdefault(practice, []).append(Standing(payer, transaction, identity, state, since_day, *rest))
    return found
