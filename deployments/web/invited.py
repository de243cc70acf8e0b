"""The first visit: a link from a mail, a password, codes on a phone; and links that sign in on this machine only."""

import re
from functools import partial
from http import HTTPStatus
from typing import Final

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from deployments.web.access_pages import Caller, Values, caller_of, form, show
from deployments.web.boundary import is_this_machine
from deployments.web.cookies import keep_session, session_token
from deployments.web.errors import Missing
from deployments.web.pages import moment_of
from deployments.web.session_guard import SIGN_IN, landing, session_of
from deployments.web.sign_in import begin_again, go_on
from models.db import read, transaction
from models.inputs.sign_in_forms import CodeForm, PasswordForm, read_values
from models.rules.access import Who
from models.rules.passwords import password_fault
from models.rules.sign_in import EndReason, Purpose, SignInKind, Stage, in_groups, setup_link
from models.settings import settings
from models.store import accounts, invitations, passwords, sessions
from models.store.accounts import TOKEN_LENGTH, Holder
from models.store.invitations import Invited
from models.store.sessions import Found, NewSession

SET_UP: Final = f"{SIGN_IN}/set-up"
_TOKEN: Final = re.compile(rf"[A-Za-z0-9_-]{{{TOKEN_LENGTH}}}")


def _invited(request: Request, purpose: Purpose) -> Invited:
    """Find the link that an address names; one that is used, over or unknown is a missing page."""
    token = request.path_params["token"]
    find = partial(invitations.find_invitation, token=token, purpose=purpose, as_of=moment_of(request))
    found = read(find) if _TOKEN.fullmatch(token) else None
    if found is None:
        raise Missing
    return found


def show_invited(request: Request) -> Response:
    """Ask for a password."""
    return _password_page(request, _holder(_invited(request, Purpose.INVITATION)))


def _holder(invited: Invited) -> Holder:
    return read(partial(accounts.holder_of, account=invited.account))


def _password_page(request: Request, holder: Holder, *, fault: str = "", status: int = HTTPStatus.OK) -> Response:
    caller = caller_of(request, known=holder.locale)
    errors = {"password": caller.voice.fault(fault)} if fault else {}
    return show(caller, "access_invited", email=holder.address, errors=errors, status=status)


def _password_refused(request: Request, code: str) -> Response:
    holder = _holder(_invited(request, Purpose.INVITATION))
    return _password_page(request, holder, fault=code, status=HTTPStatus.FORBIDDEN)


