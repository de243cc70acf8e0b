"""Accounts: made for one of us or for a practice's person, found by address, guarded, set up, and ended."""

import base64
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from models.rules.access import PortalRole, Who, portal_roles
from models.rules.roles import Party
from models.rules.sign_in import (
    RECOVERY_BYTES,
    RECOVERY_CODES,
    SECRET_BYTES,
    AccountState,
    SignInKind,
    Tries,
    accepted_step,
    recovery_code,
    secret_of,
    typed_code,
    written_secret,
)
from models.sealing import INSTALLATION, Keys
from models.store.acting import shared_keys
from models.store.keys import keys_of, make_keys
from models.tables.access import AccountRow, RecoveryCodeRow, SignInRow
from models.tables.base import new_id
from models.tables.practices import Person, Practice, RoleAssignment, Staff

TOKEN_BYTES: Final = 16
TOKEN_LENGTH: Final = 22
_SECRET: Final = ("accounts", "totp_secret")


@dataclass(frozen=True, slots=True)
class Holder:
    """Whom an account is for: a row of our staff, or a person of one practice; the address is for the index only."""

    key: str
    roles: frozenset[PortalRole]
    locale: str
    staff: int | None = None
    person: int | None = None
    practice: int | None = None
    practice_key: str = ""
    address: str = field(default="", repr=False)
    name: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Guarded:
    """What is compared when somebody signs in; an unknown account looks like any other that nobody gets into."""

    account: int | None
    password_hash: str = field(repr=False, default="")
    tries: Tries = field(default_factory=Tries)


def installation_keys(session: Session, *, as_of: datetime) -> Keys:
    """Give the keys of the installation; made where nobody was registered yet."""
    return make_keys(session, INSTALLATION, as_of=as_of)


def index_of(keys: Keys, address: str) -> str:
    """Give the blind index by which an account is found."""
    return keys.blind(address.strip().lower(), purpose="account")


def staff_holder(session: Session, key: str) -> Holder | None:
    """Find one of us by key; somebody who left has no access."""
    row = session.scalar(select(Staff).where(Staff.key == key, Staff.is_active))
    return None if row is None else _of_staff(row, keys_of(session, INSTALLATION))


def person_holder(session: Session, practice: Practice, key: str) -> Holder | None:
    """Find a practice's person by key."""
    row = session.scalar(select(Person).where(Person.practice_id == practice.id, Person.key == key))
    return None if row is None else _of_person(row, practice, keys_of(session, practice.id))


def _of_staff(row: Staff, keys: Keys) -> Holder:
    return Holder(
        row.key,
        portal_roles(row.roles.split(",")),
        row.locale,
        staff=row.id,
        address=keys.unseal(row.email, table="staff", column="email", row_id=row.id),
        name=keys.unseal(row.name, table="staff", column="name", row_id=row.id),
    )


def _of_person(row: Person, practice: Practice, keys: Keys) -> Holder:
    return Holder(
        row.key,
        portal_roles([row.role]) if row.role.party is Party.PRACTICE else frozenset(),
        row.locale,
        person=row.id,
        practice=practice.id,
        practice_key=practice.key,
        address=keys.unseal(row.email, table="people", column="email", row_id=row.id),
        name=keys.unseal(row.name, table="people", column="name", row_id=row.id),
    )


def holder_of(session: Session, account: int) -> Holder:
    """Open whom an account is for; raises as `Keys.unseal`."""
    row = session.get_one(AccountRow, account)
    if row.staff_id is not None:
        return _of_staff(session.get_one(Staff, row.staff_id), keys_of(session, INSTALLATION))
    person = session.get_one(Person, row.person_id)
    return _of_person(person, session.get_one(Practice, person.practice_id), keys_of(session, person.practice_id))


def account_of(session: Session, holder: Holder) -> AccountRow | None:
    """Find the account of somebody that has not ended."""
    whose = AccountRow.staff_id == holder.staff if holder.staff else AccountRow.person_id == holder.person
    return session.scalar(select(AccountRow).where(whose, AccountRow.ended_at.is_(None)))


def is_taken(session: Session, holder: Holder, index: str) -> bool:
    """Say whether the account of somebody else has the same address."""
    row = session.scalar(select(AccountRow).where(AccountRow.email_index == index, AccountRow.ended_at.is_(None)))
    return row is not None and (row.staff_id, row.person_id) != (holder.staff, holder.person)


