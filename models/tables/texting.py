"""What providers report, and conversations by text with patients, kept for the message center."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.rules.texting import Line, ProviderEventKind
from models.tables.base import Base, Id, enum_column


class TextLineRow(Base):
    """A number (E.164) on which a practice takes texts, arranged by the Onboarding Manager (F-102)."""

    __tablename__ = "text_lines"
    __table_args__ = (Index(None, "practice_id"),)

    id: Mapped[Id]
    practice_id: Mapped[int] = mapped_column(ForeignKey("practices.id"))
    number: Mapped[str] = mapped_column(String(20), unique=True)
    line: Mapped[Line] = mapped_column(enum_column(Line))
    since: Mapped[datetime]


class ProviderEventRow(Base):
    """One thing that a provider reported: unique by its own key, sealed, acted upon once (F-223)."""

    __tablename__ = "provider_events"
    __table_args__ = (
        UniqueConstraint("provider", "event_key"),
        Index(
            "ix_provider_events_waiting",
            "received_at",
            sqlite_where=text("handled_at IS NULL"),
            postgresql_where=text("handled_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    provider: Mapped[str] = mapped_column(String(20))
    event_key: Mapped[str] = mapped_column(String(120))
    kind: Mapped[ProviderEventKind] = mapped_column(enum_column(ProviderEventKind))
    content: Mapped[str] = mapped_column(String(12000))
    received_at: Mapped[datetime]
    handled_at: Mapped[datetime | None]
    outcome: Mapped[str] = mapped_column(String(40), default="")


class ThreadRow(Base):
    """One conversation by text with one number of a practice's (F-100); the number is sealed."""

    __tablename__ = "threads"
    __table_args__ = (UniqueConstraint("practice_id", "address_index"), Index(None, "practice_id", "newest_at"))

    id: Mapped[Id]
    practice_id: Mapped[int] = mapped_column(ForeignKey("practices.id"))
    patient_id: Mapped[int | None] = mapped_column(ForeignKey("patients.id"))
    address_index: Mapped[str] = mapped_column(String(64))
    address: Mapped[str] = mapped_column(String(300))
    line: Mapped[Line] = mapped_column(enum_column(Line))
    waits_for_us: Mapped[bool] = mapped_column(default=False)
    newest_at: Mapped[datetime]


class ThreadTextRow(Base):
    """One text of a conversation; its words are sealed, an outgoing one names its message."""

    __tablename__ = "thread_texts"
    __table_args__ = (
        Index(None, "thread_id", "at"),
        UniqueConstraint("event_id"),
    )

    id: Mapped[Id]
    practice_id: Mapped[int] = mapped_column(ForeignKey("practices.id"))
    thread_id: Mapped[int] = mapped_column(ForeignKey("threads.id"))
    is_incoming: Mapped[bool]
    words: Mapped[str] = mapped_column(String(12000))
    by: Mapped[str] = mapped_column(String(60), default="")
    message_id: Mapped[int | None] = mapped_column(ForeignKey("messages.id"))
    event_id: Mapped[int | None] = mapped_column(ForeignKey("provider_events.id"))
    meaning: Mapped[str] = mapped_column(String(20), default="")
    at: Mapped[datetime]
