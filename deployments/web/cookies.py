"""The two cookies of the site: the session of who signed in, and the secret behind the forms before that.

Neither holds anything about a person. They are Lax, so that a link in a mail opens its page for who is signed in
already: no page that is opened by a link changes anything, and forms need their token and our own origin beside it.
"""

import hashlib
import re
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from models.settings import settings
from models.store.accounts import TOKEN_LENGTH, new_token

SESSION: Final = "golive"
FORM: Final = "golive-form"
_TOKEN: Final = re.compile(rf"[A-Za-z0-9_-]{{{TOKEN_LENGTH}}}")


def session_token(request: Request) -> str:
    """Read the session's token; empty where there is none of ours."""
    return _token(request, SESSION)


def form_secret(request: Request) -> str:
    """Read the secret behind forms; a new one where there is none of ours."""
    return _token(request, FORM) or new_token()


def sent_form_secret(request: Request) -> str:
    """Read the secret that came with a form; empty where there is none."""
    return _token(request, FORM)


def form_token(secret: str) -> str:
    """Give the token that a form must send along, from the cookie that comes with it."""
    return hashlib.sha256(f"form:{secret}".encode()).hexdigest()[:32]


def keep_session(answer: Response, token: str) -> Response:
    """Let the browser keep a session until it is closed."""
    return _keep(answer, SESSION, token)


def keep_form_secret(answer: Response, secret: str) -> Response:
    """Let the browser keep the secret behind forms until it is closed."""
    return _keep(answer, FORM, secret)


def drop_session(answer: Response) -> Response:
    """Let the browser forget its session."""
    answer.delete_cookie(_name(SESSION), path="/", secure=_is_secure(), httponly=True, samesite="lax")
    return answer


def _keep(answer: Response, name: str, value: str) -> Response:
    answer.set_cookie(_name(name), value, path="/", secure=_is_secure(), httponly=True, samesite="lax")
    return answer


def _token(request: Request, name: str) -> str:
    found = request.cookies.get(_name(name), "")
    return found if _TOKEN.fullmatch(found) else ""


def _name(name: str) -> str:
    return f"__Host-{name}" if _is_secure() else name


def _is_secure() -> bool:
    return settings().public_address.startswith("https://")
