"""Sign-in links on the command line, and how the launcher says the way in."""

import re

import pytest

from deployments import example_practices, local, sign_in_link
from models.db import Database
from models.settings import Settings, use_settings
from tests.factories import MONDAY, a_journey

LINK = re.compile(r"http://127\.0\.0\.1:8080/l/[A-Za-z0-9_-]{22}")


def test_a_link_is_printed_for_one_of_our_staff(db: Database, capsys: pytest.CaptureFixture[str]) -> None:
    a_journey(db)
    assert sign_in_link.main(["manager-1"]) == 0
    assert LINK.fullmatch(capsys.readouterr().out.strip())


def test_a_key_that_nobody_has_is_said_so(db: Database, capsys: pytest.CaptureFixture[str]) -> None:
    a_journey(db)
    assert sign_in_link.main(["stranger"]) != 0
    assert "nobody of our staff with the key stranger" in capsys.readouterr().err


def test_a_server_makes_no_links(db: Database, own_settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    a_journey(db)
    with use_settings(own_settings.model_copy(update={"mode": "server"})):
        assert sign_in_link.main(["manager-1"]) != 0
        assert "invite-to-portal" in local._way_in(own_settings.model_copy(update={"mode": "server"}))
    assert "invite people with the flow invite-to-portal" in capsys.readouterr().err


def test_the_launcher_gives_a_link_for_the_coach_of_the_example(db: Database, own_settings: Settings) -> None:
    example_practices.begin(as_of=MONDAY)
    said = local._way_in(own_settings)
    assert LINK.search(said)
    assert "golive sign-in-link coach-1" in said
    without = local._way_in(own_settings.model_copy(update={"example": False}))
    assert LINK.search(without) is None
    assert "golive sign-in-link" in without
