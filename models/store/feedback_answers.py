"""What patients answered: found by their link, stored once, listed for the practice (F-065, F-215)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, Final, NamedTuple

from sqlalchemy import Select, and_, bindparam, func, insert, or_, select, update
from sqlalchemy.orm import Session

from models.inputs.feedback_forms import Told
from models.rules.feedback import Destination, Policy, Question, Signature
from models.rules.feedback_answers import (
    MAY_HAVE_ARRIVED,
    PublicLink,
    Stage,
    Standing,
    kept_stars,
    own_question,
    public_links,
    stage_of,
)
from models.rules.feedback_decision import decide
from models.rules.feedback_events import Answer
from models.rules.feedback_facts import Request, Visit
from models.sealing import KeyDestroyedError
from models.store import events, feedback_changes
from models.store.feedback import Scene
from models.store.feedback_changes import Change
from models.store.feedback_policies import NONE_CHOSEN
from models.store.feedback_policies import read as read_policy
from models.store.keys import keys_of
from models.store.practices import hash_of_token
from models.store.sets import among
from models.tables.feedback import FeedbackAnswerRow, FeedbackAttemptRow, FeedbackPolicyRow, FeedbackRequestRow
from models.tables.patients import PatientRow
from models.tables.practices import Practice, Provider

PATIENT: Final = "patient"
_KEY: Final = "answer"
_ONE_PAGE: Final = 200
_FIELDS: Final = tuple(name for name in Request._fields if name not in {"policy", "tried"})
_REQUESTS, _ANSWERS, _ATTEMPTS, _POLICIES = (
    one.metadata.tables[one.__tablename__]
    for one in (FeedbackRequestRow, FeedbackAnswerRow, FeedbackAttemptRow, FeedbackPolicyRow)
)
_PRACTICES, _PATIENTS, _PROVIDERS = (one.metadata.tables[one.__tablename__] for one in (Practice, PatientRow, Provider))


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as its page needs it; `provider_seal` is the provider's name as stored.

    `began` is the policy that the request began with. `present` is the one in force, with the addresses of its links;
    once an answer is complete, it stays the one whose last page was shown.
    """

    request: int
    practice_id: int
    practice: str
    provider_id: int | None
    provider_seal: str = field(repr=False)
    locale: str
    began: Policy
    present: Policy
    links: tuple[PublicLink, ...]
    standing: Standing

    @property
    def is_sensitive(self) -> bool:
        """Whether words must be neutral: it is so now, or was when the patient was asked (F-209)."""
        return self.present.is_sensitive or self.began.is_sensitive


@dataclass(frozen=True, slots=True)
class Shown:
    """What the pages of one request say; the provider is empty where none is known or none may be named (F-209).

    `question` is the practice's own; there is none where the usual or the neutral words are used.
    """

    practice: str
    provider: str
    is_sensitive: bool
    question: Question | None
    signature: Signature
    links: tuple[PublicLink, ...]


class AnswerLine(NamedTuple):
    """One answer as lists show it: no words, and nobody's name (F-065)."""

    request: int
    provider_id: int | None
    is_satisfied: bool
    stars: int | None
    has_words: bool
    locale: str
    answered_at: datetime
    completed_at: datetime | None
    read_at: datetime | None


def find_asked(session: Session, token: str) -> Asked | None:
    """Find the request of a link, with one look-up by its hash for links of every kind (F-215)."""
    row = session.execute(_FIND, {"link_hash": hash_of_token(token)}).first()
    return None if row is None else _asked(row)


def _find() -> Any:  # noqa: ANN401 - a statement of many columns
    requests, answers, attempts = _REQUESTS.c, _ANSWERS.c, _ATTEMPTS.c
    newest = (
        select(func.max(attempts.at))
        .where(attempts.request_id == requests.id, attempts.outcome.in_(MAY_HAVE_ARRIVED))
        .scalar_subquery()
    )
    versions = _POLICIES.alias("versions").c
    in_force = select(func.max(versions.version)).where(versions.practice_id == requests.practice_id).scalar_subquery()
    began, present = _POLICIES.alias("began"), _POLICIES.alias("present")
    joined = (
        _REQUESTS.join(_PRACTICES, _PRACTICES.c.id == requests.practice_id)
        .outerjoin(_PATIENTS, _PATIENTS.c.id == requests.patient_id)
        .outerjoin(_PROVIDERS, _PROVIDERS.c.id == requests.provider_id)
        .outerjoin(_ANSWERS, answers.request_id == requests.id)
        .outerjoin(began, _is_version(began, requests.policy_version))
        .outerjoin(present, _is_version(present, func.coalesce(answers.shown_version, in_force)))
    )
    columns = (
        requests.id,
        requests.practice_id,
        requests.provider_id,
        _PRACTICES.c.name.label("practice"),
        func.coalesce(_PATIENTS.c.locale, _PRACTICES.c.locale).label("locale"),
        func.coalesce(_PROVIDERS.c.name, "").label("provider_seal"),
        began.c.version.label("began"),
        began.c.settings.label("began_settings"),
        present.c.version.label("present"),
        present.c.settings.label("present_settings"),
        present.c.addresses,
        answers.is_satisfied,
        answers.completed_at,
        newest.label("sent_at"),
    )
    return select(*columns).select_from(joined).where(requests.link_hash == bindparam("link_hash"))


