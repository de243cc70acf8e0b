"""The figures of the installation for Prometheus: for this machine, or for whoever shows the token of the settings."""

import copy
import hmac
import time
from collections.abc import Iterable, Sequence
from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Histogram, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from deployments.signs import measured
from deployments.web.boundary import is_this_machine
from deployments.web.errors import Missing
from deployments.web.pages import moment_of
from models.rules.metrics import METRICS, PAGE_SECONDS, Measured
from models.settings import settings

_BUCKETS: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_FAILED: Final = 500


def show_metrics(request: Request) -> Response:
    """Answer with every figure; to anybody else this page does not exist."""
    if not _is_allowed(request):
        raise Missing
    figures = CollectorRegistry(auto_describe=False)
    figures.register(_Look(measured(settings(), as_of=moment_of(request))))
    pages: CollectorRegistry = request.app.state.page_times
    return Response(generate_latest(figures) + generate_latest(pages), media_type=CONTENT_TYPE_LATEST)


def _is_allowed(request: Request) -> bool:
    """Where a token is set, only the token counts: a proxy on this machine makes every visitor look like one of it."""
    token = settings().metrics_token.get_secret_value()
    if not token:
        return is_this_machine(request.scope)
    shown = request.headers.get("authorization", "")
    return hmac.compare_digest(shown.encode(), f"Bearer {token}".encode())


class _Look(Collector):
    """What was measured at one look, as the families that the library writes."""

    def __init__(self, figures: Sequence[Measured]) -> None:
        self._figures = figures

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """Give one family for each metric that has a value."""
        families = {one.name: GaugeMetricFamily(one.name, one.meaning, labels=one.labels) for one in METRICS}
        for figure in self._figures:
            families[figure.metric.name].add_metric(figure.labels, figure.value)
        return [family for family in families.values() if family.samples]


class PageTimes:
    """Counts how long pages take; a route's pattern names a page, never its address."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._seconds = Histogram(
            PAGE_SECONDS.name, PAGE_SECONDS.meaning, PAGE_SECONDS.labels, buckets=_BUCKETS, registry=self.registry
        )

    def around(self, route: Route) -> Route:
        """Give a route that is timed; the one that was given stays as it is."""
        timed = copy.copy(route)
        timed.app = _Timed(route.app, route.path, self._seconds)
        return timed


class _Timed:
    def __init__(self, app: ASGIApp, path: str, seconds: Histogram) -> None:
        self._app = app
        self._path = path
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = time.perf_counter()
        status = _FAILED  # what raises is answered with a page of its own further out

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noted)
        finally:
            self._seconds.labels(scope["method"], self._path, str(status)).observe(time.perf_counter() - began)