def _choose(request: Request, values: Values) -> Response:
    """Take the password; the link stays good until the first code was given."""
    invited, caller = _invited(request, Purpose.INVITATION), caller_of(request)
    holder = _holder(invited)
    fault = _fault_of(read_values(PasswordForm, values), holder)
    if fault:
        return _password_page(request, holder, fault=fault, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    hashed, token = passwords.hash_password(values["password"]), accounts.new_token()

    def keep(session: Session) -> None:
        accounts.set_password(session, invited.account, hashed, as_of=caller.as_of)
        if not invitations.is_usable(session, invited.id, as_of=caller.as_of):
            raise Missing  # access was ended or given anew while the password was hashed
        sessions.end_all(session, invited.account, EndReason.REPLACED, as_of=caller.as_of)
        new = NewSession(invited.account, Stage.SET_UP, caller.is_phone, invited.id)
        sessions.begin(session, token, new, as_of=caller.as_of)

    transaction(keep)
    return keep_session(RedirectResponse(SET_UP, HTTPStatus.SEE_OTHER), token)


def _fault_of(told: PasswordForm | None, holder: Holder) -> str:
    if told is None:
        return "too_long"
    if not told.is_same:
        return "not_same"
    own = (holder.name, holder.address, holder.key, holder.practice_key, settings().organisation)
    return password_fault(told.password, own=own) or ""


def show_set_up(request: Request) -> Response:
    """Show the key for the authenticator app, and ask for its first code."""
    found = session_of(request, stage=Stage.SET_UP)
    return _set_up_page(request, found) if isinstance(found, Found) else begin_again()


def _set_up_page(request: Request, found: Found, *, fault: str = "", status: int = HTTPStatus.OK) -> Response:
    caller = caller_of(request, known=found.who.locale)
    secret = read(partial(accounts.secret_shown, account=found.account))
    link = setup_link(secret, issuer=settings().organisation, account=found.who.key)
    errors = {"code": caller.voice.fault(fault)} if fault else {}
    return show(caller, "access_set_up", secret=in_groups(secret), link=link, errors=errors, status=status)


def _set_up_refused(request: Request, code: str) -> Response:
    found = session_of(request, stage=Stage.SET_UP)
    if not isinstance(found, Found):
        return begin_again()
    return _set_up_page(request, found, fault=code, status=HTTPStatus.FORBIDDEN)


def _confirm(request: Request, values: Values) -> Response:
    """Take the first code: it opens the account, uses up the link, and shows recovery codes once."""
    found, told, caller = session_of(request, stage=Stage.SET_UP), read_values(CodeForm, values), caller_of(request)
    if not isinstance(found, Found) or found.invitation is None:
        return begin_again()
    token, typed = accounts.new_token(), told.code if told else ""
    codes = transaction(partial(_open, caller=caller, found=found, typed=typed, token=token))
    if codes is None:
        return begin_again()
    if not codes:
        return _set_up_page(request, found, fault="wrong_code", status=HTTPStatus.UNPROCESSABLE_ENTITY)
    answer = show(caller_of(request, known=found.who.locale), "access_recovery", codes=codes, onward=landing(found.who))
    return keep_session(answer, token)


def _open(session: Session, caller: Caller, found: Found, *, typed: str, token: str) -> tuple[str, ...] | None:
    """Give the recovery codes; none for a wrong code, None when the link is over."""
    if not accounts.take_one_time_code(session, found.account, typed, as_of=caller.as_of):
        accounts.note(session, SignInKind.WRONG_CODE, found.account, as_of=caller.as_of)
        return ()
    used = invitations.use(session, found.invitation or 0, Purpose.INVITATION, as_of=caller.as_of)
    if used is None or not sessions.end(session, session_token(caller.request), EndReason.REPLACED, as_of=caller.as_of):
        return None
    codes = accounts.activate(session, found.account, as_of=caller.as_of)
    accounts.note(session, SignInKind.SIGNED_IN, found.account, as_of=caller.as_of)
    sessions.begin(session, token, NewSession(found.account, Stage.FULL, caller.is_phone), as_of=caller.as_of)
    return tuple(codes)


def show_local(request: Request) -> Response:
    """Ask whether to sign in on this machine; links are opened in advance by programs, a button is not."""
    return _local_page(request, "")


def _local_page(request: Request, fault: str) -> Response:
    if not is_this_machine(request.scope):
        raise Missing
    holder = _holder(_invited(request, Purpose.LOCAL))
    caller = caller_of(request, known=holder.locale)
    errors = {"go": caller.voice.fault(fault)} if fault else {}
    status = HTTPStatus.FORBIDDEN if fault else HTTPStatus.OK
    return show(caller, "access_local", key=holder.key, errors=errors, status=status)


def _use_local(request: Request, _values: Values) -> Response:
    if not is_this_machine(request.scope):
        raise Missing
    invited, caller, token = _invited(request, Purpose.LOCAL), caller_of(request), accounts.new_token()

    def begin(session: Session) -> Who | None:
        account = invitations.use(session, invited.id, Purpose.LOCAL, as_of=caller.as_of)
        who = None if account is None else accounts.who_of(session, account)
        if who is None:
            return None
        accounts.note(session, SignInKind.SIGNED_IN_LOCALLY, who.account, as_of=caller.as_of)
        sessions.begin(session, token, NewSession(who.account, Stage.FULL, caller.is_phone), as_of=caller.as_of)
        return who

    who = transaction(begin)
    if who is None:
        raise Missing
    return go_on(who, token, "")


choose_password = form(show_invited, _choose, _password_refused)
set_up = form(show_set_up, _confirm, _set_up_refused)
use_local_link = form(show_local, _use_local, _local_page)
