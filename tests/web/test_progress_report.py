"""The bi-weekly report says what the practice's own pages say at the same moment, in words and as a chart (O-36)."""

import re
from collections.abc import Iterator
from html import unescape

import pytest
from starlette.testclient import TestClient

from deployments.web.site import create_site
from deployments.web.wording import voice_for
from models.db import Database
from models.inputs.letters import Letter
from models.inputs.outgoing import Mailbox, OutgoingMail
from models.reports.progress_letters import ProgressLetter, with_progress
from models.rules.enrollment_events import Acknowledge, Prepare, Submit
from models.rules.enrollment_watching import UNKNOWN_PAYER
from models.rules.messages import MessageKind
from models.store.onboarding import load_journey
from tasks.connectors.mime import build_mime
from templates.letters import Sender
from templates.moments import format_moment
from templates.progress_report import compose_progress, progress_fields
from templates.render import Letterhead
from tests.reports.journeys import Story, after_handoff, in_training, live
from tests.store.enrolling import Enrolling, enrolling
from tests.web.conftest import Clock
from tests.web.signed_in import SignedIn

SENDER = Sender(Mailbox(name="Success Team", address="team@example.com"), Letterhead())
READER = Mailbox(name="Ana Example", address="ana@example.com")


def reported(db: Database, journey: int, clock: Clock, locale: str = "en") -> ProgressLetter:
    """Load a report as its delivery does."""
    facts = db.read(lambda s: load_journey(s, journey, as_of=clock.now))
    kinds = {1: MessageKind.PROGRESS_REPORT, 2: MessageKind.WELCOME}
    letters = {
        number: Letter("1.1@golive.invalid", kind, {}, READER, locale, "Maple", None, "https://example.com/j/x", facts)
        for number, kind in kinds.items()
    }
    found = db.read(lambda s: with_progress(s, {**letters, 3: "no_recipient"}, as_of=clock.now))
    assert (found[2], found[3]) == (letters[2], "no_recipient")
    report = found[1]
    assert isinstance(report, ProgressLetter)
    return report


def mailed(report: ProgressLetter, clock: Clock) -> OutgoingMail:
    return compose_progress(report, sender=SENDER, as_of=clock.now)


def words_of(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.partition("<main")[2])).split())


@pytest.fixture
def place(db: Database, clock: Clock) -> Enrolling:
    """Give a practice with enrollments in several states."""
    made = enrolling(db)
    clock.now = made.now
    made.do("medicare", Prepare(), Submit(UNKNOWN_PAYER), Acknowledge())
    return made


@pytest.fixture
def office(db: Database, clock: Clock, place: Enrolling) -> Iterator[TestClient]:
    with SignedIn(create_site(now=clock), db, "office", practice="maple-street") as browser:
        yield browser


@pytest.mark.parametrize("chapter", [after_handoff, in_training, live])
def test_a_report_has_the_numbers_of_the_journey_page(
    db: Database, clock: Clock, story: Story, chapter: object
) -> None:
    """O-36, O-46."""
    clock.now = chapter(story).now  # type: ignore[operator]  # a chapter takes the story on
    report = reported(db, story.id, clock)
    fields = progress_fields(report)
    text = mailed(report, clock).text
    with SignedIn(create_site(now=clock), db, "p1", practice="maple") as browser:
        page = browser.get("/staff/practices/maple/progress?lang=en").text
    said, view = words_of(page), report.view
    voice = voice_for("en", zone=view.zone, today=view.today, to_practice=True)
    assert str(fields["steps_over"]) in said
    assert f"Steps: {fields['steps_over']}" in text
    open_steps = re.findall(r"<h3>(\d+)\. [^<]+<span[^>]*>(\d+)/(\d+)</span>", page)
    assert open_steps
    for number, settled, total in open_steps:
        assert re.search(rf"^{number}\. .*: .* · {settled} of {total} done$", text, re.MULTILINE)
    assert page.count('<td class="moment">') == len(view.next_dates) == text.count("- ", text.index("What comes next"))
    for one in view.next_dates:
        assert f"{voice.happening(one)}" in said
        assert voice.moment(one.at) in said
        assert f"- {voice.happening(one)}: {format_moment(one.at, locale='en', zone=view.zone)}" in text
    if view.forecast:
        assert voice.span(view.forecast.early, view.forecast.late) in said
        assert (fields["go_live_from"], fields["go_live_until"]) == (view.forecast.early, view.forecast.late)


