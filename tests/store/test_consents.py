"""The ledger of consent: it only grows, the newest line decides, each text has an older one (F-030..F-032, F-201)."""

from datetime import date, timedelta

import pytest
from sqlalchemy import delete, select, text, update

from deployments.web.booking_voice import Voice
from models.db import Database, DatabaseFailure
from models.inputs.consent_files import parse_consents
from models.inputs.csv_files import FileRefusedError
from models.reports.consent_proof import Proof, consent_proof
from models.rules.consent import OWN_FORM, PAPER_WORDING, TEXT_CONSENT_VERSION, WORDINGS, Source, full_words
from models.rules.decisions import Refusal
from models.rules.feedback_events import Sent
from models.rules.matching import Match, MatchOutcome
from models.rules.messages import Channel
from models.store import consent_import, consents, events, requests
from models.store.consent_import import Taken
from models.store.contact import load_contacts
from models.store.keys import keys_of
from models.store.patient_changes import Recorded, Wanted
from models.tables.consent import ConsentRow, PatientContactRow
from models.tables.patients import PatientRow
from tests.booking import NOW, Booking, a_booking, at
from tests.store.asking import NOON, PHONE, Asking, an_asking
from tests.store.texting import Texting, a_texting

pytestmark = pytest.mark.database
HEAD = "practice,phone,given_on,source,wording,locale\n"


@pytest.fixture
def asking(db: Database) -> Asking:
    return an_asking(db)


def rows(db: Database) -> list[ConsentRow]:
    return list(db.read(lambda s: s.scalars(select(ConsentRow).order_by(ConsentRow.id)).all()))


@pytest.mark.parametrize(
    "change", [update(ConsentRow).values(is_given=True), delete(ConsentRow), text("DELETE FROM consents")]
)
def test_no_line_is_ever_changed_or_deleted(asking: Asking, change: object) -> None:
    """F-201: refused by the database itself, on both engines."""
    asking.patient()
    with pytest.raises(DatabaseFailure) as refused:
        asking.db.transaction(lambda s: s.execute(change))  # type: ignore[call-overload]  # one of three statements
    assert "CONSTRAINT" in refused.value.code or refused.value.code == "23P01"
    assert [row.is_given for row in rows(asking.db)] == [True]


def booked(made: Booking, *, clock: str = "10:00", **told: object) -> int:
    form = made.submission(at(clock), **told)
    made.choose(at(clock), who=clock)
    request = made.submitted(form, key=clock, who=clock).appointment_id
    one = made.db.read(lambda s: requests.open_request(s, request))
    assert one is not None
    made.db.transaction(lambda s: requests.store_match(s, one, Match(MatchOutcome.NEW, None, 0), as_of=NOW))
    found = made.db.read(lambda s: requests.open_request(s, request))
    assert found is not None

    def attach(session):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - a session
        events.lock_practices(session, [made.practice])
        requests.attach_patient(session, found, as_of=NOW + timedelta(minutes=1))
        return requests.attach_patient(session, found, as_of=NOW + timedelta(minutes=2))

    made.db.transaction(attach)
    return request


def test_a_ticked_box_becomes_one_line_of_its_submission(db: Database) -> None:
    """F-030, F-201: wording with version, language, source, appointment and the time of the submission."""
    made = a_booking(db)
    request = booked(made, allows_texts=True, locale="es")
    [row] = rows(db)
    patient = db.read(lambda s: s.get_one(PatientRow, row.patient_id))
    assert (row.is_given, row.source, row.wording, row.locale) == (True, Source.BOOKING, TEXT_CONSENT_VERSION, "es")
    assert (row.appointment_id, row.at, row.address_index) == (request, NOW, patient.phone_index)
    found = db.read(lambda s: consents.newest(s, made.practice, row.address_index))
    assert found is not None
    assert found.is_given