def _is_version(policies: Any, version: Any) -> Any:  # noqa: ANN401 - parts of a statement
    return and_(policies.c.practice_id == _REQUESTS.c.practice_id, policies.c.version == version)


_FIND: Final = _find()


def _asked(row: Any) -> Asked:  # noqa: ANN401 - a row
    began = _policy(row.began, row.began_settings)
    present = began if row.present == row.began else _policy(row.present, row.present_settings)
    addresses = {Destination(name): address for name, address in (row.addresses or {}).items()}
    return Asked(
        row.id,
        row.practice_id,
        row.practice,
        row.provider_id,
        row.provider_seal,
        row.locale,
        began,
        present,
        public_links(present, addresses),
        Standing(row.sent_at, row.is_satisfied, row.completed_at is not None),
    )


def _policy(version: int | None, settings: dict[str, Any] | None) -> Policy:
    return NONE_CHOSEN if version is None or settings is None else read_policy(version, settings)


def load_shown(session: Session, asked: Asked) -> Shown:
    """Load what the pages of a request say: its own version's question, the rest as the practice wants it now.

    The question names no provider, so that no name is opened for it.
    """
    is_named = not asked.is_sensitive and asked.standing.is_satisfied is not None
    return Shown(
        practice=asked.practice,
        provider=_provider(session, asked) if is_named else "",
        is_sensitive=asked.is_sensitive,
        question=None if asked.is_sensitive else own_question(asked.began),
        signature=asked.present.signature,
        links=asked.links,
    )


def _provider(session: Session, asked: Asked) -> str:
    """Open the provider's name; nothing where the practice's key is gone."""
    if not asked.provider_seal or asked.provider_id is None:
        return ""
    try:
        keys = keys_of(session, asked.practice_id)
        return keys.unseal(asked.provider_seal, table="providers", column="name", row_id=asked.provider_id)
    except KeyDestroyedError:
        return ""


def answer(session: Session, token: str, *, is_satisfied: bool, locale: str, as_of: datetime) -> Stage:
    """Take in yes or no once, the first that comes, and end the asking with it (F-012, F-215); gives the next page.

    Leaving after this still leaves an answer.
    """
    asked = find_asked(session, token)
    if asked is None:
        return Stage.CLOSED
    stage = stage_of(asked.standing, as_of=as_of)
    if stage is not Stage.QUESTION:
        return stage
    if end_asking(session, asked, as_of=as_of):
        _add(session, asked, is_satisfied=is_satisfied, locale=locale, as_of=as_of)
    return Stage.DETAILS


def end_asking(session: Session, asked: Asked, *, as_of: datetime) -> bool:
    """Tell the request of its answer, as `feedback_changes.tell` does but without its people: an answer needs none.

    The lock, the fresh look behind it, the decision and the writing are the same; a test compares every row. An answer
    that came before is found in the request itself, under the same lock, rather than by its key in the history.

    Says whether it counts; it does not when somebody else was first while this one waited for the practice.
    """
    heads = events.lock_practices(session, [asked.practice_id])
    row = session.execute(_REQUEST, {"request": asked.request}).mappings().one()
    request = Request(**row, policy=asked.began)
    visit = Visit(starts_at=request.checked_out_at, zone="")
    decision = decide(request, visit, Answer(), as_of=as_of)
    change = Change(Scene(request, visit, None, frozenset()), decision, _KEY, PATIENT)
    feedback_changes.write_changes(session, [change], as_of=as_of, heads=heads)
    return bool(decision.fields)


def _add(session: Session, asked: Asked, *, is_satisfied: bool, locale: str, as_of: datetime) -> None:
    row = {
        "request_id": asked.request,
        "practice_id": asked.practice_id,
        "provider_id": asked.provider_id,
        "is_satisfied": is_satisfied,
        "locale": locale,
        "answered_at": as_of,
    }
    session.execute(_NEW, row)


