"""Who changes which of a practice's choices about feedback, to what, and how a refusal is worded."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

from models.rules.decisions import Refusal
from models.rules.feedback import (
    CADENCE,
    CHANGED_BY,
    LEAST_OMISSION,
    MOST_OMISSION,
    Ask,
    Destination,
    Links,
    Policy,
    Question,
    RelativeTo,
    Setting,
    Signature,
    faults_of,
)
from models.rules.messages import Channel
from models.rules.roles import Role

NAMES: Final[Mapping[Setting, str]] = {
    Setting.CADENCE: "how often and when patients are asked",
    Setting.METHOD: "whether patients are asked by text or by email",
    Setting.QUESTION: "the question of the page",
    Setting.DESTINATIONS: "where reviews can be written",
    Setting.LINKS: "whether the last page shows public links",
    Setting.OMISSION_DAYS: "the omission period",
    Setting.SIGNATURE: "the signature line",
    Setting.SENSITIVE: "the neutral wording",
    Setting.SENDING: "whether patients are asked at all",
}


@dataclass(frozen=True, slots=True)
class Cadence:
    """When each attempt goes out; one attempt alone must be allowed expressly (F-013)."""

    after: tuple[timedelta, ...]
    relative_to: RelativeTo = RelativeTo.PREVIOUS
    allows_one_ask: bool = False


Method = tuple[tuple[Channel, ...], ...]
"""The ways of each attempt, in the order of the attempts (F-020 to F-023)."""


def change_policy(policy: Policy, changes: Mapping[Setting, object], *, by: Collection[Role]) -> Policy | Refusal:
    """Give the next version of a policy, or say in a sentence why it stays as it is: all changes or none.

    A change holds for later decisions; requests keep the version that they began with (F-014, F-042).
    """
    if forbidden := [setting for setting in changes if not CHANGED_BY[setting] & frozenset(by)]:
        return _not_yours(forbidden[0])
    new = policy
    for setting in sorted(changes, key=list(Setting).index):
        changed = _SET[setting](new, changes[setting])
        if isinstance(changed, Refusal):
            return changed
        new = changed
    if new == policy:
        return Refusal("same", "This is what the practice has chosen already; nothing was changed.")
    if faults := faults_of(new):
        return Refusal("faulty", " ".join(faults))
    return replace(new, version=policy.version + 1)


def supposed(policy: Policy, *, cadence: Cadence, method: Method, omission_days: int) -> Policy:
    """Give a policy with other times, ways and omission, as if it had been chosen; for simulations."""
    asks = tuple(Ask(after, ways) for after, ways in zip(cadence.after, method, strict=True))
    return replace(
        policy,
        asks=asks,
        relative_to=cadence.relative_to,
        allows_one_ask=cadence.allows_one_ask,
        omission_days=omission_days,
    )


def _not_yours(setting: Setting) -> Refusal:
    roles = [_role(role) for role in Role if role in CHANGED_BY[setting]]
    who = " or ".join(filter(None, (", ".join(roles[:-1]), roles[-1])))
    return Refusal("not_yours", f"Only {who} can change {NAMES[setting]}; ask there. Nothing was changed.")


def _role(role: Role) -> str:
    if role is Role.PRIMARY_CONTACT:
        return "the practice itself, by its primary contact,"
    return "the " + role.value.replace("_", " ").title()


def _set_cadence(policy: Policy, value: object) -> Policy | Refusal:
    """Set times and number of attempts; one that is added goes by the way that attempts of its number usually go."""
    if not isinstance(value, Cadence):
        return _unreadable(Setting.CADENCE)
    if len(value.after) > len(CADENCE):
        most = f"A patient is asked at most {len(CADENCE)} times, not {len(value.after)}."
        return Refusal("faulty", f"{most} Leave attempts out.")
    usual = (*policy.asks, *CADENCE[len(policy.asks) :])
    asks = tuple(Ask(after, usual[number].channels) for number, after in enumerate(value.after))
    return replace(policy, asks=asks, relative_to=value.relative_to, allows_one_ask=value.allows_one_ask)


def _set_method(policy: Policy, value: object) -> Policy | Refusal:
    """Set the ways of every attempt."""
    if not isinstance(value, tuple) or not all(_are_all(ways, Channel) for ways in value):
        return _unreadable(Setting.METHOD)
    if len(value) != len(policy.asks):
        counts = f"there are {len(policy.asks)} attempts, and ways for {len(value)}"
        return Refusal("faulty", f"Name the ways of each attempt: {counts}.")
    asks = tuple(replace(ask, channels=ways) for ask, ways in zip(policy.asks, value, strict=True))
    return replace(policy, asks=asks)


def _set_omission(policy: Policy, value: object) -> Policy | Refusal:
    """Set the omission period; what is not a whole number is refused, not rounded (F-041)."""
    if type(value) is not int or not LEAST_OMISSION <= value <= MOST_OMISSION:
        most = f"a whole number of days from {LEAST_OMISSION} to {MOST_OMISSION}"
        return Refusal("faulty", f"The omission period is {most}; write such a number. Nothing was changed.")
    return replace(policy, omission_days=value)


def _set_destinations(policy: Policy, value: object) -> Policy | Refusal:
    if not _are_all(value, Destination):
        return _unreadable(Setting.DESTINATIONS)
    known: tuple[Any, ...] = value if isinstance(value, tuple) else ()
    return replace(policy, destinations=tuple(dict.fromkeys(known)))


def _set(setting: Setting, field: str, kind: type) -> Callable[[Policy, object], Policy | Refusal]:
    def change(policy: Policy, value: object) -> Policy | Refusal:
        if not isinstance(value, kind):
            return _unreadable(setting)
        fields: dict[str, Any] = {field: value}
        return replace(policy, **fields)

    return change


def _are_all(values: object, kind: type) -> bool:
    return isinstance(values, tuple) and all(isinstance(value, kind) for value in values)


def _unreadable(setting: Setting) -> Refusal:
    return Refusal("unreadable", f"What was chosen for {NAMES[setting]} is not one of the choices; choose again.")


_SET: Final[Mapping[Setting, Callable[[Policy, object], Policy | Refusal]]] = {
    Setting.CADENCE: _set_cadence,
    Setting.METHOD: _set_method,
    Setting.QUESTION: _set(Setting.QUESTION, "question", Question),
    Setting.DESTINATIONS: _set_destinations,
    Setting.LINKS: _set(Setting.LINKS, "links", Links),
    Setting.OMISSION_DAYS: _set_omission,
    Setting.SIGNATURE: _set(Setting.SIGNATURE, "signature", Signature),
    Setting.SENSITIVE: _set(Setting.SENSITIVE, "is_sensitive", bool),
    Setting.SENDING: _set(Setting.SENDING, "is_sending", bool),
}
"""What each setting changes; cadence comes before method, so that both may change at once."""
