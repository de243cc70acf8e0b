"""Your account: the sessions that are open, ending the others, and signing out."""

from collections.abc import Callable, Coroutine
from functools import partial
from http import HTTPStatus

from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from deployments.web.access_pages import caller_of, own_values, show
from deployments.web.cookies import drop_session, session_token
from deployments.web.pages import moment_of
from deployments.web.session_guard import SIGN_IN, guarded, idle, landing
from models.db import read, transaction
from models.rules.access import Area, Right
from models.rules.sign_in import EndReason, SignInKind
from models.store import accounts, sessions
from models.store.sessions import Found

ACCOUNT = "/account"


def show_account(request: Request) -> Response:
    """Show which sessions are open."""
    return _account_page(request)


def _account_page(request: Request, *, fault: str = "") -> Response:
    found: Found = request.state.session
    caller = caller_of(request, known=found.who.locale, in_session=True)
    lines = read(partial(sessions.open_sessions, account=found.account, idle=idle(), as_of=caller.as_of))
    errors = {"go": caller.voice.fault(fault)} if fault else {}
    status = HTTPStatus.FORBIDDEN if fault else HTTPStatus.OK
    return show(
        caller, "access_account", lines=lines, mine=found.id, onward=landing(found.who), errors=errors, status=status
    )


def _act(change: Callable[[Request, Found], Response]) -> Callable[[Request], Coroutine[None, None, Response]]:
    """Make the answer to one button of the page."""

    async def page(request: Request) -> Response:
        request.state.body = await request.body()
        return await run_in_threadpool(shielded, request)

    def take(request: Request) -> Response:
        if own_values(request, request.state.body, session_token(request)) is None:
            return _account_page(request, fault="other_page")
        return change(request, request.state.session)

    shielded = guarded(take, Area.ACCOUNT, right=Right.WRITE)
    page.need = shielded.need  # type: ignore[attr-defined]  # read by the matrix of routes
    return page


def _sign_out(request: Request, _found: Found) -> Response:
    end = partial(sessions.end, token=session_token(request), reason=EndReason.SIGNED_OUT, as_of=moment_of(request))
    transaction(end)
    return drop_session(RedirectResponse(f"{SIGN_IN}?why=signed_out", HTTPStatus.SEE_OTHER))


def _end_others(request: Request, found: Found) -> Response:
    as_of = moment_of(request)

    def end(session: Session) -> None:
        sessions.end_all(session, found.account, EndReason.ENDED_ELSEWHERE, as_of=as_of, but=found.id)
        accounts.note(session, SignInKind.OTHERS_ENDED, found.account, as_of=as_of)

    transaction(end)
    return RedirectResponse(ACCOUNT, HTTPStatus.SEE_OTHER)


sign_out, end_others = _act(_sign_out), _act(_end_others)
