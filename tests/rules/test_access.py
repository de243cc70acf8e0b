"""Who may see and do what at the portal."""

import pytest

from models.rules.access import PORTAL_ROLES, RIGHTS, Area, PortalRole, Right, Who, portal_roles, right_of
from models.rules.roles import PRACTICE_ROLES, Role

TEAMS = {
    Role.SALES_REPRESENTATIVE,
    Role.BILLING_TEAM,
    Role.TRAINING_TEAM,
    Role.PAYMENT_POSTERS,
}


def who(*roles: PortalRole, practices: frozenset[str] = frozenset({"maple"})) -> Who:
    return Who(1, "somebody", frozenset(roles), practices)


def test_every_area_says_what_each_role_may_do() -> None:
    assert set(RIGHTS) == set(Area)
    assert all(set(row) == set(PortalRole) for row in RIGHTS.values())


def test_every_role_signs_in_as_something_except_teams_and_patients() -> None:
    assert set(Role) - set(PORTAL_ROLES) == TEAMS | {Role.PATIENT}
    assert set(PORTAL_ROLES.values()) == set(PortalRole)


def test_an_auditor_reads_everything_and_writes_nothing_but_the_own_account() -> None:
    rights = {area: RIGHTS[area][PortalRole.AUDITOR] for area in Area}
    assert rights.pop(Area.ACCOUNT) is Right.WRITE
    assert set(rights.values()) == {Right.READ}


@pytest.mark.parametrize("role", [PortalRole.FRONT_OFFICE, PortalRole.PRACTICE_OWNER])
def test_the_practices_people_see_nothing_that_is_internal(role: PortalRole) -> None:
    internal = (Area.BOARD, Area.WORK, Area.JOURNEY, Area.ENROLLMENTS, Area.FIGURES, Area.FORECAST)
    assert {RIGHTS[area][role] for area in internal} == {Right.NONE}
    assert role in {PORTAL_ROLES[one] for one in PRACTICE_ROLES if one in PORTAL_ROLES}


def test_only_the_onboarding_manager_gives_access() -> None:
    assert [role for role in PortalRole if RIGHTS[Area.ACCESS][role] is Right.WRITE] == [PortalRole.ONBOARDING_MANAGER]


def test_a_coach_acts_in_assigned_practices_only() -> None:
    coach = who(PortalRole.COACH)
    assert coach.right(Area.JOURNEY, "maple") is Right.WRITE
    assert coach.right(Area.JOURNEY, "cedar") is Right.NONE
    assert coach.scope(Area.JOURNEY) == frozenset({"maple"})


@pytest.mark.parametrize("role", [PortalRole.ONBOARDING_MANAGER, PortalRole.AUDITOR])
def test_manager_and_auditor_see_every_practice(role: PortalRole) -> None:
    assert who(role).scope(Area.JOURNEY) is None
    assert who(role).may(Area.JOURNEY, practice="cedar")


def test_a_second_role_gives_no_more_in_practices_that_are_not_assigned() -> None:
    both = who(PortalRole.COACH, PortalRole.AUDITOR)
    assert both.right(Area.JOURNEY, "maple") is Right.WRITE
    assert both.right(Area.JOURNEY, "cedar") is Right.READ


def test_an_area_that_is_closed_to_a_role_has_no_practices() -> None:
    assert who(PortalRole.FRONT_OFFICE).scope(Area.BOARD) == frozenset()
    assert right_of([], Area.HOME) is Right.NONE


def test_roles_are_read_from_a_row_of_staff() -> None:
    assert portal_roles(["success_coach", "billing_team", "auditor"]) == {PortalRole.COACH, PortalRole.AUDITOR}
    assert portal_roles([""]) == frozenset()
