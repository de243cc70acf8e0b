"""When go-live is likely, remembered per journey, version and day: many boards ask, few journeys change (O-46)."""

from collections.abc import Mapping
from datetime import date, datetime
from threading import Lock

from sqlalchemy.orm import Session

from models.reports.onboarding_views import GoLive
from models.rules.calendars import local_day
from models.rules.onboarding_facts import Journey
from models.rules.onboarding_forecast import forecast_go_live
from models.store.onboarding import load_journeys

_MOST = 20_000
_Key = tuple[int, int, date]


class _Memory:
    """Forecasts that were thrown before; the same key always has the same one."""

    def __init__(self) -> None:
        self._known: dict[_Key, GoLive | None] = {}
        self._lock = Lock()

    def __contains__(self, key: _Key) -> bool:
        return key in self._known

    def get(self, key: _Key) -> GoLive | None:
        return self._known.get(key)

    def put(self, key: _Key, forecast: GoLive | None) -> None:
        with self._lock:
            if len(self._known) >= _MOST:
                self._known.clear()
            self._known[key] = forecast


_memory = _Memory()


def go_live_forecast(journey: Journey, *, as_of: datetime) -> GoLive | None:
    """Say when go-live is likely; None once the practice is live or the journey has ended."""
    key = (journey.id, journey.version, local_day(as_of, journey.zone))
    if key not in _memory:
        found = forecast_go_live(journey, as_of=as_of)
        _memory.put(key, GoLive(found.earliest, found.likely, found.latest) if found else None)
    return _memory.get(key)


def go_live_forecasts(
    session: Session, journeys: Mapping[int, tuple[int, str]], *, as_of: datetime
) -> dict[int, GoLive]:
    """Forecast many journeys, given with version and zone; only those that changed since the last time are loaded."""
    keys = {one: (one, version, local_day(as_of, zone)) for one, (version, zone) in journeys.items()}
    unknown = [one for one, key in keys.items() if key not in _memory]
    if unknown:
        for journey in load_journeys(session, unknown, as_of=as_of).values():
            go_live_forecast(journey, as_of=as_of)
    forecasts = {one: _memory.get(key) for one, key in keys.items()}
    return {one: forecast for one, forecast in forecasts.items() if forecast is not None}
