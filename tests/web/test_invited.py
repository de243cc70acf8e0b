"""The first visit by an invitation, and sign-in links of this machine."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from deployments import sign_in_link
from deployments.web.pages import error_page
from models.db import Database
from models.rules.access import Whom
from models.rules.decisions import Refusal
from models.rules.roles import Role
from models.rules.sign_in import AccountState
from models.settings import Settings, use_settings
from models.store import invitations, passwords
from models.tables.access import AccountRow, RecoveryCodeRow
from tests.reports.journeys import Story
from tests.web.conftest import Clock
from tests.web.signed_in import member
from tests.web.visitor import PASSWORD, STEP, Visitor, account, invite, log_of, newest_link


@pytest.fixture
def link(db: Database, clock: Clock, story: Story) -> str:
    """Invite a coach, and give the address of the mail's link."""
    member(db, "manager-of-the-site", Role.ONBOARDING_MANAGER)
    member(db, "vera", Role.SUCCESS_COACH)
    invite(db, "vera", as_of=clock.now)
    return newest_link(db)


def test_an_invitation_leads_from_the_password_to_the_first_page(
    nobody: TestClient, clock: Clock, db: Database, link: str
) -> None:
    visitor = Visitor(nobody).open(link)
    assert visitor.title == "Choose a password"
    assert visitor.page.get_element_by_id("email").get("value") == "vera@staff.example.com"
    codes = visitor.set_up(link, clock.now)
    assert visitor.title == "Your recovery codes"
    assert visitor.open("/").path == "/home"
    stored = db.read(lambda s: "".join(s.scalars(select(RecoveryCodeRow.code_hash))))
    assert not any(code.replace("-", "") in stored for code in codes)
    assert log_of(db)[-3:] == ["password_set", "set_up_done", "signed_in"]


def test_what_is_stored_of_an_account_is_a_hash_or_sealed(
    nobody: TestClient, clock: Clock, db: Database, link: str
) -> None:
    visitor = Visitor(nobody)
    visitor.set_up(link, clock.now)
    row = account(db)
    assert row.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    stored = " ".join(str(getattr(row, column.name)) for column in AccountRow.__table__.columns)
    assert visitor.secret not in stored
    assert "vera" not in stored
    assert PASSWORD not in stored


def test_a_link_works_until_it_was_used_once(nobody: TestClient, clock: Clock, link: str) -> None:
    visitor = Visitor(nobody)
    visitor.open(link).send(password=PASSWORD, again=PASSWORD)
    visitor.set_up(link, clock.now)
    assert visitor.open(link).answer.status_code == 404


