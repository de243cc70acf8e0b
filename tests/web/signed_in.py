"""Browsers that are signed in: as somebody of our staff, or of a practice, at whatever moment the site has."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest
from httpx import Response
from playwright.sync_api import Browser, Page
from sqlalchemy.orm import Session
from starlette.applications import Starlette
from starlette.testclient import TestClient

from deployments.web.cookies import SESSION
from models.db import Database
from models.inputs.intake import StaffIntake
from models.rules.roles import Role
from models.rules.sign_in import Stage
from models.store import accounts, sessions
from models.store.accounts import Holder
from models.store.practices import assign, find_practice, register_staff
from models.store.sessions import NewSession
from tests.reports.journeys import BEGIN
from tests.scenes import light

LOCAL = "http://127.0.0.1:8080"


@light
def member(db: Database, key: str, role: Role, *practices: str, as_of: datetime = BEGIN) -> str:
    """Register one of us, assigned to some practices."""
    one = StaffIntake(key=key, name=f"{key.title()} Example", email=f"{key}@staff.example.com", role=role)

    def store(session: Session) -> None:
        register_staff(session, [one], as_of=as_of)
        for practice in practices:
            found = find_practice(session, practice)
            assert found is not None
            assign(session, found.id, role, key, as_of=as_of)

    db.transaction(store)
    return key


def session_of(db: Database, key: str, *, practice: str = "", as_of: datetime) -> str:
    """Begin a session of one of us, or of a practice's person, and give its token."""

    def begin(session: Session) -> str:
        holder = _holder(session, key, practice)
        index = accounts.index_of(accounts.installation_keys(session, as_of=as_of), holder.address)
        row = accounts.account_of(session, holder) or accounts.make_account(session, holder, index, as_of=as_of)
        token = accounts.new_token()
        sessions.begin(session, token, NewSession(row.id, Stage.FULL), as_of=as_of)
        return token

    return db.transaction(begin)


def _holder(session: Session, key: str, practice: str) -> Holder:
    found = find_practice(session, practice)
    holder = accounts.person_holder(session, found, key) if found else accounts.staff_holder(session, key)
    assert holder is not None
    return holder


class SignedIn(TestClient):
    """A browser that signs in anew whenever the clock of its site was set; what it asks is asked by `key`."""

    def __init__(self, site: Starlette, db: Database, key: str, *, practice: str = "", **chosen: Any) -> None:
        at_home: dict[str, Any] = {"base_url": LOCAL, "client": ("127.0.0.1", 50000), "follow_redirects": False}
        super().__init__(site, **at_home | chosen)
        self._db, self._key, self._practice = db, key, practice
        self._since: datetime | None = None

    def request(self, *args: Any, **kwargs: Any) -> Response:
        """Ask one page."""
        clock: Callable[[], datetime] = self.app.state.now  # type: ignore[attr-defined]  # it is our site
        now = clock()
        if now != self._since:
            self._since = now
            self.cookies.set(SESSION, session_of(self._db, self._key, practice=self._practice, as_of=now))
        answer: Response = super().request(*args, **kwargs)
        return answer


@contextmanager
def signed_in(browser: Browser, base: str, token: str) -> Iterator[None]:
    """Let every page that a real browser opens be one of somebody who signed in at a site."""
    open_page = browser.new_page

    def new_page(**chosen: Any) -> Page:
        page = open_page(**chosen)
        page.context.add_cookies([{"name": SESSION, "value": token, "url": base}])
        return page

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(browser, "new_page", new_page)
        yield
