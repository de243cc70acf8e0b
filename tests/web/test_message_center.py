"""The Message Center: what waits first, one conversation with its words, answers, stops; each act once."""

import re
from functools import partial

import pytest
from sqlalchemy import select

from models.db import Database
from models.rules.roles import Role
from models.rules.texting import LONGEST_REPLY, Line
from models.store import message_center
from models.store.message_center import Wanted
from models.tables.messages import Message
from tests.store.asking import PHONE
from tests.store.texting import OWN_LINE
from tests.web.conftest import Clock
from tests.web.desk import BASE, MESSAGES, Front, a_front
from tests.web.signed_in import SignedIn, member

pytestmark = pytest.mark.database
HELLO = "Can I come on Monday instead? <b>Thanks</b>"


@pytest.fixture
def front(db: Database, clock: Clock) -> Front:
    made = a_front(db, clock)
    made.texting.own_line(line=Line.WEB_TO_TEXT)
    return made


def arrives(front: Front, words: str, sender: str = PHONE) -> None:
    front.texting.text(words, sender=sender, to=OWN_LINE)


def answers(front: Front) -> list[Message]:
    query = select(Message).where(Message.kind == "text_reply").order_by(Message.id)
    return list(front.texting.db.read(lambda s: s.scalars(query).all()))


def test_texts_of_both_lines_stand_in_the_list(front: Front) -> None:
    """F-100, A-83."""
    front.texting.own_line("+12025550156", Line.CALL_TO_TEXT)
    arrives(front, HELLO)
    front.texting.text("Call me back, please", sender="+12125550177", to="+12025550156")
    seen = front.look(MESSAGES)
    assert "Rosa Marsh (212) 555-0142 Can I come on Monday instead? <b>Thanks</b>" in seen
    assert "(212) 555-0177 Number without a record Call me back, please" in seen
    assert "Waiting for us 2" in seen
    only = front.look(f"{MESSAGES}?line=call_to_text")
    assert "Call me back" in only
    assert "Rosa" not in only


def test_what_waits_for_us_stands_first(front: Front) -> None:
    """F-101."""
    arrives(front, "The older one")
    front.texting.wait(hours=1)
    arrives(front, "The newer one", "+12125550177")
    front.look(f"{MESSAGES}/{front.texting.threads()[1].id}")
    front.send("/answer", words="Yes")
    seen = front.look(MESSAGES)
    assert seen.index("The older one") < seen.index("We: Yes")
    assert "We: Yes" not in front.look(f"{MESSAGES}?show=waiting")


def test_the_list_goes_on_by_keys_and_shows_each_conversation_once(front: Front) -> None:
    """F-100."""
    for number in range(7):
        arrives(front, f"No. {number}", f"+121255501{number:02}")
        front.texting.wait(minutes=1 if number % 2 else 0)
    front.look(f"{MESSAGES}/{front.texting.threads()[3].id}")
    front.send("/close")
    practice, seen, after = front.asking.practice, list[int](), None
    for _ in range(4):
        wanted = Wanted(after=after)
        page = front.asking.db.read(partial(message_center.list_page, practice_id=practice, wanted=wanted, at_once=2))
        seen += [one.spot.id for one in page.lines]
        after = page.later
    assert (len(seen), len(set(seen)), after) == (7, 7, None)
    assert seen[-1] == front.texting.threads()[3].id


