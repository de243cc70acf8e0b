"""Who sends what for a practice, and when reminders go out."""

import pytest

from models.db import Database
from models.rules.appointment_facts import Communications
from models.rules.appointment_reminders import USUAL_MINUTES_BEFORE
from models.rules.messages import CATALOGUE, MessageKind, Owner
from models.store.communications import communications_of, owners_of, practices_in_kareo
from models.tables.practice_systems import CommunicationRow, PracticeSystemRow
from tests.factories import MONDAY, an_intake
from tests.store.test_loading import statements
from tests.store.visits import Visit, a_practice, a_visit, connect_kareo, set_owner

REMINDER = MessageKind.APPOINTMENT_REMINDER


@pytest.fixture
def visit(db: Database) -> Visit:
    """Give an appointment of a practice with the built-in calendar."""
    return a_visit(db)


def spoken(visit: Visit) -> Communications:
    return visit.db.read(lambda s: communications_of(s, [visit.provider]))[visit.provider]


def configure(visit: Visit, *, is_on: bool, minutes: list[int]) -> None:
    row = CommunicationRow(
        provider_id=visit.provider, practice_id=visit.practice, is_on=is_on, minutes_before=minutes, saved_at=MONDAY
    )
    visit.db.transaction(lambda s: s.add(row))


def test_without_a_kareo_account_this_system_sends_everything(visit: Visit) -> None:
    """A-105: from the same templates, with the built-in practice calendar."""
    owners = visit.db.read(lambda s: owners_of(s, [visit.practice]))[visit.practice]
    assert owners == dict.fromkeys(MessageKind, Owner.GOLIVE)


def test_an_account_that_is_no_kareo_account_changes_nothing(visit: Visit) -> None:
    """A-105."""
    row = PracticeSystemRow(practice_id=visit.practice, vendor="calendar", connected_at=MONDAY)
    visit.db.transaction(lambda s: s.add(row))
    assert visit.db.read(lambda s: practices_in_kareo(s, [visit.practice])) == frozenset()
    assert spoken(visit).are_ours(REMINDER)


def test_with_a_kareo_account_kareo_sends_its_part_and_this_system_the_rest(visit: Visit) -> None:
    """A-84, A-105."""
    connect_kareo(visit.db, visit.practice)
    owners = visit.db.read(lambda s: owners_of(s, [visit.practice]))[visit.practice]
    assert owners == {kind: entry.owner for kind, entry in CATALOGUE.items()}
    assert not spoken(visit).are_ours(REMINDER)
    assert spoken(visit).are_ours(MessageKind.REQUEST_ALERT)


def test_the_practices_own_setting_comes_first(visit: Visit) -> None:
    """A-105: the owner is a setting per kind."""
    set_owner(visit.db, visit.practice, REMINDER, Owner.KAREO)
    assert not spoken(visit).are_ours(REMINDER)
    assert spoken(visit).are_ours(MessageKind.APPOINTMENT_SCHEDULED)
    connect_kareo(visit.db, visit.practice)
    set_owner(visit.db, visit.practice, MessageKind.REQUEST_RECEIVED, Owner.GOLIVE)
    assert spoken(visit).are_ours(MessageKind.REQUEST_RECEIVED)


def test_a_kind_that_both_were_given_is_sent_by_kareo_alone(visit: Visit) -> None:
    """A-81: never both; the launch gate shows that nobody has decided."""
    set_owner(visit.db, visit.practice, REMINDER, Owner.KAREO, Owner.GOLIVE)
    assert not spoken(visit).are_ours(REMINDER)


def test_where_no_reminder_was_configured_there_are_the_usual_ones(visit: Visit) -> None:
    """A-81: never none, and not the fixed 3 days, 1 day and day-of."""
    assert spoken(visit).minutes_before == USUAL_MINUTES_BEFORE
    assert not {3 * 1440, 1440} & set(USUAL_MINUTES_BEFORE)


@pytest.mark.parametrize(
    ("is_on", "minutes", "expected"),
    [(True, [4320, 60], (4320, 60)), (True, [], USUAL_MINUTES_BEFORE), (False, [4320, 60], ())],
)
def test_reminders_are_the_providers_own_setting(
    visit: Visit, is_on: bool, minutes: list[int], expected: tuple[int, ...]
) -> None:
    """A-81, A-45, F-111."""
    configure(visit, is_on=is_on, minutes=minutes)
    assert spoken(visit).minutes_before == expected


def test_many_providers_take_no_more_questions_than_one(db: Database) -> None:
    visits = [a_visit(db, a_practice(db, an_intake(f"practice-{number}"))) for number in range(3)]
    connect_kareo(db, visits[0].practice)
    configure(visits[1], is_on=True, minutes=[30])
    providers = [one.provider for one in visits]
    alone = statements(db, lambda s: communications_of(s, providers[:1]))
    assert statements(db, lambda s: communications_of(s, providers)) <= alone <= 6
    found = db.read(lambda s: communications_of(s, providers))
    assert found == {one.provider: spoken(one) for one in visits}
    assert [found[one.provider].are_ours(REMINDER) for one in visits] == [False, True, True]


def test_nobody_asked_for_is_nobody_found(db: Database) -> None:
    assert db.read(lambda s: communications_of(s, [])) == {}
    assert db.read(lambda s: owners_of(s, [])) == {}