def test_what_is_missing_and_what_happened_are_those_of_the_journey_page(
    db: Database, clock: Clock, story: Story
) -> None:
    """O-13, O-36: what was sent back first."""
    clock.now = in_training(story).now
    fields = progress_fields(reported(db, story.id, clock))
    with SignedIn(create_site(now=clock), db, "p1", practice="maple") as browser:
        page = browser.get("/staff/practices/maple/progress?lang=en").text
    needed = page.partition('aria-labelledby="need"')[2].partition("</section>")[0]
    needs = fields["needs"]
    assert isinstance(needs, list)
    assert [unescape(one) for one in re.findall(r"<b>([^<]+)</b>", needed)] == [one["what"] for one in needs]
    assert needs[0]["when"][0] == "please send again: it cannot be read"
    history = unescape(page.partition('id="history"')[2])
    happened = fields["happened"]
    assert isinstance(happened, list)
    assert happened
    assert [one for one in happened if one.partition(": ")[2] not in history] == []


def test_a_report_has_the_numbers_of_the_enrollments_page(
    db: Database, clock: Clock, place: Enrolling, office: TestClient
) -> None:
    """O-26, O-36, E-05."""
    report = reported(db, place.journey, clock)
    text = mailed(report, clock).text
    page = office.get("/staff/practices/maple-street/progress/enrollments?lang=en").text
    lead = str(progress_fields(report)["enrollments_over"])
    assert lead in words_of(page)
    assert f"Enrollments: {lead}" in text
    for payer in report.status.payers:
        assert f"\n{payer.name}" in text
    rows = page.count('<tr role="row"><th scope="row"')
    told = text.partition("Your enrollments")[2].partition("What comes next")[0]
    assert rows == len(report.status.enrollments) == told.count("\n- ")
    shown = re.findall(r'<span class="outcome[^>]*>.*?<span>([^<]+)</span>', page)
    assert sorted(shown) == sorted(re.findall(r"^- [^:]+: ([^·\n]+?)(?: ·|$)", told, re.MULTILINE))
    assert "the payer is reviewing it · since Nov 23, 2026" in told


def test_what_a_practice_owes_for_its_enrollments_is_asked_in_the_report_too(
    db: Database, clock: Clock, place: Enrolling, office: TestClient
) -> None:
    report = reported(db, place.journey, clock)
    page = office.get("/staff/practices/maple-street/progress/enrollments?lang=en").text
    needed = page.partition('aria-labelledby="need"')[2].partition("</section>")[0]
    asked = [unescape(one).replace(": ", ", ") for one in re.findall(r"<b>([^<]+)</b>", needed)]
    needs = progress_fields(report)["needs"]
    assert isinstance(needs, list)
    assert [one["what"] for one in needs if one["what"] in asked] == asked
    assert len(asked) == len(report.status.asked)


@pytest.mark.parametrize("locale", ["en", "es"])
def test_the_same_facts_give_the_same_bytes(db: Database, clock: Clock, story: Story, locale: str) -> None:
    clock.now = in_training(story).now
    first, again = (build_mime(mailed(reported(db, story.id, clock, locale), clock)) for _ in range(2))
    assert first == again


def test_the_chart_travels_inside_the_mail_and_its_words_beside_it(db: Database, clock: Clock, story: Story) -> None:
    clock.now = in_training(story).now
    mail = mailed(reported(db, story.id, clock), clock)
    (chart,) = mail.pictures
    assert chart.content.startswith(b"\x89PNG")
    assert len(chart.content) < 120_000
    assert f'src="cid:{chart.content_id}"' in mail.html
    assert re.search(r'alt="\d+ of 10 steps behind you"', mail.html)
    assert not [
        one for one in ("Tom Example", "Uma Example", "Sal Sales", "Prepare with the Sales") if one in mail.html
    ]


def test_a_practice_that_is_live_reads_since_when(db: Database, clock: Clock, story: Story) -> None:
    clock.now = live(story).now
    mail = mailed(reported(db, story.id, clock), clock)
    assert "Live since: " in mail.text
    assert "Go-live expected" not in mail.text
