"""Patients: found by exact name and date of birth, one record with everything that is done about it, each act once."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, select

from models.db import Database
from models.rules.feedback import RequestState
from models.rules.messages import Channel
from models.rules.roles import Role
from models.rules.texting import Line
from models.tables.patients import DuplicateState, PatientRow, PossibleDuplicateRow
from models.tables.texting import TextLineRow
from tests.factories import an_intake
from tests.store.asking import EMAIL, PHONE
from tests.store.texting import OWN_LINE
from tests.store.visits import a_practice
from tests.web.conftest import Clock
from tests.web.desk import MESSAGES, PATIENTS, ROSA, Front, a_front, known_as
from tests.web.signed_in import SignedIn, member

pytestmark = pytest.mark.database


@pytest.fixture
def front(db: Database, clock: Clock) -> Front:
    return a_front(db, clock)


def search(front: Front, /, status: int = 200, **typed: str) -> str:
    front.look(PATIENTS)
    front.send("/patients", status, **(ROSA | typed))
    return front.seen()


def row(front: Front, patient: int) -> PatientRow:
    return front.asking.db.read(lambda s: s.get_one(PatientRow, patient))


def pair(front: Front) -> PossibleDuplicateRow:
    return front.asking.db.read(lambda s: s.scalars(select(PossibleDuplicateRow)).one())


@pytest.mark.parametrize("born", ["2/3/1984", "02/03/1984", "1984-02-03", "1984-2-3"])
def test_a_record_is_found_by_exact_name_and_date_of_birth(front: Front, born: str) -> None:
    """A-69: folded as the match key is."""
    number = front.patient()
    seen = search(front, first=" ROSÁ ", born=born)
    assert "Records found: 1 Rosa Marsh, Feb 3, 1984" in seen
    assert f'href="{PATIENTS}/{number}"' in front.page.text


@pytest.mark.parametrize("other", [{"first": "Ros"}, {"last": "Marsch"}, {"born": "3/2/1984"}])
def test_whatever_is_not_exact_is_not_found(front: Front, other: dict[str, str]) -> None:
    """A-69."""
    front.patient()
    seen = search(front, 200, **other)
    assert "Records found: 0" in seen
    assert "No record has exactly this name" in seen


def test_who_is_looked_for_stands_in_no_address(front: Front) -> None:
    front.patient()
    search(front)
    assert str(front.page.url).endswith(PATIENTS)
    links = [one.partition('"')[0] for one in front.page.text.split('href="')[1:]]
    assert [one for one in links if "rosa" in one.lower() or "1984" in one] == []
    seen = front.look(f"{PATIENTS}?first=Rosa&last=Marsh&born=1984-02-03")
    assert "Records found" not in seen
    assert "Rosa" not in front.page.text


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"first": " -- "}, "Write this name, with letters."),
        ({"last": "x" * 61}, "This is too long"),
        ({"born": "3.2.84"}, "This is not a date."),
        ({"born": "2/30/1984"}, "This is not a date."),
        ({"born": "2/3/2084"}, "This date of birth is in the future."),
    ],
)
def test_a_search_that_cannot_be_read_is_refused_at_its_field(front: Front, typed: dict[str, str], says: str) -> None:
    seen = search(front, 422, **typed)
    assert says in seen
    for value in (ROSA | typed).values():
        assert f'value="{value}"' in front.page.text


def test_records_of_another_practice_are_not_found(front: Front, db: Database) -> None:
    """A-103: each practice has blind indexes of its own."""
    known_as(db, "maple-street", 99, as_of=front.asking.now)
    a_practice(db, an_intake("cedar-hill", name="Cedar Hill Pediatrics"))
    known_as(db, "cedar-hill", 98, as_of=front.asking.now)
    assert "Records found: 2" in search(front)
    assert f"{PATIENTS}/98" not in front.page.text
    assert front.look(f"{PATIENTS}/98", 404)


def test_a_record_shows_how_the_patient_is_reached(front: Front) -> None:
    """F-162, A-75."""
    number = front.patient()
    seen = front.look(f"{PATIENTS}/{number}")
    assert "Rosa Marsh, Feb 3, 1984" in seen
    assert f"Mobile phone (212) 555-0142 Email {EMAIL}" in seen
    assert "Texts agreed to texts" in seen
    assert "In the practice system number 91" in seen
    front.asking.change(number, differing="email,phone")
    assert "The two records differ in: email, phone." in front.look(f"{PATIENTS}/{number}")


def test_excluding_from_surveys_holds_at_once_and_is_undone_there(front: Front) -> None:
    """F-033, F-035."""
    number = front.patient()
    request = front.asking.check_out()
    front.look(f"{PATIENTS}/{number}")
    address, hidden = front.form("/surveys")
    front.send("/surveys", to="excluded")
    assert "This patient is asked for no more feedback" in front.seen()
    assert front.asking.row(request).state is RequestState.CANCELLED
    assert front.browser.post(address, data=hidden | {"to": "excluded"}).status_code == 303
    front.look(f"{PATIENTS}/{number}")
    front.send("/surveys", to="included")
    assert "may be asked again" in front.seen()
    assert not row(front, number).is_excluded_from_surveys
    assert front.history("patient_excluded_from_surveys", "patient_included_in_surveys") == [
        ("patient_excluded_from_surveys", "office"),
        ("patient_included_in_surveys", "office"),
    ]


def test_two_forms_of_one_page_are_two_acts_and_one_form_twice_is_one(front: Front) -> None:
    """F-033, A-74: a page that stayed open carries the key with which it was shown."""
    number = front.patient()
    front.look(f"{PATIENTS}/{number}")
    forms = [(*front.form("/surveys"), "excluded"), (*front.form("/archive"), "archived")]
    for address, hidden, to in [*forms, *forms]:
        assert front.browser.post(address, data=hidden | {"to": to}).status_code == 303
    kept = row(front, number)
    assert (kept.is_excluded_from_surveys, kept.archived_at is not None) == (True, True)
    done = front.history("patient_excluded_from_surveys", "patient_archived")
    assert sorted(kind for kind, _ in done) == ["patient_archived", "patient_excluded_from_surveys"]


def test_a_patient_is_archived_from_the_menu_and_restored(front: Front) -> None:
    """F-085, A-74: Send Message and, in the same menu, Archive Patient; then Yes, Archive."""
    number = front.patient()
    seen = front.look(f"{PATIENTS}/{number}")
    assert "Send Message, Archive Patient" in seen
    assert "Yes, Archive" in seen
    front.send("/archive", to="archived")
    assert "This record is archived." in front.seen()
    assert row(front, number).archived_at == front.asking.now
    assert "Archived" in search(front)
    front.look(f"{PATIENTS}/{number}")
    front.send("/archive", to="restored")
    assert row(front, number).archived_at is None
    assert front.history("patient_archived", "patient_restored") == [
        ("patient_archived", "office"),
        ("patient_restored", "office"),
    ]


@pytest.mark.parametrize("ending", ["/surveys", "/archive"])
def test_a_button_that_says_nothing_changes_nothing(front: Front, ending: str) -> None:
    number = front.patient()
    front.look(f"{PATIENTS}/{number}")
    front.send(ending, 422, to="deleted")
    assert "Nothing was changed" in front.seen()
    assert (row(front, number).archived_at, row(front, number).is_excluded_from_surveys) == (None, False)


def test_a_message_opens_the_conversation_or_begins_one(front: Front) -> None:
    """F-085."""
    front.texting.own_line(line=Line.TWO_WAY)
    number = front.patient()
    front.look(f"{PATIENTS}/{number}")
    front.send("/message")
    assert str(front.page.url).endswith(f"{MESSAGES}/{front.thread}")
    assert "Conversation with Rosa Marsh Two-Way-Text, (212) 555-0142" in front.seen()
    front.send("/answer", words="Your forms are ready.")
    front.look(f"{PATIENTS}/{number}")
    front.send("/message")
    assert "Your forms are ready." in front.seen()
    assert len(front.texting.threads()) == 1
    assert front.history("conversation_begun", "text_answered") == [
        ("conversation_begun", "office"),
        ("text_answered", "office"),
    ]


def no_line(front: Front, patient: int) -> None:
    """Leave the practice without a line."""


def no_number(front: Front, patient: int) -> None:
    front.texting.own_line()
    front.asking.patient("93", first="Ada", last="Quill", mobile="")


def stopped(front: Front, patient: int) -> None:
    front.texting.own_line()
    front.asking.stop(patient)


def undecided(front: Front, patient: int) -> None:
    front.texting.own_line()
    front.asking.stop(patient, is_doubtful=True)


def withdrawn(front: Front, patient: int) -> None:
    front.texting.own_line()
    front.asking.consent(patient, is_given=False, at=front.asking.now)


@pytest.mark.parametrize(
    ("happens", "says"),
    [
        (no_line, "No message: this practice has no line for texts."),
        (no_number, "No message: no mobile number is known."),
        (stopped, "No message: this person asked for no more texts"),
        (undecided, "No message yet: a text may have asked for no more."),
        (withdrawn, "No message: this patient has not agreed to texts."),
    ],
)
def test_a_message_that_may_not_be_says_why(front: Front, happens: object, says: str) -> None:
    """F-085, F-102, F-201, F-205: said before the button is pressed, and again when it was pressed meanwhile."""
    number = front.patient()
    front.texting.own_line("+12025550177")
    front.look(f"{PATIENTS}/{number}")
    address, hidden = front.form("/message")
    front.asking.db.transaction(lambda s: s.execute(delete(TextLineRow)))
    happens(front, number)  # type: ignore[operator]  # one of the five above
    if happens is no_number:
        number = max(front.asking.db.read(lambda s: s.scalars(select(PatientRow.id)).all()))
        address = f"{PATIENTS}/{number}/message"
    refused = front.browser.post(address, data=hidden)
    assert (refused.status_code, says in refused.text) == (422, True)
    assert says in front.look(f"{PATIENTS}/{number}")
    assert front.texting.threads() == []


def test_whoever_wrote_first_may_be_answered_without_a_consent(front: Front) -> None:
    """F-101: without one, a conversation that nobody began with us stays silent (F-201)."""
    front.texting.own_line()
    number = front.patient()
    front.look(f"{PATIENTS}/{number}")
    front.send("/message")
    front.asking.consent(number, is_given=False, at=front.asking.now)
    seen = front.look(f"{MESSAGES}/{front.thread}")
    assert "This person never wrote and has not agreed to texts" in seen
    front.texting.text("Are my forms ready?", to=OWN_LINE)
    front.look(f"{MESSAGES}/{front.thread}")
    front.send("/answer", words="They are.")
    assert "Your answer is on its way." in front.seen()


@pytest.mark.parametrize(
    ("choice", "state", "is_twin_archived"),
    [
        ("keep", DuplicateState.KEPT_BOTH, False),
        ("archive_other", DuplicateState.ARCHIVED, True),
        ("deactivated_this", DuplicateState.DEACTIVATED, False),
    ],
)
def test_a_possible_duplicate_is_settled_from_its_record(
    front: Front, choice: str, state: DuplicateState, is_twin_archived: bool
) -> None:
    """A-73, A-74."""
    twin, number = front.twin(), front.patient()
    seen = front.look(f"{PATIENTS}/{number}")
    assert "Rosa Marsch, Feb 3, 1984" in seen
    assert "same phone" in seen
    front.send("/duplicates", choice=choice)
    assert "The pair is settled." in front.seen()
    assert pair(front).state is state
    assert bool(row(front, twin).archived_at) is is_twin_archived
    assert bool(row(front, number).inactive_at) is (choice == "deactivated_this")
    assert row(front, number).archived_at is None
    assert front.history("duplicate_settled") == [("duplicate_settled", "office")]


def test_the_same_pair_is_seen_from_its_other_record(front: Front) -> None:
    """A-74: “this” and “the other” change places."""
    twin, number = front.twin(), front.patient()
    front.look(f"{PATIENTS}/{twin}")
    front.send("/duplicates", choice="archive_this")
    assert row(front, twin).archived_at is not None
    assert row(front, number).archived_at is None


def test_a_pair_without_a_choice_stays_open(front: Front) -> None:
    front.twin()
    front.look(f"{PATIENTS}/{front.patient()}")
    front.send("/duplicates", 422)
    assert "Choose what is done about the two records." in front.seen()
    assert pair(front).state is DuplicateState.OPEN


def test_feedback_of_a_patient_shows_as_states_only(front: Front) -> None:
    """F-213: what was answered stands elsewhere, without a name."""
    number = front.patient()
    front.asking.check_out()
    assert "Feedback After which visit" in front.look(f"{PATIENTS}/{number}")
    assert "Nov 23, 2026 will be asked" in front.seen()
    front.asking.wait(hours=3)
    front.asking.stop(number, Channel.EMAIL)
    assert "stars" not in front.look(f"{PATIENTS}/{number}")


@pytest.mark.parametrize("number", ["7", "0", str(2**53), str(2**70)])
@pytest.mark.parametrize("way", ["", "/surveys", "/archive", "/message", "/duplicates"])
def test_a_record_that_is_not_there_is_missed_alike(front: Front, number: str, way: str) -> None:
    front.look(f"{PATIENTS}/{front.patient()}")
    _, hidden = front.form("/surveys")
    address = f"{PATIENTS}/{number}{way}"
    sent = {"to": "archived", "pair": "7", "choice": "keep"}
    answer = front.browser.post(address, data=hidden | sent) if way else front.browser.get(address)
    assert answer.status_code == 404
    assert answer.text == front.browser.get("/nothing/here").text


@pytest.mark.parametrize("word", ["7", "x", "9" * 30, ""])
def test_a_pair_of_others_is_not_there(front: Front, word: str) -> None:
    front.look(f"{PATIENTS}/{front.patient()}")
    _, hidden = front.form("/surveys")
    answer = front.browser.post(
        f"{PATIENTS}/{front.patient()}/duplicates", data=hidden | {"pair": word, "choice": "keep"}
    )
    assert answer.status_code == 404


def test_a_manager_looks_and_changes_nothing(front: Front, db: Database) -> None:
    number = front.patient()
    key = member(db, "manager-9", Role.ONBOARDING_MANAGER)
    with SignedIn(front.browser.app, db, key) as manager:  # type: ignore[arg-type]  # it is our site
        page = manager.get(f"{PATIENTS}/{number}")
        assert page.status_code == 200
        assert "<form" not in page.text
        assert manager.post(f"{PATIENTS}/{number}/archive", data={"to": "archived"}).status_code == 404


def test_a_form_that_is_not_ours_changes_nothing(front: Front) -> None:
    number = front.patient()
    front.look(f"{PATIENTS}/{number}")
    address, hidden = front.form("/archive")
    for spoilt in ({"form": "x"}, {"once": ""}, {"once": "short"}):
        assert front.browser.post(address, data=hidden | {"to": "archived"} | spoilt).status_code == 403
    assert row(front, number).archived_at is None
    stale = front.browser.post(PATIENTS, data=ROSA | {"form": "x"})
    assert stale.status_code == 403
    assert 'value="Marsh"' in stale.text


def test_records_speak_spanish_to_who_reads_it(db: Database, clock: Clock) -> None:
    front = a_front(db, clock, "desk")
    number = front.patient()
    seen = front.look(f"{PATIENTS}/{number}")
    assert "Enviar mensaje, archivar paciente" in seen
    assert "3 feb 1984" in seen
    assert "Exclude" not in seen


def test_a_restored_record_may_be_asked_only_after_visits_from_now_on(front: Front) -> None:
    """F-035, F-160."""
    number = front.patient()
    front.look(f"{PATIENTS}/{number}")
    front.send("/archive", to="archived")
    front.asking.now += timedelta(minutes=1)
    request = front.asking.check_out()
    assert front.asking.row(request).state is RequestState.SUPPRESSED
    assert "not asked" in front.look(f"{PATIENTS}/{number}")
    assert PHONE not in front.page.text.replace(" ", "")
