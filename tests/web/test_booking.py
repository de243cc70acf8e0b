"""The booking pages as a patient meets them, without a script: each rule of the widget that the pages keep."""

from collections.abc import Callable

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from models.db import Database
from models.rules.appointments import PatientType, Status
from models.store.widgets import WidgetSettings
from models.tables.base import new_id
from models.tables.booking import BookingReasonRow, InsuranceRow, WidgetRow
from models.tables.practice_systems import VisitReasonRow
from tests.booking import NOW, Booking, a_booking
from tests.web.booking_visitor import PERSON, Visitor, requests
from tests.web.conftest import Clock

SENT = "Appointment Request Submitted"
Make = Callable[..., Booking]


@pytest.fixture
def visitor(client: TestClient, clock: Clock) -> Visitor:
    clock.now = NOW
    return Visitor(client)


@pytest.fixture
def other(client: TestClient, clock: Clock) -> Visitor:
    return Visitor(client)


@pytest.fixture
def make(db: Database) -> Make:
    def made(**facts: object) -> Booking:
        return a_booking(db, **facts)  # type: ignore[arg-type]  # each test names what it is about

    return made


def test_both_labels_lead_to_the_same_pages(visitor: Visitor, make: Make) -> None:
    make()
    found = set()
    for label, words in (
        ("request", "Request Appointment"),
        ("book_online", "Book Online"),
        ("?", "Request Appointment"),
    ):
        link = visitor.open("/button", label=label).page.find(".//a")
        assert link.text_content().startswith(words)
        found.add(link.get("href"))
    assert found == {"/book/maple-street?lang=en"}
    assert visitor.open().title == "Request Appointment"


def test_filters_stand_only_where_there_is_a_choice(visitor: Visitor, make: Make) -> None:
    made = make(providers=1, locations=1)
    visitor.open()
    assert [visitor.has(name) for name in ("reason", "provider", "location", "virtual")] == [True, False, False, False]
    one_reason = update(BookingReasonRow).where(BookingReasonRow.key != "sick-visit").values(is_offered=False)
    made.db.transaction(lambda s: s.execute(one_reason))
    assert not visitor.open().has("reason")
    assert visitor.press("slot", visitor.slots[0]).title == "About you"


def test_a_choice_of_providers_and_locations_shows_their_filters(visitor: Visitor, make: Make) -> None:
    make(providers=2, locations=2)
    visitor.open()
    assert visitor.options("provider") == ["Any provider", "Dr. Avery No. 0", "Dr. Avery No. 1"]
    assert visitor.options("location") == ["Any location", "Place 0, Albany", "Place 1, Albany"]


def test_new_patient_is_ticked_at_first_and_stays_cleared(visitor: Visitor, make: Make) -> None:
    made = make()
    assert visitor.open().is_ticked("says_new")
    visitor.press("to", "show", says_new=None)
    assert not visitor.is_ticked("says_new")
    visitor.take()
    assert not visitor.is_ticked("says_new")
    visitor.press(**PERSON).press()
    assert visitor.title == SENT
    assert [row.patient_type for row, _, _ in requests(made)] == [PatientType.RETURNING]


def test_without_the_distinction_there_is_no_box(visitor: Visitor, make: Make) -> None:
    make(widget=WidgetSettings(differentiates_patients=False))
    assert not visitor.open().has("says_new")
    assert not visitor.take().has("says_new")
    assert not visitor.press(**PERSON).has("referral")


@pytest.mark.parametrize("names", [("provider",), ("location",), ("provider", "location"), ("reason",)])
def test_each_filter_works_alone_and_with_others(visitor: Visitor, make: Make, names: tuple[str, ...]) -> None:
    made = make(providers=2, locations=2)
    chosen = {"provider": str(made.providers[1]), "location": str(made.locations[0]), "reason": "sick-visit"}
    asked = {name: chosen[name] for name in names}
    visitor.open().press("to", "show", **asked)
    places = {tuple(slot.split(".")[:2]) for slot in visitor.slots}
    assert places == {
        (str(provider), str(location))
        for provider in made.providers
        for location in made.locations
        if asked.get("provider", str(provider)) == str(provider)
        and asked.get("location", str(location)) == str(location)
    }
    assert {name: visitor.values[name] for name in names} == asked


