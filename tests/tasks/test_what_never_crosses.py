"""What the documents keep apart: reasons, insurances, patients' texts, and the way from one program to the other."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from models.db import Database
from models.rules.messages import CATALOGUE, Audience, Channel, MessageKind
from models.tables.booking import BookingReasonRow, InsuranceRow
from models.tables.practice_systems import VisitReasonRow
from tasks.connectors.ports import Texter
from templates.moments import LOCALES
from templates.render import render_mail, render_text
from tests.booking import at
from tests.sides import KAREO, Sides, both_sides
from tests.tasks.test_practice_system import confirmed
from tests.templates.sample import LETTERHEAD, ZONE, sample

ROOT = Path(__file__).parents[2]


@pytest.fixture
def kareo(db: Database) -> Iterator[Sides]:
    """Give a practice in Kareo."""
    with both_sides(db, KAREO) as made:
        yield made


def _lists(sides: Sides) -> dict[str, list[tuple[str, str]]]:
    tables = (BookingReasonRow, InsuranceRow, VisitReasonRow)
    return {
        table.__tablename__: sides.db.read(
            lambda s, t=table: [(row.key, row.name) for row in s.scalars(select(t).order_by(t.key))]  # type: ignore[misc]
        )
        for table in tables
    }


def test_reasons_and_insurances_of_kareo_never_come_into_the_widget_a77_a78(kareo: Sides) -> None:
    before = _lists(kareo)
    confirmed(kareo)
    practice = next(iter(kareo.state.practices))
    kareo.state.add_reason(practice, "Allergy test", minutes=40)
    kareo.book_there(at("14:00"), patient=kareo.known_there("Robin", "Walker"))
    kareo.tick(minutes=5)
    kareo.round()
    assert _lists(kareo) == before
    assert "Allergy test" not in str(before)


def test_reasons_of_the_widget_never_go_to_kareo_a77(kareo: Sides) -> None:
    before = {number: reason.name for number, reason in kareo.state.reasons.items()}
    confirmed(kareo)
    assert {number: reason.name for number, reason in kareo.state.reasons.items()} == before


def test_no_page_leads_from_patientpop_to_kareo_a80() -> None:
    """F-103."""
    pages = [*ROOT.glob("templates/web/*.j2"), *ROOT.glob("templates/email/**/*.j2")]
    assert len(pages) > 20
    links = [link for page in pages for link in re.findall(r"https?://[^\"'\s<>]+", page.read_text())]
    assert not [link for link in links if "kareo" in link.lower() or "tebra" in link.lower()]


TO_PEOPLE_AT_WORK = [kind for kind, entry in CATALOGUE.items() if entry.audience is not Audience.PATIENT]


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("kind", TO_PEOPLE_AT_WORK)
def test_what_staff_are_sent_leads_to_our_own_pages_only(kind: MessageKind, locale: str) -> None:
    """F-103: filled in, every link of a mail or text is the one that we gave, whatever system the practice uses."""
    fields = sample(kind, locale, **({"is_in_kareo": True} if "is_in_kareo" in CATALOGUE[kind].fields else {}))
    mail = render_mail(kind, locale=locale, fields=fields, zone=ZONE, letterhead=LETTERHEAD)
    written = [mail.text, *re.findall(r"href=[\"']([^\"']+)", mail.html)]
    if (ROOT / "templates" / "sms" / kind).is_dir():
        written.append(render_text(kind, locale=locale, fields=fields, zone=ZONE))
    links = {link for words in written for link in re.findall(r"(?:https?:)?//[^\s\"'<>]+|\bwww\.[^\s]+", words)}
    assert links <= {str(fields["link"])}
    assert str(fields["link"]) in mail.text


OF_FEEDBACK = {
    MessageKind.FEEDBACK_TEXT,
    MessageKind.TEXT_STOPPED,
    MessageKind.TEXT_STARTED,
    MessageKind.TEXT_HELP,
}


def test_patients_texts_are_answered_by_people_in_the_message_center_and_by_nothing_else_a83() -> None:
    assert {name for name in vars(Texter) if not name.startswith("_")} == {"send", "look_up"}
    texts = [kind for kind, entry in CATALOGUE.items() if entry.channel is Channel.TEXT]
    to_patients = {kind for kind in texts if CATALOGUE[kind].audience is Audience.PATIENT}
    assert to_patients == {*OF_FEEDBACK, MessageKind.TEXT_REPLY, MessageKind.PRIVATE_ANSWER_TEXT}
