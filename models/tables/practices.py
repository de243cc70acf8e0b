"""Practices, their people, locations and providers, and our own staff; names and addresses are sealed."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.rules.calendars import Calendar
from models.rules.roles import Role
from models.tables.base import Base, Id, Whole, enum_column


class Practice(Base):
    """One medical practice; `key` is the short name that forms, runs and tags use."""

    __tablename__ = "practices"

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    zone: Mapped[str] = mapped_column(String(60))
    calendar: Mapped[Calendar] = mapped_column(enum_column(Calendar))
    locale: Mapped[str] = mapped_column(String(5))
    subscriptions: Mapped[str] = mapped_column(String(200), default="")
    tax_id: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime]


class Person(Base):
    """One person on a practice's side; name, email and phone are sealed, the email also has a blind index."""

    __tablename__ = "people"
    __table_args__ = (UniqueConstraint("practice_id", "key"), Index(None, "practice_id", "email_index"))

    id: Mapped[Id]
    practice_id: Mapped[int] = mapped_column(ForeignKey("practices.id"))
    key: Mapped[str] = mapped_column(String(40))
    role: Mapped[Role] = mapped_column(enum_column(Role))
    locale: Mapped[str] = mapped_column(String(5))
    is_trainee: Mapped[bool]
    name: Mapped[str] = mapped_column(String(400))
    email: Mapped[str] = mapped_column(String(600))
    phone: Mapped[str] = mapped_column(String(200), default="")
    email_index: Mapped[str] = mapped_column(String(64), default="")


class Location(Base):
    """One place where a practice sees patients; its phone (E.164) is the office's public one."""

    __tablename__ = "locations"
    __table_args__ = (UniqueConstraint("practice_id", "key"),)

    id: Mapped[Id]
    practice_id: Mapped[int] = mapped_column(ForeignKey("practices.id"))
    key: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(120))
    city: Mapped[str] = mapped_column(String(80))
    state: Mapped[str] = mapped_column(String(2))
    postal_code: Mapped[str] = mapped_column(String(10))
    phone: Mapped[str] = mapped_column(String(20), default="")


class Provider(Base):
    """One provider of a practice, known by NPI; the name is sealed."""

    __tablename__ = "providers"
    __table_args__ = (UniqueConstraint("practice_id", "npi"),)

    id: Mapped[Id]
    practice_id: Mapped[int] = mapped_column(ForeignKey("practices.id"))
    npi: Mapped[str] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(String(400))


class Staff(Base):
    """One member of our own staff; name and email are sealed with the installation's key."""

    __tablename__ = "staff"

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(String(40), unique=True)
    roles: Mapped[str] = mapped_column(String(300))
    locale: Mapped[str] = mapped_column(String(5), default="en")
    is_active: Mapped[bool] = mapped_column(default=True)
    name: Mapped[str] = mapped_column(String(400))
    email: Mapped[str] = mapped_column(String(600))


class RoleAssignment(Base):
    """Who held which role for a practice, and from when to when; the open line is the present one."""

    __tablename__ = "role_assignments"
    __table_args__ = (
        Index(
            "uq_role_assignments_present",
            "practice_id",
            "role",
            unique=True,
            sqlite_where=text("until IS NULL"),
            postgresql_where=text("until IS NULL"),
        ),
        Index(
            "ix_role_assignments_staff",
            "staff_id",
            sqlite_where=text("until IS NULL"),
            postgresql_where=text("until IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Whole, primary_key=True)
    practice_id: Mapped[int] = mapped_column(ForeignKey("practices.id"))
    role: Mapped[Role] = mapped_column(enum_column(Role))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    since: Mapped[datetime]
    until: Mapped[datetime | None]
