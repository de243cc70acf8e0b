"""Post-visit feedback: what practices chose, requests with their attempts, and what patients answered."""

from datetime import datetime
from typing import Final

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.rules.feedback import Outcome, RequestState, Why
from models.rules.messages import Channel
from models.rules.reply_checker import Verdict
from models.rules.reputation_private import AnswerState
from models.tables.base import Base, Id, Whole, enum_column

WAS_SENT: Final = "first_sent_at IS NOT NULL"
WAS_ANSWERED: Final = "answered_at IS NOT NULL"
WAS_LEFT_OUT: Final = "first_sent_at IS NULL AND why IS NOT NULL"
IS_NOT_YET_ASKED: Final = "first_sent_at IS NULL AND why IS NULL"
WAS_HANDED_OVER: Final = "outcome IN ('sent', 'unsure')"
MAY_HAVE_FAILED: Final = "delivery NOT IN ('', 'delivered')"


class FeedbackPolicyRow(Base):
    """One version of what a practice chose; the highest is in force, requests keep theirs (F-014, F-042)."""

    __tablename__ = "feedback_policies"

    practice_id: Mapped[int] = mapped_column(Whole, ForeignKey("practices.id"), primary_key=True, autoincrement=False)
    version: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False)
    settings: Mapped[dict[str, object]] = mapped_column(JSON)
    addresses: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    changed_by: Mapped[str] = mapped_column(String(60))
    since: Mapped[datetime]


class FeedbackRequestRow(Base):
    """The one request of one check-out (F-001); changed only while its practice is locked.

    The tokens of its page and of its way out are derived from the practice's key; only their hashes stand here
    (F-215). `places` are the zones and states in which the person may be (F-204), `tried` the ways of the present
    attempt that are over, `waits_for` the one whose outcome is still to come.
    """

    __tablename__ = "feedback_requests"
    __table_args__ = (
        UniqueConstraint("appointment_id", "epoch"),
        Index(None, "practice_id", "checked_out_at"),
        Index(None, "patient_id"),
        Index(  # all that Insights count of those that were asked, cell by cell, without a look at the rows
            "ix_feedback_requests_asked",
            "practice_id",
            "provider_id",
            "location_id",
            "locale",
            "checked_out_at",
            "answered_at",
            "first_sent_at",
            "id",
            sqlite_where=text(WAS_SENT),
            postgresql_where=text(WAS_SENT),
        ),
        Index(
            "ix_feedback_requests_answered",
            "practice_id",
            "number",
            "answered_at",
            "id",
            sqlite_where=text(WAS_ANSWERED),
            postgresql_where=text(WAS_ANSWERED),
        ),
        Index(
            "ix_feedback_requests_left_out",
            "practice_id",
            "why",
            "checked_out_at",
            "first_sent_at",
            sqlite_where=text(WAS_LEFT_OUT),
            postgresql_where=text(WAS_LEFT_OUT),
        ),
        Index(
            "ix_feedback_requests_not_yet",
            "practice_id",
            "checked_out_at",
            sqlite_where=text(IS_NOT_YET_ASKED),
            postgresql_where=text(IS_NOT_YET_ASKED),
        ),
    )

    id: Mapped[Id]
    practice_id: Mapped[int] = mapped_column(ForeignKey("practices.id"))
    appointment_id: Mapped[int] = mapped_column(ForeignKey("appointments.id"))
    epoch: Mapped[int]
    patient_id: Mapped[int | None] = mapped_column(ForeignKey("patients.id"))
    provider_id: Mapped[int | None] = mapped_column(ForeignKey("providers.id"))
    location_id: Mapped[int | None] = mapped_column(ForeignKey("locations.id"))
    locale: Mapped[str | None] = mapped_column(String(5))
    policy_version: Mapped[int]
    places: Mapped[str] = mapped_column(String(1000), default="")
    checked_out_at: Mapped[datetime]
    state: Mapped[RequestState] = mapped_column(enum_column(RequestState))
    why: Mapped[Why | None] = mapped_column(enum_column(Why))
    version: Mapped[int] = mapped_column(default=1)
    number: Mapped[int] = mapped_column(default=0)
    tried: Mapped[str] = mapped_column(String(40), default="")
    is_handed_over: Mapped[bool] = mapped_column(default=False)
    waits_for: Mapped[Channel | None] = mapped_column(enum_column(Channel))
    withdrawn: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime | None]
    fresh_until: Mapped[datetime | None]
    previous_at: Mapped[datetime | None]
    first_sent_at: Mapped[datetime | None]
    sent: Mapped[int] = mapped_column(default=0)
    answered_at: Mapped[datetime | None]
    link_hash: Mapped[str] = mapped_column(String(64), unique=True)
    stop_hash: Mapped[str] = mapped_column(String(64), unique=True)


