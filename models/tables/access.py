"""Who may sign in to the web site: accounts, their recovery codes and links, sessions, and the log of signing in."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from models.rules.sign_in import AccountState, EndReason, Purpose, SignInKind, Stage
from models.tables.base import Base, Id, Whole, enum_column


def _one_open(name: str, column: str) -> Index:
    """Let one account at most that has not ended hold a value."""
    where = text("ended_at IS NULL")
    return Index(name, column, unique=True, sqlite_where=where, postgresql_where=where)


class AccountRow(Base):
    """The account of one member of our staff or of one practice's person; roles are those of that row, at any moment.

    The mail address is a blind index only, the password an argon2id hash, the secret of one-time codes sealed.
    """

    __tablename__ = "accounts"
    __table_args__ = (
        _one_open("uq_accounts_staff", "staff_id"),
        _one_open("uq_accounts_person", "person_id"),
        _one_open("uq_accounts_email", "email_index"),
    )

    id: Mapped[Id]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    state: Mapped[AccountState] = mapped_column(enum_column(AccountState))
    email_index: Mapped[str] = mapped_column(String(64))
    password_hash: Mapped[str] = mapped_column(String(200), default="")
    totp_secret: Mapped[str] = mapped_column(String(200), default="")
    totp_step: Mapped[int] = mapped_column(default=0)
    failures: Mapped[int] = mapped_column(default=0)
    failing_since: Mapped[datetime | None]
    locks: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class RecoveryCodeRow(Base):
    """One recovery code, as a hash; it opens once."""

    __tablename__ = "recovery_codes"
    __table_args__ = (Index(None, "account_id", "code_hash", unique=True),)

    id: Mapped[Id]
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    code_hash: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[datetime | None]


class InvitationRow(Base):
    """One link that sets up an account, or signs in once on this machine; its token is stored as a hash."""

    __tablename__ = "invitations"
    __table_args__ = (Index(None, "account_id"),)

    id: Mapped[Id]
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    purpose: Mapped[Purpose] = mapped_column(enum_column(Purpose))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    invited_by: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class SessionRow(Base):
    """One session of a browser; its token is stored as a hash, and the token of its forms follows from the same one."""

    __tablename__ = "sign_in_sessions"
    __table_args__ = (Index(None, "account_id", "ended_at"),)

    id: Mapped[Id]
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    stage: Mapped[Stage] = mapped_column(enum_column(Stage))
    invitation_id: Mapped[int | None] = mapped_column(ForeignKey("invitations.id"))
    is_phone: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[EndReason | None] = mapped_column(enum_column(EndReason))


class SignInRow(Base):
    """One line of the log of signing in; the database refuses to change or delete it. No address, no name."""

    __tablename__ = "sign_in_log"
    __table_args__ = (Index(None, "account_id", "at"), Index(None, "at"))

    id: Mapped[int] = mapped_column(Whole, primary_key=True)
    kind: Mapped[SignInKind] = mapped_column(enum_column(SignInKind))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    at: Mapped[datetime]
