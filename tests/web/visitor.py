"""A person at the pages of signing in, whose browser runs no script: reads pages, fills in forms, has a phone."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from httpx import Response
from lxml import html
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from models.db import Database
from models.rules.access import Whom
from models.rules.decisions import Refusal
from models.rules.sign_in import code_at, secret_of, step_of
from models.sealing import INSTALLATION
from models.store import invitations
from models.store.invitations import invitation_token
from models.store.keys import keys_of
from models.tables.access import AccountRow, InvitationRow, SignInRow

PASSWORD = "the kettle sings at seven"
STEP = timedelta(seconds=30)
Command = Callable[..., "tuple[str, ...] | Refusal"]


class Visitor:
    """One browser; `answer` is the last one, redirects within the site are followed."""

    def __init__(self, client: TestClient) -> None:
        self.client = client
        self.path = ""
        self.answer: Response
        self.page: Any
        self.secret = ""

    def open(self, path: str) -> "Visitor":
        """Open a page."""
        return self._seen(self.client.get(path))

    def send(self, *, headers: dict[str, str] | None = None, button: int = 0, **typed: str) -> "Visitor":
        """Fill in the form of the page that is open, and send it."""
        form = self.page.forms[button]
        values = {name: value for name, value in form.form_values() if name} | typed
        place = form.get("action")
        where = self.path.partition("?")[0] + place if place.startswith("?") else place
        return self._seen(self.client.post(where, data=values, headers=headers or {}))

    def _seen(self, answer: Response) -> "Visitor":
        self.path = answer.request.url.raw_path.decode()
        while answer.is_redirect:
            answer = self.client.get(answer.headers["location"])
            self.path = answer.request.url.raw_path.decode()
        self.answer = answer
        self.page = html.fromstring(answer.text) if answer.text else None
        return self

    @property
    def title(self) -> str:
        """The heading of the page."""
        return str(self.page.find(".//h1").text_content()).strip()

    @property
    def text(self) -> str:
        """What stands on the page."""
        return " ".join(str(self.page.text_content()).split())

    @property
    def keys(self) -> list[str]:
        """The keys that the page shows."""
        return [one.text_content() for one in self.page.find_class("key")]

    def code(self, now: datetime, *, steps: int = 0) -> str:
        """Read the phone at a moment."""
        return code_at(secret_of(self.secret), step_of(now) + steps)

    def set_up(self, link: str, now: datetime, *, password: str = PASSWORD) -> list[str]:
        """Go the whole way of an invitation, and give the recovery codes."""
        self.open(link).send(password=password, again=password)
        self.secret = self.keys[0].replace(" ", "")
        self.send(code=self.code(now))
        return self.keys

    def sign_in(self, email: str, now: datetime, *, password: str = PASSWORD, steps: int = 1) -> "Visitor":
        """Sign in with password and phone; the code is one step later than the one before."""
        return self.open("/sign-in").send(email=email, password=password).send(code=self.code(now, steps=steps))


def invite(
    db: Database,
    key: str,
    *,
    practice: str = "",
    by: str = "manager-of-the-site",
    command: str = "run:1",
    what: Command = invitations.invite,
    as_of: datetime,
) -> tuple[str, ...] | Refusal:
    """Carry out a command about somebody's access."""
    return db.transaction(partial(what, whom=Whom(key, practice, by, command), as_of=as_of))


def newest_link(db: Database) -> str:
    """Give the address that the newest invitation's mail holds."""

    def find(session: Session) -> str:
        number = session.scalars(select(InvitationRow.id).order_by(InvitationRow.id.desc())).first()
        assert number is not None
        return f"/i/{invitation_token(keys_of(session, INSTALLATION), number)}"

    return db.read(find)


def log_of(db: Database) -> list[str]:
    """Give the kinds of the log of signing in, in order."""
    return [str(one) for one in db.read(lambda s: s.scalars(select(SignInRow.kind).order_by(SignInRow.id)).all())]


def account(db: Database) -> AccountRow:
    """Give the only account that has not ended and is not the site's own manager's."""

    def find(session: Session) -> AccountRow:
        row = session.scalars(select(AccountRow).order_by(AccountRow.id.desc())).first()
        assert row is not None
        session.expunge(row)
        return row

    return db.read(find)


def forget_codes(db: Database) -> None:
    """Let the codes that were used count again: for tests that sign in more often than every half minute."""
    db.transaction(lambda s: s.execute(update(AccountRow).values(totp_step=0)))
