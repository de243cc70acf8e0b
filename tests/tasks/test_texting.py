"""Flows' work about texts: files read and put aside, proofs written, and nothing personal on the way."""

import stat
from pathlib import Path
from typing import Any

import pytest

from models.db import Database
from models.rules.messages import Channel, MessageKind
from models.rules.texting import Line
from models.settings import Settings, settings
from models.store import provider_events
from tasks import messages, texting
from tasks.texting import StopDecision, WantedLine
from tests.store.asking import PHONE
from tests.store.texting import OWN_LINE, Texting, a_texting

pytestmark = pytest.mark.database
WORDS = "Yes, come at 4 pm."
HEAD = "practice,phone,given_on,source,wording\n"


@pytest.fixture
def made(db: Database) -> Texting:
    return a_texting(db)


@pytest.fixture
def intake(own_settings: Settings) -> Path:
    folder = own_settings.intake_folder
    folder.mkdir(parents=True)
    return folder


def run(task: Any, *args: Any, **how: Any) -> Any:
    return task.fn(*args, **how)


def deliver(made: Texting) -> dict[str, int]:
    counts: dict[str, int] = {}
    for claim in messages.claims_of_messages(as_of=made.now, limit=50):
        counts |= run(messages.deliver_messages, claim, as_of=made.now)
    return counts


def sent(made: Texting) -> list[str]:
    return sorted(file.read_text() for file in settings().mailbox_folder.glob("*.json"))


def test_an_answer_comes_from_a_file_and_reaches_the_patient(made: Texting, intake: Path) -> None:
    """F-101: its words are in no answer of the flow, and the file is put aside under a name of ours."""
    made.text("Can I come later?")
    thread = made.threads()[0].id
    (intake / "reply.txt").write_text(WORDS)
    answer = run(texting.answer_text, thread, "reply.txt", by="coach-1", key="run:1", as_of=made.now)
    assert answer.is_done
    assert "4 pm" not in repr(answer)
    [done] = (intake / "done").iterdir()
    assert done.read_text() == WORDS
    assert done.name.startswith(f"answer-{thread}-")
    assert not (intake / "reply.txt").exists()
    again = run(texting.answer_text, thread, "reply.txt", by="coach-1", key="run:1", as_of=made.now)
    assert (again.is_done, len(made.said())) == (True, 1)
    assert deliver(made) == {"sent": 1}
    [text] = sent(made)
    assert WORDS in text
    assert PHONE in text


def test_an_answer_that_is_refused_leaves_its_file(made: Texting, intake: Path) -> None:
    """F-101."""
    made.text("Can I come later?")
    (intake / "reply.txt").write_text("x" * 500)
    answer = run(texting.answer_text, made.threads()[0].id, "reply.txt", by="coach-1", key="k", as_of=made.now)
    assert not answer.is_done
    assert (intake / "reply.txt").exists()
    missing = run(texting.answer_text, made.threads()[0].id, "other.txt", by="coach-1", key="k", as_of=made.now)
    assert "There is no file other.txt" in missing.sentence


def test_a_confirmation_goes_out_as_a_text_of_one_part(made: Texting, own_settings: Settings) -> None:
    """F-206, F-214."""
    made.text("por favor no me escriban mas")
    assert made.said() == [MessageKind.TEXT_STOPPED]
    assert deliver(made) == {"sent": 1}
    [text] = sent(made)
    assert "ya no recibira" in text
    assert own_settings.mailbox_folder.exists()


def test_a_late_confirmation_is_cancelled(made: Texting) -> None:
    """F-206."""
    made.text("STOP")
    made.wait(minutes=6)
    assert deliver(made) == {"cancelled": 1}
    assert sent(made) == []


def test_the_inbox_is_drained_in_batches_until_it_is_empty(made: Texting) -> None:
    """F-223: and says when it wants to be drained."""
    assert made.db.read(provider_events.next_due) is None
    for number in range(3):
        made.arrive(f"Hello no. {number}")
    assert made.db.read(provider_events.next_due) == made.now
    sizes = []
    for size in texting.batches_of_events(as_of=made.now, limit=2):
        sizes.append(size)
        run(texting.take_in_events, size, as_of=made.now)
    assert sizes == [2]
    assert made.db.read(provider_events.next_due) == made.now
    assert made.drain() == {"text_other": 1}


