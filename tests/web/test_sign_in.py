"""Signing in by password and code, as people do it in a browser without scripts."""

import re
from datetime import timedelta
from http.cookies import SimpleCookie

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from deployments.web.site import create_site
from models.db import Database
from models.rules.roles import Role
from models.settings import Settings, use_settings
from models.store import passwords
from models.tables.access import SessionRow
from tests.reports.journeys import Story
from tests.web.conftest import Clock
from tests.web.signed_in import LOCAL, member
from tests.web.visitor import PASSWORD, STEP, Visitor, account, forget_codes, invite, log_of, newest_link

EMAIL = "vera@staff.example.com"
LET_IN = "Address and password do not fit"
SECOND = timedelta(seconds=1)


@pytest.fixture
def vera(db: Database, clock: Clock, nobody: TestClient, story: Story) -> Visitor:
    """Give the browser of a manager who has an account, signed out."""
    member(db, "manager-of-the-site", Role.ONBOARDING_MANAGER)
    member(db, "vera", Role.ONBOARDING_MANAGER)
    assert invite(db, "vera", as_of=clock.now) == ("portal_invited",)
    visitor = Visitor(nobody)
    visitor.set_up(newest_link(db), clock.now)
    visitor.open("/account").send()
    clock.now += STEP
    return visitor


def test_password_and_code_lead_to_the_page_that_was_asked_for(vera: Visitor, clock: Clock) -> None:
    vera.open("/staff/work?role=success_coach")
    assert vera.title == "Sign in"
    vera.send(email=EMAIL, password=PASSWORD)
    assert vera.title == "Enter your code"
    vera.send(code=vera.code(clock.now))
    assert (vera.path, vera.title) == ("/staff/work?role=success_coach", "Work lists")


def test_a_password_alone_opens_nothing(vera: Visitor) -> None:
    vera.open("/sign-in").send(email=EMAIL.upper(), password=PASSWORD)
    assert vera.path == "/sign-in/code"
    for path in ("/staff/", "/account", "/sign-in/set-up"):
        assert vera.open(path).title == "Sign in"


def test_a_code_counts_once(vera: Visitor, clock: Clock, db: Database) -> None:
    used = vera.code(clock.now)
    vera.sign_in(EMAIL, clock.now, steps=0)
    vera.open("/account").send()
    vera.open("/sign-in").send(email=EMAIL, password=PASSWORD).send(code=used)
    assert "This code does not fit" in vera.text
    assert log_of(db)[-2:] == ["password_accepted", "wrong_code"]


def test_a_recovery_code_lets_in_once(vera: Visitor, clock: Clock, db: Database) -> None:
    invite(db, "vera", command="run:2", as_of=clock.now)
    codes = vera.set_up(newest_link(db), clock.now)
    assert len(set(codes)) == 10
    vera.open("/account").send()
    vera.open("/sign-in").send(email=EMAIL, password=PASSWORD).send(code=codes[3].lower())
    assert vera.path == "/home"
    vera.open("/account").send()
    vera.open("/sign-in").send(email=EMAIL, password=PASSWORD).send(code=codes[3])
    assert "This code does not fit" in vera.text


@pytest.mark.parametrize(
    ("email", "password"),
    [(EMAIL, "the kettle sings at eight"), ("nobody@staff.example.com", PASSWORD), ("not an address", "x")],
)
def test_whoever_is_not_let_in_reads_the_same_words(vera: Visitor, email: str, password: str) -> None:
    vera.open("/sign-in").send(email=email, password=password)
    assert vera.answer.status_code == 422
    assert LET_IN in vera.text
    wrong = vera.answer.text
    vera.open("/sign-in").send(email="other@staff.example.com", password="y")
    token = re.compile(r'name="form" value="[0-9a-f]{32}"|value="[^"]*@?[^"]*" autocomplete="username"')
    assert token.sub("", wrong) == token.sub("", vera.answer.text)


