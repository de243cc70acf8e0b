"""How a reply to a public review goes out: drafted, checked, released by persons, posted; never by itself (F-211)."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from models.rules.decisions import Refusal
from models.rules.reply_checker import Verdict
from models.rules.reputation import is_low

MOST_TRIES: Final = 6
"""So often an outcome may be unknown; then a person has to look."""


class ReplyState(StrEnum):
    """Where a reply stands; `sending` is written before the call, and an unknown outcome is looked up, not guessed."""

    DRAFT = "draft"
    DOUBTFUL = "doubtful"
    CHECKED = "checked"
    HALF_RELEASED = "half_released"
    RELEASED = "released"
    SENDING = "sending"
    UNKNOWN = "unknown"
    BY_HAND = "by_hand"
    POSTED = "posted"
    REFUSED = "refused"
    STUCK = "stuck"
    REMOVING = "removing"
    CLOSED = "closed"


UNDER_WAY: Final = frozenset({ReplyState.SENDING, ReplyState.UNKNOWN, ReplyState.REMOVING})
WAITING_FOR_RELEASE: Final = frozenset({ReplyState.DOUBTFUL, ReplyState.CHECKED, ReplyState.HALF_RELEASED})
_OF_VERDICT: Final = {
    Verdict.BLOCKED: ReplyState.DRAFT,
    Verdict.DOUBTFUL: ReplyState.DOUBTFUL,
    Verdict.CLEAN: ReplyState.CHECKED,
}


class Override(StrEnum):
    """Why a second person lets a doubtful finding pass; a choice, since words could name somebody."""

    NAMES_OUR_OWN_STAFF = "names_our_own_staff"
    NAMES_A_PLACE = "names_a_place"
    GENERAL_STATEMENT = "general_statement"
    PUBLIC_OFFICE_FACT = "public_office_fact"
    OTHER_MEANING = "other_meaning"


class Way(StrEnum):
    """How a released reply reaches its place."""

    CONNECTOR = "connector"
    BY_HAND = "by_hand"


@dataclass(frozen=True, slots=True)
class Answered:
    """The review that a reply belongs to, as it is now."""

    stars: int | None
    version: int
    is_shown: bool
    way: Way

    @property
    def persons_needed(self) -> int:
        """Say how many different persons must release a reply: two for one or two stars."""
        return 2 if is_low(self.stars) else 1


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply; persons are known by a mark of who they are, not by the key that they act under."""

    state: ReplyState = ReplyState.DRAFT
    edition: int = 0
    drafted_by: str = ""
    verdict: Verdict = Verdict.BLOCKED
    released_by: tuple[str, ...] = ()
    released_version: int = 0
    override: Override | None = None
    tries: int = 0
    reason: str = ""

    @property
    def is_at_rest(self) -> bool:
        """Say whether no call is being made for it."""
        return self.state not in UNDER_WAY


@dataclass(frozen=True, slots=True)
class Draft:
    """Somebody wrote or changed the words, which were checked."""

    person: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class CheckAgain:
    """The same words were checked once more: there may be a new patient by that name."""

    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Release:
    """A person releases the words; `override` lets doubtful findings pass."""

    person: str
    override: Override | None = None


@dataclass(frozen=True, slots=True)
class TakeBack:
    """A person takes releases back, or a posted reply down."""


@dataclass(frozen=True, slots=True)
class Begin:
    """The call is about to be made."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The site took it, or shows it."""


@dataclass(frozen=True, slots=True)
class Absent:
    """The site surely does not show it."""


