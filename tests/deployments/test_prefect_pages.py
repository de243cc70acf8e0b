"""What people do in Prefect's own pages, done in a real browser: a form is sent, its run and its artifact are found."""

import os
import re
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright
from sqlalchemy import select

from deployments.bootstrap import LATE_SWEEPS, ZOMBIES
from deployments.environment import PREFECT_YAML, prefect_address
from models.db import Database, open_database
from models.rules.appointments import Status
from models.settings import Settings, use_settings
from models.tables.appointments import AppointmentRow
from models.tables.practices import Practice
from tests.deployments.conftest import PATIENCE_SECONDS, chosen_settings, processes_of, start_launcher, wait_until
from tests.web.booking_visitor import PERSON
from tests.web.browsing import CHROMIUM, IN_CHROMIUM
from tests.web.test_booking_browser import fill

pytestmark = [*IN_CHROMIUM, pytest.mark.server, pytest.mark.xdist_group("prefect-pages")]
LISTED = {"confirm-request", "dispatch", "keep-in-step", "start-journey"}


@dataclass(frozen=True)
class Cockpit:
    """A running golive with its examples, and a window on Prefect's pages."""

    chosen: Settings
    db: Database
    page: Page

    def open(self, path: str, words: str) -> None:
        """Open a page and wait for words on it."""
        self.page.goto(f"{prefect_address(self.chosen)}{path}")
        self.page.get_by_text(words).first.wait_for()

    def open_form(self, name: str, help_text: str) -> None:
        """Find a deployment in the list, as people do, and open its form."""
        self.open("/deployments", "Deployments")
        self.page.get_by_placeholder("Search deployments").fill(name)
        self.page.get_by_role("link", name=name, exact=True).first.click()
        self.page.wait_for_url(re.compile(r"/deployment/[0-9a-f-]{36}"))
        self.open(f"{self.page.url.partition('?')[0].removeprefix(prefect_address(self.chosen))}/run", help_text)

    def fill(self, *words: str) -> None:
        """Type into the fields for text, in their order."""
        for field, word in enumerate(words):
            self.page.locator("textarea.p-textarea__control").nth(field).fill(word)

    def send(self) -> None:
        """Press the button, and wait until the form is left, which it is when the run is planned."""
        self.page.locator("button[type=submit]").last.click()
        self.page.wait_for_url(lambda address: not address.endswith("/run"))


@pytest.fixture(scope="module")
def cockpit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cockpit]:
    """Start everything once for all of these, with a few deployments of prefect.yaml."""
    chosen = chosen_settings(tmp_path_factory.mktemp("pages") / "home")
    listed = chosen.home.parent / "prefect.yaml"
    head, *parts = PREFECT_YAML.read_text(encoding="utf-8").split("\n  - name: ")
    few = [part for part in parts if part.split("\n", 1)[0] in LISTED]
    listed.write_text("\n  - name: ".join([head, *few]), encoding="utf-8")
    launcher = start_launcher(chosen, listed)
    try:
        wait_until(lambda: launcher.poll() is not None or (chosen.home / "runner.ready").exists(), "the deployments")
        assert launcher.poll() is None, launcher.communicate()[0]
        with use_settings(chosen), sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": 1280, "height": 1250})
            page.set_default_timeout(PATIENCE_SECONDS * 1000)
            db = open_database(chosen.resolved_database_url)
            yield Cockpit(chosen, db, page)
            db.close()
            browser.close()
    finally:
        launcher.send_signal(signal.SIGINT)
        launcher.communicate(timeout=PATIENCE_SECONDS)
        for pid in processes_of(chosen.home):
            os.kill(pid, signal.SIGKILL)


def keep(cockpit: Cockpit, name: str) -> None:
    """Keep a picture where GOLIVE_TEST_PICTURES names a folder, to be looked at."""
    folder = os.environ.get("GOLIVE_TEST_PICTURES", "")
    if folder:
        cockpit.page.screenshot(path=Path(folder) / f"{name}.png")