def make_account(session: Session, holder: Holder, index: str, *, as_of: datetime) -> AccountRow:
    """Store a new account that nobody can sign in to yet."""
    row = AccountRow(
        id=new_id(),
        staff_id=holder.staff,
        person_id=holder.person,
        state=AccountState.INVITED,
        email_index=index,
        created_at=as_of,
    )
    session.add(row)
    session.flush()
    return row


def who_of(session: Session, account: int) -> Who | None:
    """Say who an account is now: roles, practices and language; None where access has ended or nobody has a role."""
    row = session.get(AccountRow, account)
    if row is None or row.state is AccountState.ENDED:
        return None
    who = _staff_who(session, row) if row.staff_id is not None else _person_who(session, row)
    return who if who and who.roles else None


def _staff_who(session: Session, row: AccountRow) -> Who | None:
    staff = session.execute(
        select(Staff.key, Staff.roles, Staff.locale).where(Staff.id == row.staff_id, Staff.is_active)
    ).first()
    if staff is None:
        return None
    assigned = (
        select(Practice.key)
        .join(RoleAssignment, RoleAssignment.practice_id == Practice.id)
        .where(RoleAssignment.staff_id == row.staff_id, RoleAssignment.until.is_(None))
    )
    practices = frozenset(session.scalars(assigned))
    return Who(row.id, staff.key, portal_roles(staff.roles.split(",")), practices, "", staff.locale)


def _person_who(session: Session, row: AccountRow) -> Who | None:
    columns = (Person.key, Person.role, Person.locale, Person.practice_id, Practice.key.label("practice"))
    query = select(*columns).join(Practice, Practice.id == Person.practice_id)
    person = session.execute(query.where(Person.id == row.person_id)).first()
    if person is None:
        return None
    own = frozenset({person.practice})
    roles, is_shared = portal_roles([person.role]), bool(shared_keys(session, [person.key]))
    found = Who(row.id, person.key, roles, own, person.practice, person.locale, is_shared)
    return replace(found, own_id=person.practice_id)


def find_guarded(session: Session, address: str, *, as_of: datetime) -> tuple[Guarded, AccountState | None]:
    """Find what a typed address leads to; an account that is not active has no password to fit."""
    index = index_of(installation_keys(session, as_of=as_of), address)
    row = session.scalar(select(AccountRow).where(AccountRow.email_index == index, AccountRow.ended_at.is_(None)))
    if row is None:
        return Guarded(None), None
    is_active = row.state is AccountState.ACTIVE
    return Guarded(row.id, row.password_hash if is_active else "", tries_of(row)), row.state


def tries_of(row: AccountRow) -> Tries:
    """Give what went wrong lately at an account."""
    return Tries(row.failures, row.failing_since, row.locks, row.locked_until)


def still_stands(session: Session, found: Guarded) -> bool:
    """Say whether an account is as it was when its password was compared."""
    row = None if found.account is None else _held(session, found.account)
    return row is not None and row.state is AccountState.ACTIVE and row.password_hash == found.password_hash


def failed(session: Session, account: int, kind: SignInKind, *, as_of: datetime) -> None:
    """Count and log a failure; the fifth locks."""
    row = _held(session, account)
    tries = tries_of(row).failed(as_of=as_of)
    note(session, kind, account, as_of=as_of)
    if tries.locks > row.locks:
        note(session, SignInKind.LOCKED, account, as_of=as_of)
    _keep_tries(row, tries)


def _held(session: Session, account: int) -> AccountRow:
    """Read an account and keep others from changing it until the transaction ends."""
    query = select(AccountRow).where(AccountRow.id == account).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one()


def _keep_tries(row: AccountRow, tries: Tries) -> None:
    row.failures, row.failing_since = tries.failures, tries.since
    row.locks, row.locked_until = tries.locks, tries.locked_until


def note(session: Session, kind: SignInKind, account: int | None, *, as_of: datetime) -> None:
    """Append one line to the log of signing in."""
    session.execute(insert(SignInRow), [{"kind": kind, "account_id": account, "at": as_of}])


