"""Every route of the site against every role; what is not theirs is like what is not there."""

import re
from collections.abc import Iterator

import pytest
from httpx import Response
from starlette.routing import Route
from starlette.testclient import TestClient

from deployments.web.site import ROUTES, create_site
from models.db import Database
from models.rules.access import PortalRole
from models.rules.roles import Role
from tests.factories import a_journey, an_intake
from tests.store.enrolling import enrolling
from tests.web.conftest import Clock
from tests.web.desk import known_as
from tests.web.signed_in import LOCAL, SignedIn, member

OWN, FOREIGN, NOWHERE = "maple", "cedar", "nowhere"
NO_SUCH_NUMBER = 7
MATRIX = {  # coach, enrollment, front office, practice owner, onboarding manager, integrations specialist, auditor
    "GET /home": "yyyyyyy",
    "GET /staff": "yy--yyy",
    "GET /staff/": "yy--yyy",
    "GET /staff/work": "yy--yyy",
    "GET /staff/enrollments": "yy--yyy",
    "GET /staff/enrollments/figures": "yy--y-y",
    "GET /staff/enrollments/figures.pdf": "yy--y-y",
    "GET /staff/enrollments/{number:int}": "yy--yyy",
    "GET /staff/offboarding": "y---y-y",
    **{f"GET /staff/month{file}": "----y-y" for file in ("", ".pdf", ".csv", ".xlsx")},
    "GET /staff/practices/{key}": "yy--yyy",
    "GET /staff/practices/{key}/enrollments": "yy--yyy",
    "GET /staff/practices/{key}/forecast": "yy--yyy",
    "GET /staff/practices/{key}/readiness": "yy--yyy",
    **{f"GET /staff/practices/{{key}}/progress{page}": "yyyyyyy" for page in ("", "/enrollments", "/launch")},
    "GET /staff/practices/{key}/appointments": "y-yyyyy",
    "GET /staff/practices/{key}/appointments/{appointment:int}": "y-yyyyy",
    **{
        f"POST /staff/practices/{{key}}/appointments/{{appointment:int}}/{way}": "--yy---"
        for way in ("confirm", "decline", "move", "cancel", "mark", "aside")
    },
    **{f"GET /staff/practices/{{key}}/insights{file}": "y-yyy-y" for file in ("", ".pdf", ".csv", ".xlsx")},
    "GET /staff/practices/{key}/reputation": "y-yyy-y",
    "GET /staff/practices/{key}/reputation/private": "y-yyy-y",
    "GET /staff/practices/{key}/reputation/settings": "y--yyyy",
    **{
        f"POST /staff/practices/{{key}}/reputation/{step}": "--yy---"
        for step in (
            "draft",
            "release",
            "take-back",
            "posted",
            "private/read",
            "private/draft",
            "private/release",
            "private/take-back",
        )
    },
    "POST /staff/practices/{key}/reputation/settings/save": "---yy--",
    "GET /staff/practices/{key}/messages": "--yy--y",
    "GET /staff/practices/{key}/messages/{thread:int}": "--yy--y",
    **{
        f"POST /staff/practices/{{key}}/messages/{{thread:int}}/{way}": "--yy---" for way in ("answer", "close", "stop")
    },
    "GET /staff/practices/{key}/patients": "--yyyyy",
    "POST /staff/practices/{key}/patients": "--yyyyy",
    "GET /staff/practices/{key}/patients/{patient:int}": "--yyyyy",
    **{
        f"POST /staff/practices/{{key}}/patients/{{patient:int}}/{way}": "--yy---"
        for way in ("surveys", "archive", "message", "duplicates")
    },
    "GET /staff/practices/{key}/calendar": "y-yyyyy",
    "GET /staff/practices/{key}/calendar/settings": "y-yyyyy",
    **{f"POST /staff/practices/{{key}}/calendar/{way}": "--yyyy-" for way in ("slot", "block", "clear", "settings")},
    "GET /staff/practices/{key}/feeds": "y-yyyyy",
    "GET /staff/practices/{key}/appointments.fhir.json": "---yyyy",
    "GET /account": "yyyyyyy",
    "POST /account/sign-out": "yyyyyyy",
    "POST /account/end-others": "yyyyyyy",
}
OPEN = {  # whoever has the link, or nobody in particular
    "GET /",
    "GET /health",
    "GET /static/{name}",
    "GET /j/{token}",
    "GET /j/{token}/enrollments",
    "GET /c/{token}.ics",
    "GET /book/{key}",
    "POST /book/{key}",
    *(f"{how} /book/{{key}}/{step}" for how in ("GET", "POST") for step in ("time", "details", "request")),
    *(f"GET /book/{{key}}/{text}" for text in ("privacy", "terms", "button", "embed.js")),
    "GET /f/{token}",
    "POST /f/{token}",
    "GET /f/{token}/tell",
    "POST /f/{token}/tell",
    "GET /f/{token}/thanks/{key}",
    "GET /s/{token}",
    "POST /s/{token}",
    "POST /hooks/twilio/texts",
    "POST /hooks/twilio/status/{attempt}",
    *(f"{how} /sign-in{step}" for how in ("GET", "POST") for step in ("", "/code", "/set-up")),
    "GET /i/{token}",
    "POST /i/{token}",
}
THIS_MACHINE = {  # in local mode only; the figures also for who shows the token of the settings
    "GET /metrics",
    "GET /l/{token}",
    "POST /l/{token}",
    "GET /mailbox",
    "GET /mailbox/",
    "GET /mailbox/{mail}",
    "GET /mailbox/{mail}/html",
    "GET /mailbox/{mail}/calendar/{number:int}",
    "POST /mailbox/texts/{text}",
}
STAFF = {
    PortalRole.COACH: Role.SUCCESS_COACH,
    PortalRole.ENROLLMENT: Role.ENROLLMENTS_REPRESENTATIVE,
    PortalRole.ONBOARDING_MANAGER: Role.ONBOARDING_MANAGER,
    PortalRole.INTEGRATIONS_SPECIALIST: Role.INTEGRATIONS_SPECIALIST,
    PortalRole.AUDITOR: Role.AUDITOR,
}
OF_A_PRACTICE = {"thread", "patient", "appointment"}  # looked for in the practice that the address names
PEOPLE = {PortalRole.FRONT_OFFICE: "desk", PortalRole.PRACTICE_OWNER: "office"}
ROLES = (
    PortalRole.COACH,
    PortalRole.ENROLLMENT,
    PortalRole.FRONT_OFFICE,
    PortalRole.PRACTICE_OWNER,
    PortalRole.ONBOARDING_MANAGER,
    PortalRole.INTEGRATIONS_SPECIALIST,
    PortalRole.AUDITOR,
)
every_role = pytest.mark.parametrize("role", ROLES)