def test_a_box_left_empty_writes_nothing(db: Database) -> None:
    """F-031, F-032: accepting the terms is no consent to texts."""
    booked(a_booking(db), allows_texts=False, accepts_terms=True)
    assert rows(db) == []


@pytest.mark.parametrize("locale", ["en", "es"])
def test_the_words_shown_are_the_words_recorded(locale: str) -> None:
    """F-201, F-032: beside the box of texts stands the recorded version, and nothing about terms."""
    shown = Voice(locale, "America/New_York").say("texts")
    assert shown == WORDINGS[TEXT_CONSENT_VERSION][locale] == full_words(TEXT_CONSENT_VERSION, locale)
    assert shown != Voice(locale, "America/New_York").say("terms")
    assert len(TEXT_CONSENT_VERSION) <= 60
    assert full_words("intake-form/2024-03", locale) == OWN_FORM


def imported(asking: Asking, content: str, *, key: str = "run-1") -> Taken:
    lines, faults = parse_consents(content, file="c.csv")
    if faults:
        return Taken(faults=faults)
    return asking.db.transaction(
        lambda s: consent_import.take_in_file(s, lines, by="coach-1", key=key, as_of=asking.now)
    )


def test_a_file_is_taken_in_once(asking: Asking) -> None:
    """F-201: twice changes nothing."""
    asking.patient(consents=False)
    content = HEAD + "maple-street,212-555-0142,2026-11-20,paper,intake-form/2024-03,es\n"
    assert imported(asking, content).counts == {"recorded": 1}
    assert imported(asking, content, key="run-2").counts == {"known_already": 1}
    [row] = rows(asking.db)
    assert (row.source, row.wording, row.locale, row.by) == (Source.PAPER, "intake-form/2024-03", "es", "coach-1")
    assert row.at < NOON
    request = asking.check_out()
    assert asking.scene(request).visit.person.allows_texts


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("nowhere,212-555-0142,2026-11-20,paper,x/1,en", "there is no practice with the key nowhere"),
        ("maple-street,212-555-0142,2099-01-01,paper,x/1,en", "still to come"),
        ("maple-street,12,2026-11-20,paper,x/1,en", "phone is no phone number"),
        ("maple-street,212-555-0142,yesterday,paper,x/1,en", "given_on is no day"),
        ("maple-street,212-555-0142,2026-11-20,booking,x/1,en", "source is none of paper, import"),
        ("maple-street,212-555-0142,2026-11-20,paper,,en", "wording is empty"),
        ("maple-street,212-555-0142,2026-11-20,paper,x/1,fr", "locale is none of en, es"),
    ],
)
def test_one_fault_and_nothing_of_a_file_is_taken(asking: Asking, line: str, said: str) -> None:
    """F-201: each fault a sentence that names no number."""
    good = "maple-street,212-555-0199,2026-11-20,paper,x/1,en\n"
    taken = imported(asking, HEAD + good + line + "\n")
    assert [fault.line for fault in taken.faults] == [3]
    assert said in taken.faults[0].sentence
    assert "0142" not in taken.faults[0].sentence
    assert rows(asking.db) == []


def test_a_file_of_other_columns_is_refused() -> None:
    """F-201."""
    with pytest.raises(FileRefusedError, match="has no column phone"):
        parse_consents("practice,given_on\n", file="c.csv")


def test_an_older_consent_does_not_undo_a_stop(db: Database) -> None:
    """F-201, F-205."""
    texting = a_texting(db)
    texting.text("STOP")
    content = HEAD + "maple-street,212-555-0142,2026-11-20,paper,x/1,en\n"
    assert imported(texting.asking, content).counts == {"withdrawn_since": 1}
    assert texting.ledger()[-1][0] is False


def paper(
    asking: Asking, patient: int, *, by: str = "coach-1", key: str = "k", on: date | None = None
) -> Recorded | Refusal:
    wanted = Wanted(patient, by, key)
    return asking.db.transaction(lambda s: consent_import.record_paper(s, wanted, on=on, as_of=asking.now))