def set_password(session: Session, account: int, password_hash: str, *, as_of: datetime) -> None:
    """Keep a new password and a new secret of one-time codes; nobody signs in until a code of it was given."""
    row = _held(session, account)
    row.state = AccountState.INVITED
    keys = installation_keys(session, as_of=as_of)
    row.password_hash = password_hash
    row.totp_secret = keys.seal(
        written_secret(secrets.token_bytes(SECRET_BYTES)), table=_SECRET[0], column=_SECRET[1], row_id=row.id
    )
    row.totp_step = 0
    note(session, SignInKind.PASSWORD_SET, account, as_of=as_of)


def secret_shown(session: Session, account: int) -> str:
    """Give the secret of one-time codes as apps take it; raises as `Keys.unseal`."""
    row = session.get_one(AccountRow, account)
    keys = keys_of(session, INSTALLATION)
    return keys.unseal(row.totp_secret, table=_SECRET[0], column=_SECRET[1], row_id=row.id) if row.totp_secret else ""


def is_locked(session: Session, account: int, *, as_of: datetime) -> bool:
    """Say whether nobody gets into an account now."""
    return tries_of(session.get_one(AccountRow, account)).is_locked(as_of=as_of)


def take_code(session: Session, account: int, typed: str, *, as_of: datetime) -> SignInKind | None:
    """Accept a one-time code or a recovery code, each once; says by which, or nothing where neither fits."""
    _, recovery = typed_code(typed)
    if not recovery:
        return SignInKind.SIGNED_IN if take_one_time_code(session, account, typed, as_of=as_of) else None
    _held(session, account)
    return SignInKind.RECOVERY_CODE_USED if _use_recovery(session, account, recovery, as_of=as_of) else None


def take_one_time_code(session: Session, account: int, typed: str, *, as_of: datetime) -> bool:
    """Accept a one-time code, each once; a recovery code is none, and stays good."""
    row = _held(session, account)
    code, _ = typed_code(typed)
    secret = secret_shown(session, account)
    step = accepted_step(secret_of(secret), code, last=row.totp_step, as_of=as_of) if code and secret else None
    if step is None:
        return False
    row.totp_step = step
    return True


def _use_recovery(session: Session, account: int, code: str, *, as_of: datetime) -> bool:
    used = (
        update(RecoveryCodeRow)
        .where(RecoveryCodeRow.account_id == account, RecoveryCodeRow.used_at.is_(None))
        .where(RecoveryCodeRow.code_hash == _hash_of_code(session, code))
        .values(used_at=as_of)
        .returning(RecoveryCodeRow.id)
    )
    return session.execute(used.execution_options(synchronize_session=False)).first() is not None


def _hash_of_code(session: Session, code: str) -> str:
    return keys_of(session, INSTALLATION).blind(code, purpose="recovery")


def activate(session: Session, account: int, *, as_of: datetime) -> Sequence[str]:
    """Open an account that was set up, and give its new recovery codes, which are shown once."""
    row = _held(session, account)
    row.state = AccountState.ACTIVE
    _keep_tries(row, Tries())
    session.execute(
        update(RecoveryCodeRow)
        .where(RecoveryCodeRow.account_id == account, RecoveryCodeRow.used_at.is_(None))
        .values(used_at=as_of)
        .execution_options(synchronize_session=False)
    )
    codes = [recovery_code(secrets.token_bytes(RECOVERY_BYTES)) for _ in range(RECOVERY_CODES)]
    stored = [
        {"id": new_id(), "account_id": account, "code_hash": _hash_of_code(session, typed_code(one)[1])}
        for one in codes
    ]
    session.execute(insert(RecoveryCodeRow), stored)
    note(session, SignInKind.SET_UP_DONE, account, as_of=as_of)
    return codes


def signed_in(session: Session, account: int) -> None:
    """Forget what went wrong: somebody has signed in."""
    _keep_tries(_held(session, account), Tries())


def close(session: Session, account: int, state: AccountState, *, as_of: datetime) -> None:
    """Take password, secret and locks from an account: it has ended, or must be set up again."""
    row = _held(session, account)
    row.state, row.password_hash, row.totp_secret = state, "", ""
    _keep_tries(row, Tries())
    if state is AccountState.ENDED:
        row.ended_at = as_of
        row.email_index = ""


def new_token() -> str:
    """Make a secret of 128 bits for a cookie or a link."""
    return base64.urlsafe_b64encode(secrets.token_bytes(TOKEN_BYTES)).decode().rstrip("=")