def test_pages_of_the_list_are_linked(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    """F-100: an address holds codes, numbers and moments."""
    monkeypatch.setattr(message_center.list_page, "__kwdefaults__", {"at_once": 2})
    for number in range(3):
        arrives(front, f"No. {number}", f"+121255501{number:02}")
    front.look(MESSAGES)
    link = front.page.text.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
    assert "after=w2026-" in link
    assert "First page" in front.look(link)
    assert "Next page" not in front.seen()


@pytest.mark.parametrize("after", ["x", "w_1", "wnowZ_1", "w2026-11-23T00:00:00Z_x", "w" * 4000])
def test_an_address_that_says_nothing_shows_the_whole_list(front: Front, after: str) -> None:
    arrives(front, HELLO)
    assert "Can I come" in front.look(f"{MESSAGES}?after={after}&line=nothing&show=all")


def test_one_conversation_shows_its_words_and_its_number_alone_stands_in_the_address(front: Front) -> None:
    """F-101."""
    arrives(front, HELLO)
    seen = front.look(f"{MESSAGES}/{front.thread}")
    assert "Conversation with Rosa Marsh" in seen
    assert "Web-to-Text, (212) 555-0142" in seen
    assert HELLO in seen
    assert "<b>Thanks" not in front.page.text


def test_an_answer_goes_out_once_under_the_key_of_who_wrote_it(front: Front) -> None:
    """F-101."""
    arrives(front, HELLO)
    front.look(f"{MESSAGES}/{front.thread}")
    address, hidden = front.form("/answer")
    front.send("/answer", words="Yes,\r\nMonday at 4 pm.")
    assert "Your answer is on its way." in front.seen()
    assert "You · Mon, Nov 23, 12:00 PM Yes, Monday at 4 pm. on its way" in front.seen()
    assert "Answered or closed" in front.look(MESSAGES)
    again = front.browser.post(address, data=hidden | {"words": "Yes,\r\nMonday at 4 pm."})
    assert again.status_code == 303
    assert len(answers(front)) == 1
    assert answers(front)[0].fields == {}
    assert front.history("text_answered") == [("text_answered", "office")]
    assert front.texting.work() == []


def test_two_forms_of_one_page_are_two_acts_and_one_form_twice_is_one(front: Front) -> None:
    """F-101: answered, then closed, then another answer, all from a page that stayed open."""
    arrives(front, HELLO)
    front.look(f"{MESSAGES}/{front.thread}")
    answer, close = front.form("/answer"), front.form("/close")
    first, other = {"words": "Yes, at 4 pm."}, {"words": "At the back door, please."}
    for (address, hidden), typed in ((answer, first), (answer, first), (close, {}), (close, {}), (answer, other)):
        assert front.browser.post(address, data=hidden | typed).status_code == 303
    assert len(answers(front)) == 2
    assert [kind for kind, _ in front.history("text_answered", "conversation_closed")].count("text_answered") == 2


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("", "An answer has 1 to 480 characters."),
        ("x" * (LONGEST_REPLY + 1), "An answer has 1 to 480 characters."),
        ("Yes\x00", "This holds signs that no keyboard types."),
    ],
)
def test_an_answer_that_cannot_go_is_refused_at_its_field_and_stays(front: Front, words: str, says: str) -> None:
    """F-101."""
    arrives(front, HELLO)
    front.look(f"{MESSAGES}/{front.thread}")
    front.send("/answer", 422, words=words)
    assert says in front.seen()
    assert 'aria-invalid="true"' in front.page.text
    assert words.replace("\x00", "") in front.page.text.replace("\x00", "")
    assert answers(front) == []


def test_a_number_that_stopped_is_not_answered_and_the_words_stay(front: Front) -> None:
    """F-205."""
    arrives(front, HELLO)
    front.look(f"{MESSAGES}/{front.thread}")
    address, hidden = front.form("/answer")
    arrives(front, "STOP")
    refused = front.browser.post(address, data=hidden | {"words": "Come at four"})
    assert refused.status_code == 422
    assert "Not sent: this person asked for no more texts" in refused.text
    assert "Come at four</textarea>" in refused.text
    assert answers(front) == []
    seen = front.look(f"{MESSAGES}/{front.thread}")
    assert "No texts to this number" in seen
    assert "<textarea" not in front.page.text


def test_a_conversation_rests_without_an_answer(front: Front) -> None:
    """F-101."""
    arrives(front, "Thank you!")
    front.look(f"{MESSAGES}/{front.thread}")
    front.send("/close")
    assert "The conversation rests" in front.seen()
    assert front.history("conversation_closed") == [("conversation_closed", "office")]
    assert front.texting.work() == []
    assert "Close without answer" not in front.seen()


@pytest.mark.parametrize(
    ("decision", "says", "is_stopped"),
    [("stop", "Nothing more is sent to this number.", True), ("go_on", "Texts to this number go on.", False)],
)
def test_a_doubtful_stop_is_decided_there(front: Front, decision: str, says: str, is_stopped: bool) -> None:
    """F-205."""
    arrives(front, "stop or not?")
    assert "A stop to decide" in front.look(MESSAGES)
    seen = front.look(f"{MESSAGES}/{front.thread}")
    assert "Did this person ask for no more texts?" in seen
    assert "may ask for no more texts" in seen
    assert "<textarea" not in front.page.text
    address, hidden = front.form("/stop")
    front.send("/stop", decision=decision)
    assert says in front.seen()
    assert bool(front.texting.stops()) is is_stopped
    assert front.history("stop_decided") == [("stop_decided", "office")]
    assert front.texting.work() == []
    later = front.browser.post(address, data=hidden | {"decision": decision, "once": "A" * 22})
    assert later.status_code == 422
    assert "somebody has decided it" in later.text