def test_a_paper_consent_of_one_patient_is_recorded(asking: Asking) -> None:
    """F-201: for the number that is used, with who holds the paper."""
    patient = asking.patient(consents=False)
    assert paper(asking, patient) == Recorded(asking.practice, ("paper_consent_recorded",))
    assert paper(asking, patient) == Recorded(asking.practice, again=True)
    [row] = rows(asking.db)
    assert (row.patient_id, row.source, row.wording, row.by) == (patient, Source.PAPER, PAPER_WORDING, "coach-1")
    assert asking.scene(asking.check_out()).visit.person.allows_texts


def test_what_is_no_paper_consent_is_refused(asking: Asking) -> None:
    """F-201."""
    nameless = asking.patient("92", mobile="", email="a@example.com")
    for done, code in (
        (paper(asking, nameless), "no_number"),
        (paper(asking, 1), "unknown_patient"),
        (paper(asking, nameless, by="nobody"), "unknown_actor"),
        (paper(asking, nameless, on=date(2099, 1, 1)), "still_to_come"),
    ):
        assert isinstance(done, Refusal)
        assert done.code == code


def test_the_proof_shows_every_line_and_the_consent_before_each_text(asking: Asking) -> None:
    """F-201: every accepted text has a consent older than it."""
    patient = asking.patient()
    request = asking.check_out()
    asking.wait(hours=3, minutes=1)
    asking.tell(request, Sent(1, Channel.TEXT, asking.now))
    proof = asking.db.read(lambda s: consent_proof(s, patient, by="coach-1", as_of=asking.now))
    assert isinstance(proof, Proof)
    assert (proof.lines, proof.texts, proof.unproved) == (1, 1, 0)
    assert PHONE in proof.text
    assert PHONE not in repr(proof)
    assert "consent of line 1" in proof.text
    assert f"request {request}, attempt 1" in proof.text


def test_the_proof_says_where_there_is_none(asking: Asking) -> None:
    """F-201."""
    patient = asking.patient(consents=False)
    asking.consent(patient, at=asking.now + timedelta(days=9))
    request = asking.check_out()
    asking.wait(hours=3, minutes=1)
    asking.tell(request, Sent(1, Channel.TEXT, asking.now))
    proof = asking.db.read(lambda s: consent_proof(s, patient, by="coach-1", as_of=asking.now))
    assert isinstance(proof, Proof)
    assert proof.unproved == proof.texts
    stranger = asking.db.read(lambda s: consent_proof(s, patient, by="nobody", as_of=asking.now))
    assert isinstance(stranger, Refusal)


def test_contacts_are_read_again_with_the_record_and_ours_stay(asking: Asking) -> None:
    """F-162, A-75: the practice system's words reach the patient, our record is as it was."""
    patient = asking.patient()
    before = asking.db.read(lambda s: s.get_one(PatientRow, patient).person)
    assert asking.patient(mobile="+12125550188", zip_code="10001", consents=False) == patient
    row, copies = asking.db.read(lambda s: (s.get_one(PatientRow, patient), s.scalars(select(PatientContactRow)).all()))
    assert row.person == before
    assert len(copies) == 1
    keys = asking.db.read(lambda s: keys_of(s, asking.practice))
    contact = asking.db.read(lambda s: load_contacts(s, [patient], {asking.practice: keys}))[patient]
    assert (contact.phone, contact.zip_code) == ("+12125550188", "10001")
    assert "5550188" not in copies[0].contact
    assert not asking.scene(asking.check_out()).visit.person.allows_texts


def test_a_text_in_has_its_consent_line(db: Database) -> None:
    """F-201: a START is a line as any other."""
    texting: Texting = a_texting(db)
    texting.text("STOP")
    texting.text("START")
    assert [one[0] for one in texting.ledger()] == [True, False, True]