def _named(route: Route) -> set[str]:
    return {f"{method} {route.path}" for method in route.methods or () if method != "HEAD"}


def _every_route() -> set[str]:
    assert all(isinstance(route, Route) for route in ROUTES)
    return {name for route in ROUTES for name in _named(route)}


def test_every_route_has_its_place() -> None:
    """A new route belongs into one of the three lists; only then does this test agree."""
    placed = [*MATRIX, *OPEN, *THIS_MACHINE]
    assert sorted(placed) == sorted(_every_route())


def test_every_route_of_the_matrix_is_guarded_and_no_other() -> None:
    guarded = {name for route in ROUTES if hasattr(route.endpoint, "need") for name in _named(route)}
    assert guarded == set(MATRIX)


def test_every_address_that_names_a_practice_is_guarded_by_it() -> None:
    for route in ROUTES:
        need = getattr(route.endpoint, "need", None)
        if need is not None:
            expected = {"key": "practice", "number": "enrollment"}
            named = [expected[name] for name in route.param_convertors if name not in OF_A_PRACTICE]
            assert named == [need.place.value] * ("{" in route.path)


@pytest.fixture
def numbers(db: Database, clock: Clock) -> dict[str, int]:
    """Give one number of each of two practices on their journeys: of an enrollment, a patient, a conversation."""
    own = enrolling(db, an_intake(OWN))
    foreign = enrolling(db, an_intake(FOREIGN, name="Cedar Hill Pediatrics"))
    clock.now = own.now
    made = {OWN: own.number("medicare"), FOREIGN: foreign.number("medicare")}
    for key, number in made.items():
        known_as(db, key, number, as_of=own.now)
    return made