class FeedbackAttemptRow(Base):
    """One message of an attempt, or what was left out of it and why, with an empty channel; `at` is UTC.

    `delivery` is what the provider told later of a message that it had taken.
    """

    __tablename__ = "feedback_attempts"
    __table_args__ = (
        UniqueConstraint("request_id", "number", "channel"),
        Index(None, "patient_id", "at"),
        Index(
            "ix_feedback_attempts_handed_over",
            "practice_id",
            "number",
            "channel",
            "at",
            "outcome",
            sqlite_where=text(WAS_HANDED_OVER),
            postgresql_where=text(WAS_HANDED_OVER),
        ),
        Index(
            "ix_feedback_attempts_undelivered",
            "practice_id",
            "request_id",
            "delivery",
            "outcome",
            sqlite_where=text(MAY_HAVE_FAILED),
            postgresql_where=text(MAY_HAVE_FAILED),
        ),
    )

    id: Mapped[int] = mapped_column(Whole, primary_key=True)
    practice_id: Mapped[int] = mapped_column(ForeignKey("practices.id"))
    request_id: Mapped[int] = mapped_column(ForeignKey("feedback_requests.id"))
    patient_id: Mapped[int | None] = mapped_column(ForeignKey("patients.id"))
    number: Mapped[int]
    channel: Mapped[str] = mapped_column(String(10), default="")
    outcome: Mapped[Outcome] = mapped_column(enum_column(Outcome))
    why: Mapped[Why | None] = mapped_column(enum_column(Why))
    delivery: Mapped[str] = mapped_column(String(40), default="")
    at: Mapped[datetime]


class FeedbackAnswerRow(Base):
    """What a patient answered; one row per request, whatever is pressed how often (F-215). `words` are sealed.

    `links_shown` counts the public links that the last page offered, as the policy in version `shown_version` wanted:
    it never depends on the answer (F-210).
    """

    __tablename__ = "feedback_answers"
    __table_args__ = (
        Index("ix_feedback_answers_given", "practice_id", "answered_at", "is_satisfied", "stars"),
        Index(
            "ix_feedback_answers_unread",
            "practice_id",
            sqlite_where=text("read_at IS NULL"),
            postgresql_where=text("read_at IS NULL"),
        ),
    )

    request_id: Mapped[int] = mapped_column(
        Whole, ForeignKey("feedback_requests.id"), primary_key=True, autoincrement=False
    )
    practice_id: Mapped[int] = mapped_column(ForeignKey("practices.id"))
    provider_id: Mapped[int | None] = mapped_column(ForeignKey("providers.id"))
    is_satisfied: Mapped[bool]
    stars: Mapped[int | None]
    words: Mapped[str] = mapped_column(String(12000), default="")
    locale: Mapped[str] = mapped_column(String(5))
    links_shown: Mapped[int | None]
    shown_version: Mapped[int | None]
    answered_at: Mapped[datetime]
    completed_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]


class PrivateAnswerRow(Base):
    """The practice's one answer to a patient's private feedback; `words` are sealed, `findings` hold no words.

    `edition` counts the words, `releases` how often a person let them go out: each release is a message of its own.
    """

    __tablename__ = "private_answers"
    __table_args__ = (UniqueConstraint("request_id"), Index(None, "practice_id"))

    id: Mapped[Id]
    practice_id: Mapped[int] = mapped_column(ForeignKey("practices.id"))
    request_id: Mapped[int] = mapped_column(ForeignKey("feedback_requests.id"))
    state: Mapped[AnswerState] = mapped_column(enum_column(AnswerState))
    edition: Mapped[int] = mapped_column(default=0)
    words: Mapped[str] = mapped_column(String(12000), default="")
    verdict: Mapped[Verdict] = mapped_column(enum_column(Verdict))
    findings: Mapped[list[list[object]]] = mapped_column(JSON, default=list)
    channel: Mapped[Channel | None] = mapped_column(enum_column(Channel))
    releases: Mapped[int] = mapped_column(default=0)
    message_id: Mapped[int | None] = mapped_column(ForeignKey("messages.id"))