def test_a_decision_that_says_nothing_changes_nothing(front: Front) -> None:
    arrives(front, "stop or not?")
    front.look(f"{MESSAGES}/{front.thread}")
    front.send("/stop", 422, decision="perhaps")
    assert "Choose whether texts to this number stop or go on." in front.seen()
    assert front.history("stop_decided") == []


def test_earlier_texts_are_a_page_away(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    """F-101."""
    monkeypatch.setattr(message_center, "TEXTS_AT_ONCE", 2)
    for number in range(3):
        arrives(front, f"Text No. {number}")
    seen = front.look(f"{MESSAGES}/{front.thread}")
    assert "Text No. 0" not in seen
    assert seen.index("Text No. 1") < seen.index("Text No. 2")
    before = front.page.text.partition("?before=")[2].partition('"')[0]
    seen = front.look(f"{MESSAGES}/{front.thread}?before={before}")
    assert "Text No. 0" in seen
    assert "Text No. 1" not in seen


def test_a_form_that_is_not_ours_changes_nothing_and_keeps_what_was_typed(front: Front) -> None:
    arrives(front, HELLO)
    front.look(f"{MESSAGES}/{front.thread}")
    address, hidden = front.form("/answer")
    stale = front.browser.post(address, data=hidden | {"words": "Come at four", "form": "x"})
    assert stale.status_code == 403
    assert "Come at four</textarea>" in stale.text
    foreign = front.browser.post(
        address, data=hidden | {"words": "Come at four"}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert foreign.status_code == 403
    assert "Come at four" not in foreign.text
    assert answers(front) == []


@pytest.mark.parametrize("number", ["7", "0", str(2**53), str(2**70)])
@pytest.mark.parametrize("way", ["", "/answer", "/close", "/stop"])
def test_a_conversation_that_is_not_there_is_missed_alike(front: Front, number: str, way: str) -> None:
    arrives(front, HELLO)
    front.look(f"{MESSAGES}/{front.thread}")
    _, hidden = front.form("/answer")
    address = f"{MESSAGES}/{number}{way}"
    answer = front.browser.post(address, data=hidden | {"words": "x"}) if way else front.browser.get(address)
    assert answer.status_code == 404
    assert answer.text == front.browser.get("/nothing/here").text


def test_an_auditor_reads_and_changes_nothing(front: Front, db: Database) -> None:
    arrives(front, "stop or not?")
    key = member(db, "auditor-9", Role.AUDITOR)
    with SignedIn(front.browser.app, db, key) as auditor:  # type: ignore[arg-type]  # it is our site
        page = auditor.get(f"{MESSAGES}/{front.thread}")
        assert page.status_code == 200
        assert "<form" not in page.text
        assert "You can read this page" in page.text
        assert auditor.post(f"{MESSAGES}/{front.thread}/stop", data={"decision": "stop"}).status_code == 404


def test_pages_speak_the_language_of_their_reader(db: Database, clock: Clock) -> None:
    front = a_front(db, clock, "desk")
    front.texting.own_line(line=Line.WEB_TO_TEXT)
    arrives(front, HELLO)
    assert "Centro de mensajes" in front.look(MESSAGES)
    front.look(f"{MESSAGES}/{front.thread}?lang=en")
    front.send("/answer", words="Yes")
    assert "Your answer is on its way." in front.seen()
    assert "Responder por mensaje" in front.look(f"{MESSAGES}/{front.thread}")


def test_a_practice_without_a_line_is_told_whom_to_ask(db: Database, clock: Clock) -> None:
    """F-102."""
    assert "the Onboarding Manager arranges that" in a_front(db, clock).look(MESSAGES)


def test_no_address_of_the_pages_holds_anything_about_a_person(front: Front) -> None:
    arrives(front, HELLO)
    for address in (MESSAGES, f"{MESSAGES}/{front.thread}"):
        front.look(address)
        links = [one.partition('"')[0] for one in front.page.text.split('href="')[1:]]
        without_numbers = [re.sub(r"/messages/\d+", "", one) for one in links]
        assert [one for one in without_numbers if "rosa" in one.lower() or "555" in one] == []
    assert all(link.startswith(("/", "#")) for link in links)
    assert BASE in "".join(links)
