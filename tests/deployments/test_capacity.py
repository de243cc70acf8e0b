"""`golive simulate`: started practices stand somewhere, seeds decide, people shorten waits, files hold the report."""

import csv
import re
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from deployments.capacity import command
from deployments.capacity.desks import OFFICE, Desk
from deployments.capacity.figures import sheets_of, write
from deployments.capacity.play import STATUSES, play
from deployments.capacity.report import write_report
from deployments.capacity.tally import Tally
from deployments.capacity.wanted import COACH, REPRESENTATIVE, Wanted, teams_of, usual_starts

pytestmark = pytest.mark.slow

BEGINS = date(2027, 1, 4)
FEW = Wanted(30, 120, seed=4, begins_on=BEGINS, starts_a_week=6)
PURE = ("sqlalchemy", "prefect", "httpx", "starlette")


def played(wanted: Wanted, *, jobs: int = 1) -> Tally:
    tally = Tally()
    for _, counted in play(wanted, jobs=jobs):
        tally.add(counted)
    return tally


def waited(tally: Tally, role: str) -> float:
    """Say how long work of a role waited on average, in minutes of office hours."""
    minutes = sum(count for (_, one), count in tally.waited.items() if one == role)
    return minutes / sum(count for (_, one), count in tally.pieces.items() if one == role)


@pytest.fixture(scope="module")
def few() -> Tally:
    return played(FEW)


def test_every_started_practice_is_under_way_live_or_over(few: Tally) -> None:
    assert len(few.courses) == FEW.started == FEW.practices
    assert {one.status for one in few.courses} <= set(STATUSES)
    last = FEW.weeks - 1
    assert sum(few.statuses[last, status] for status in STATUSES) == len(few.courses)
    for week in range(FEW.weeks):
        begun = sum((one.starts_on - BEGINS).days < 7 * (week + 1) for one in few.courses)
        assert sum(few.statuses[week, status] for status in STATUSES) == begun


def test_who_is_live_was_signed_before_and_a_few_get_there(few: Tally) -> None:
    live = [one for one in few.courses if one.went_live_on]
    assert live
    for one in live:
        assert one.signed_on is not None
        assert one.went_live_on is not None
        assert one.starts_on <= one.signed_on < one.went_live_on


def test_nothing_waits_for_our_people_where_there_are_as_many_as_needed(few: Tally) -> None:
    assert few.waited.total() == 0
    assert few.minutes.total() > 0


def test_the_same_seed_gives_the_same_in_one_process_and_in_two(few: Tally, tmp_path: Path) -> None:
    two = played(replace(FEW, practices=30), jobs=2)
    for name, tally in (("one", few), ("two", two)):
        (tmp_path / name).mkdir()
        write(sheets_of(tally, FEW), tmp_path / name)
    files = sorted(file.name for file in (tmp_path / "one").iterdir())
    assert len(files) == 7
    assert [(tmp_path / "one" / name).read_bytes() for name in files] == [
        (tmp_path / "two" / name).read_bytes() for name in files
    ]


def test_another_seed_gives_other_practices(few: Tally) -> None:
    other = played(replace(FEW, practices=4, days=20, seed=5))
    starts = {one.practice: one.starts_on for one in few.courses}
    assert {one.practice: one.starts_on for one in other.courses}.items() - starts.items()


def test_more_people_let_work_wait_less() -> None:
    crowd = replace(FEW, practices=12, days=50, starts_a_week=6)
    waits = [played(replace(crowd, coaches=people, enrollment_staff=people)) for people in (1, 3)]
    for role in (COACH, REPRESENTATIVE):
        for fewer, more in pairwise(waited(one, role) for one in waits):
            assert fewer > more
    assert waited(waits[0], COACH) > OFFICE


def test_every_practice_is_dealt_to_one_team_and_every_coach_too() -> None:
    for coaches, staff in ((None, None), (7, None), (7, 3), (None, 2), (1, 9)):
        wanted = replace(FEW, practices=101, coaches=coaches, enrollment_staff=staff)
        teams = teams_of(wanted)
        assert sorted(practice for team in teams for practice in team.practices) == list(range(101))
        assert sorted(coach for team in teams for coach in team.coaches) == list(range(coaches or 0))
        shares = [team.enrollment_staff for team in teams]
        assert shares == [None] * len(teams) if staff is None else sum(filter(None, shares)) == pytest.approx(staff)
        for team in teams:
            leads = {practice % coaches for practice in team.practices} if coaches else set()
            assert leads == set(team.coaches)