def test_known_and_unknown_people_cost_the_same_work(vera: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[bool] = []
    real = passwords.fits

    def fits(password: str, stored: str) -> bool:
        compared.append(bool(stored))
        return real(password, stored)

    monkeypatch.setattr("models.store.passwords.fits", fits)
    vera.open("/sign-in").send(email=EMAIL, password="wrong").send(email="nobody@example.com", password="wrong")
    assert compared == [True, False]


def test_five_wrong_passwords_lock_even_for_the_right_one(vera: Visitor, clock: Clock, db: Database) -> None:
    for _ in range(5):
        vera.open("/sign-in").send(email=EMAIL, password="wrong wrong wrong")
    vera.open("/sign-in").send(email=EMAIL, password=PASSWORD)
    assert LET_IN in vera.text
    assert log_of(db)[-3:] == ["wrong_password", "locked", "while_locked"]
    clock.now += timedelta(minutes=16)
    assert vera.sign_in(EMAIL, clock.now).path == "/home"
    assert (account(db).failures, account(db).locks, account(db).locked_until) == (0, 0, None)


def test_wrong_codes_lock_too_and_end_the_half_session(vera: Visitor, clock: Clock) -> None:
    vera.open("/sign-in").send(email=EMAIL, password=PASSWORD)
    for _ in range(5):
        vera.send(code="000000")
    vera.send(code=vera.code(clock.now))
    assert (vera.title, vera.path) == ("Sign in", "/sign-in?why=again")
    assert "Please begin again" in vera.text


def test_too_many_tries_from_one_place_wait(vera: Visitor) -> None:
    for number in range(61):
        vera.open("/sign-in").send(email=f"somebody-{number}@example.com", password="x")
    assert vera.answer.status_code == 429
    assert (vera.title, vera.answer.headers["retry-after"]) == ("Too many tries", "900")


def test_too_many_tries_for_one_address_wait_whoever_asks(vera: Visitor) -> None:
    for _ in range(11):
        vera.open("/sign-in").send(email="nobody@example.com", password="x")
    assert vera.answer.status_code == 429


def test_a_quarter_of_an_hour_without_a_page_logs_off(vera: Visitor, clock: Clock, db: Database) -> None:
    vera.sign_in(EMAIL, clock.now, steps=0)
    for _ in range(4):
        clock.now += timedelta(minutes=14)
        assert vera.open("/staff/").title == "All practices"
    clock.now += timedelta(minutes=15)
    assert vera.open("/staff/practices/maple").title == "Sign in"
    assert "logged off because no page was opened" in vera.text
    assert log_of(db)[-1] == "logged_off"
    clock.now -= timedelta(minutes=5)
    assert vera.open("/staff/").title == "Sign in"


def test_the_time_without_a_page_is_a_setting(vera: Visitor, clock: Clock, own_settings: Settings) -> None:
    vera.sign_in(EMAIL, clock.now, steps=0)
    with use_settings(own_settings.model_copy(update={"idle_minutes": 60})):
        clock.now += timedelta(minutes=59)
        assert vera.open("/staff/").title == "All practices"


def test_nobody_stays_longer_than_half_a_day(vera: Visitor, clock: Clock) -> None:
    vera.sign_in(EMAIL, clock.now, steps=0)
    for _ in range(71):
        clock.now += timedelta(minutes=10)
        assert vera.client.get("/account").status_code == 200
    clock.now += timedelta(minutes=10)
    assert "longest time" in vera.open("/account").text


def test_signing_out_ends_the_session_for_every_copy_of_its_cookie(vera: Visitor, clock: Clock) -> None:
    vera.sign_in(EMAIL, clock.now, steps=0)
    kept = dict(vera.client.cookies)
    vera.open("/account").send()
    assert (vera.path, vera.title) == ("/sign-in?why=signed_out", "Sign in")
    assert "golive" not in vera.client.cookies
    vera.client.cookies.update(kept)
    assert vera.open("/staff/").title == "Sign in"


def test_other_sessions_are_listed_and_ended(vera: Visitor, clock: Clock, db: Database) -> None:
    vera.sign_in(EMAIL, clock.now, steps=0)
    assert "You are signed in nowhere else" in vera.open("/account").text
    forget_codes(db)
    phone = {"user-agent": "Mozilla/5.0 (Linux; Android 15) Mobile"}
    with TestClient(create_site(now=clock), base_url=LOCAL, headers=phone, follow_redirects=False) as other:
        elsewhere = Visitor(other)
        elsewhere.secret = vera.secret
        elsewhere.sign_in(EMAIL, clock.now, steps=0)
        assert elsewhere.path == "/home"
        vera.open("/account")
        assert "A phone" in vera.text
        assert "A computer · This session" in vera.text
        vera.send(button=1)
        assert "You are signed in nowhere else" in vera.text
        assert elsewhere.open("/staff/").title == "Sign in"
    assert vera.open("/staff/").title == "All practices"


def test_the_session_changes_when_the_code_was_given(vera: Visitor, clock: Clock) -> None:
    vera.open("/sign-in").send(email=EMAIL, password=PASSWORD)
    half = vera.client.cookies["golive"]
    vera.send(code=vera.code(clock.now))
    assert vera.client.cookies["golive"] != half
    vera.client.cookies.set("golive", half)
    assert vera.open("/staff/").title == "Sign in"


def test_cookies_hold_nothing_but_a_random_token(vera: Visitor, db: Database, own_settings: Settings) -> None:
    answer = vera.client.post(
        "/sign-in",
        data=dict(vera.open("/sign-in").page.forms[0].form_values()) | {"email": EMAIL, "password": PASSWORD},
    )
    cookie = SimpleCookie(answer.headers["set-cookie"])["golive"]
    assert re.fullmatch(r"[A-Za-z0-9_-]{22}", cookie.value)
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["secure"]) == (True, "lax", "/", "")
    assert cookie["expires"] == cookie["max-age"] == cookie["domain"] == ""
    stored = db.read(lambda s: s.scalars(select(SessionRow.token_hash)).all())
    assert cookie.value not in "".join(stored)
    with use_settings(own_settings.model_copy(update={"public_address": "https://onboarding.example.com"})):
        given = vera.client.get("/sign-in").headers["set-cookie"]
    assert given.startswith("__Host-golive-form=")
    assert "; Secure" in given
    assert "Domain" not in given