@dataclass(frozen=True, slots=True)
class Unsure:
    """The call may have had its effect; nobody knows."""

    code: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The site will never take it as it is."""

    code: str


@dataclass(frozen=True, slots=True)
class TakenDown:
    """The site shows no reply of ours any more."""


@dataclass(frozen=True, slots=True)
class PostedByHand:
    """A person posted it, or saw it there."""


@dataclass(frozen=True, slots=True)
class ReviewMoved:
    """The review was changed, or is not there any more: what was released was released for something else."""


Event = (
    Draft
    | CheckAgain
    | Release
    | TakeBack
    | Begin
    | Accepted
    | Absent
    | Unsure
    | Refused
    | TakenDown
    | PostedByHand
    | ReviewMoved
)


def decide(reply: Reply, event: Event, review: Answered) -> Reply | Refusal:
    """Say where a reply stands after an event, or why it cannot happen now."""
    match event:
        case Draft(person, verdict):
            return _drafted(reply, person, verdict, review)
        case CheckAgain(verdict):
            return _checked(reply, verdict)
        case Release(person, override):
            return _released(reply, person, override, review)
        case TakeBack():
            return _taken_back(reply, review)
        case PostedByHand():
            return _by_hand(reply)
        case ReviewMoved():
            return _moved(reply, review)
        case Begin():
            return _begun(reply, review)
        case _:
            return _after_call(reply, event)


def is_released(reply: Reply, review: Answered) -> bool:
    """Say whether enough different persons released these very words for this very review."""
    is_passed = reply.verdict is Verdict.CLEAN or (reply.verdict is Verdict.DOUBTFUL and reply.override is not None)
    is_present = reply.released_version == review.version and review.is_shown
    return is_passed and is_present and len(set(reply.released_by)) >= review.persons_needed


def _drafted(reply: Reply, person: str, verdict: Verdict, review: Answered) -> Reply | Refusal:
    if not reply.is_at_rest:
        return _IS_UNDER_WAY
    if not review.is_shown:
        return _IS_GONE
    return Reply(_OF_VERDICT[verdict], reply.edition + 1, drafted_by=person, verdict=verdict)


def _checked(reply: Reply, verdict: Verdict) -> Reply | Refusal:
    if verdict is reply.verdict or not reply.is_at_rest or reply.state is ReplyState.POSTED:
        return reply
    return _without_releases(replace(reply, verdict=verdict))


def _without_releases(reply: Reply) -> Reply:
    state = _OF_VERDICT[reply.verdict]
    return replace(reply, state=state, released_by=(), released_version=0, override=None, tries=0, reason="")


def _released(reply: Reply, person: str, override: Override | None, review: Answered) -> Reply | Refusal:
    if refusal := _why_not(reply, person, override, review):
        return refusal
    released = replace(
        reply,
        released_by=(*reply.released_by, person),
        released_version=review.version,
        override=reply.override or (override if reply.verdict is Verdict.DOUBTFUL else None),
    )
    if not is_released(released, review):
        return replace(released, state=ReplyState.HALF_RELEASED)
    state = ReplyState.RELEASED if review.way is Way.CONNECTOR else ReplyState.BY_HAND
    return replace(released, state=state)


def _why_not(reply: Reply, person: str, override: Override | None, review: Answered) -> Refusal | None:
    if not review.is_shown:
        return _IS_GONE
    if reply.verdict is Verdict.BLOCKED:
        return Refusal("has_findings", "The check found words that must not stand there; change the words first.")
    if reply.state not in WAITING_FOR_RELEASE:
        return Refusal("not_waiting", "This reply does not wait for a release; list-reviews shows how it stands.")
    if person in reply.released_by:
        sentence = "You have released it already; one or two stars need a second person, so ask somebody else."
        return Refusal("same_person", sentence)
    if reply.verdict is Verdict.DOUBTFUL and reply.override is None:
        return _why_no_override(reply, person, override)
    return None


def _why_no_override(reply: Reply, person: str, override: Override | None) -> Refusal | None:
    if person == reply.drafted_by:
        sentence = "The check is in doubt, so somebody else than who wrote the reply must release it, with a reason."
        return Refusal("needs_second_person", sentence)
    if override is None:
        return Refusal("needs_reason", "The check is in doubt: say why the words may stand, or change them.")
    return None


def _taken_back(reply: Reply, review: Answered) -> Reply | Refusal:
    match reply.state:
        case ReplyState.SENDING | ReplyState.UNKNOWN | ReplyState.REMOVING:
            return _IS_UNDER_WAY
        case ReplyState.POSTED if review.way is Way.CONNECTOR:
            return replace(reply, state=ReplyState.REMOVING, tries=0, reason="")
        case ReplyState.DRAFT | ReplyState.DOUBTFUL | ReplyState.CHECKED | ReplyState.CLOSED:
            return Refusal("not_released", "Nobody has released this reply, so there is nothing to take back.")
        case _:
            return _without_releases(reply)


def _by_hand(reply: Reply) -> Reply | Refusal:
    if reply.state not in (ReplyState.BY_HAND, ReplyState.STUCK):
        sentence = "This reply does not wait to be posted by hand; it must be released first, see list-reviews."
        return Refusal("not_by_hand", sentence)
    return replace(reply, state=ReplyState.POSTED, reason="by_hand")


def _moved(reply: Reply, review: Answered) -> Reply:
    if not reply.is_at_rest or reply.state is ReplyState.POSTED or not reply.edition:
        return reply
    kept = _without_releases(reply)
    return kept if review.is_shown else replace(kept, state=ReplyState.CLOSED)


def _begun(reply: Reply, review: Answered) -> Reply | Refusal:
    """Let a call be made only for what is released still; one that was lost is surely absent first."""
    if reply.state is not ReplyState.RELEASED:
        return Refusal("not_released", "This reply is not released.")
    if not is_released(reply, review):
        return Refusal("not_released", "This reply is not released for the review as it is now.")
    return replace(reply, state=ReplyState.SENDING, tries=reply.tries + 1, reason="")


def _after_call(reply: Reply, event: Event) -> Reply | Refusal:
    if reply.state is ReplyState.REMOVING:
        return _after_removal(reply, event)
    if reply.state not in (ReplyState.SENDING, ReplyState.UNKNOWN, ReplyState.RELEASED):
        return Refusal("not_under_way", "No call is being made for this reply.")
    match event:
        case Accepted():
            return replace(reply, state=ReplyState.POSTED, reason="")
        case Absent():
            return replace(reply, state=ReplyState.RELEASED)
        case Refused(code):
            return replace(reply, state=ReplyState.REFUSED, reason=code)
        case Unsure(code):
            tries = reply.tries + (reply.state is ReplyState.UNKNOWN)
            state = ReplyState.STUCK if tries >= MOST_TRIES else ReplyState.UNKNOWN
            return replace(reply, state=state, tries=tries, reason=code)
        case _:
            return Refusal("not_under_way", "No such call is being made for this reply.")


def _after_removal(reply: Reply, event: Event) -> Reply | Refusal:
    match event:
        case TakenDown():
            return _without_releases(reply)
        case Refused(code):
            return replace(reply, state=ReplyState.STUCK, reason=code)
        case Unsure(code):
            state = ReplyState.STUCK if reply.tries + 1 >= MOST_TRIES else ReplyState.REMOVING
            return replace(reply, state=state, tries=reply.tries + 1, reason=code)
        case _:
            return Refusal("not_under_way", "No such call is being made for this reply.")


_IS_UNDER_WAY: Final = Refusal("under_way", "This reply is being posted at this moment; try again in some minutes.")
_IS_GONE: Final = Refusal("review_withdrawn", "This review is not public any more, so there is nothing to answer.")
