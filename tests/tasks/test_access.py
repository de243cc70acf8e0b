"""Access to the portal: commands of a person, and the invitation on its way through the outbox."""

from datetime import timedelta
from email import message_from_bytes, policy
from functools import partial
from itertools import repeat

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from models.db import ConstraintBroken, Database, DatabaseFailure
from models.rules.access import Whom
from models.rules.decisions import Process
from models.rules.roles import Role
from models.rules.sign_in import Purpose, SignInKind
from models.settings import Settings
from models.store import accounts, events, invitations, work_items
from models.tables.access import AccountRow, InvitationRow, SignInRow
from models.tables.events import Event
from models.tables.messages import Message, MessageState
from tasks import access, messages
from tasks.connectors import registry
from tasks.connectors.local import MailboxMailer
from tests.connectors.faulty import Fault, FaultyMailer
from tests.factories import MONDAY, a_journey

COACH = Whom("coach-1", "", "manager-1", "run:1")
OFFICE = Whom("office", "maple-street", "manager-1", "run:2")


@pytest.fixture
def practice(db: Database) -> Database:
    """Give a practice on its journey, with the whole team."""
    a_journey(db)
    return db


def deliver(settings: Settings, *, days: int = 0) -> list[str]:
    """Send what is due, and give the texts of the mails."""
    as_of = MONDAY + timedelta(days=days)
    for claim in messages.claims_of_messages(as_of=as_of, limit=50):
        messages.deliver_messages.fn(claim, as_of=as_of)
    found = [
        message_from_bytes(one.read_bytes(), policy=policy.default) for one in settings.mailbox_folder.rglob("*.eml")
    ]
    bodies = [one.get_body(("plain",)) for one in found if "portal" in str(one["subject"])]
    return [f"{body.get_content()}" for body in bodies if body is not None]


def test_an_invitation_is_recorded_and_sent_with_its_link(practice: Database, own_settings: Settings) -> None:
    answer = access.invite.fn(COACH, as_of=MONDAY)
    assert (answer.is_done, answer.sentence) == (True, "Recorded: portal invited.")
    (text,) = deliver(own_settings)
    assert "http://127.0.0.1:8080/i/" in text
    assert "within 7 days" in text
    assert "Maple Street" not in text, "one of us works for more than one practice"
    assert "onboard" not in text.lower()


def test_a_practices_person_reads_it_in_the_own_language_and_from_the_coach(
    practice: Database, own_settings: Settings
) -> None:
    assert access.invite.fn(Whom("desk", "maple-street", "manager-1", "run:3"), as_of=MONDAY).is_done
    (text,) = deliver(own_settings)
    assert "Hola, Luis:" in text
    assert "portal para Maple Street Family Medicine" in text


def test_the_same_command_invites_once(practice: Database) -> None:
    access.invite.fn(OFFICE, as_of=MONDAY)
    again = access.invite.fn(OFFICE, as_of=MONDAY)
    assert (again.is_done, again.sentence) == (True, "This was recorded before; nothing was changed.")
    assert len(practice.read(lambda s: s.scalars(select(InvitationRow.id)).all())) == 1


def test_an_invitation_that_was_replaced_is_not_sent(practice: Database, own_settings: Settings) -> None:
    access.invite.fn(COACH, as_of=MONDAY)
    access.invite.fn(Whom("coach-1", "", "manager-1", "run:4"), as_of=MONDAY)
    assert len(deliver(own_settings)) == 1
    states = practice.read(
        lambda s: s.execute(select(Message.state, Message.outcome).where(Message.process == Process.ACCESS)).all()
    )
    assert sorted(tuple(one) for one in states) == [
        (MessageState.CANCELLED, "invitation_over"),
        (MessageState.SENT, "accepted"),
    ]


def open_work(db: Database) -> list[tuple[str, Role]]:
    found = db.read(work_items.open_for)
    return [(one.key, one.role) for one in found if one.process is Process.ACCESS]


