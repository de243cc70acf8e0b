"""Public reviews with versions, replies with releases, names of patients as blind indexes; nothing private (F-082)."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.rules.reply_checker import Verdict
from models.rules.reputation import ReviewSource, ReviewState
from models.rules.reputation_replies import Override, ReplyState
from models.tables.base import Base, Id, Whole, enum_column


class ReviewPlaceRow(Base):
    """Where a practice's reviews are read: one location of an account at a source; it belongs to one practice only."""

    __tablename__ = "review_places"
    __table_args__ = (UniqueConstraint("source", "place"), Index(None, "practice_id"))

    id: Mapped[Id]
    practice_id: Mapped[int] = mapped_column(ForeignKey("practices.id"))
    source: Mapped[ReviewSource] = mapped_column(enum_column(ReviewSource))
    place: Mapped[str] = mapped_column(String(160))
    connected_by: Mapped[str] = mapped_column(String(60))
    connected_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(String(60), default="")


class PublicReviewRow(Base):
    """One review as it stands now; its words are those of `version`. `place_id` says that a connector reads it.

    One that is not shown any more stays as a tombstone: stars and moments, no name and no word. `fingerprint` and
    `reply_mark` are blind indexes of what was seen, so that a change is noticed without opening anything.
    """

    __tablename__ = "public_reviews"
    __table_args__ = (
        UniqueConstraint("practice_id", "source", "foreign_id"),
        Index(None, "practice_id", "written_at"),
        Index(None, "place_id"),
    )

    id: Mapped[Id]
    practice_id: Mapped[int] = mapped_column(ForeignKey("practices.id"))
    place_id: Mapped[int | None] = mapped_column(ForeignKey("review_places.id"))
    source: Mapped[ReviewSource] = mapped_column(enum_column(ReviewSource))
    foreign_id: Mapped[str] = mapped_column(String(200))
    place: Mapped[str] = mapped_column(String(160), default="")
    version: Mapped[int] = mapped_column(default=1)
    stars: Mapped[int | None]
    state: Mapped[ReviewState] = mapped_column(enum_column(ReviewState))
    written_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    first_seen_at: Mapped[datetime]
    missing_since: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    fingerprint: Mapped[str] = mapped_column(String(64))
    reply_mark: Mapped[str] = mapped_column(String(64), default="")


class ReviewVersionRow(Base):
    """What a review said, in one version; the signature and the words are sealed, and empty once it is withdrawn."""

    __tablename__ = "public_review_versions"
    __table_args__ = (UniqueConstraint("review_id", "version"),)

    id: Mapped[Id]
    practice_id: Mapped[int] = mapped_column(ForeignKey("practices.id"))
    review_id: Mapped[int] = mapped_column(ForeignKey("public_reviews.id"))
    version: Mapped[int]
    stars: Mapped[int | None]
    signed: Mapped[str] = mapped_column(String(1200), default="")
    words: Mapped[str] = mapped_column(String(30000), default="")
    seen_at: Mapped[datetime]


class ReviewReplyRow(Base):
    """The one reply to a review, with its process; `posted_mark` tells our own words at the site from others'.

    `findings` hold places and reasons, no words. `released_by` are marks of persons, `releasers` the keys they used.
    """

    __tablename__ = "review_replies"
    __table_args__ = (
        UniqueConstraint("review_id"),
        Index(
            "ix_review_replies_due",
            "due_at",
            sqlite_where=text("state IN ('released', 'sending', 'unknown', 'removing')"),
            postgresql_where=text("state IN ('released', 'sending', 'unknown', 'removing')"),
        ),
        Index(None, "practice_id", "state"),
    )

    id: Mapped[Id]
    practice_id: Mapped[int] = mapped_column(ForeignKey("practices.id"))
    review_id: Mapped[int] = mapped_column(ForeignKey("public_reviews.id"))
    state: Mapped[ReplyState] = mapped_column(enum_column(ReplyState))
    edition: Mapped[int] = mapped_column(default=0)
    words: Mapped[str] = mapped_column(String(30000), default="")
    verdict: Mapped[Verdict] = mapped_column(enum_column(Verdict))
    findings: Mapped[list[list[object]]] = mapped_column(JSON, default=list)
    drafter: Mapped[str] = mapped_column(String(60), default="")
    drafted_by: Mapped[str] = mapped_column(String(64), default="")
    drafted_at: Mapped[datetime]
    releasers: Mapped[str] = mapped_column(String(200), default="")
    released_by: Mapped[str] = mapped_column(String(200), default="")
    released_version: Mapped[int] = mapped_column(default=0)
    override: Mapped[Override | None] = mapped_column(enum_column(Override))
    tries: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str] = mapped_column(String(60), default="")
    due_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    fence: Mapped[int] = mapped_column(default=0)
    posted_mark: Mapped[str] = mapped_column(String(64), default="")
    posted_at: Mapped[datetime | None]


class PatientNameRow(Base):
    """One name that patients of a practice have, as a blind index: a word of it, or a first and a last name together.

    Names stay when a patient is archived or renamed: they are names of patients still.
    """

    __tablename__ = "patient_names"

    practice_id: Mapped[int] = mapped_column(Whole, ForeignKey("practices.id"), primary_key=True, autoincrement=False)
    mark: Mapped[str] = mapped_column(String(64), primary_key=True)
    is_whole: Mapped[bool]


class PatientNamesReadRow(Base):
    """In which version of a patient's record the names were read last."""

    __tablename__ = "patient_names_read"

    patient_id: Mapped[int] = mapped_column(Whole, ForeignKey("patients.id"), primary_key=True, autoincrement=False)
    version: Mapped[int]
