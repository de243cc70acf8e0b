"""Signing in: address and password, then a code; whoever is not let in learns nothing about why."""

from datetime import timedelta
from functools import partial
from http import HTTPStatus
from typing import Final
from urllib.parse import quote

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from deployments.web.access_pages import Caller, Values, caller_of, form, show, too_often
from deployments.web.booking_guard import network_of
from deployments.web.cookies import drop_session, keep_session, session_token
from deployments.web.session_guard import SIGN_IN, landing, session_of
from models.db import transaction
from models.inputs.sign_in_forms import CodeForm, SignInForm, place_of, read_values
from models.rules.access import Who
from models.rules.sign_in import AccountState, EndReason, SignInKind, Stage
from models.store import accounts, passwords, rates, sessions
from models.store.accounts import Guarded
from models.store.sessions import Found, NewSession

CODE: Final = f"{SIGN_IN}/code"
WINDOW: Final = timedelta(minutes=15)
MOST_OF_A_NETWORK: Final = 60
MOST_OF_AN_ADDRESS: Final = 10
WHY: Final = frozenset({"idle", "too_old", "again", "signed_out"})


def show_sign_in(request: Request) -> Response:
    """Show the form; whoever is signed in goes on."""
    found = session_of(request, stage=Stage.FULL)
    if isinstance(found, Found):
        return RedirectResponse(landing(found.who), HTTPStatus.SEE_OTHER)
    why = request.query_params.get("why", "")
    return _form_page(caller_of(request), place_of(request.query_params.get("next", "")), why=why if why in WHY else "")


def _form_page(
    caller: Caller, place: str, *, why: str = "", fault: str = "", email: str = "", status: int = HTTPStatus.OK
) -> Response:
    errors = {"email": caller.voice.fault(fault)} if fault else {}
    return show(caller, "access_sign_in", next=place, why=why, email=email, errors=errors, status=status)


def _refused(request: Request, code: str) -> Response:
    return _form_page(caller_of(request), "", fault=code, status=HTTPStatus.FORBIDDEN)


def _sign_in(request: Request, values: Values) -> Response:
    """Compare the password outside of every transaction; each way takes as long and ends in the same words."""
    caller, told = caller_of(request), read_values(SignInForm, values)
    if told is None:
        return _not_let_in(caller, values)
    found = transaction(partial(_look, caller=caller, email=told.email))
    if found is None:
        return too_often(caller)
    fits = passwords.fits(told.password, found[0].password_hash)
    token = accounts.new_token()
    if not transaction(partial(_judge, caller=caller, found=found, fits=fits, token=token)):
        return _not_let_in(caller, values)
    answer = RedirectResponse(CODE + (f"?next={quote(told.next)}" if told.next else ""), HTTPStatus.SEE_OTHER)
    return keep_session(answer, token)


def _not_let_in(caller: Caller, values: Values) -> Response:
    place, email = place_of(values.get("next", "")), values.get("email", "")
    return _form_page(caller, place, fault="not_let_in", email=email, status=HTTPStatus.UNPROCESSABLE_ENTITY)


Looked = tuple[Guarded, AccountState | None]


def _look(session: Session, caller: Caller, email: str) -> Looked | None:
    """Find what the address leads to; None after too many tries from one place or for one address."""
    keys = accounts.installation_keys(session, as_of=caller.as_of)
    counted = (
        (f"sign-in|{network_of(caller.address)}", MOST_OF_A_NETWORK),
        (f"sign-in|{accounts.index_of(keys, email)}", MOST_OF_AN_ADDRESS),
    )
    within = [
        rates.allow(session, keys.blind(whose, purpose="rate"), limit=most, window=WINDOW, as_of=caller.as_of)
        for whose, most in counted
    ]
    return accounts.find_guarded(session, email, as_of=caller.as_of) if all(within) else None


