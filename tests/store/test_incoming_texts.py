"""Incoming texts: stops, starts, doubts and conversations, each text acted upon once (F-100, F-205, F-206, F-223)."""

import re
from collections.abc import Collection, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import event, select, update
from sqlalchemy.orm import Session

from models.db import Database
from models.rules.consent import START_WORDING, STOP_WORDING, StopReason
from models.rules.feedback import Outcome
from models.rules.messages import Channel, MessageKind
from models.sealing import INSTALLATION, Keys
from models.store import message_stops, messages, number_stops, provider_events, threads
from models.store.keys import keys_of_many
from models.store.text_letters import load_text_letters
from models.tables.consent import ConsentRow
from models.tables.messages import Message, MessageState
from models.tables.practices import Practice
from models.tables.texting import ProviderEventRow
from tests.booking import a_booking
from tests.store.asking import PHONE, Asking
from tests.store.test_at_once import at_once
from tests.store.texting import OWN_LINE, Texting, a_texting

pytestmark = pytest.mark.database
STRANGER = "+12025550177"


@pytest.fixture
def texting(db: Database) -> Texting:
    return a_texting(db)


def asked(texting: Texting) -> tuple[int, Message]:
    """Let a visit be followed by a text that waits to be sent."""
    request = texting.asking.check_out()
    texting.asking.wait(hours=3, minutes=1)
    [message] = texting.asking.messages(request)
    return request, message


def test_a_stop_holds_by_address_for_everybody_at_once(texting: Texting) -> None:
    """F-205: two patients on one phone both stop; the waiting text is taken back and the mail goes instead."""
    texting.asking.patient("92", first="Leo", email="leo@example.com", consents=False)
    request, _ = asked(texting)
    assert texting.text("STOP") == {"text_stop": 1}
    assert texting.stops() == [(INSTALLATION, "keyword", False), (texting.asking.practice, "keyword", False)]
    states = [(one.channel, one.state) for one in texting.asking.messages(request)]
    assert states == [(Channel.TEXT, MessageState.CANCELLED), (Channel.EMAIL, MessageState.PENDING)]
    assert {one.outcome for one in texting.asking.attempts(request)} == {Outcome.WITHDRAWN, Outcome.WAITING}
    assert texting.asking.scene(request).visit.person.is_text_stopped
    assert texting.ledger()[-1] == (False, "text", STOP_WORDING)
    other = texting.asking.check_out("502", patient="92")
    assert texting.asking.scene(other).visit.person.is_text_stopped


@pytest.mark.parametrize(("words", "reason"), [("please stop texting", "phrase"), ("wrong number", "wrong_number")])
def test_a_phrase_stops_at_once_and_a_person_looks(texting: Texting, words: str, reason: str) -> None:
    """F-205."""
    texting.text(words)
    assert {one[1:] for one in texting.stops()} == {(reason, False)}
    assert texting.work() == ["text.flagged"]
    assert len(texting.texts()) == 1


def test_a_doubtful_text_holds_sending_until_a_person_decides(texting: Texting) -> None:
    """F-205: nothing is withdrawn, nothing is sent, and the ledger says nothing yet."""
    request, _ = asked(texting)
    before = texting.ledger()
    texting.text("stop or not?")
    assert {one[1:] for one in texting.stops()} == {("doubt", True)}
    assert texting.asking.scene(request).visit.person.is_held
    assert texting.work() == ["text.doubt"]
    assert texting.ledger() == before
    assert texting.said() == []
    texting.text("STOP")
    assert {one[1:] for one in texting.stops()} == {("keyword", False)}
    assert texting.work() == []


def test_an_opt_out_is_confirmed_once(texting: Texting) -> None:
    """F-206: once per number and opt-out."""
    for _ in range(3):
        texting.text("STOP")
    assert texting.said() == [MessageKind.TEXT_STOPPED]


def test_a_confirmation_is_never_late(texting: Texting) -> None:
    """F-206: within five minutes, or not at all."""
    texting.arrive("STOP")
    texting.wait(minutes=5, seconds=1)
    texting.drain()
    assert texting.said() == []
    assert len(texting.stops()) == 2


def test_a_confirmation_that_waited_too_long_is_not_written(texting: Texting) -> None:
    """F-206."""
    texting.text("STOP")
    [message] = texting.db.read(lambda s: s.scalars(select(Message).where(Message.process == "texting")).all())
    claim = texting.db.transaction(lambda s: messages.claim_due(s, as_of=texting.now, limit=10))
    [claimed] = [one for one in texting.db.read(lambda s: messages.claimed(s, claim)) if one.id == message.id]
    fresh = texting.db.read(lambda s: load_text_letters(s, [claimed], as_of=texting.now))[message.id]
    assert not isinstance(fresh, str)
    assert (fresh.reader.address, fresh.kind) == (PHONE, MessageKind.TEXT_STOPPED)
    late = texting.now + timedelta(minutes=5, seconds=1)
    assert texting.db.read(lambda s: load_text_letters(s, [claimed], as_of=late)) == {message.id: "stale"}


