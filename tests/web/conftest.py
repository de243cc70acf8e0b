"""A site over a fresh database, at a moment that tests choose, asked from this machine."""

import shutil
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from deployments.web.site import create_site
from models.db import Database, open_database, use_database
from models.inputs.outgoing import CalendarPart, InlinePicture, Mailbox, OutgoingMail, OutgoingText
from models.rules.roles import Role
from models.settings import Settings
from models.store.practices import find_practice, link_token
from tasks.connectors.local import MailboxMailer, MailboxTexter
from tests.conftest import standing_on
from tests.reports.journeys import BEGIN, Story, intake, plan_sessions
from tests.scenes import kept
from tests.store.asking import Asking
from tests.web.answering import Come, Patient, a_practice, ask, link_of
from tests.web.browsing import CHROMIUM
from tests.web.signed_in import LOCAL, SignedIn, member

CALENDAR = b"\r\n".join(
    (
        b"BEGIN:VCALENDAR",
        b"BEGIN:VEVENT",
        b"DTSTART;TZID=America/New_York:20261030T100000",
        b"END:VEVENT",
        b"END:VCALENDAR",
        b"",
    )
)


class Clock:
    """What the site takes for now."""

    now: datetime = BEGIN

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def client(db: Database, clock: Clock) -> Iterator[TestClient]:
    """Give a browser on this machine, in which the Onboarding Manager has signed in."""
    manager = member(db, "manager-of-the-site", Role.ONBOARDING_MANAGER)
    with SignedIn(create_site(now=clock), db, manager, raise_server_exceptions=False) as browser:
        yield browser


@pytest.fixture
def nobody(db: Database, clock: Clock) -> Iterator[TestClient]:
    """Give a browser on this machine in which nobody has signed in."""
    with TestClient(
        create_site(now=clock), base_url=LOCAL, client=("127.0.0.1", 50000), follow_redirects=False
    ) as browser:
        yield browser


@pytest.fixture
def stranger(db: Database, clock: Clock) -> Iterator[TestClient]:
    """Give a browser on another machine."""
    site = create_site(now=clock)
    with TestClient(site, base_url=LOCAL, client=("203.0.113.9", 50000), follow_redirects=False) as browser:
        yield browser


@pytest.fixture
def sqlite_db(request: pytest.FixtureRequest, own_settings: Settings, sqlite_template: Path) -> Iterator[Database]:
    """Give a fresh database of this process, for what looks the same on both engines."""
    shutil.copy(sqlite_template, own_settings.database_file)
    opened = open_database(own_settings.resolved_database_url)
    with standing_on(request, opened), use_database(opened):
        yield opened
    opened.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start Chromium once for the tests of a file."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
@kept
def story(db: Database) -> Story:
    plan_sessions(db)
    return Story(db, intake())


def private_link(story: Story) -> str:
    """Give the private link of a journey."""

    def token(session: Session) -> str:
        practice = find_practice(session, story.intake.key)
        assert practice is not None
        return link_token(session, practice.id, story.id)

    return f"/j/{story.db.read(token)}"


Send = Callable[..., str]


@pytest.fixture
def send(own_settings: Settings) -> Send:
    """Put a mail into the built-in mailbox and give its name there."""

    def mail(
        subject: str = "Welcome",
        *,
        html: str = "<p>Hello</p>",
        text: str = "Hello",
        name: str = "Ana",
        pictures: tuple[InlinePicture, ...] = (),
    ) -> str:
        outgoing = OutgoingMail(
            message_id=f"{subject.replace(' ', '-')}.1@golive.invalid",
            sent_at=BEGIN,
            sender=Mailbox(name="golive", address="onboarding@example.com"),
            recipient=Mailbox(name=name, address="ana@example.com"),
            subject=subject,
            text=text,
            html=html,
            calendars=(CalendarPart(method="REQUEST", content=CALENDAR),),
            pictures=pictures,
        )
        with MailboxMailer(own_settings.mailbox_folder).session() as session:
            return session.send(outgoing).reference

    return mail


@pytest.fixture
def text_message(own_settings: Settings) -> Path:
    """Put a text into the built-in mailbox."""
    text = OutgoingText(attempt="7.1", sent_at=BEGIN, recipient="+12025550143", body="You are live <b>now</b>")
    MailboxTexter(own_settings.mailbox_folder).send(text)
    return own_settings.mailbox_folder


@pytest.fixture
def asking(db: Database, clock: Clock) -> Asking:
    """Give a practice that asks for feedback; the site's moment is an hour after the first message."""
    practice = a_practice(db)
    clock.now = practice.now + timedelta(hours=4)
    return practice


@pytest.fixture
def come(client: TestClient, asking: Asking) -> Come:
    """Let a patient come by the link of a request, or of a new one."""

    def patient(request: int | None = None) -> Patient:
        return Patient(client, link_of(asking, ask(asking) if request is None else request))

    return patient