@pytest.mark.parametrize(
    "headers",
    [{"origin": "https://evil.example.com"}, {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}],
)
def test_a_form_of_another_page_does_nothing(vera: Visitor, clock: Clock, headers: dict[str, str]) -> None:
    vera.open("/sign-in").send(email=EMAIL, password=PASSWORD, headers=headers)
    assert vera.answer.status_code == 403
    assert "did not come from our page" in vera.text
    vera.sign_in(EMAIL, clock.now, steps=0).open("/account").send(headers=headers)
    assert vera.answer.status_code == 403
    assert vera.open("/staff/").title == "All practices"


@pytest.mark.parametrize("form", ["", "0" * 32])
def test_a_form_without_its_token_does_nothing(vera: Visitor, clock: Clock, form: str) -> None:
    vera.open("/sign-in").send(email=EMAIL, password=PASSWORD, form=form)
    assert vera.answer.status_code == 403
    vera.send(email=EMAIL, password=PASSWORD).send(code=vera.code(clock.now), form=form)
    assert vera.answer.status_code == 403
    vera.sign_in(EMAIL, clock.now, steps=0).open("/account").send(form=form)
    assert vera.answer.status_code == 403
    assert vera.open("/staff/").title == "All practices"


@pytest.mark.parametrize("place", ["https://evil.example.com/", "//evil.example.com", "/sign-in", "/staff//evil", "x"])
def test_nobody_is_led_away_from_the_site(vera: Visitor, clock: Clock, place: str) -> None:
    vera.open("/sign-in").send(email=EMAIL, password=PASSWORD, next=place).send(code=vera.code(clock.now), next=place)
    assert vera.path == "/home"


def test_the_pages_speak_spanish(vera: Visitor, clock: Clock) -> None:
    assert vera.open("/sign-in?lang=es").title == "Iniciar sesión"
    vera.send(email=EMAIL, password="x")
    assert "no coinciden" in vera.text
    assert vera.page.get("lang") == "es"


def test_what_is_typed_stands_nowhere_in_the_log(vera: Visitor, db: Database, caplog: pytest.LogCaptureFixture) -> None:
    vera.open("/sign-in").send(email="typed@example.com", password="a typed password")
    assert log_of(db)[-1] == "unknown_account"
    assert "typed" not in caplog.text
