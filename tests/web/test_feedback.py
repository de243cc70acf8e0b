"""The feedback page as a patient meets it, without a script: each rule that the page keeps."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient

from models.rules.feedback import Destination, Links, Question, RequestState, Signature, Why
from models.rules.feedback_answers import LONGEST_WORDS
from models.rules.feedback_events import Stop
from models.store import feedback_answers
from models.tables.base import Base
from models.tables.feedback import FeedbackAnswerRow
from tests.store.asking import Asking
from tests.web.answering import ADDRESSES, NOBODY, WORDS, Come, Patient, ask, link_of, row_of, speak
from tests.web.conftest import Clock


def everything(asking: Asking) -> dict[str, list[tuple[object, ...]]]:
    """Give every row of the database."""
    tables = Base.metadata.sorted_tables
    return asking.db.read(lambda s: {one.name: [tuple(row) for row in s.execute(select(one))] for one in tables})


def test_the_link_opens_the_question_with_yes_and_no_and_nothing_else(come: Come) -> None:
    """F-060, F-061, F-209: the practice's name and the question; no date, reason, provider or patient."""
    page = come().open()
    assert page.answer.status_code == 200
    assert page.title == "Were you satisfied with your visit?"
    buttons = page.page.xpath("//form[@method='post']//button[@name='answer']")
    assert [(one.get("value"), one.text_content(), one.get("class")) for one in buttons] == [
        ("yes", "Yes", "choice"),
        ("no", "No", "choice"),
    ]
    assert "Maple Street" in page.text
    assert [
        word for word in ("Rosa", "Marsh", "Avery", "2026", "Place 0", "November") if word in page.answer.text
    ] == []


def test_the_practices_own_question_is_asked_as_it_was_when_asking_began(come: Come, asking: Asking) -> None:
    """F-053, F-014."""
    asking.choose(question=Question("Did we take good care of you?", "¿Le atendimos bien?"))
    patient = come()
    asking.choose(question=Question("Newer?", "¿Más nueva?"))
    assert patient.open().title == "Did we take good care of you?"
    assert patient.open(lang="es").title == "¿Le atendimos bien?"


def test_a_sensitive_practice_asks_neutrally_and_names_no_provider(come: Come, asking: Asking) -> None:
    """F-209: as soon as it is marked, also for those who were asked before."""
    asking.choose(question=Question("Did the therapy help?", "¿Ayudó?"), signature=Signature.SINCERELY_PROVIDER)
    patient = come()
    asking.choose(is_sensitive=True)
    seen = [patient.open().text, patient.press("answer", "yes").text, patient.press(stars="5").text]
    assert [one for one in seen if "Avery" in one or "therapy" in one] == []
    assert "Were you satisfied with us?" in seen[0]
    assert "How many stars do you give us?" in seen[1]
    assert "Sincerely, Maple Street" in seen[2]


def test_opening_changes_nothing_at_all(come: Come, asking: Asking, stranger: TestClient) -> None:
    """F-208: neither looking, nor looking ahead, nor asking for a form's address."""
    patient = come()
    before = everything(asking)
    for address in ("", "?answer=yes", "?lang=es", "/tell", "/tell?stars=5", "/thanks/" + "B" * 22):
        assert stranger.get(f"{patient.link}{address}").status_code in {200, 303}
        assert stranger.head(f"{patient.link}{address}").status_code in {200, 303}
    assert everything(asking) == before


@pytest.mark.parametrize(("answer", "is_satisfied"), [("yes", True), ("no", False)])
def test_either_answer_is_stored_at_once_and_opens_the_next_page(
    come: Come, asking: Asking, clock: Clock, answer: str, is_satisfied: bool
) -> None:
    """F-062, F-012: the answer ends the asking, even if nothing else follows."""
    request = ask(asking)
    patient = come(request).says(answer)
    assert patient.title == "Tell us more"
    row = row_of(asking, request)
    assert row is not None
    assert (row.is_satisfied, row.answered_at, row.completed_at, row.locale) == (is_satisfied, clock.now, None, "en")
    assert (row.stars, row.words, row.links_shown) == (None, "", None)
    asked = asking.row(request)
    assert (asked.state, asked.due_at, asked.answered_at) == (RequestState.ANSWERED, None, clock.now)
    assert asking.wait(days=9).total() == 0