def test_only_the_growth_sides_own_reasons_are_listed(visitor: Visitor, make: Make) -> None:
    made = make()

    def add(session: Session) -> None:
        session.add(VisitReasonRow(id=new_id(), practice_id=made.practice, key="kareo", name="Kareo visit", minutes=15))

    made.db.transaction(add)
    assert visitor.open().options("reason") == ["Choose a reason", "Annual physical", "Cold or flu"]
    assert "Kareo" not in visitor.answer.text
    refused = visitor.take(reason="kareo")
    assert (refused.answer.status_code, refused.faults) == (
        422,
        {"reason": "Error: Please choose a reason for your visit."},
    )


def test_a_virtual_visit_can_be_chosen_of_telehealth_providers_only(visitor: Visitor, make: Make) -> None:
    made = make(providers=2, telehealth=True)
    visitor.open().press("to", "show", virtual="1")
    assert {slot.split(".")[0] for slot in visitor.slots} == {str(made.providers[0])}
    assert "Virtual Visit" in visitor.take().text
    visitor.press(**PERSON).press()
    assert [row.is_virtual for row, _, _ in requests(made)] == [True]


def test_a_virtual_visit_with_another_provider_is_refused_plainly(visitor: Visitor, make: Make) -> None:
    make(providers=2, telehealth=True)
    refused = visitor.open().take(-1, virtual="1")
    assert refused.answer.status_code == 422
    assert refused.faults["virtual"].startswith("Error: This provider offers no virtual visits.")


def test_without_telehealth_there_is_no_virtual_visit(visitor: Visitor, make: Make) -> None:
    make(telehealth=False)
    assert not visitor.open().has("virtual")
    assert visitor.take(virtual="1").answer.status_code == 422


def test_everything_about_the_person_is_needed(visitor: Visitor, make: Make) -> None:
    make()
    visitor.at_details().press()
    assert visitor.answer.status_code == 422
    assert set(visitor.faults) == {"first", "last", "email", "phone", "born", "sex", "accepts_terms"}
    links = visitor.page.xpath("//div[@role='alert']//a/@href")
    assert links == ["#first", "#last", "#email", "#phone", "#born_month", "#sex-female", "#accepts_terms"]
    assert all(visitor.page.get_element_by_id(link[1:]) is not None for link in links)
    assert visitor.page.xpath("//div[@role='alert']/@autofocus")


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("email", {"email": "rosalind@"}, "This is not an email address. Please write it like name@example.com."),
        ("phone", {"phone": "call me"}, "This is not a phone number. Please write it like 202-555-0143."),
        ("born", {"born_day": "31", "born_month": "2"}, "This is not a date. Choose the month"),
        ("born", {"born_year": "85"}, "This is not a date. Choose the month"),
        ("born", {"born_year": "2031"}, "This date of birth is in the future. Please correct it."),
        ("born", {"born_year": "1801"}, "This date of birth is too long ago. Please correct it."),
        ("first", {"first": " "}, "Please write the first name, with letters."),
        ("last", {"last": "--"}, "Please write the last name, with letters."),
    ],
)
def test_a_fault_is_said_beside_its_field_and_nothing_is_lost(
    visitor: Visitor, make: Make, field: str, typed: dict[str, str], sentence: str
) -> None:
    make()
    given = {**PERSON, **typed, "allows_texts": "1"}
    visitor.at_details().press(**given)
    assert list(visitor.faults) == [field]
    assert visitor.faults[field].startswith(f"Error: {sentence}")
    assert visitor.page.get_element_by_id(f"{field}-fault") is not None
    kept = visitor.values
    assert {name: kept.get(name, "") for name in given} == {name: word.strip() for name, word in given.items()}


def test_the_terms_must_be_accepted_and_are_stored_with_version_and_time(visitor: Visitor, make: Make) -> None:
    made = make()
    visitor.at_details().told(**PERSON | {"accepts_terms": ""})
    assert visitor.faults == {"accepts_terms": "Error: Please accept the Privacy Policy and Terms to continue."}
    visitor.press(accepts_terms="1").press()
    (_, request, _) = requests(made)[0]
    assert (request.terms_version, request.terms_accepted_at) == ("2026-11", NOW)


def test_changed_terms_are_shown_again(visitor: Visitor, make: Make) -> None:
    made = make()
    visitor.at_cover()
    made.db.transaction(lambda s: s.execute(update(WidgetRow).values(terms_version="2026-12")))
    visitor.press(notes="Please call in the morning")
    assert visitor.title == "About you"
    assert not visitor.is_ticked("accepts_terms")
    assert visitor.faults["accepts_terms"].startswith("Error: Our Privacy Policy and Terms have changed.")
    visitor.press(accepts_terms="1").press()
    assert visitor.title == SENT
    assert requests(made)[0][2]["notes"] == "Please call in the morning"


