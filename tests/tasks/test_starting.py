"""Starting a journey: once per practice, whoever starts it how often; every other answer is a plain sentence."""

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import func, select

from models.db import ConstraintBroken, Database
from models.inputs.answers import Answer
from models.inputs.intake import parse_intake
from models.settings import Settings
from models.store import onboarding_changes
from models.store.events import check_chain
from models.store.onboarding import journeys_of_status
from models.store.practices import find_practice
from models.tables.events import Event
from models.tables.messages import Message
from models.tables.practices import Person, Practice, Staff
from models.tables.timers import Timer
from tasks.onboarding import start_journey, start_journeys
from tests.factories import MONDAY
from tests.store.test_at_once import at_once

EXAMPLES = Path(__file__).parents[2] / "deployments" / "examples"
MAPLE = (EXAMPLES / "maple-street.yaml").read_text()
MANY = (EXAMPLES / "many-practices.csv").read_text()
KNOWN = (
    "maple-street has a journey already; nothing was changed. An intake file counts only at the start: "
    "record later changes in the forms."
)
TABLES = (Practice, Person, Staff, Event, Timer, Message)


@pytest.fixture
def lay(own_settings: Settings) -> Callable[[str, str], str]:
    """Give a function that puts a file into the intake folder."""
    own_settings.intake_folder.mkdir()

    def put(name: str, content: str) -> str:
        (own_settings.intake_folder / name).write_text(content)
        return name

    return put


Lay = Callable[[str, str], str]


def start(file: str) -> Answer:
    return start_journey.fn(file, by="sales-1", as_of=MONDAY)


def start_many(file: str) -> Answer:
    return start_journeys.fn(file, by="sales-1", as_of=MONDAY)


def rows(db: Database) -> list[int]:
    return [db.read(lambda s, t=table: s.scalar(select(func.count()).select_from(t))) or 0 for table in TABLES]  # type: ignore[misc]


def practices(db: Database) -> list[str]:
    return list(db.read(lambda s: s.scalars(select(Practice.key).order_by(Practice.key))).all())


def test_the_same_file_twice_starts_one_journey(db: Database, lay: Lay) -> None:
    """O-48."""
    file = lay("maple-street.yaml", MAPLE)
    assert start(file) == Answer.done(("journey_started",))
    before = rows(db)
    assert start(file) == Answer.repeated(KNOWN)
    assert rows(db) == before


def test_a_changed_file_of_a_known_practice_changes_nothing_and_says_where_changes_belong(
    db: Database, lay: Lay
) -> None:
    """O-48: also under another name, and with people and payers that nobody knew."""
    start(lay("maple-street.yaml", MAPLE))
    before = rows(db)
    changed = MAPLE.replace("dana@", "someone-else@").replace("medicare", "aetna").replace("coach-1", "coach-9")
    assert changed != MAPLE
    assert start(lay("maple-street-2.yaml", changed)) == Answer.repeated(KNOWN)
    assert rows(db) == before


def test_one_file_started_at_once_by_many_starts_one_journey(db: Database, lay: Lay) -> None:
    """O-48: whoever comes second waits, looks again, and is told."""
    for number in range(4):
        file = lay(f"p{number}.yaml", MAPLE.replace("key: maple-street", f"key: p{number}"))
        answers = at_once(*[partial(start, file)] * 4)
        assert sum(bool(answer.kinds) for answer in answers) == 1
        told = {answer.sentence for answer in answers if not answer.kinds}
        assert told == {KNOWN.replace("maple-street", f"p{number}")}
        assert all(answer.is_done for answer in answers)
    assert len(db.read(journeys_of_status)) == 4
    practice = db.read(lambda s: find_practice(s, "p0"))
    assert practice is not None
    assert db.read(lambda s: check_chain(s, practice.id)).is_intact


def test_different_practices_with_one_new_team_are_all_started(db: Database, lay: Lay) -> None:
    """O-48: whose team was stored by another one a moment ago is started nevertheless."""
    files = [lay(f"p{number}.yaml", MAPLE.replace("key: maple-street", f"key: p{number}")) for number in range(5)]
    answers = at_once(*(partial(start, file) for file in files))
    assert [answer.kinds for answer in answers] == [("journey_started",)] * 5
    assert practices(db) == [f"p{number}" for number in range(5)]


@pytest.mark.parametrize("constraint", ["uq_practices_key", "uq_journeys_present", "uq_staff_key"])
def test_whoever_lost_the_race_is_told_what_happened(
    db: Database, lay: Lay, monkeypatch: pytest.MonkeyPatch, constraint: str
) -> None:
    """O-48: the other one commits between our look and our write."""
    begin = onboarding_changes.begin_journey
    file = lay("maple-street.yaml", MAPLE)

    def lose(*_given: object, **_named: object) -> int:
        monkeypatch.setattr(onboarding_changes, "begin_journey", begin)
        raise ConstraintBroken(constraint, code="23505")

    monkeypatch.setattr(onboarding_changes, "begin_journey", lose)
    assert start(file).kinds == ("journey_started",)
    assert start(file) == Answer.repeated(KNOWN)


def test_a_second_journey_below_the_look_is_stopped_by_the_database(db: Database, lay: Lay) -> None:
    start(lay("maple-street.yaml", MAPLE))
    intake = parse_intake(MAPLE, file="maple-street.yaml")
    practice = db.read(lambda s: find_practice(s, "maple-street"))
    assert practice is not None
    with pytest.raises(ConstraintBroken, match="uq_journeys_present"):
        db.transaction(
            lambda s: onboarding_changes.begin_journey(s, practice.id, intake, by="x", key="again", as_of=MONDAY)
        )
    assert len(db.read(journeys_of_status)) == 1