def test_yes_leads_to_stars_for_the_provider_and_a_review(come: Come, asking: Asking) -> None:
    """F-063, A-90."""
    request = ask(asking)
    patient = come(request).says("yes")
    assert "How many stars do you give Dr. Avery No. 0?" in patient.text
    assert patient.page.xpath("//input[@name='stars' and @type='radio']/@value") == ["1", "2", "3", "4", "5"]
    patient.press(stars="4", words=WORDS)
    row = row_of(asking, request)
    assert row is not None
    assert (row.stars, row.links_shown, row.completed_at is not None) == (4, 3, True)
    assert WORDS not in row.words
    opened = asking.db.read(lambda s: feedback_answers.open_words(s, asking.practice, [request]))
    assert opened == {request: WORDS}


def test_no_leads_to_private_feedback_without_stars(come: Come, asking: Asking) -> None:
    """F-064, A-90: stars are not asked for, and not stored."""
    request = ask(asking)
    patient = come(request).says("no")
    assert "What was it like for you?" in patient.text
    assert patient.page.xpath("//input[@name='stars']") == []
    patient.press(words="Too long a wait.", stars="1")
    row = row_of(asking, request)
    assert row is not None
    assert (row.stars, row.is_satisfied, row.words != "") == (None, False, True)


def test_no_may_be_left_without_a_word(come: Come, asking: Asking) -> None:
    """F-064."""
    request = ask(asking)
    assert come(request).says("no").press().title == "We have your feedback"
    row = row_of(asking, request)
    assert row is not None
    assert (row.words, row.links_shown) == ("", 3)


@pytest.mark.parametrize("language", ["en", "es"])
def test_everybody_sees_the_same_last_page(come: Come, asking: Asking, language: str) -> None:
    """F-210, F-070: same links, order, wording and weight, whatever the answer, the stars and the words."""
    ways: list[tuple[str, dict[str, str]]] = [("yes", {"stars": str(n)}) for n in range(1, 6)]
    ways += [("yes", {"stars": "5", "words": WORDS}), ("no", {}), ("no", {"words": "Bad."})]
    seen = set()
    for number, (answer, typed) in enumerate(ways):
        request = ask(asking, str(600 + number), patient=str(100 + number))
        speak(asking, language)
        patient = come(request).says(answer).press(**typed)
        page = patient.page.find(".//main")
        assert len(patient.links) == 3
        seen.add(" ".join(page.text_content().split()) + str([sorted(one.items()) for one in page.iter()]))
    assert len(seen) == 1


def test_the_links_are_the_practices_in_its_order_and_follow_nobody(come: Come, asking: Asking) -> None:
    """F-070: no tracking, nothing about where the reader came from."""
    asking.choose(destinations=(Destination.OWN_SITE, Destination.GOOGLE, Destination.VITALS))
    patient = come().says("yes").press(stars="1")
    assert patient.links == [
        ("The practice's own website (opens in a new tab)", ADDRESSES[Destination.OWN_SITE]),
        ("Google (opens in a new tab)", ADDRESSES[Destination.GOOGLE]),
    ]
    assert set(patient.page.xpath("//ul[@class='places']//a/@rel")) == {"noopener noreferrer nofollow"}
    assert "Thank you, Maple Street" in patient.text


@pytest.mark.parametrize("choice", [{"destinations": ()}, {"links": Links.PRIVATE_ONLY_FOR_ALL}])
def test_without_a_destination_feedback_is_still_stored(come: Come, asking: Asking, choice: dict[str, Any]) -> None:
    """F-072, F-210: nobody sees links."""
    asking.choose(**choice)
    for number, answer in enumerate(("yes", "no")):
        request = ask(asking, str(600 + number), patient=str(100 + number))
        patient = come(request).says(answer).press(words=WORDS, stars="5")
        assert (patient.title, patient.links) == ("We have your feedback", [])
        row = row_of(asking, request)
        assert row is not None
        assert (row.links_shown, row.words != "") == (0, True)


