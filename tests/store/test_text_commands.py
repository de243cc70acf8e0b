"""What people decide about texts: doubtful stops, answers, lines; each once per key (F-101, F-102, F-205)."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from models.db import Database
from models.rules.consent import RESUMED_WORDING, STOP_WORDING
from models.rules.decisions import Refusal
from models.rules.messages import MessageKind
from models.rules.text_answers import may_be_answered
from models.rules.texting import Line
from models.store import message_center, messages, text_commands, threads
from models.store.patient_changes import Recorded, Wanted
from models.store.text_commands import StopDecision, WantedLine
from models.store.text_letters import load_text_letters
from models.tables.consent import ConsentRow
from models.tables.messages import Message
from models.tables.patients import PatientRow
from tests.store.asking import PHONE
from tests.store.texting import OWN_LINE, Texting, a_texting

pytestmark = pytest.mark.database
DOUBT, PHRASE = "stop or not?", "please stop texting me"


@pytest.fixture
def texting(db: Database) -> Texting:
    return a_texting(db)


def wanted(texting: Texting, *, by: str = "coach-1", key: str = "k1") -> Wanted:
    return Wanted(texting.threads()[0].id, by, key)


def decide(texting: Texting, decision: StopDecision, **how: str) -> Recorded | Refusal:
    one = wanted(texting, **how)
    return texting.db.transaction(lambda s: text_commands.decide_about_stop(s, one, decision, as_of=texting.now))


def answer(texting: Texting, words: str, **how: str) -> Recorded | Refusal:
    one = wanted(texting, **how)
    return texting.db.transaction(lambda s: text_commands.answer(s, one, words, as_of=texting.now))


def test_a_person_makes_a_doubtful_stop_certain(texting: Texting) -> None:
    """F-205."""
    texting.text(DOUBT)
    assert decide(texting, StopDecision.STOP) == Recorded(texting.asking.practice, ("stop_decided",))
    assert {one[1:] for one in texting.stops()} == {("doubt", False)}
    assert texting.ledger()[-1][0] is False
    assert texting.work() == []
    assert decide(texting, StopDecision.STOP) == Recorded(texting.asking.practice, again=True)


@pytest.mark.parametrize("locale", ["en", "es"])
def test_a_stop_made_certain_stands_in_the_ledger_in_the_patients_language(texting: Texting, locale: str) -> None:
    """F-201, F-205: so does a consent that goes on after a flagged text."""
    texting.asking.change(texting.asking.patient(), locale=locale)
    texting.text(DOUBT)
    decide(texting, StopDecision.STOP)
    texting.text("START")
    texting.text(PHRASE)
    decide(texting, StopDecision.GO_ON, key="k2")
    query = select(ConsentRow.locale, ConsentRow.wording).order_by(ConsentRow.id)
    lines = texting.db.read(lambda s: s.execute(query).tuples().all())
    said = [one for one, wording in lines if wording in (STOP_WORDING, RESUMED_WORDING)]
    assert (said[0], said[-1], len(said)) == (locale, locale, 3)


def test_a_person_lets_texts_go_on_after_a_doubt(texting: Texting) -> None:
    """F-205: the ledger was never touched."""
    texting.text(DOUBT)
    before = texting.ledger()
    decide(texting, StopDecision.GO_ON)
    assert (texting.stops(), texting.ledger(), texting.work()) == ([], before, [])


def test_a_person_takes_back_a_flagged_stop(texting: Texting) -> None:
    """F-205: the consent from before goes on in a line of its own."""
    texting.text(PHRASE)
    decide(texting, StopDecision.GO_ON)
    assert texting.stops() == []
    assert texting.ledger()[-1] == (True, "office", RESUMED_WORDING)
    assert texting.asking.scene(texting.asking.check_out()).visit.person.allows_texts


def test_a_keyword_is_nobodys_to_decide(texting: Texting) -> None:
    """F-205: STOP is STOP."""
    texting.text(DOUBT)
    texting.text("STOP")
    done = decide(texting, StopDecision.GO_ON)
    assert isinstance(done, Refusal)
    assert done.code == "nothing_open"
    assert len(texting.stops()) == 2


def test_an_answer_travels_sealed_and_in_no_field(texting: Texting) -> None:
    """F-101."""
    texting.text("Can I come later?")
    assert isinstance(answer(texting, "Yes, at 4 pm."), Recorded)
    [message] = texting.db.read(lambda s: s.scalars(select(Message).where(Message.process == "texting")).all())
    assert (message.kind, message.fields) == (MessageKind.TEXT_REPLY, {})
    kept = texting.texts()[-1]
    assert (kept.is_incoming, kept.message_id, kept.by) == (False, message.id, "coach-1")
    assert "4 pm" not in kept.words
    claim = texting.db.transaction(lambda s: messages.claim_due(s, as_of=texting.now, limit=9))
    chosen = texting.db.read(lambda s: messages.claimed(s, claim))
    [letter] = texting.db.read(lambda s: load_text_letters(s, chosen, as_of=texting.now)).values()
    assert not isinstance(letter, str)
    assert (letter.words, letter.reader.address) == ("Yes, at 4 pm.", PHONE)
    assert "4 pm" not in repr(letter)
    assert texting.work() == []
    assert not texting.threads()[0].waits_for_us
    assert answer(texting, "Yes, at 4 pm.") == Recorded(texting.asking.practice, again=True)


def test_nobody_is_answered_who_stopped(texting: Texting) -> None:
    """F-205: neither when it is written nor when it would go out."""
    texting.text("Can I come later?")
    answer(texting, "Yes")
    texting.text("STOP")
    claim = texting.db.transaction(lambda s: messages.claim_due(s, as_of=texting.now, limit=9))
    chosen = texting.db.read(lambda s: messages.claimed(s, claim))
    found = texting.db.read(lambda s: load_text_letters(s, chosen, as_of=texting.now))
    kinds = {message.kind: found[message.id] for message in chosen}
    assert kinds[MessageKind.TEXT_REPLY] == "address_stopped"
    again = answer(texting, "Hello?", key="k2")
    assert isinstance(again, Refusal)
    assert again.code == "stopped"


@pytest.mark.parametrize(
    ("words", "by", "code"),
    [("", "coach-1", "wrong_length"), ("x" * 481, "coach-1", "wrong_length"), ("x", "nobody", "unknown_actor")],
)
def test_what_is_no_answer_is_refused(texting: Texting, words: str, by: str, code: str) -> None:
    """F-101."""
    texting.text("Can I come later?")
    done = answer(texting, words, by=by)
    assert isinstance(done, Refusal)
    assert done.code == code


def test_a_conversation_rests_that_needs_no_answer(texting: Texting) -> None:
    """F-101."""
    texting.text("Thank you!")
    one = wanted(texting)
    assert isinstance(texting.db.transaction(lambda s: text_commands.close(s, one, as_of=texting.now)), Recorded)
    assert texting.work() == []
    [listed] = texting.db.read(threads.list_threads)
    assert (listed.waits_for_us, listed.texts, listed.practice) == (False, 1, "maple-street")


def lines(texting: Texting, by: str, key: str = "k", *, ends: bool = False) -> Recorded | Refusal:
    end: Callable[..., Recorded | Refusal] = text_commands.end_line
    if ends:
        return texting.db.transaction(lambda s: end(s, "maple-street", OWN_LINE, by=by, key=key, as_of=texting.now))
    line = WantedLine(OWN_LINE, Line.WEB_TO_TEXT)
    return texting.db.transaction(
        lambda s: text_commands.arrange_line(s, "maple-street", line, by=by, key=key, as_of=texting.now)
    )


def test_only_the_onboarding_manager_arranges_lines(texting: Texting) -> None:
    """F-102: Two-Way-Text, Web-to-Text, Call-to-Text."""
    for ends in (False, True):
        refused = lines(texting, "coach-1", ends=ends)
        assert isinstance(refused, Refusal)
        assert refused.code == "only_manager"
    assert lines(texting, "manager-1") == Recorded(texting.asking.practice, ("text_line_arranged",))
    assert lines(texting, "manager-1") == Recorded(texting.asking.practice, again=True)
    texting.text("Hello", to=OWN_LINE, sender="+12025550177")
    assert texting.threads()[0].line is Line.WEB_TO_TEXT
    assert lines(texting, "manager-1", "k2", ends=True) == Recorded(texting.asking.practice, ("text_line_ended",))
    assert texting.db.read(lambda s: threads.lines_of_practice(s, texting.asking.practice)) == []


@pytest.mark.parametrize(
    ("has_written", "newest", "expected"),
    [(True, None, True), (True, False, True), (False, True, True), (False, False, False), (False, None, False)],
)
def test_whoever_wrote_or_agreed_may_be_answered(*, has_written: bool, newest: bool | None, expected: bool) -> None:
    """F-101, F-201."""
    assert may_be_answered(has_written=has_written, newest=newest) is expected


def test_an_answer_from_a_form_needs_the_same_consent_as_one_from_the_portal(texting: Texting) -> None:
    """F-101, F-201: a conversation in which the person never wrote."""
    place, practice = texting.place(), texting.asking.practice
    thread = texting.db.transaction(
        lambda s: threads.open_thread(s, place, PHONE, line=Line.TWO_WAY, as_of=texting.now)
    )
    assert texting.db.read(lambda s: message_center.find_conversation(s, practice, thread.id)).may_write  # type: ignore[union-attr]  # it is there
    [patient] = texting.db.read(lambda s: s.scalars(select(PatientRow.id)).all())
    texting.asking.consent(patient, is_given=False, at=texting.now)
    refused = answer(texting, "Please call us.")
    assert isinstance(refused, Refusal)
    assert refused.code == "no_consent"
    assert not texting.db.read(lambda s: message_center.find_conversation(s, practice, thread.id)).may_write  # type: ignore[union-attr]  # it is there
    assert texting.said() == []
    texting.asking.consent(patient, at=texting.now)
    assert isinstance(answer(texting, "Please call us."), Recorded)