def test_start_opens_texts_again_and_writes_it_down(texting: Texting) -> None:
    """F-206."""
    texting.text("STOP")
    texting.text("START")
    assert texting.stops() == []
    assert texting.ledger()[-1] == (True, "text", START_WORDING)
    assert texting.said() == [MessageKind.TEXT_STOPPED, MessageKind.TEXT_STARTED]
    request = texting.asking.check_out()
    assert texting.asking.scene(request).visit.person.allows_texts


def test_start_opens_nothing_while_the_toggle_is_set(texting: Texting) -> None:
    """F-206, F-033: for any patient with this number."""
    other = texting.asking.patient("92", first="Leo", email="", consents=False)
    texting.text("STOP")
    texting.asking.change(other, is_excluded_from_surveys=True)
    before = texting.ledger()
    texting.text("START")
    assert len(texting.stops()) == 2
    assert texting.ledger() == before
    assert texting.said() == [MessageKind.TEXT_STOPPED]


def test_start_gives_no_consent_that_never_was(db: Database) -> None:
    """F-206, F-031."""
    texting = a_texting(db)
    texting.asking.patient("92", mobile=STRANGER, email="", consents=False)
    before = texting.ledger()
    texting.text("START", sender=STRANGER)
    assert texting.ledger() == before


def test_start_opens_texts_of_whoever_stopped_before_becoming_a_patient(texting: Texting) -> None:
    """F-206: the stop of a stranger holds for every practice, and would be found again before the next text."""
    texting.text("STOP", sender=STRANGER)
    texting.asking.patient("92", mobile=STRANGER, email="")
    texting.text("START", sender=STRANGER)
    assert texting.stops() == []
    assert texting.said() == [MessageKind.TEXT_STARTED]


def test_a_stop_and_a_start_give_no_consent_that_never_was(db: Database, texting: Texting) -> None:
    """F-206, F-031: the practice that had the consent has it again, the one that never had any may text nobody."""
    other = Asking(a_booking(db, key="elm-street"))
    other.patient("81", consents=False)
    texting.text("STOP")
    texting.text("START")
    assert texting.stops() == []
    query = select(ConsentRow.practice_id, ConsentRow.is_given).order_by(ConsentRow.id)
    lines = db.read(lambda s: s.execute(query).all())
    assert [given for practice, given in lines if practice == texting.asking.practice] == [True, False, True]
    assert [given for practice, given in lines if practice == other.practice] == [False]
    request = other.check_out("801", patient="81")
    assert not other.scene(request).visit.person.allows_texts


def test_whoever_knows_a_number_is_found_by_practice_and_number(texting: Texting) -> None:
    """F-205: every text that comes in asks this, of everybody's records, so it goes by the indexes."""
    seen = list[tuple[str, Any]]()
    event.listen(texting.db.engine, "before_cursor_execute", lambda *given: seen.append((given[2], given[3])))
    found = texting.db.read(lambda s: message_stops.knowing(s, PHONE))
    assert [len(patients) for patients in found.values()] == [1]
    asked = [one for one in seen if "phone_index" in one[0]]
    assert len(asked) == 2

    def plan(session: Session, statement: str, values: Any) -> str:
        connection = session.connection()
        if texting.db.is_sqlite:
            return str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all())
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")  # the table is almost empty
        return str(connection.exec_driver_sql(f"EXPLAIN {statement}", values).all())

    for statement, values in asked:
        said = texting.db.transaction(partial(plan, statement=statement, values=values))
        assert re.search(r"practice_id ?= ?\S+ AND \(*phone_index", said), said


