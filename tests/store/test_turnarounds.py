"""Where it is known how long a payer takes: history, override, shipped figures, each in its turn."""

from datetime import timedelta
from importlib import resources

import pytest

from models.db import Database
from models.inputs import turnarounds as inputs
from models.inputs.csv_files import FileRefusedError
from models.inputs.turnarounds import Override, TurnaroundsError, parse_overrides, shipped, shipped_for
from models.reports.enrollment_forecast import Course, curve_of
from models.reports.turnaround_courses import learn_turnarounds, load_courses
from models.rules.enrollment import RejectReason
from models.rules.enrollment_events import (
    Acknowledge,
    Approve,
    Bounce,
    CompleteTasks,
    Prepare,
    Reject,
    Resubmit,
    Submit,
    Withdraw,
)
from models.rules.enrollment_facts import Turnaround
from models.rules.enrollment_watching import UNKNOWN_PAYER
from models.rules.onboarding_facts import Reason, Transaction
from models.rules.turnarounds import turnaround_of
from models.store import turnarounds
from models.store.turnarounds import Asked, Case, Ending, Place
from tests.factories import MONDAY
from tests.store.enrolling import Enrolling, enrolling

SENT = (Prepare(), Submit(UNKNOWN_PAYER))
TODAY = MONDAY.date()
ERA = Transaction.ERA
HEADER = "payer,transaction,low,typical,high,unit,source\n"


def override(payer: str, typical: int, transaction: str = "any") -> Override:
    cells = {"payer": payer, "transaction": transaction, "typical": typical, "source": "told by phone"}
    return Override.model_validate(cells)


def days(db: Database, payer: str, payer_class: str = "commercial") -> Turnaround:
    return db.read(lambda s: turnarounds.turnaround_for(s, payer, ERA, payer_class=payer_class))


def cases(place: Enrolling, after: int = 0) -> list[tuple[str, int, str]]:
    as_of = place.now + timedelta(days=after)
    found = place.db.read(lambda s: turnarounds.load_cases(s, as_of=as_of))
    return sorted((one.asked.payer, one.days, one.ending.value) for one in found)


@pytest.mark.parametrize(
    ("payer", "payer_class", "transaction", "expected"),
    [
        ("cigna", "commercial", Transaction.EFT, (14, 28, 42)),
        ("cigna", "commercial", Transaction.ERA, (30, 90, 160)),
        ("medicare-ny", "medicare", Transaction.CLAIMS, (30, 38, 45)),
        ("palmetto", "medicare", Transaction.ERA, (28, 35, 42)),
        ("novitas-jl", "medicare", Transaction.CLAIMS, (5, 8, 10)),
        ("aetna", "commercial", Transaction.ERA, (10, 30, 53)),
        ("nobody", "tpa", Transaction.PORTAL, (30, 90, 160)),
    ],
)
def test_a_shipped_figure_is_of_the_payer_then_of_its_class_then_of_any(
    payer: str, payer_class: str, transaction: Transaction, expected: tuple[int, int, int]
) -> None:
    """E-05: Medicare 30 / 38 / 45, unknown payers 30 / 90 / 160 calendar days."""
    found, is_specific = shipped_for(payer, transaction, payer_class=payer_class)
    assert (found.low, found.typical, found.high) == expected
    assert is_specific is (expected != (30, 90, 160))
    assert found.is_business_days is (payer == "novitas-jl")
    assert found.source


def test_every_shipped_figure_has_a_source_and_a_date() -> None:
    """E-05."""
    assert len(shipped()) == 22
    assert all(one.source and one.as_of[:2] == "20" for one in shipped())
    assert resources.files("models.inputs").joinpath("data", "payer_turnaround.csv").is_file()


def test_a_broken_shipped_file_is_refused_by_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """E-05."""
    columns = "payer_class,payer,transaction,typical,source,as_of,confidence\n"
    line = "any,any,any,0,nobody,2024,weak\n"
    monkeypatch.setattr(inputs, "_shipped_text", lambda: columns + line)
    with pytest.raises(TurnaroundsError, match="line 2, typical: is less than one day"):
        shipped.__wrapped__()


def test_faults_of_a_file_are_named_by_line_and_field_and_good_lines_are_taken() -> None:
    """E-44."""
    content = HEADER + (
        "aetna,era,10,20,40,calendar,told by phone\n"
        "aetna,era,1,2,4,calendar,told again\n"
        "cigna,,,x,,,told\n"
        "humana,any,30,20,10,calendar,told\n"
        "class:medicare,any,,30,,business,told\n"
        "Some Payer,any,,9999,,weeks,\n"
    )
    good, faults = parse_overrides(content, file="t.csv")
    assert [(one.payer, one.transaction, one.turnaround.typical) for one in good] == [
        ("aetna", "era", 20),
        ("class:medicare", "any", 30),
    ]
    assert sorted(faults) == [
        "t.csv line 3, payer: aetna era is there more than once; only the first line was taken.",
        "t.csv line 4, typical: is not a whole number of days.",
        "t.csv line 5: low, typical and high must rise in this order.",
        "t.csv line 7, payer: is not written as it should be: a payer's key, class:medicare, or any.",
        "t.csv line 7, source: is missing; fill it in.",
        "t.csv line 7, typical: is more than 730 days.",
        "t.csv line 7, unit: is not one of the choices.",
    ]
    with pytest.raises(FileRefusedError, match="has no column"):
        parse_overrides("payer,days\n", file="t.csv")