FAULTY = (
    MANY.splitlines()[0]
    + """
good-one,Good One,America/Chicago,en,,,Pat,pat@example.com,202-555-0199,Austin,TX,78701,1555010507,Dr. One,M:120
bad-mail,Bad Mail,America/Chicago,en,,,Pat,pat.example.com,202-555-0199,Austin,TX,78701,1555010507,Dr. One,M:120
bad-npi,Bad Npi,America/Chicago,en,,,Pat,pat@example.com,202-555-0199,Austin,TX,78701,1555010508,Dr. One,M:x
good-one,Good One,America/Chicago,en,,,Pat,pat@example.com,202-555-0199,Austin,TX,78701,1555010507,Dr. One,M:120
too-many,Too,America/Chicago,en,,,Pat,pat@example.com,202-555-0199,Austin,TX,78701,1555010507,Dr. One,M:1,more
good-two,Good Two,America/Denver,es,,,Pat,pat@example.com,202-555-0199,Boulder,CO,80302,1555010606,Dr. Two,M:80
"""
)


def test_good_lines_are_taken_and_faulty_ones_named_by_line_and_field(db: Database, lay: Lay) -> None:
    file = lay("many.csv", FAULTY)
    first = start_many(file)
    assert not first.is_done
    assert first.sentence.startswith("2 started, 0 known already, 5 faults. ")
    for fault in (
        "many.csv line 3, people no. 1 email: this is not an email address that a mail server would accept.",
        "many.csv line 4, providers no. 1 npi: the check digit of this NPI is wrong",
        "many.csv line 4, payers no. 1 expected_claims_per_month: is not a whole number.",
        "many.csv line 5, key: good-one is there more than once; only the first line was taken.",
        "many.csv line 6 has more cells than there are columns",
    ):
        assert fault in first.sentence
    assert "pat.example.com" not in first.sentence
    assert practices(db) == ["good-one", "good-two"]
    before = rows(db)
    assert start_many(file).sentence.startswith("0 started, 2 known already, 5 faults. ")
    assert rows(db) == before


def test_a_good_file_of_many_twice_changes_nothing(db: Database, lay: Lay) -> None:
    file = lay("many.csv", MANY)
    assert start_many(file).sentence == "2 started, 0 known already, 0 faults."
    before = rows(db)
    again = start_many(file)
    assert (again.is_done, again.sentence) == (True, "0 started, 2 known already, 0 faults.")
    assert rows(db) == before


def test_a_corrected_line_is_taken_when_the_file_comes_again(db: Database, lay: Lay) -> None:
    start_many(lay("many.csv", FAULTY))
    start_many(lay("many.csv", FAULTY.replace("pat.example.com", "pat@example.com")))
    assert practices(db) == ["bad-mail", "good-one", "good-two"]


REFUSED = [
    ("nothing.csv", MANY.splitlines()[0], "nothing.csv has no practice below its first line; add one line per"),
    ("other.csv", "name,phone\n", "other.csv has no column key, time_zone; its columns are key, name"),
    ("header.csv", '"key', "header.csv line 1: the quotes on this line do not match; correct them."),
    ("quotes.csv", FAULTY.splitlines()[0] + '\n"open', "quotes.csv line 2: the quotes on this line do not match"),
]


@pytest.mark.parametrize(("name", "content", "sentence"), REFUSED)
def test_a_file_of_many_that_cannot_be_used_is_refused_in_plain_words(
    db: Database, lay: Lay, name: str, content: str, sentence: str
) -> None:
    answer = start_many(lay(name, content))
    assert not answer.is_done
    assert sentence in answer.sentence
    assert practices(db) == []


FAULTS = [
    ("time_zone: America/New_York", "time_zone: New York", "time_zone: this is not a time zone; write it like"),
    ("locations:", "places:", "locations: is missing; add it."),
    ("locations:", "nickname: x\nlocations:", r"field no\. \d+: is not a field of an intake; remove it or correct"),
]


@pytest.mark.parametrize(("old", "new", "words"), FAULTS)
def test_a_faulty_file_names_file_and_field_and_stores_nothing(
    db: Database, lay: Lay, old: str, new: str, words: str
) -> None:
    answer = start(lay("maple-street.yaml", MAPLE.replace(old, new)))
    assert not answer.is_done
    assert re.search(f"maple-street.yaml, {words}", answer.sentence)
    assert rows(db) == [0] * len(TABLES)


def test_a_list_whose_entries_are_all_faulty_is_not_called_empty(db: Database, lay: Lay) -> None:
    answer = start(lay("maple-street.yaml", f"{MAPLE}\npayers: [{{key: medicare, name: Medicare}}]\n"))
    assert "payers no. 1 expected_claims_per_month: is missing" in answer.sentence
    assert "is empty" not in answer.sentence
    answer = start(lay("maple-street.yaml", f"{MAPLE}\npayers: []\n"))
    assert "payers: is empty; add at least one." in answer.sentence


def test_a_file_that_is_not_there_is_refused_with_those_that_are(db: Database, lay: Lay) -> None:
    lay("maple-street.yaml", MAPLE)
    assert start("oak.yaml").sentence == (
        "There is no file oak.yaml in the intake folder; files there: maple-street.yaml."
    )