def test_access_that_ends_while_a_password_is_chosen_stays_ended(
    nobody: TestClient, clock: Clock, db: Database, link: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = Visitor(nobody).open(link)
    hash_password = passwords.hash_password

    def slowly(password: str) -> str:
        whom = Whom("vera", "", "manager-of-the-site", "run:ended")
        ended = db.transaction(lambda s: invitations.end_access(s, whom, as_of=clock.now))
        assert ended == ("portal_access_ended",)
        return hash_password(password)

    monkeypatch.setattr(passwords, "hash_password", slowly)
    assert visitor.send(password=PASSWORD, again=PASSWORD).answer.status_code == 404
    row = account(db)
    assert (row.state, row.password_hash) == (AccountState.ENDED, "")


@pytest.mark.parametrize("token", ["Zk3vQ9xTn2Lw8RbYh5CdFg", "short", "x" * 22 + "%20"])
def test_a_wrong_link_is_a_missing_page(nobody: TestClient, link: str, token: str) -> None:
    answer = nobody.get(f"/i/{token}")
    assert (answer.status_code, answer.content) == (404, error_page(404).body)
    assert nobody.post(f"/i/{token}", data={"password": PASSWORD}).status_code == 404


def test_a_link_is_over_after_seven_days_and_after_a_newer_one(
    nobody: TestClient, clock: Clock, db: Database, link: str
) -> None:
    invite(db, "vera", command="run:2", as_of=clock.now)
    assert nobody.get(link).status_code == 404
    newer = newest_link(db)
    clock.now += timedelta(days=7) - STEP
    assert nobody.get(newer).status_code == 200
    clock.now += STEP
    assert nobody.get(newer).status_code == 404


@pytest.mark.parametrize(
    ("password", "again", "words"),
    [
        ("tiny kettle", "tiny kettle", "at least 12 characters"),
        ("Password2026!", "Password2026!", "Many people use a password like this one"),
        ("in vera we trust", "in vera we trust", "holds your name"),
        (PASSWORD, "another kettle sings", "are not the same"),
        ("x" * 600, "x" * 600, "too long"),
    ],
)
def test_a_password_that_will_not_do_is_explained(
    nobody: TestClient, db: Database, link: str, password: str, again: str, words: str
) -> None:
    visitor = Visitor(nobody).open(link).send(password=password, again=again)
    assert visitor.answer.status_code == 422
    assert words in visitor.text
    assert password not in visitor.answer.text
    assert account(db).password_hash == ""


def test_an_account_without_its_first_code_lets_nobody_in(nobody: TestClient, db: Database, link: str) -> None:
    visitor = Visitor(nobody).open(link).send(password=PASSWORD, again=PASSWORD)
    visitor.send(code="000000")
    assert "This code does not fit" in visitor.text
    visitor.open("/sign-in").send(email="vera@staff.example.com", password=PASSWORD)
    assert "do not fit" in visitor.text
    assert log_of(db)[-1] == "not_active"


def test_two_browsers_with_one_link_make_one_account(
    nobody: TestClient, stranger: TestClient, clock: Clock, link: str
) -> None:
    first, second = Visitor(nobody), Visitor(stranger)
    first.open(link).send(password=PASSWORD, again=PASSWORD)
    second.set_up(link, clock.now)
    assert second.title == "Your recovery codes"
    first.secret = second.secret
    assert first.send(code=first.code(clock.now, steps=1)).title == "Sign in"


def test_a_reset_ends_sessions_and_takes_password_and_codes(
    nobody: TestClient, clock: Clock, db: Database, link: str
) -> None:
    visitor = Visitor(nobody)
    visitor.set_up(link, clock.now)
    done = invite(db, "vera", command="run:2", what=invitations.reset_second_factor, as_of=clock.now)
    assert done == ("second_factor_reset",)
    assert visitor.open("/staff/").title == "Sign in"
    assert (account(db).password_hash, account(db).totp_secret) == ("", "")
    visitor.set_up(newest_link(db), clock.now)
    assert visitor.open("/staff/").title == "All practices"


def test_a_recovery_code_where_the_first_code_is_asked_for_is_refused_and_stays_good(
    nobody: TestClient, clock: Clock, db: Database, link: str
) -> None:
    visitor = Visitor(nobody)
    codes = visitor.set_up(link, clock.now)
    invite(db, "vera", command="run:2", what=invitations.reset_second_factor, as_of=clock.now)
    visitor.open(newest_link(db)).send(password=PASSWORD, again=PASSWORD)
    visitor.send(code=codes[0])
    assert "This code does not fit" in visitor.text
    unused = select(RecoveryCodeRow.id).where(RecoveryCodeRow.used_at.is_(None))
    assert len(db.read(lambda s: s.scalars(unused).all())) == len(codes)
    assert log_of(db)[-1] == "wrong_code"


def test_access_ends_at_once(nobody: TestClient, clock: Clock, db: Database, link: str) -> None:
    visitor = Visitor(nobody)
    visitor.set_up(link, clock.now)
    assert invite(db, "vera", command="run:2", what=invitations.end_access, as_of=clock.now) == ("portal_access_ended",)
    assert visitor.open("/staff/").title == "Sign in"
    clock.now += STEP
    visitor.open("/sign-in").send(email="vera@staff.example.com", password=PASSWORD)
    assert "do not fit" in visitor.text
    assert invite(db, "vera", command="run:3", as_of=clock.now) == ("portal_invited",)


def test_a_practices_person_is_led_to_the_own_practice(
    nobody: TestClient, clock: Clock, db: Database, story: Story
) -> None:
    member(db, "manager-of-the-site", Role.ONBOARDING_MANAGER)
    person = story.intake.people[0].key
    assert invite(db, person, practice="maple", as_of=clock.now) == ("portal_invited",)
    visitor = Visitor(nobody)
    visitor.set_up(newest_link(db), clock.now)
    assert visitor.open("/").path == "/home"
    assert visitor.open("/staff/practices/maple/appointments").path == "/staff/practices/maple/appointments"
    assert "/staff/work" not in visitor.answer.text
    assert visitor.open("/staff/practices/maple").answer.status_code == 404


def test_a_link_of_this_machine_signs_in_once(nobody: TestClient, clock: Clock, db: Database, link: str) -> None:
    made = sign_in_link.link_for("vera", as_of=clock.now)
    assert isinstance(made, str)
    path = "/l/" + made.rpartition("/")[2]
    visitor = Visitor(nobody).open(path)
    assert "signs you in as vera" in visitor.text
    assert visitor.send().path == "/home"
    assert log_of(db)[-1] == "signed_in_locally"
    assert visitor.open(path).answer.status_code == 404


def test_a_link_of_this_machine_lasts_ten_minutes_and_works_nowhere_else(
    nobody: TestClient, stranger: TestClient, clock: Clock, db: Database, own_settings: Settings, link: str
) -> None:
    made = sign_in_link.link_for("vera", as_of=clock.now)
    assert isinstance(made, str)
    path = "/l/" + made.rpartition("/")[2]
    assert stranger.get(path).status_code == 404
    assert stranger.post(path).status_code == 404
    with use_settings(own_settings.model_copy(update={"mode": "server"})):
        assert nobody.get(path).status_code == 404
        refused = sign_in_link.link_for("vera", as_of=clock.now)
    assert isinstance(refused, Refusal)
    assert refused.code == "only_local"
    clock.now += timedelta(minutes=10)
    assert nobody.get(path).status_code == 404
    assert nobody.post(path).status_code == 404


@pytest.mark.parametrize(("key", "code"), [("nobody", "nobody"), ("biller", "no_portal_role")])
def test_links_are_for_our_staff_with_a_role(db: Database, clock: Clock, key: str, code: str) -> None:
    member(db, "biller", Role.BILLING_TEAM)
    refused = sign_in_link.link_for(key, as_of=clock.now)
    assert isinstance(refused, Refusal)
    assert refused.code == code