@pytest.fixture
def browser(db: Database, clock: Clock, numbers: dict[str, int], role: PortalRole) -> Iterator[SignedIn]:
    """Give the browser of somebody with one role, who belongs to the first of the two practices."""
    if role in PEOPLE:
        key, practice = PEOPLE[role], OWN
    else:
        sees_all = STAFF[role] in (Role.ONBOARDING_MANAGER, Role.AUDITOR)
        key, practice = (
            member(db, f"a-{role.value[:8]}".replace("_", "-"), STAFF[role], *([] if sees_all else [OWN])),
            "",
        )
    with SignedIn(create_site(now=clock), db, key, practice=practice, raise_server_exceptions=False) as made:
        yield made


def _ask(browser: SignedIn, route: str, key: str, number: int) -> Response:
    method, _, path = route.partition(" ")
    for name in ("number", *OF_A_PRACTICE):
        path = path.replace(f"{{{name}:int}}", str(number))
    return browser.request(method, path.replace("{key}", key))


@every_role
def test_each_role_gets_what_the_matrix_says(browser: SignedIn, numbers: dict[str, int], role: PortalRole) -> None:
    column = ROLES.index(role)
    wrong = []
    for route, row in MATRIX.items():
        status = _ask(browser, route, OWN, numbers[OWN]).status_code
        reached = 403 if route.startswith("POST") else 200  # a form without its token is refused behind the guard
        if status != (reached if row[column] == "y" else 404):
            wrong.append((route, status))
    assert wrong == []


@every_role
def test_what_is_of_another_practice_is_like_what_is_not_there(
    browser: SignedIn, numbers: dict[str, int], role: PortalRole
) -> None:
    nothing = browser.get("/nothing/here")
    for route in MATRIX:
        if "{" in route:
            missing = _ask(browser, route, NOWHERE, NO_SUCH_NUMBER)
            assert _same(missing) == _same(nothing), route
            if not role.sees_all:
                assert _same(_ask(browser, route, FOREIGN, numbers[FOREIGN])) == _same(missing), route
    for key in (FOREIGN, NOWHERE) if not role.sees_all else (NOWHERE,):
        for path in ("figures", "figures.pdf"):
            assert _same(browser.get(f"/staff/enrollments/{path}?practice={key}")) == _same(nothing)


@pytest.mark.parametrize("role", [PortalRole.FRONT_OFFICE, PortalRole.AUDITOR])
def test_a_record_of_another_practice_is_not_in_ones_own(
    browser: SignedIn, numbers: dict[str, int], role: PortalRole
) -> None:
    for route in MATRIX:
        if any(f"{{{name}:int}}" in route for name in OF_A_PRACTICE):
            missing = _ask(browser, route, OWN, NO_SUCH_NUMBER)
            assert missing.status_code == 404
            assert _same(_ask(browser, route, OWN, numbers[FOREIGN])) == _same(missing), route


PATIENTS_LINKS = ("/f/", "/s/")  # say in words that they are over, which tests of their own compare
NOT_THERE = {"token": ("A" * 22, "short"), "key": ("nowhere", "elsewhere"), "number": ("7", "999999999999999999999")}