def test_an_address_that_is_no_web_address_is_shown_to_nobody(come: Come, asking: Asking) -> None:
    asking.choose(addresses={Destination.GOOGLE: "javascript:alert(1)", Destination.HEALTHGRADES: "//x"})
    assert come().says("yes").press(stars="5").links == []


def test_the_last_page_stays_as_it_was_shown_when_it_is_loaded_again(come: Come, asking: Asking) -> None:
    patient = come().says("yes").press(stars="5")
    first, before = patient.answer.text, everything(asking)
    asking.choose(destinations=())
    assert patient.again().answer.text == first
    assert everything(asking)["feedback_answers"] == before["feedback_answers"]


def test_who_left_after_yes_or_no_can_come_back_and_complete_it(come: Come, asking: Asking, clock: Clock) -> None:
    """F-215: within 30 days; the answer stays as it was."""
    request = ask(asking)
    patient = come(request).says("no")
    clock.now += timedelta(days=29)
    assert patient.open().title == "Tell us more"
    patient.post("", {"answer": "yes"})
    assert "What was it like for you?" in patient.text
    patient.press(words="Later words")
    row = row_of(asking, request)
    assert row is not None
    assert (row.is_satisfied, row.completed_at) == (False, clock.now)


def test_unknown_expired_and_used_links_look_alike(
    come: Come, asking: Asking, client: TestClient, clock: Clock
) -> None:
    """F-215: same status, same page, whatever is sent."""
    used, old = come(), come(ask(asking, "502", patient="92"))
    key = used.says("yes").values["key"]
    used.press(stars="5")
    answered_at = clock.now
    nobody = Patient(client, NOBODY)

    def looks(patient: Patient, moment: datetime) -> list[tuple[int, str]]:
        clock.now = moment
        found = list[tuple[int, str]]()
        for lang in ("", "es"):
            query = {"lang": lang} if lang else {}
            for address in ("", "/tell", "/thanks/" + "B" * 22):
                found.append(_look(patient.open(address, **query)))
            for address, form in (("", {"answer": "no"}), ("", {}), ("/tell", {"stars": "1", "key": "B" * 22})):
                found.append(_look(patient.post(address, {**form, "lang": lang})))
        return found

    expected = looks(nobody, answered_at)
    assert looks(used, answered_at) == expected
    assert looks(old, answered_at + timedelta(days=31)) == expected
    assert {status for status, _ in expected} == {200}
    assert all("Thank you" in page or "Gracias" in page for _, page in expected)
    assert _look(old.open(f"/thanks/{key}")) == expected[0]


def _look(patient: Patient) -> tuple[int, str]:
    return patient.answer.status_code, patient.answer.text.replace(patient.link, "/f/...")


def test_the_link_is_good_for_thirty_days_after_the_last_message(come: Come, asking: Asking, clock: Clock) -> None:
    """F-215."""
    request = ask(asking)
    patient, sent_at = come(request), asking.now
    clock.now = sent_at + timedelta(days=30, seconds=-1)
    assert patient.open().title == "Were you satisfied with your visit?"
    clock.now = sent_at + timedelta(days=30)
    assert patient.open().title == "Thank you"
    patient.post("", {"answer": "yes"})
    assert row_of(asking, request) is None


@pytest.mark.parametrize("why", [Why.OPTED_OUT, Why.EXCLUDED, Why.CHECK_OUT_UNDONE])
def test_a_late_answer_counts_whatever_became_of_the_request(come: Come, asking: Asking, why: Why) -> None:
    """F-215: answers to closed requests thank politely."""
    request = ask(asking)
    asking.tell(request, Stop(why))
    assert asking.row(request).state is RequestState.CANCELLED
    assert come(request).says("yes").press(stars="3").title == "We have your feedback"
    assert asking.row(request).state is RequestState.ANSWERED


def test_an_answer_to_a_message_whose_outcome_is_not_known_yet_counts(come: Come, asking: Asking) -> None:
    """F-215: whoever has the link was asked."""
    request = ask(asking, is_sent=False)
    assert come(request).says("no").title == "Tell us more"
    assert asking.row(request).state is RequestState.ANSWERED


