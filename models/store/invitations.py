"""Access given, taken and given anew: invitations by mail, links for this machine; each with a line of history."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session

from models.rules.access import Area, Right, Whom, portal_roles, right_of
from models.rules.decisions import Note, Process, Refusal, Say, SettleAll
from models.rules.messages import MessageKind
from models.rules.roles import Role
from models.rules.sign_in import (
    INVITATION_LASTS,
    LOCAL_LINK_LASTS,
    AccountState,
    EndReason,
    Purpose,
    SignInKind,
)
from models.sealing import INSTALLATION, Keys
from models.store import accounts, events, sessions
from models.store.accounts import TOKEN_LENGTH, Holder
from models.store.effects import Outcome, carry_out
from models.store.keys import keys_of
from models.store.practices import find_practice, hash_of_token
from models.tables.access import AccountRow, InvitationRow, SessionRow
from models.tables.base import new_id
from models.tables.events import Event
from models.tables.practices import Person, Practice, RoleAssignment, Staff

NO_SUCH_STAFF: Final = "There is nobody of our staff with the key {}; take it from the team of an intake."
NO_SUCH_PERSON: Final = "The practice {} has nobody with the key {}; take it from the people of its intake."
NO_SUCH_PRACTICE: Final = "There is no practice with the key {}; start its journey from an intake first."
NO_ROLE: Final = (
    "{} has no role that signs in to the web site. Coaches, coordinators, enrollments representatives, onboarding "
    "managers, integrations specialists, auditors and the people of a practice do; teams behind one address do not."
)
TAKEN: Final = "The mail address of {} belongs to another account; end that one first, or use another address."
MAY_NOT: Final = (
    "{} may not give or take access: an Onboarding Manager does. Write the key of one, from the team of an intake."
)
NO_ACCOUNT: Final = "{} has no access to end or reset; give it with invite-to-portal."
NOT_SET_UP: Final = "{} has not set up the account yet; send the invitation again with invite-to-portal."


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation that can still be used."""

    id: int
    account: int


def invite(session: Session, whom: Whom, *, as_of: datetime) -> tuple[str, ...] | Refusal:
    """Invite somebody by mail; earlier links of the same account do not work any more. Once per command.

    An account that is set up stays as it is until the new link is used.
    """
    return _commanded(session, whom, _invite, as_of=as_of)


def reset_second_factor(session: Session, whom: Whom, *, as_of: datetime) -> tuple[str, ...] | Refusal:
    """Take password and second factor from an account, end its sessions, and invite its holder again."""
    return _commanded(session, whom, _reset, as_of=as_of)


def end_access(session: Session, whom: Whom, *, as_of: datetime) -> tuple[str, ...] | Refusal:
    """End an account with its sessions and links, at once."""
    return _commanded(session, whom, _end, as_of=as_of)


Command = Callable[[Session, Holder, Whom, datetime], "tuple[AccountRow, Note, tuple[Say, ...]] | Refusal"]


def _commanded(session: Session, whom: Whom, command: Command, *, as_of: datetime) -> tuple[str, ...] | Refusal:
    found = _holder(session, whom)
    if isinstance(found, Refusal):
        return found
    holder, practice = found
    if not _may_give(session, whom.by):
        return Refusal("may_not", MAY_NOT.format(whom.by))
    events.lock_practices(session, [practice])
    if _was_done(session, practice, whom.command):
        return ()
    done = command(session, holder, whom, as_of)
    if isinstance(done, Refusal):
        return done
    account, line, says = done
    effects: tuple[SettleAll | Say, ...] = (
        SettleAll(line.kind),
        *says,
    )  # an earlier invitation that did not arrive matters no longer
    outcome = Outcome(practice, Process.ACCESS, account.id, whom.command, whom.by, (line,), effects)
    carry_out(session, [outcome], as_of=as_of)
    return (line.kind,)


def _may_give(session: Session, by: str) -> bool:
    roles = session.scalar(select(Staff.roles).where(Staff.key == by, Staff.is_active)) or ""
    return right_of(portal_roles(roles.split(",")), Area.ACCESS) >= Right.WRITE


def _was_done(session: Session, practice: int, command: str) -> bool:
    query = select(Event.id).where(
        Event.practice_id == practice, Event.process == Process.ACCESS, Event.key == f"{command}#0"
    )
    return session.execute(query).first() is not None