@pytest.mark.parametrize("signed", [False, True])
def test_whatever_has_a_link_of_its_own_is_missing_like_any_page(db: Database, clock: Clock, *, signed: bool) -> None:
    """Tokens and names of public pages: unknown, or none in form; who asks makes no difference."""
    a_journey(db, an_intake(OWN))
    site = create_site(now=clock)
    browser = SignedIn(site, db, "office", practice=OWN) if signed else TestClient(site, base_url=LOCAL)
    browser.follow_redirects = True  # a step of booking leads to its beginning, whatever the address names
    nothing = browser.get("/nothing/here")
    for route in sorted({*OPEN, *THIS_MACHINE}):
        method, _, path = route.partition(" ")
        names = re.findall(r"\{(\w+)", path)
        if not names or method != "GET" or path.startswith(PATIENTS_LINKS):
            continue
        for which in (0, 1):
            gone = re.sub(r"\{(\w+)(:int)?\}", lambda found: NOT_THERE.get(found[1], ("none", "0"))[which], path)  # noqa: B023 - called at once
            assert _same(browser.get(gone)) == _same(nothing), gone


def _same(answer: Response) -> tuple[int, bytes, list[tuple[str, str]]]:
    return answer.status_code, answer.content, sorted(answer.headers.items())


@pytest.mark.parametrize("role", [PortalRole.COACH, PortalRole.ENROLLMENT, PortalRole.INTEGRATIONS_SPECIALIST])
def test_lists_name_no_other_practice(browser: SignedIn, numbers: dict[str, int], role: PortalRole) -> None:
    for path in (
        "/home",
        "/home?whose=everybody",
        "/staff/",
        "/staff/?status=all",
        "/staff/work",
        "/staff/enrollments",
        f"/staff/enrollments?practice={FOREIGN}",
        "/staff/enrollments/figures",
    ):
        answer = browser.get(path)
        assert answer.status_code == (404 if "figures" in path and role is PortalRole.INTEGRATIONS_SPECIALIST else 200)
        assert "Cedar Hill" not in answer.text, path
        assert f"/practices/{FOREIGN}" not in answer.text, path


@pytest.mark.parametrize("role", [PortalRole.ONBOARDING_MANAGER, PortalRole.AUDITOR])
def test_manager_and_auditor_see_both_practices(browser: SignedIn, numbers: dict[str, int], role: PortalRole) -> None:
    for path in ("/home?whose=everybody", "/staff/", "/staff/work", "/staff/enrollments"):
        text = browser.get(path).text
        assert f"/practices/{FOREIGN}" in text, path
        assert f"/practices/{OWN}" in text, path


@every_role
def test_no_page_leads_where_its_reader_cannot_go(browser: SignedIn, numbers: dict[str, int], role: PortalRole) -> None:
    column = ROLES.index(role)
    found = dict[str, str]()
    for route, row in MATRIX.items():
        if route.startswith("GET") and row[column] == "y" and not route.endswith((".pdf", ".json", ".csv", ".xlsx")):
            page = _ask(browser, route, OWN, numbers[OWN])
            for tab in page.text.split('class="tabs')[1:]:
                links = [one.partition('"')[0] for one in tab.partition("</ul>")[0].split('href="')[1:]]
                found |= dict.fromkeys((link for link in links if not link.startswith("?")), route)
    assert found
    for link, route in found.items():
        assert browser.get(link).status_code in (200, 303), (route, link)


@pytest.mark.parametrize("role", [PortalRole.COACH])
def test_who_is_no_longer_assigned_sees_the_practice_no_longer(
    browser: SignedIn, db: Database, numbers: dict[str, int], role: PortalRole
) -> None:
    assert browser.get(f"/staff/practices/{OWN}").status_code == 200
    member(db, "another-coach", Role.SUCCESS_COACH, OWN)
    assert browser.get(f"/staff/practices/{OWN}").status_code == 404
    assert "Maple Street" not in browser.get("/staff/").text