def test_a_text_opens_the_keys_of_those_practices_only_that_may_know_its_number(
    texting: Texting, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F-205: on a practice's own line its own; else those that keep patients, since an index needs its key."""
    a_booking(db, key="elm-street")
    bare = {one.id for one in db.read(lambda s: s.scalars(select(Practice)).all())} - {texting.asking.practice}
    opened = set[int]()

    def noted(session: Session, practices: Collection[int]) -> Mapping[int, Keys]:
        opened.update(practices)
        return keys_of_many(session, practices)

    monkeypatch.setattr(message_stops, "keys_of_many", noted)
    assert len(db.read(lambda s: message_stops.knowing(s, PHONE))) == 1
    assert opened == {texting.asking.practice}
    assert bare
    other = Asking(a_booking(db, key="oak-street"))
    other.patient("81", consents=False)
    opened.clear()
    texting.own_line()
    reach = db.transaction(lambda s: number_stops.reach_of(s, PHONE, to=OWN_LINE))
    assert [place.practice_id for place in reach.known] == [texting.asking.practice]
    assert opened == {texting.asking.practice}


def test_help_is_answered_once_a_day(texting: Texting) -> None:
    """Two machines must not answer each other for ever."""
    texting.text("HELP")
    texting.text("help")
    assert texting.said() == [MessageKind.TEXT_HELP]


def test_an_ordinary_text_is_kept_sealed_for_the_office(texting: Texting) -> None:
    """F-100."""
    texting.text("Can I come a bit later?")
    [kept], [thread] = texting.texts(), texting.threads()
    assert (thread.practice_id, thread.waits_for_us, kept.meaning) == (texting.asking.practice, True, "other")
    for stored in (kept.words, thread.address, texting.inbox()[0].content):
        assert "later" not in stored
        assert PHONE[-7:] not in stored
    assert texting.work() == ["text.answer"]
    assert texting.stops() == []


def test_a_text_on_a_practices_own_line_concerns_it_alone(texting: Texting) -> None:
    """F-102, F-205."""
    texting.own_line()
    texting.text("STOP", to=OWN_LINE)
    assert texting.stops() == [(texting.asking.practice, "keyword", False)]
    texting.text("Hello?", to=OWN_LINE, sender=STRANGER)
    assert len(texting.threads()) == 2


def test_a_text_goes_to_whoever_texted_that_number_last(db: Database, texting: Texting) -> None:
    """F-100: of several practices that know the number."""
    other = a_booking(db, key="elm-street")
    elsewhere = Asking(other)
    elsewhere.patient("81", consents=False)
    texting.text("Hello there")
    assert [one.practice_id for one in texting.threads()] == [other.practice]
    request, _ = asked(texting)
    assert request
    texting.text("Ah, I see")
    assert [one.practice_id for one in texting.threads()][-1] == texting.asking.practice
    texting.text("STOP")
    assert {one[0] for one in texting.stops()} == {INSTALLATION, texting.asking.practice, other.practice}


def test_a_strangers_text_is_listed_and_belongs_to_nobody(texting: Texting) -> None:
    """F-100; a doubt about a stranger holds nobody, a clear stop does."""
    assert texting.text("Hello?", sender=STRANGER) == {"text_unattributed": 1}
    texting.text("stop or not?", sender=STRANGER)
    assert texting.stops() == []
    texting.text("STOP", sender=STRANGER)
    assert texting.stops() == [(INSTALLATION, "keyword", False)]
    assert len(texting.db.read(provider_events.for_people)) == 2
    assert texting.threads() == []


def test_what_arrives_twice_is_acted_upon_once(texting: Texting) -> None:
    """F-223: replayed and reordered, the same stands."""
    texting.arrive("Can I come later?", key="SMa")
    texting.arrive("Can I come later?", key="SMa")
    assert texting.drain() == {"text_other": 1}
    texting.arrive("Can I come later?", key="SMa")
    assert texting.drain() == {}
    assert (len(texting.inbox()), len(texting.texts())) == (1, 1)


def test_two_workers_act_upon_one_text_once(texting: Texting) -> None:
    """F-223."""
    texting.arrive("Can I come later?")
    at_once(texting.drain, texting.drain)
    assert (len(texting.texts()), len(texting.threads())) == (1, 1)


def test_a_report_that_cannot_be_read_stops_no_other(texting: Texting) -> None:
    """F-223: it is put aside, shown, and may be tried again."""
    texting.arrive("One")
    texting.arrive("Two")
    first, second = texting.inbox()
    broken = update(ProviderEventRow).where(ProviderEventRow.id == first.id)
    texting.db.transaction(lambda s: s.execute(broken.values(content=second.content)))
    assert texting.drain() == {"text_failed": 1, "text_other": 1}
    texting.db.transaction(lambda s: s.execute(broken.values(content=first.content)))
    assert texting.db.transaction(provider_events.try_again) == 1
    assert texting.drain() == {"text_other": 1}


def test_an_address_is_stopped_and_opened_once_at_a_time(texting: Texting) -> None:
    """F-205: the store's own promises."""
    place, why = texting.place(), message_stops.Cause(StopReason.OFFICE)
    now = texting.now
    assert texting.db.transaction(lambda s: message_stops.stop(s, place, why, as_of=now))
    assert not texting.db.transaction(lambda s: message_stops.stop(s, place, why, as_of=now))
    assert texting.db.read(lambda s: message_stops.is_stopped(s, place.practice_id, PHONE))
    assert texting.db.transaction(lambda s: message_stops.lift(s, place, by="office", as_of=now))
    assert not texting.db.transaction(lambda s: message_stops.lift(s, place, by="office", as_of=now))
    assert texting.db.read(threads.list_threads) == []