def test_an_override_goes_before_the_shipped_figure_and_can_be_forgotten(db: Database) -> None:
    """E-05."""
    assert days(db, "aetna").typical == 30
    assert db.transaction(lambda s: turnarounds.save_override(s, override("aetna", 12), as_of=MONDAY))
    assert not db.transaction(lambda s: turnarounds.save_override(s, override("aetna", 12), as_of=MONDAY))
    assert days(db, "aetna") == turnaround_of(12, source="told by phone")
    db.transaction(lambda s: turnarounds.save_override(s, override("aetna", 15, "era"), as_of=MONDAY))
    assert days(db, "aetna").typical == 15
    assert db.transaction(lambda s: turnarounds.forget_override(s, Place("aetna", "era")))
    assert not db.transaction(lambda s: turnarounds.forget_override(s, Place("aetna", "era")))
    assert days(db, "aetna").typical == 12
    db.transaction(lambda s: turnarounds.save_override(s, override("class:tpa", 50), as_of=MONDAY))
    db.transaction(lambda s: turnarounds.save_override(s, override("any", 70), as_of=MONDAY))
    assert [days(db, "x", one).typical for one in ("tpa", "commercial")] == [50, 70]


def test_the_narrowest_history_goes_before_everything_else(db: Database) -> None:
    """E-05, E-40: payer and transaction, its override, its class, what ships for it, all, what ships for any."""

    def learned(*some: tuple[Place, int, int]) -> None:
        figures = {place: (turnaround_of(typical), count) for place, typical, count in some}
        db.transaction(lambda s: turnarounds.save_history(s, figures, as_of=MONDAY))

    own, of_class, of_all = Place("aetna", "era"), Place("class:commercial", "any"), Place("any", "any")
    learned((own, 7, 7), (of_class, 21, 8), (of_all, 33, 9))
    assert days(db, "aetna").typical == 21
    assert days(db, "nobody", "tpa").typical == 33
    assert days(db, "medicare", "medicare").typical == 38
    db.transaction(lambda s: turnarounds.save_override(s, override("aetna", 12), as_of=MONDAY))
    assert days(db, "aetna").typical == 12
    learned((own, 7, 8))
    assert days(db, "aetna").typical == 7
    assert days(db, "nobody", "tpa").typical == 90
    asked = [Asked("aetna", ERA, "commercial"), Asked("cigna", Transaction.EFT, "commercial")]
    found = db.read(lambda s: turnarounds.known_for(s, asked))
    assert [(found[one].origin, found[one].turnaround.typical) for one in asked] == [("history", 7), ("shipped", 28)]


def test_cases_are_attempts_from_their_submission_to_the_payers_decision(db: Database) -> None:
    """E-40: what is open, was returned by the clearinghouse or withdrawn is only known to take longer."""
    place = enrolling(db)

    def after(count: int, payer: str, *events: object) -> None:
        place.do(payer, *events, as_of=place.now + timedelta(days=count))  # type: ignore[arg-type]

    after(0, "medicare", Prepare(), Submit(UNKNOWN_PAYER, TODAY), Acknowledge())
    after(20, "medicare", Approve(on=TODAY + timedelta(days=18)))
    after(1, "evergreen", *SENT)
    after(6, "evergreen", Bounce(reason=RejectReason.SIGNATURE))
    after(7, "evergreen", CompleteTasks(), Submit(UNKNOWN_PAYER), Acknowledge())
    after(17, "evergreen", Reject(reason=RejectReason.NPI_NOT_ON_FILE), Resubmit(Reason.INCOMPLETE), *SENT)
    after(2, "harbor", *SENT, Acknowledge())
    assert cases(place, 25) == [
        ("evergreen", 8, "none"),
        ("evergreen", 10, "rejected"),
        ("harbor", 23, "none"),
        ("medicare", 18, "approved"),
    ]
    assert cases(place, 10) == [("evergreen", 3, "none"), ("harbor", 8, "none"), ("medicare", 10, "none")]
    after(30, "harbor", Reject(reason=RejectReason.OTHER), Withdraw(Reason.NOT_NEEDED))
    assert ("harbor", 28, "rejected") in cases(place, 40)


def test_what_is_learned_is_stored_and_drawn_as_the_same_curve(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """E-40."""
    asked = Asked("aetna", ERA, "commercial")
    some = [Case(asked, 10 + number, Ending.APPROVED) for number in range(9)]
    monkeypatch.setattr("models.reports.turnaround_courses.load_cases", lambda session, *, as_of: some)
    learned = db.read(lambda s: learn_turnarounds(s, as_of=MONDAY))
    assert {place: cases for place, (_, cases) in learned.items()} == {
        ("aetna", "era"): 9,
        ("class:commercial", "any"): 9,
        ("any", "any"): 9,
    }
    db.transaction(lambda s: turnarounds.save_history(s, learned, as_of=MONDAY))
    found = days(db, "aetna")
    assert found == learned[Place("aetna", "era")][0]
    assert found.source == "own history of 9 cases"
    course: Course = db.read(load_courses)("aetna", ERA)
    assert course.decision.until(0.5) == found.typical == 14
    assert db.read(load_courses)("aetna", ERA).decision is course.decision
    unknown = db.read(load_courses)("medicare", ERA)
    assert unknown.decision is curve_of(shipped_for("medicare", ERA, payer_class="medicare")[0])
