"""What practices chose about feedback, in versions: the newest is in force, requests keep theirs (F-014, F-042)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row, Select, bindparam, func, select
from sqlalchemy.orm import Session

from models.rules.feedback import Ask, Destination, Links, Policy, Question, RelativeTo, Signature
from models.rules.messages import Channel
from models.store.sets import Named, listed, prepared
from models.tables.feedback import FeedbackPolicyRow

_POLICIES: Final = FeedbackPolicyRow.metadata.tables[FeedbackPolicyRow.__tablename__]
NONE_CHOSEN: Final = Policy(version=0, asks=())
"""A practice that has chosen nothing yet asks nobody (F-015)."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """One version of a practice's policy, with the public addresses of its destinations, in the practice's order."""

    policy: Policy
    addresses: Mapping[Destination, str]
    changed_by: str = ""
    since: datetime | None = None


def present_policies(session: Session, practices: Collection[int]) -> dict[int, Chosen]:
    """Give the policy in force of each practice; one that has chosen nothing has none with an attempt."""
    rows = session.execute(_newest(session), listed(session, practices))
    found = {row.practice_id: _chosen(row) for row in rows}
    return {practice: found.get(practice, Chosen(NONE_CHOSEN, {})) for practice in practices}


@prepared
def _newest(named: Named) -> Select[Any]:
    row = _POLICIES.c
    newest = (
        select(row.practice_id, func.max(row.version).label("version"))
        .where(named(row.practice_id))
        .group_by(row.practice_id)
        .subquery()
    )
    is_newest = (row.practice_id == newest.c.practice_id) & (row.version == newest.c.version)
    return select(_POLICIES).join(newest, is_newest)


def policies_of(session: Session, versions: Collection[tuple[int, int]]) -> dict[tuple[int, int], Chosen]:
    """Give versions of policies, by practice and version."""
    wanted = listed(session, {practice for practice, _ in versions})
    rows = session.execute(_versions(session), wanted | {"versions": sorted({version for _, version in versions})})
    found = {(row.practice_id, row.version): _chosen(row) for row in rows if (row.practice_id, row.version) in versions}
    return {one: found.get(one, Chosen(NONE_CHOSEN, {})) for one in versions}


@prepared
def _versions(named: Named) -> Select[Any]:
    row = _POLICIES.c
    return select(_POLICIES).where(named(row.practice_id), row.version.in_(bindparam("versions", expanding=True)))


def add_version(
    session: Session,
    practice_id: int,
    policy: Policy,
    addresses: Mapping[Destination, str],
    *,
    by: str,
    as_of: datetime,
) -> None:
    """Store the next version of a practice's policy; the practice is locked."""
    session.add(
        FeedbackPolicyRow(
            practice_id=practice_id,
            version=policy.version,
            settings=written(policy),
            addresses={destination.value: address for destination, address in addresses.items()},
            changed_by=by,
            since=as_of,
        )
    )
    session.flush()


def versions_of(session: Session, practice_id: int, *, limit: int = 50) -> list[Chosen]:
    """List the newest versions of a practice's policy, newest first."""
    row = FeedbackPolicyRow
    query = select(row).where(row.practice_id == practice_id).order_by(row.version.desc()).limit(limit)
    return [_chosen(one) for one in session.scalars(query)]


def _chosen(row: FeedbackPolicyRow | Row[Any]) -> Chosen:
    addresses = {Destination(name): address for name, address in row.addresses.items()}
    return Chosen(read(row.version, row.settings), addresses, row.changed_by, row.since)


def written(policy: Policy) -> dict[str, object]:
    """Write a policy as plain JSON, times in minutes."""
    return {
        "asks": [
            {"minutes": int(ask.after / timedelta(minutes=1)), "ways": [way.value for way in ask.channels]}
            for ask in policy.asks
        ],
        "relative_to": policy.relative_to.value,
        "allows_one_ask": policy.allows_one_ask,
        "omission_days": policy.omission_days,
        "question": {"en": policy.question.en, "es": policy.question.es},
        "signature": policy.signature.value,
        "links": policy.links.value,
        "destinations": [one.value for one in policy.destinations],
        "is_sensitive": policy.is_sensitive,
        "is_sending": policy.is_sending,
    }


def read(version: int, settings: Mapping[str, Any]) -> Policy:
    """Read a policy as it was written."""
    return Policy(
        version=version,
        asks=tuple(
            Ask(timedelta(minutes=one["minutes"]), tuple(Channel(way) for way in one["ways"]))
            for one in settings["asks"]
        ),
        relative_to=RelativeTo(settings["relative_to"]),
        allows_one_ask=settings["allows_one_ask"],
        omission_days=settings["omission_days"],
        question=Question(**settings["question"]),
        signature=Signature(settings["signature"]),
        links=Links(settings["links"]),
        destinations=tuple(Destination(one) for one in settings["destinations"]),
        is_sensitive=settings["is_sensitive"],
        is_sending=settings["is_sending"],
    )
