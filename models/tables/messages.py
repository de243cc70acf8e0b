"""The outbox: what to say to whom, and what became of it."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.rules.decisions import Evidence, Process
from models.rules.messages import Channel, MessageKind
from models.rules.roles import Role
from models.tables.base import Base, Id, Whole, enum_column


class MessageState(StrEnum):
    """Where a message stands; `sending` is written before the call, the outcome after; `unknown` is never guessed."""

    PENDING = "pending"
    HELD = "held"
    CLAIMED = "claimed"
    SENDING = "sending"
    SENT = "sent"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    DEAD = "dead"
    CANCELLED = "cancelled"


class Message(Base):
    """One message to one person; the dedup key makes a second one impossible.

    Its id is made by us and never used again: it is part of the Message-ID of every attempt. `on_retry` says where it
    goes instead of a further attempt: its process may have been paused or ended while it was under way.
    """

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("process", "process_id", "key"),
        Index(
            "ix_messages_due",
            "due_at",
            sqlite_where=text("state = 'pending'"),
            postgresql_where=text("state = 'pending'"),
        ),
        Index(
            "ix_messages_under_way",
            "lease_until",
            sqlite_where=text("state IN ('claimed', 'sending')"),
            postgresql_where=text("state IN ('claimed', 'sending')"),
        ),
        Index(
            "ix_messages_dead_letters",
            "settled_at",
            sqlite_where=text("state IN ('refused', 'unknown', 'dead')"),
            postgresql_where=text("state IN ('refused', 'unknown', 'dead')"),
        ),
    )

    id: Mapped[Id]
    practice_id: Mapped[int] = mapped_column(ForeignKey("practices.id"))
    process: Mapped[Process] = mapped_column(enum_column(Process))
    process_id: Mapped[int]
    key: Mapped[str] = mapped_column(String(160))
    kind: Mapped[MessageKind] = mapped_column(enum_column(MessageKind))
    channel: Mapped[Channel] = mapped_column(enum_column(Channel))
    to_role: Mapped[Role] = mapped_column(enum_column(Role))
    to_person: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(120))
    fields: Mapped[dict[str, Evidence]] = mapped_column(JSON)
    state: Mapped[MessageState] = mapped_column(enum_column(MessageState))
    on_retry: Mapped[MessageState] = mapped_column(enum_column(MessageState), default=MessageState.PENDING)
    queued_at: Mapped[datetime]
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None]
    fence: Mapped[int] = mapped_column(default=0)
    settled_at: Mapped[datetime | None]
    outcome: Mapped[str] = mapped_column(String(60), default="")
    reference: Mapped[str] = mapped_column(String(120), default="")


class HandedTextRow(Base):
    """The one attempt of a text that is under way, or of which nobody knows: to which number, with which words, sealed.

    By it the provider is asked what became of the attempt; it is gone once that is known (F-221).
    """

    __tablename__ = "handed_texts"

    message_id: Mapped[int] = mapped_column(Whole, ForeignKey("messages.id"), primary_key=True, autoincrement=False)
    practice_id: Mapped[int] = mapped_column(ForeignKey("practices.id"))
    attempt: Mapped[int]
    content: Mapped[str] = mapped_column(String(8000))
