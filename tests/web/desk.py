"""A front office at its pages: a browser that reads a page, fills in one of its forms and sends it."""

from dataclasses import dataclass, field
from datetime import date, datetime

from httpx import Response
from lxml import html
from sqlalchemy import select
from sqlalchemy.orm import Session

from deployments.web.site import create_site
from models.db import Database
from models.rules.appointments import Origin, PatientType, Status
from models.rules.texting import Line
from models.store import duplicates
from models.store.keys import keys_of
from models.store.patients import Person, seal_person
from models.store.practices import find_practice
from models.tables.appointments import AppointmentRow
from models.tables.events import Event
from models.tables.patients import PatientRow
from models.tables.texting import ThreadRow
from tests.scenes import kept
from tests.store.asking import PHONE, Asking
from tests.store.texting import Texting, a_texting
from tests.web.conftest import Clock
from tests.web.signed_in import SignedIn

BASE = "/staff/practices/maple-street"
MESSAGES, PATIENTS = f"{BASE}/messages", f"{BASE}/patients"
ROSA = {"first": "Rosa", "last": "Marsh", "born": "2/3/1984"}


@dataclass
class Front:
    """One person at the pages of a practice, whose clock is the site's."""

    texting: Texting
    browser: SignedIn
    clock: Clock
    page: Response = field(init=False)

    @property
    def asking(self) -> Asking:
        """The practice behind the pages."""
        return self.texting.asking

    @property
    def thread(self) -> int:
        """The number of the first conversation."""
        return self.texting.threads()[0].id

    def look(self, address: str, status: int = 200) -> str:
        """Open a page and give what a reader sees there."""
        self.clock.now = self.asking.now
        self.page = self.browser.get(address)
        assert self.page.status_code == status, (address, self.page.status_code)
        return self.seen()

    def seen(self) -> str:
        """Give the words of the page that is open."""
        main = html.fromstring(self.page.text).xpath("//main")[0]
        return " ".join(" ".join(main.itertext()).split())

    def form(self, ending: str, number: int = 0) -> tuple[str, dict[str, str]]:
        """Give where a form of the open page is sent, and its hidden values."""
        forms = html.fromstring(self.page.text).xpath(f"//form[contains(@action, '{ending}')]")
        hidden = {one.get("name"): one.get("value") for one in forms[number].xpath(".//input[@type='hidden']")}
        return forms[number].get("action"), hidden

    def send(self, ending: str, status: int = 303, **typed: str) -> Response:
        """Fill in a form of the open page and send it; what it leads to is opened."""
        address, hidden = self.form(ending)
        answer: Response = self.browser.post(address, data=hidden | typed)
        assert answer.status_code == status, (address, answer.status_code, answer.text[:200])
        self.page = self.browser.get(answer.headers["location"]) if status == 303 else answer
        return answer

    def history(self, *kinds: str) -> list[tuple[str, str]]:
        """List what history says of some kinds: what and by whom."""
        query = select(Event.kind, Event.actor).where(Event.kind.in_(kinds)).order_by(Event.id)
        return [(kind, actor) for kind, actor in self.texting.db.read(lambda s: s.execute(query).all())]

    def patient(self) -> int:
        """Give the number of the patient who agreed to texts."""
        return self.asking.patient(consents=False)

    def twin(self) -> int:
        """Let there be a second record that may be the same patient's."""
        second = self.asking.patient("92", consents=False, first="Rosa", last="Marsch", born=date(1984, 2, 3))
        ids, practice = [self.patient(), second], self.asking.practice
        self.asking.db.transaction(
            lambda s: duplicates.find_duplicates(s, practice, ids, others=(), as_of=self.asking.now)
        )
        return second


@kept
def known_as(db: Database, practice: str, number: int, *, as_of: datetime) -> None:
    """Give a practice a patient, a conversation and an appointment, all under one number."""

    def store(session: Session) -> None:
        found = find_practice(session, practice)
        assert found is not None
        keys = keys_of(session, found.id)
        person = Person("Rosa", "Marsh", date(1984, 2, 3), phone=PHONE)
        own = {"id": number, "practice_id": found.id}
        session.add(PatientRow(**own, origin=Origin.WIDGET, created_at=as_of, **seal_person(keys, person, number)))
        session.flush()
        sealed = keys.seal(PHONE, table="threads", column="address", row_id=number)
        place = {"address_index": f"of-{number}", "address": sealed}
        session.add(ThreadRow(**own, **place, patient_id=number, line=Line.TWO_WAY, newest_at=as_of))
        visit = {"status": Status.TENTATIVE, "origin": Origin.WIDGET, "patient_type": PatientType.NEW}
        times = {"starts_at": as_of, "ends_at": as_of, "requested_at": as_of}
        session.add(AppointmentRow(**own, **visit, **times, patient_id=number))

    db.transaction(store)


def a_front(db: Database, clock: Clock, key: str = "office") -> Front:
    """Let somebody of a practice, that asks and takes texts, sign in."""
    texting = a_texting(db)
    clock.now = texting.now
    browser = SignedIn(create_site(now=clock), db, key, practice="maple-street", raise_server_exceptions=False)
    return Front(texting, browser, clock)