def test_an_invitation_that_nobody_received_is_work_of_the_onboarding_manager_until_a_new_one_goes_out(
    practice: Database, own_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    access.invite.fn(OFFICE, as_of=MONDAY)
    number = practice.read(lambda s: s.scalars(select(Message.id).where(Message.process == Process.ACCESS)).one())
    refusing = FaultyMailer(MailboxMailer(own_settings.mailbox_folder), repeat(Fault.REJECTED))
    with monkeypatch.context() as patched:
        patched.setattr(registry, "mailer", lambda _: refusing)
        deliver(own_settings)
    assert open_work(practice) == [(f"message.{number}", Role.ONBOARDING_MANAGER)]
    access.invite.fn(Whom("office", "maple-street", "manager-1", "run:9"), as_of=MONDAY)
    assert open_work(practice) == []


@pytest.mark.parametrize(
    ("whom", "says"),
    [
        (Whom("nobody", "", "manager-1", "run:5"), "nobody of our staff with the key nobody"),
        (Whom("nobody", "maple-street", "manager-1", "run:5"), "maple-street has nobody with the key nobody"),
        (Whom("office", "elsewhere", "manager-1", "run:5"), "no practice with the key elsewhere"),
        (Whom("billing-1", "", "manager-1", "run:5"), "billing-1 has no role that signs in"),
        (Whom("coach-1", "", "coach-1", "run:5"), "coach-1 may not give or take access"),
        (Whom("coach-1", "", "office", "run:5"), "office may not give or take access"),
    ],
)
def test_what_cannot_be_is_refused_in_plain_words(practice: Database, whom: Whom, says: str) -> None:
    answer = access.invite.fn(whom, as_of=MONDAY)
    assert not answer.is_done
    assert says in answer.sentence
    assert practice.read(lambda s: s.scalars(select(AccountRow.id)).all()) == []


def test_access_that_was_never_given_can_neither_be_ended_nor_reset(practice: Database) -> None:
    for command in (access.end_access.fn, access.reset_second_factor.fn):
        assert "has no access to end or reset" in command(COACH, as_of=MONDAY).sentence
    access.invite.fn(COACH, as_of=MONDAY)
    reset = access.reset_second_factor.fn(Whom("coach-1", "", "manager-1", "run:6"), as_of=MONDAY)
    assert "has not set up the account yet" in reset.sentence


def test_one_address_is_one_account(practice: Database) -> None:
    def same_address(session: Session) -> None:
        holder = accounts.staff_holder(session, "coach-1")
        assert holder is not None
        index = accounts.index_of(accounts.installation_keys(session, as_of=MONDAY), "DANA@example.com ")
        accounts.make_account(session, holder, index, as_of=MONDAY)

    practice.transaction(same_address)
    assert "belongs to another account" in access.invite.fn(OFFICE, as_of=MONDAY).sentence


def test_history_names_keys_and_stays_whole(practice: Database) -> None:
    access.invite.fn(OFFICE, as_of=MONDAY)
    access.end_access.fn(Whom("office", "maple-street", "manager-1", "run:7"), as_of=MONDAY)
    lines = practice.read(
        lambda s: s.execute(
            select(Event.practice_id, Event.kind, Event.subject, Event.actor)
            .where(Event.process == Process.ACCESS)
            .order_by(Event.position)
        ).all()
    )
    assert [tuple(one)[1:] for one in lines] == [
        ("portal_invited", "office", "manager-1"),
        ("portal_access_ended", "office", "manager-1"),
    ]
    assert practice.read(lambda s: events.check_chain(s, lines[0].practice_id)).is_intact


@pytest.mark.parametrize("statement", ["UPDATE sign_in_log SET kind = 'signed_in'", "DELETE FROM sign_in_log"])
def test_the_log_of_signing_in_only_grows(practice: Database, statement: str) -> None:
    practice.transaction(partial(accounts.note, kind=SignInKind.UNKNOWN_ACCOUNT, account=None, as_of=MONDAY))
    with pytest.raises((ConstraintBroken, DatabaseFailure)):
        practice.transaction(lambda s: s.execute(text(statement)))
    assert practice.read(lambda s: s.scalars(select(SignInRow.kind)).all()) == [SignInKind.UNKNOWN_ACCOUNT]


def test_two_use_one_link_and_one_of_them_gets_in(practice: Database) -> None:
    access.invite.fn(COACH, as_of=MONDAY)
    number = practice.read(lambda s: s.scalars(select(InvitationRow.id)).one())
    use = partial(invitations.use, number=number, purpose=Purpose.INVITATION, as_of=MONDAY)
    assert [practice.transaction(use) is None for _ in range(2)] == [False, True]