def keys(cockpit: Cockpit) -> set[str]:
    return set(cockpit.db.read(lambda session: session.scalars(select(Practice.key)).all()))


def test_a_journey_is_started_from_its_form_and_its_run_writes_the_board(cockpit: Cockpit) -> None:
    cockpit.open_form("start-journey", "Name of a YAML or JSON file in the intake folder")
    cockpit.fill("sierra-pediatrics.yaml", "coach-1")
    keep(cockpit, "start-journey")
    cockpit.send()
    wait_until(lambda: "sierra-pediatrics" in keys(cockpit), "the journey")
    cockpit.open("/runs", "start-journey sierra-pediatrics.yaml")
    cockpit.open("/artifacts/key/board", "start-journey sierra-pediatrics.yaml")
    keep(cockpit, "board")


def book(cockpit: Cockpit, slot: int) -> None:
    """Ask for a visit at the first example's booking page, as a patient does."""
    page = cockpit.page
    page.goto(f"http://127.0.0.1:{cockpit.chosen.web_port}/book/maple-street?lang=en")
    page.select_option("#reason", "sick-visit")
    page.locator("button.slot:visible").nth(slot).click()
    page.wait_for_selector("#first")
    fill(page)
    page.get_by_role("button", name="Continue").click()
    page.wait_for_selector("#notes")
    page.locator("main form .go").click()
    page.wait_for_selector(".sent")


def visits(cockpit: Cockpit) -> list[tuple[int, Status, str]]:
    """Give number, status and reason of what the practice system has by now, the oldest first."""
    query = select(AppointmentRow.id, AppointmentRow.status, AppointmentRow.visit_reason)
    written = query.where(AppointmentRow.system_id != "").order_by(AppointmentRow.requested_at, AppointmentRow.id)
    return [(number, status, reason) for number, status, reason in cockpit.db.read(lambda s: s.execute(written).all())]


def test_a_request_is_confirmed_from_its_form_and_its_run_shows_what_still_waits(cockpit: Cockpit) -> None:
    book(cockpit, 3)
    book(cockpit, 9)
    wait_until(lambda: len(visits(cockpit)) == 2, "both requests in the practice system")
    (first, *waiting), (second, *_) = visits(cockpit)
    assert waiting == [Status.TENTATIVE, ""]
    cockpit.open_form("confirm-request", "Number of the request, from list-requests.")
    cockpit.page.locator("input[type=number]").first.fill(str(first))
    cockpit.fill("office-visit", "manager-1")
    keep(cockpit, "confirm-request")
    cockpit.send()
    wait_until(lambda: visits(cockpit)[0][1:] == (Status.CONFIRMED, "office-visit"), "the confirmation")
    assert visits(cockpit)[1] == (second, Status.TENTATIVE, "")
    cockpit.open("/runs", f"confirm-request {first}")
    keep(cockpit, "confirm-request-runs")
    cockpit.page.get_by_role("link", name=f"confirm-request {first}", exact=True).first.click()
    cockpit.page.get_by_text("Completed").first.wait_for()
    cockpit.page.get_by_text("Artifacts", exact=True).first.click()
    cockpit.page.get_by_text("requests-maple-street").first.wait_for()
    keep(cockpit, "confirm-request-run")
    cockpit.open("/artifacts/key/requests-maple-street", "Requests of maple-street that wait for review")
    cockpit.page.get_by_role("link", name=re.compile(r"^[0-9a-f]{8}$")).first.click()
    cockpit.page.get_by_text(str(second)).first.wait_for()
    keep(cockpit, "requests")
    shown = cockpit.page.locator("body").inner_text()
    assert not any(PERSON[name] in shown for name in ("first", "last", "email", "phone"))


def test_what_golive_automates_is_shown(cockpit: Cockpit) -> None:
    for name in (ZOMBIES, LATE_SWEEPS, "dispatch-again-after-a-crash"):
        cockpit.open("/automations", name)
    keep(cockpit, "automations")
