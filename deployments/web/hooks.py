"""What text providers call: signed reports are kept in the inbox and answered at once; nothing else happens here."""

from http import HTTPStatus
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from deployments.web.errors import Missing
from deployments.web.pages import moment_of
from models.db import transaction
from models.inputs.text_hooks import DeliveryReport, IncomingText
from models.inputs.twilio_hooks import is_signed, read_form
from models.rules.texting import ProviderEventKind
from models.settings import settings
from models.store import provider_events
from models.store.provider_events import Reported

LARGEST: Final = 32 * 1024
SIGNATURE: Final = "X-Twilio-Signature"
NOTHING_TO_SAY: Final = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'
_PROVIDER: Final = "twilio"
_REFUSED: Final = {
    HTTPStatus.FORBIDDEN: "This call is not signed as it must be.",
    HTTPStatus.BAD_REQUEST: "This is not what is reported here.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "This is more than is read here.",
}


async def take_text(request: Request) -> Response:
    """Keep a text that came in; the answer to it, if there is one, goes out later as every text (F-223)."""
    form = await _signed_form(request)
    if isinstance(form, Response):
        return form
    text = IncomingText.of_form(form)
    if text is None:
        return _refusal(HTTPStatus.BAD_REQUEST)
    kind = ProviderEventKind.TEXT_RECEIVED
    await _keep(request, Reported(_PROVIDER, f"text:{text.reference}", kind, text.written()))
    return Response(NOTHING_TO_SAY, media_type="text/xml")


async def take_report(request: Request) -> Response:
    """Keep what became of one attempt of ours; each status of it once (F-223)."""
    form = await _signed_form(request)
    if isinstance(form, Response):
        return form
    report = DeliveryReport.of_form(request.path_params["attempt"], form)
    if report is None:
        return _refusal(HTTPStatus.BAD_REQUEST)
    key = f"status:{report.reference}:{report.told}"
    await _keep(request, Reported(_PROVIDER, key, ProviderEventKind.DELIVERY, report.written()))
    return Response(status_code=HTTPStatus.NO_CONTENT)


async def _signed_form(request: Request) -> dict[str, str] | Response:
    """Read a form whose signature over our public address fits; without a token configured nothing is here."""
    token = settings().twilio_auth_token.get_secret_value()
    if not token:
        raise Missing
    body = await request.body()
    if len(body) > LARGEST:
        return _refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    fields = read_form(body)
    signature = request.headers.get(SIGNATURE, "")
    if fields is None or not is_signed(signature, token=token, address=_address(request), fields=fields):
        return _refusal(HTTPStatus.FORBIDDEN)
    return dict(fields)


def _address(request: Request) -> str:
    """Give the address that was called, as the provider knows it: what stands before us may have changed it."""
    path = bytes(request.scope.get("raw_path") or request.scope["path"].encode()).partition(b"?")[0]
    query = bytes(request.scope["query_string"])
    return settings().public_address + (path + (b"?" + query if query else b"")).decode("latin-1")


def _refusal(status: HTTPStatus) -> Response:
    return PlainTextResponse(_REFUSED[status], status_code=status)


async def _keep(request: Request, reported: Reported) -> None:
    as_of = moment_of(request)
    await run_in_threadpool(transaction, lambda session: provider_events.keep(session, reported, as_of=as_of))
