"""Who is on which side."""

from models.rules.decisions import Ask
from models.rules.roles import PRACTICE_ROLES, STAFF_ROLES, Party, Role


def test_every_role_is_on_one_side() -> None:
    assert set(Role) == PRACTICE_ROLES | STAFF_ROLES
    assert not PRACTICE_ROLES & STAFF_ROLES


def test_the_practices_people_are_the_practice_and_all_others_are_us() -> None:
    """O-42."""
    assert {role.party for role in PRACTICE_ROLES} == {Party.PRACTICE}
    assert {role.party for role in STAFF_ROLES} == {Party.US}


def test_a_work_item_waits_for_the_side_of_its_role() -> None:
    assert Ask("document.w9", Role.PRIMARY_CONTACT).party is Party.PRACTICE