def complete(session: Session, asked: Asked, told: Told, *, locale: str, as_of: datetime) -> bool:
    """Store stars and sealed words once, with the number of links that the last page shows (F-065, F-072, F-210).

    Says whether this was the one that counted.

    Raises:
        KeyDestroyedError: the practice's key is gone, and nothing can be sealed for it any more.
    """
    if stage_of(asked.standing, as_of=as_of) is not Stage.DETAILS:
        return False
    is_satisfied = bool(asked.standing.is_satisfied)
    values = {
        "stars_told": kept_stars(told.stars, is_satisfied=is_satisfied),
        "words_told": _sealed(session, asked, told.words),
        "locale_told": locale,
        "links": len(asked.links),
        "version": asked.present.version,
        "moment": as_of,
    }
    return session.execute(_COMPLETE, {"request": asked.request, **values}).first() is not None


def _complete() -> Any:  # noqa: ANN401 - a statement
    answers = _ANSWERS.c
    told = {"stars": "stars_told", "words": "words_told", "locale": "locale_told"}
    told |= {"links_shown": "links", "shown_version": "version", "completed_at": "moment"}
    return (
        update(_ANSWERS)
        .where(answers.request_id == bindparam("request"), answers.completed_at.is_(None))
        .values({name: bindparam(given, type_=answers[name].type) for name, given in told.items()})
        .returning(answers.request_id)
    )


_NEW: Final = insert(_ANSWERS)
_COMPLETE: Final = _complete()
_REQUEST: Final = select(*(_REQUESTS.c[name] for name in _FIELDS)).where(_REQUESTS.c.id == bindparam("request"))
"""Statements that are made once: making one takes longer than carrying it out."""


def _sealed(session: Session, asked: Asked, words: str) -> str:
    if not words:
        return ""
    keys = keys_of(session, asked.practice_id)
    return keys.seal(words, table="feedback_answers", column="words", row_id=asked.request)


def list_answers(
    session: Session, practice_id: int, *, before: datetime | None = None, request: int = 0, limit: int = _ONE_PAGE
) -> list[AnswerLine]:
    """List a practice's answers, newest first, without their words (F-065).

    `before` turns the page (UTC); of those at that very moment, the ones below `request` are listed as well.
    """
    row = FeedbackAnswerRow
    query = _lines_of(practice_id)
    if before is not None:
        query = query.where(or_(row.answered_at < before, and_(row.answered_at == before, row.request_id < request)))
    newest_first = query.order_by(row.answered_at.desc(), row.request_id.desc()).limit(limit)
    return [AnswerLine(*each) for each in session.execute(newest_first)]


def find_line(session: Session, practice_id: int, request: int) -> AnswerLine | None:
    """Find one answer of a practice by its request."""
    found = session.execute(_lines_of(practice_id).where(FeedbackAnswerRow.request_id == request)).first()
    return None if found is None else AnswerLine(*found)


def _lines_of(practice_id: int) -> Select[Any]:
    row = FeedbackAnswerRow
    return select(
        row.request_id,
        row.provider_id,
        row.is_satisfied,
        row.stars,
        row.words != "",
        row.locale,
        row.answered_at,
        row.completed_at,
        row.read_at,
    ).where(row.practice_id == practice_id)


def open_words(session: Session, practice_id: int, requests: Collection[int]) -> dict[int, str]:
    """Open what patients of one practice wrote, by request; answers of other practices, or without words, have none.

    Words that nobody can read any more are empty.
    """
    row = FeedbackAnswerRow
    query = select(row.request_id, row.words).where(
        row.practice_id == practice_id, among(session, row.request_id, requests), row.words != ""
    )
    found: Sequence[tuple[int, str]] = session.execute(query).tuples().all()
    if not found:
        return {}
    shown = partial(keys_of(session, practice_id).shown, table="feedback_answers", column="words")
    return {request: shown(sealed, row_id=request) for request, sealed in found}


def count_unread(session: Session, practice_id: int) -> int:
    """Count the answers that nobody of a practice has marked as read."""
    row = FeedbackAnswerRow
    query = select(func.count()).where(row.practice_id == practice_id, row.read_at.is_(None))
    return session.scalars(query).one()


def mark_read(session: Session, practice_id: int, requests: Collection[int], *, as_of: datetime) -> int:
    """Mark answers of one practice as read, each once; says how many are its answers, read before or not."""
    row = FeedbackAnswerRow
    own = (row.practice_id == practice_id, among(session, row.request_id, requests))
    unread = update(row).where(*own, row.read_at.is_(None)).values(read_at=as_of)
    session.execute(unread.execution_options(synchronize_session=False))
    return session.scalars(select(func.count()).where(*own)).one()