def test_a_desk_works_in_office_hours_the_oldest_first_and_half_a_person_half_as_fast() -> None:
    friday = datetime(2027, 1, 8, 21, tzinfo=UTC)  # 16:00 in New York
    one, half, none = (Desk(people, hours_a_day=8, begins_on=BEGINS, days=30) for people in (1, 0.5, None))
    assert one.take(120, as_of=friday).ends_at == datetime(2027, 1, 11, 15, tzinfo=UTC)
    second = one.take(30, as_of=friday)
    assert (second.waited, second.ends_at) == (120, datetime(2027, 1, 11, 15, 30, tzinfo=UTC))
    assert half.take(60, as_of=friday).ends_at == datetime(2027, 1, 11, 15, tzinfo=UTC)
    assert [none.take(30, as_of=friday).waited for _ in range(3)] == [0, 0, 0]


def test_practices_start_in_the_first_part_of_the_time_unless_somebody_says_how_many_a_week() -> None:
    assert usual_starts(1000, 200) * 17 >= 1000
    assert replace(FEW, practices=500, starts_a_week=10).started == 10 * FEW.weeks


def test_the_page_shows_what_the_files_hold(few: Tally, tmp_path: Path) -> None:
    sheets = sheets_of(few, FEW)
    write(sheets, tmp_path)
    page = write_report(sheets, FEW, tmp_path / "report.html").read_text()
    cells = re.findall(r"<t[hd][^>]*>([^<]*)</t[hd]>", page)
    with (tmp_path / "summary.csv").open() as file:
        summary = list(csv.DictReader(file))
    for line in summary:
        place = cells.index(line["figure"][:1].upper() + line["figure"][1:])
        assert cells[place + 1] == line["value"]
    with (tmp_path / "statuses.csv").open() as file:
        statuses = list(csv.DictReader(file))
    last = [line["practices"] for line in statuses if line["week"] == statuses[-1]["week"]]
    assert last == [str(few.statuses[FEW.weeks - 1, status]) for status in STATUSES]
    place = cells.index(statuses[-1]["week"])
    assert cells[place + 1 : place + 1 + len(STATUSES)] == last
    assert page.count("<svg") >= 12


def test_the_summary_adds_up(few: Tally) -> None:
    summary = {str(name): value for name, value in sheets_of(few, FEW)["summary"].lines}
    assert summary["started"] == sum(int(summary[status]) for status in STATUSES)
    assert summary["went live"] == sum(one.went_live_on is not None for one in few.courses)
    assert summary["messages"] == few.messages.total()


def test_the_command_writes_a_report_and_its_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = ["--practices", "3", "--days", "40", "--out", str(tmp_path / "new"), "--jobs", "1", "--coaches", "1"]
    assert command.main(given) == 0
    assert "practices" in capsys.readouterr().out
    assert {file.name for file in (tmp_path / "new").iterdir()} == {
        "report.html",
        *(
            f"{name}.csv"
            for name in ("summary", "practices", "statuses", "staff", "enrollments", "messages", "training")
        ),
    }


@pytest.mark.parametrize(
    ("option", "word", "told"),
    [
        ("--practices", "0", "whole number from 1 to 20,000"),
        ("--days", "many", "whole number from 1 to 1,000"),
        ("--coaches", "-2", "whole number from 1 to 10,000"),
        ("--hours", "25", "a number of hours from 1 to 12"),
        ("--begins", "2027-01-05", "is not a Monday"),
        ("--begins", "soon", "is not a Monday"),
    ],
)
def test_an_option_that_cannot_be_is_refused_in_words(
    option: str, word: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        command.main([f"{option}={word}"])
    assert told in " ".join(capsys.readouterr().err.split())


def test_a_file_is_no_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(SystemExit):
        command.main(["--out", str(tmp_path / "taken")])
    assert "is a file" in capsys.readouterr().err


def test_playing_loads_neither_a_database_nor_prefect_nor_a_network() -> None:
    words = f"import deployments.capacity.play, sys; print([one for one in {PURE} if one in sys.modules])"
    done = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_no_practice_starts_before_the_first_day(few: Tally) -> None:
    assert min(one.starts_on for one in few.courses) >= BEGINS
    assert max(one.starts_on for one in few.courses) <= BEGINS + timedelta(days=7 * 5)