def _holder(session: Session, whom: Whom) -> tuple[Holder, int] | Refusal:
    """Find whom a command is about, and the practice in whose history it stands."""
    if whom.practice:
        practice = find_practice(session, whom.practice)
        if practice is None:
            return Refusal("unknown_practice", NO_SUCH_PRACTICE.format(whom.practice))
        person = accounts.person_holder(session, practice, whom.key)
        return (person, practice.id) if person else Refusal("nobody", NO_SUCH_PERSON.format(whom.practice, whom.key))
    staff = accounts.staff_holder(session, whom.key)
    if staff is None:
        return Refusal("nobody", NO_SUCH_STAFF.format(whom.key))
    return staff, _practice_of_staff(session, staff)


def _practice_of_staff(session: Session, holder: Holder) -> int:
    """Choose a practice whose history tells of one of us: one of theirs, else the first; there is always one."""
    own = select(func.min(RoleAssignment.practice_id)).where(
        RoleAssignment.staff_id == holder.staff, RoleAssignment.until.is_(None)
    )
    return session.scalar(own) or session.scalars(select(func.min(Practice.id))).one() or 0


def _invite(
    session: Session, holder: Holder, whom: Whom, as_of: datetime
) -> tuple[AccountRow, Note, tuple[Say, ...]] | Refusal:
    if not holder.roles:
        return Refusal("no_portal_role", NO_ROLE.format(holder.key))
    index = accounts.index_of(accounts.installation_keys(session, as_of=as_of), holder.address)
    if accounts.is_taken(session, holder, index):
        return Refusal("address_taken", TAKEN.format(holder.key))
    account = accounts.account_of(session, holder) or accounts.make_account(session, holder, index, as_of=as_of)
    account.email_index = index  # the address may have changed since
    return account, Note("portal_invited", holder.key), (_letter(session, account, holder, whom, as_of=as_of),)


def _reset(
    session: Session, holder: Holder, whom: Whom, as_of: datetime
) -> tuple[AccountRow, Note, tuple[Say, ...]] | Refusal:
    account = accounts.account_of(session, holder)
    if account is None:
        return Refusal("no_account", NO_ACCOUNT.format(holder.key))
    if account.state is not AccountState.ACTIVE:
        return Refusal("not_set_up", NOT_SET_UP.format(holder.key))
    accounts.close(session, account.id, AccountState.INVITED, as_of=as_of)
    sessions.end_all(session, account.id, EndReason.FACTOR_RESET, as_of=as_of)
    accounts.note(session, SignInKind.FACTOR_RESET, account.id, as_of=as_of)
    say = _letter(session, account, holder, whom, as_of=as_of)
    return account, Note("second_factor_reset", holder.key), (say,)


def _end(
    session: Session, holder: Holder, whom: Whom, as_of: datetime
) -> tuple[AccountRow, Note, tuple[Say, ...]] | Refusal:
    _ = whom
    account = accounts.account_of(session, holder)
    if account is None:
        return Refusal("no_account", NO_ACCOUNT.format(holder.key))
    _close(session, account.id, as_of=as_of)
    return account, Note("portal_access_ended", holder.key), ()


def end_of_practice(session: Session, practice_id: int, *, by: str, key: str, as_of: datetime) -> int:
    """End the access of everybody of a practice, which is locked; gives how many accounts that were."""
    people = select(AccountRow.id, Person.key).join(Person, Person.id == AccountRow.person_id)
    found = session.execute(people.where(Person.practice_id == practice_id, AccountRow.ended_at.is_(None))).all()
    outcomes = []
    for account, person in found:
        _close(session, account, as_of=as_of)
        line = Note("portal_access_ended", person)
        effects = (SettleAll(line.kind),)
        outcomes.append(Outcome(practice_id, Process.ACCESS, account, f"{key}:{account}", by, (line,), effects))
    carry_out(session, outcomes, as_of=as_of)
    return len(outcomes)


def _close(session: Session, account: int, *, as_of: datetime) -> None:
    accounts.close(session, account, AccountState.ENDED, as_of=as_of)
    sessions.end_all(session, account, EndReason.ACCESS_ENDED, as_of=as_of)
    _expire(session, account, as_of=as_of)
    accounts.note(session, SignInKind.ACCESS_ENDED, account, as_of=as_of)


