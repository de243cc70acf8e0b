"""What practices choose about feedback: changed by whoever may, once per key, one version and one line at a time."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.rules.decisions import Note, Process, Refusal
from models.rules.feedback import Destination, Policy, Setting
from models.rules.feedback_policy import change_policy
from models.rules.roles import Role
from models.store import events
from models.store.acting import acting_in, who_acts
from models.store.effects import Outcome, carry_out
from models.store.feedback_policies import Chosen, add_version, present_policies
from models.tables.messages import Message, MessageState
from models.tables.practices import Person, RoleAssignment

CHANGED: Final = "feedback_setting_changed"
NOT_BEGUN: Final = Refusal(
    "not_begun",
    "This practice asks for no feedback yet: choose first how often and when patients are asked, with "
    "set-feedback-cadence. Nothing was changed.",
)
NO_ADDRESS: Final = Refusal(
    "no_postal_address",
    "Each mail that asks for feedback carries a postal address, and none is set: set GOLIVE_POSTAL_ADDRESS, start "
    "golive again, then choose the cadence. Nothing was changed.",
)


class Choice(NamedTuple):
    """What somebody chose: settings, and where the practice's destinations lie, if these are chosen too."""

    settings: Mapping[Setting, object]
    addresses: Mapping[Destination, str] | None = None


Choose = Callable[[Policy], Choice]
"""Makes the choice from the policy in force, as some choices depend on it."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One change that somebody wants, with the key that makes it happen once.

    `has_postal_address` says whether mails can carry one: without it nobody's feedback begins (F-207).
    """

    practice: str
    choose: Choose
    by: str
    key: str
    has_postal_address: bool = True


@dataclass(frozen=True, slots=True)
class Changed:
    """The policy after a change, and how many messages wait to be sent; `again` says that it was so before."""

    policy: Policy
    waiting: int = 0
    again: bool = False


def change(session: Session, wanted: Wanted, *, as_of: datetime) -> Changed | Refusal:
    """Change what a practice chose, as its rules allow; later decisions follow it (F-014, F-016, F-024, F-042)."""
    found = acting_in(session, wanted.practice, wanted.by)
    if isinstance(found, Refusal):
        return found
    practice = found.id
    heads = events.lock_practices(session, [practice])
    before = present_policies(session, [practice])[practice]
    if events.happened(session, process=Process.PRACTICE, process_id=practice, key=wanted.key):
        return Changed(before.policy, again=True)
    choice = wanted.choose(before.policy)
    if refusal := _too_early(before.policy, choice, wanted):
        return refusal
    roles = roles_of(session, practice, wanted.by)
    new = _next(before, choice, roles)
    if isinstance(new, Refusal):
        return new
    addresses = before.addresses if choice.addresses is None else choice.addresses
    add_version(session, practice, new, addresses, by=wanted.by, as_of=as_of)
    notes = tuple(Note(CHANGED, setting.value, evidence={"version": new.version}) for setting in choice.settings)
    outcome = Outcome(practice, Process.PRACTICE, practice, wanted.key, wanted.by, notes, ())
    carry_out(session, [outcome], as_of=as_of, heads=heads)
    return Changed(new, waiting(session, practice))


def _too_early(policy: Policy, choice: Choice, wanted: Wanted) -> Refusal | None:
    if policy.version:
        return None
    if Setting.CADENCE not in choice.settings:
        return NOT_BEGUN
    return None if wanted.has_postal_address else NO_ADDRESS


def _next(before: Chosen, choice: Choice, roles: frozenset[Role]) -> Policy | Refusal:
    """Give the next version; other addresses of the same destinations are a change as well."""
    new = change_policy(before.policy, choice.settings, by=roles)
    has_moved = choice.addresses is not None and dict(choice.addresses) != dict(before.addresses)
    if isinstance(new, Refusal) and new.code == "same" and has_moved:
        return replace(before.policy, version=before.policy.version + 1)
    return new


def roles_of(session: Session, practice_id: int, by: str) -> frozenset[Role]:
    """Name the roles in which somebody acts for a practice: those of our staff, or one of the practice's people."""
    found = who_acts(session, practice_id, by)
    if found is None:
        return frozenset()
    if isinstance(found, Person):
        return frozenset({found.role})
    held = select(RoleAssignment.role).where(
        RoleAssignment.practice_id == practice_id, RoleAssignment.staff_id == found.id, RoleAssignment.until.is_(None)
    )
    own = {Role(role) for role in found.roles.split(",") if role}
    return frozenset(own | set(session.scalars(held)))


def waiting(session: Session, practice_id: int) -> int:
    """Count a practice's messages about feedback that wait to be sent."""
    query = select(func.count()).where(
        Message.practice_id == practice_id,
        Message.process == Process.FEEDBACK,
        Message.state.in_((MessageState.PENDING, MessageState.HELD)),
    )
    return session.scalars(query).one()