def test_lists_show_numbers_and_states_only(made: Texting) -> None:
    """F-100: no words, nobody's number."""
    made.text("My knee hurts")
    made.text("Hello", sender="+12025550177")
    rows = [*run(texting.text_rows), *run(texting.stray_rows)]
    assert [row.get("waits for us", row.get("why")) for row in rows] == ["yes", "unattributed"]
    assert not any(word in str(rows) for word in ("knee", "5550142", "5550177"))


def test_people_decide_and_managers_arrange(made: Texting) -> None:
    """F-102, F-205."""
    made.text("stop or not?")
    thread = made.threads()[0].id
    how = {"by": "coach-1", "as_of": made.now}
    assert run(texting.decide_about_stop, thread, StopDecision.GO_ON, key="a", **how).is_done
    assert not run(texting.decide_about_stop, thread, StopDecision.STOP, key="b", **how).is_done
    made.text("Thanks")
    assert run(texting.close_text, thread, key="c", **how).is_done
    line = WantedLine(OWN_LINE, Line.TWO_WAY)
    assert not run(texting.arrange_line, "maple-street", line, key="d", **how).is_done
    manager = how | {"by": "manager-1"}
    assert run(texting.arrange_line, "maple-street", line, key="e", **manager).is_done
    assert run(texting.end_line, "maple-street", OWN_LINE, key="f", **manager).is_done


def test_consents_come_from_a_file_whole_or_not_at_all(made: Texting, intake: Path) -> None:
    """F-201: each fault by its line, without the number."""
    (intake / "good.csv").write_text(HEAD + "maple-street,212-555-0142,2026-11-20,paper,form/1\n")
    (intake / "bad.csv").write_text(HEAD + "maple-street,212-555-0188,2026-11-20,paper,form/1\nmaple-street,1,x,y,z\n")
    how = {"by": "coach-1", "as_of": made.now}
    answer, rows = run(texting.import_consents, "good.csv", key="a", **how)
    assert (answer.sentence, rows) == ("good.csv: 1 recorded.", [])
    answer, rows = run(texting.import_consents, "bad.csv", key="b", **how)
    assert not answer.is_done
    assert "1 faults, so nothing of it was taken. Line 3:" in answer.sentence
    assert "0188" not in answer.sentence + str(rows)
    stranger, _ = run(texting.import_consents, "good.csv", by="nobody", key="c", as_of=made.now)
    assert not stranger.is_done
    assert [one[1] for one in made.ledger()] == ["paper", "paper"]


def test_a_proof_is_a_private_file_whose_name_tells_nobody(made: Texting, own_settings: Settings) -> None:
    """F-201: the number stands in the file only."""
    patient = made.asking.patient("92", mobile="+12125550166", email="", consents=False)
    how = {"by": "coach-1", "as_of": made.now}
    assert run(texting.record_paper_consent, patient, key="a", **how).is_done
    answer = run(texting.export_consent_proof, patient, **how)
    [file] = (own_settings.home / "exports").iterdir()
    assert answer.sentence.startswith(f"exports/{file.name}: 1 lines, 0 texts")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "+12125550166" in file.read_text()
    assert "5550166" not in file.name + answer.sentence
    assert not run(texting.export_consent_proof, patient, by="nobody", as_of=made.now).is_done


def test_a_stop_lets_the_mail_go_instead_of_the_text(made: Texting) -> None:
    """F-205: nothing of feedback goes to a stopped number, through the product's own delivery."""
    request = made.asking.check_out()
    made.asking.wait(hours=3, minutes=1)
    made.text("please stop texting")
    deliver(made)
    texts = [one.channel for one in made.asking.messages(request) if one.state == "sent"]
    assert Channel.TEXT not in texts