@pytest.mark.parametrize("name", ["privacy", "terms"])
@pytest.mark.parametrize("language", ["en", "es"])
def test_the_texts_to_accept_can_be_read(visitor: Visitor, make: Make, name: str, language: str) -> None:
    make()
    visitor.open(f"/{name}", lang=language)
    assert visitor.answer.status_code == 200
    assert "Maple Street Family Medicine" in visitor.text
    assert ("Example text." if language == "en" else "Texto de ejemplo.") in visitor.text
    assert "2026-11" in visitor.text


@pytest.mark.parametrize("ticked", [True, False])
def test_texts_are_asked_for_and_never_ticked_beforehand(visitor: Visitor, make: Make, ticked: bool) -> None:
    made = make()
    assert not visitor.at_details().is_ticked("allows_texts")
    visitor.press(**PERSON, **({"allows_texts": "1"} if ticked else {})).press()
    assert visitor.title == SENT
    assert [request.allows_texts for _, request, _ in requests(made)] == [ticked]


def test_insurances_come_from_the_list_with_details(visitor: Visitor, make: Make) -> None:
    made = make()
    assert visitor.at_cover().options("insurance")[1:] == ["Medicare", "Evergreen Health Plan"]
    visitor.press(insurance="evergreen", plan="Gold", member_id="M-1", group_id="G-2")
    assert visitor.title == SENT
    details = requests(made)[0][2]
    assert [details[name] for name in ("insurance", "plan", "member_id", "group_id")] == [
        "evergreen",
        "Gold",
        "M-1",
        "G-2",
    ]


def test_an_insurance_that_left_the_list_is_asked_again(visitor: Visitor, make: Make) -> None:
    made = make()
    visitor.at_cover()
    made.db.transaction(lambda s: s.execute(update(InsuranceRow).values(is_offered=False)))
    visitor.press(insurance="evergreen", notes="Kept")
    assert visitor.values["notes"] == "Kept"
    assert visitor.title == "Notes"
    visitor.press(insurance=None)
    assert visitor.title == SENT


def test_notes_are_optional_and_never_too_long_in_silence(visitor: Visitor, make: Make) -> None:
    make()
    visitor.at_cover().press(notes="x" * 801)
    assert visitor.faults == {"notes": "Error: This is too long. Please shorten it."}
    assert visitor.press(notes=None).title == SENT


def test_only_new_patients_are_asked_how_they_heard(visitor: Visitor, other: Visitor, make: Make) -> None:
    made = make()
    visitor.at_cover(0).press(referral="Another doctor")
    assert not other.at_cover(1, says_new=None).has("referral")
    other.press()
    assert sorted(details["referral"] for _, _, details in requests(made)) == ["", "Another doctor"]


def test_a_request_is_submitted_once_however_often_it_is_sent(visitor: Visitor, make: Make) -> None:
    made = make()
    visitor.at_cover().press(notes="Thank you")
    first = visitor.answer.text
    assert visitor.title == SENT
    assert visitor.again().answer.text == first
    assert visitor.again().answer.status_code == 200
    assert [row.status for row, _, _ in requests(made)] == [Status.TENTATIVE]


def test_the_same_form_with_other_words_is_refused_plainly(visitor: Visitor, make: Make) -> None:
    made = make()
    visitor.at_cover().press()
    visitor.post("/request", {**visitor.bodies[-1], "notes": "Something else"})
    assert (visitor.answer.status_code, visitor.title) == (409, "This request was sent already")
    assert len(requests(made)) == 1


def test_the_answer_is_the_same_for_known_and_unknown_people(visitor: Visitor, other: Visitor, make: Make) -> None:
    make()
    visitor.at_cover(0).press()
    other.at_cover(1).press()  # the same person once more
    known, unknown = other.text, visitor.text
    assert known.replace("11:30 AM", "") == unknown.replace("10:30 AM", "") != unknown
    assert PERSON["first"] not in known


def test_a_booking_does_not_fail_without_recipients(visitor: Visitor, make: Make) -> None:
    made = make(recipients=False)
    visitor.at_cover().press()
    assert (visitor.title, len(requests(made))) == (SENT, 1)


def test_no_group_can_be_asked_for(visitor: Visitor, make: Make) -> None:
    made = make()
    visitor.open()
    assert "group" not in visitor.text.lower()
    visitor.take(is_group="1").press(**PERSON, is_group="1").press(is_group="1")
    assert [row.is_group for row, _, _ in requests(made)] == [False]