def _letter(session: Session, account: AccountRow, holder: Holder, whom: Whom, *, as_of: datetime) -> Say:
    """Make an invitation in place of earlier ones, and the message that brings it."""
    _expire(session, account.id, as_of=as_of)
    keys = keys_of(session, INSTALLATION)
    number = new_id()
    session.add(
        InvitationRow(
            id=number,
            account_id=account.id,
            purpose=Purpose.INVITATION,
            token_hash=hash_of_token(invitation_token(keys, number)),
            invited_by=whom.by,
            created_at=as_of,
            expires_at=as_of + INVITATION_LASTS,
        )
    )
    session.flush()
    accounts.note(session, SignInKind.INVITED, account.id, as_of=as_of)
    role = Role.PRIMARY_CONTACT if holder.person else Role.ONBOARDING_MANAGER  # which side; the key names whom
    return Say(MessageKind.INVITATION, role, f"invitation:{number}", person=holder.key, fields={"invitation": number})


def _expire(session: Session, account: int, *, as_of: datetime) -> None:
    """Let the links of an account that were not used work no longer."""
    open_ones = update(InvitationRow).where(
        InvitationRow.account_id == account, InvitationRow.used_at.is_(None), InvitationRow.expires_at > as_of
    )
    session.execute(open_ones.values(expires_at=as_of).execution_options(synchronize_session=False))


def invitation_token(keys: Keys, number: int) -> str:
    """Make the token of an invitation's link: always the same, unguessable, never stored as it is (132 bits)."""
    code = bytes.fromhex(keys.blind(f"invitation:{number}", purpose="link"))
    return base64.urlsafe_b64encode(code).decode()[:TOKEN_LENGTH]


def find_invitation(session: Session, token: str, purpose: Purpose, *, as_of: datetime) -> Invited | None:
    """Find a link that can still be used."""
    query = select(InvitationRow.id, InvitationRow.account_id).where(
        InvitationRow.token_hash == hash_of_token(token), *_usable(purpose, as_of)
    )
    row = session.execute(query).first()
    return None if row is None else Invited(row.id, row.account_id)


def is_usable(session: Session, number: int, *, as_of: datetime) -> bool:
    """Say whether an invitation still works; whoever holds its account meanwhile knows that it stays so."""
    query = select(InvitationRow.id).where(InvitationRow.id == number, *_usable(Purpose.INVITATION, as_of))
    return session.execute(query).first() is not None


def _usable(purpose: Purpose, as_of: datetime) -> tuple[ColumnElement[bool], ...]:
    return InvitationRow.purpose == purpose, InvitationRow.used_at.is_(None), InvitationRow.expires_at > as_of


def use(session: Session, number: int, purpose: Purpose, *, as_of: datetime) -> int | None:
    """Use up a link, and give its account; only one of several at once is given it."""
    used = (
        update(InvitationRow)
        .where(InvitationRow.id == number, *_usable(purpose, as_of))
        .values(used_at=as_of)
        .returning(InvitationRow.account_id)
    )
    return session.execute(used.execution_options(synchronize_session=False)).scalar_one_or_none()


def make_local_link(session: Session, staff: str, *, as_of: datetime) -> str | Refusal:
    """Make a link that signs one of us in once, on the machine that made it, and give its token."""
    holder = accounts.staff_holder(session, staff)
    if holder is None:
        return Refusal("nobody", NO_SUCH_STAFF.format(staff))
    if not holder.roles:
        return Refusal("no_portal_role", NO_ROLE.format(staff))
    index = accounts.index_of(accounts.installation_keys(session, as_of=as_of), holder.address)
    account = accounts.account_of(session, holder)
    if account is None:
        if accounts.is_taken(session, holder, index):
            return Refusal("address_taken", TAKEN.format(staff))
        account = accounts.make_account(session, holder, index, as_of=as_of)
    token = accounts.new_token()
    session.add(
        InvitationRow(
            id=new_id(),
            account_id=account.id,
            purpose=Purpose.LOCAL,
            token_hash=hash_of_token(token),
            invited_by="golive",
            created_at=as_of,
            expires_at=as_of + LOCAL_LINK_LASTS,
        )
    )
    return token


def purge(session: Session, *, before: datetime) -> int:
    """Forget links that were used or came to their end before a moment (UTC); gives how many.

    One that a session was begun with goes once that session was forgotten.
    """
    is_over = or_(InvitationRow.used_at < before, InvitationRow.expires_at < before)
    is_held = exists().where(SessionRow.invitation_id == InvitationRow.id)
    gone = delete(InvitationRow).where(is_over, ~is_held).returning(InvitationRow.id)
    return len(session.execute(gone.execution_options(synchronize_session=False)).all())