def test_every_refusal_is_said_at_its_field_and_loses_nothing(come: Come, asking: Asking) -> None:
    """F-063: in the reader's language."""
    request = ask(asking)
    long = "ñ" * 1990 + "\r\nlonger than that"
    patient = come(request).says("yes").press(words="Kept.\nBoth lines.")
    assert patient.answer.status_code == 422
    assert patient.faults == {"stars": "Error: Please choose one to five stars."}
    assert patient.values["words"] == "Kept.\nBoth lines."
    patient.press(words=long, stars="4")
    assert patient.faults == {"words": "Error: Please shorten your text: 2,007 characters are too many, 2,000 fit."}
    assert (patient.values["stars"], patient.values["words"]) == ("4", long.replace("\r", ""))
    assert patient.page.xpath("//textarea/@aria-invalid") == ["true"]
    patient.press("to", "es")
    assert (patient.answer.status_code, patient.values["stars"]) == (200, "4")
    assert patient.values["words"] == long.replace("\r", "")
    patient.press(words=long)
    assert patient.faults["words"].startswith("Error: Acorte su texto: 2,007 caracteres")
    assert row_of(asking, request).completed_at is None  # type: ignore[union-attr]  # it was answered


def test_two_thousand_characters_fit_whatever_they_are(come: Come, asking: Asking) -> None:
    request = ask(asking)
    words = "🙂" * LONGEST_WORDS
    assert come(request).says("no").press(words=words).title == "We have your feedback"
    assert asking.db.read(lambda s: feedback_answers.open_words(s, asking.practice, [request])) == {request: words}


def test_neither_yes_nor_no_is_said_at_the_question(come: Come, asking: Asking) -> None:
    request = ask(asking)
    patient = come(request).post("", {"answer": "maybe", "lang": "es"})
    assert (patient.answer.status_code, patient.faults) == (422, {"answer": "Error: Elija Sí o No."})
    assert row_of(asking, request) is None


def test_it_speaks_the_patients_language_and_the_other_one_if_asked(come: Come, asking: Asking) -> None:
    """The token stays in the address, and no cookie is needed."""
    request = ask(asking)
    speak(asking, "es")
    patient = come(request).open()
    assert patient.title == "¿Quedó satisfecho o satisfecha con su visita?"
    assert patient.page.xpath("//nav//a/@href") == ["?lang=en"]
    assert patient.open(lang="en").title == "Were you satisfied with your visit?"
    patient.press("answer", "yes")
    assert patient.title == "Tell us more"
    assert patient.press(stars="5").title == "We have your feedback"
    row = row_of(asking, request)
    assert row is not None
    assert row.locale == "en"
    assert "set-cookie" not in patient.answer.headers


def test_reloading_and_sending_again_repeat_nothing(come: Come, asking: Asking) -> None:
    request = ask(asking)
    patient = come(request).open()
    question = patient.values
    patient.press("answer", "yes")
    assert patient.again().title == "Tell us more"
    details = {**patient.values, "stars": "2"}
    patient.post("/tell", details)
    first = everything(asking)["feedback_answers"]
    assert patient.again().title == "We have your feedback"
    assert patient.post("/tell", {**details, "stars": "5"}).title == "We have your feedback"  # a double click
    assert patient.post("", {**question, "answer": "no"}).title == "Thank you"
    assert everything(asking)["feedback_answers"] == first


def test_fifty_at_once_give_one_answer_and_fifty_polite_pages(come: Come, asking: Asking, client: TestClient) -> None:
    """F-215."""
    request = ask(asking)
    link = link_of(asking, request)

    def answer(number: int) -> str:
        return Patient(client, link).post("", {"answer": "yes" if number % 2 else "no"}).title

    with ThreadPoolExecutor(50) as crowd:
        assert set(crowd.map(answer, range(50))) == {"Tell us more"}
    key = Patient(client, link).open().values["key"]

    def tell(number: int) -> str:
        return Patient(client, link).post("/tell", {"stars": str(number % 5 + 1), "words": "x", "key": key}).title

    with ThreadPoolExecutor(50) as crowd:
        assert set(crowd.map(tell, range(50))) == {"We have your feedback"}
    assert asking.db.read(lambda s: s.scalar(select(func.count()).select_from(FeedbackAnswerRow))) == 1