def _judge(session: Session, caller: Caller, found: Looked, *, fits: bool, token: str) -> bool:
    """Write down what became of a try; the right password begins the session in which the code is asked for."""
    guarded, state = found
    if guarded.account is None or state is not AccountState.ACTIVE:
        kind = SignInKind.UNKNOWN_ACCOUNT if guarded.account is None else SignInKind.NOT_ACTIVE
        accounts.note(session, kind, guarded.account, as_of=caller.as_of)
        return False
    stands = accounts.still_stands(session, guarded)
    if not stands or accounts.is_locked(session, guarded.account, as_of=caller.as_of):
        accounts.note(session, SignInKind.WHILE_LOCKED, guarded.account, as_of=caller.as_of)
        return False
    if not fits:
        accounts.failed(session, guarded.account, SignInKind.WRONG_PASSWORD, as_of=caller.as_of)
        return False
    accounts.note(session, SignInKind.PASSWORD_ACCEPTED, guarded.account, as_of=caller.as_of)
    sessions.begin(session, token, NewSession(guarded.account, Stage.CODE, caller.is_phone), as_of=caller.as_of)
    return True


def show_code(request: Request) -> Response:
    """Ask for the code."""
    if not isinstance(session_of(request, stage=Stage.CODE), Found):
        return begin_again()
    return _code_page(caller_of(request), place_of(request.query_params.get("next", "")))


def _code_page(caller: Caller, place: str, *, fault: str = "", status: int = HTTPStatus.OK) -> Response:
    errors = {"code": caller.voice.fault(fault)} if fault else {}
    return show(caller, "access_code", next=place, errors=errors, status=status)


def begin_again() -> Response:
    """Lead back to the first page of signing in."""
    return drop_session(RedirectResponse(f"{SIGN_IN}?why=again", HTTPStatus.SEE_OTHER))


def _code_refused(request: Request, code: str) -> Response:
    return _code_page(caller_of(request), "", fault=code, status=HTTPStatus.FORBIDDEN)


def _code(request: Request, values: Values) -> Response:
    """Take the code; the session that follows has a token of its own."""
    found, told, caller = session_of(request, stage=Stage.CODE), read_values(CodeForm, values), caller_of(request)
    if not isinstance(found, Found):
        return begin_again()
    token = accounts.new_token()
    typed = told.code if told else ""
    answer = transaction(partial(_judge_code, caller=caller, found=found, typed=typed, token=token))
    if answer is Stage.FULL:
        return go_on(found.who, token, told.next if told else "")
    if answer is None:
        return begin_again()
    place = place_of(values.get("next", ""))
    return _code_page(caller, place, fault="wrong_code", status=HTTPStatus.UNPROCESSABLE_ENTITY)


def _judge_code(session: Session, caller: Caller, found: Found, *, typed: str, token: str) -> Stage | None:
    """Say what the session is good for now; None when it is over because of too many wrong codes."""
    half = session_token(caller.request)
    if accounts.is_locked(session, found.account, as_of=caller.as_of):
        accounts.note(session, SignInKind.WHILE_LOCKED, found.account, as_of=caller.as_of)
        sessions.end(session, half, EndReason.REPLACED, as_of=caller.as_of)
        return None
    kind = accounts.take_code(session, found.account, typed, as_of=caller.as_of)
    if kind is None:
        accounts.failed(session, found.account, SignInKind.WRONG_CODE, as_of=caller.as_of)
        return Stage.CODE
    if not sessions.end(session, half, EndReason.REPLACED, as_of=caller.as_of):
        return None  # another request with the same cookie was first
    accounts.signed_in(session, found.account)
    if kind is SignInKind.RECOVERY_CODE_USED:
        accounts.note(session, kind, found.account, as_of=caller.as_of)
    accounts.note(session, SignInKind.SIGNED_IN, found.account, as_of=caller.as_of)
    sessions.begin(session, token, NewSession(found.account, Stage.FULL, caller.is_phone), as_of=caller.as_of)
    return Stage.FULL


def go_on(who: Who, token: str, place: str) -> Response:
    """Lead to the page that was asked for, or to the first one, in a new session."""
    return keep_session(RedirectResponse(place or landing(who), HTTPStatus.SEE_OTHER), token)


def home(request: Request) -> Response:
    """Lead whoever is signed in to the first page, and everybody else to the sign-in."""
    found = session_of(request, stage=Stage.FULL)
    return RedirectResponse(landing(found.who) if isinstance(found, Found) else SIGN_IN, HTTPStatus.SEE_OTHER)


sign_in = form(show_sign_in, _sign_in, _refused)
code = form(show_code, _code, _code_refused)
