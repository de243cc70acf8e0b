"""The next best steps of a practice, derived from its figures: which, in which order, and because of which figures."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from models.rules.feedback import Why
from models.rules.insights import FEWEST, FEWEST_COMPARED, Share, compare, share

MOST: Final = 5
LEAST_ANSWERS: Final = 0.10
LEAST_SATISFIED: Final = 0.80
MOST_OPT_OUTS: Final = 0.02


class Step(StrEnum):
    """What a practice can do next; the words stand with the templates."""

    CHOOSE_CADENCE = "choose_cadence"
    FINISH_CHECKLIST = "finish_checklist"
    START_SENDING = "start_sending"
    OFFER_THE_BOX = "offer_the_box"
    ASK_FOR_CONTACT = "ask_for_contact"
    SHORTEN_OMISSION = "shorten_omission"
    CORRECT_CONTACTS = "correct_contacts"
    TEXT_MORE = "text_more"
    MAIL_FIRST = "mail_first"
    LOOK_AT_QUESTION = "look_at_question"
    READ_COMPLAINTS = "read_complaints"
    READ_FEEDBACK = "read_feedback"
    ASK_LESS_OFTEN = "ask_less_often"


@dataclass(frozen=True, slots=True)
class Facts:
    """The figures of a period that steps are derived from; `reasons` are check-outs that led to no message (F-213)."""

    visits: int = 0
    asked: int = 0
    unreachable: int = 0
    answered: int = 0
    answers: int = 0
    satisfied: int = 0
    unread: int = 0
    messages: int = 0
    stops: int = 0
    reasons: Mapping[Why, int] = field(default_factory=dict)
    texts: Share = field(default_factory=lambda: share(0, 0))
    mails: Share = field(default_factory=lambda: share(0, 0))


@dataclass(frozen=True, slots=True)
class Prompt:
    """One step with the figures that caused it: so many of so many; `other` is what it is compared with."""

    step: Step
    because: Share
    other: Share | None = None


REASONS: Final = (
    (Step.CHOOSE_CADENCE, (Why.NO_CADENCE,), 0.01),
    (Step.FINISH_CHECKLIST, (Why.CHECKLIST_RED,), 0.05),
    (Step.START_SENDING, (Why.SENDING_STOPPED,), 0.05),
    (Step.OFFER_THE_BOX, (Why.NO_CONSENT_AND_NO_EMAIL,), 0.10),
    (Step.ASK_FOR_CONTACT, (Why.NO_CONTACT, Why.NO_EMAIL), 0.10),
    (Step.SHORTEN_OMISSION, (Why.OMISSION,), 0.50),
)
"""Steps against reasons for not asking, with the least share of all check-outs; what stops everything comes first."""


def prompts(facts: Facts) -> tuple[Prompt, ...]:
    """Derive the next best steps, the most urgent first; nothing is derived from fewer than twenty (F-092)."""
    found = (*_reasons(facts), *_reaching(facts), *_answers(facts))
    return tuple(found)[:MOST]


def _reasons(facts: Facts) -> Iterator[Prompt]:
    if facts.visits < FEWEST_COMPARED:
        return
    for step, whys, least in REASONS:
        lost = sum(facts.reasons.get(why, 0) for why in whys)
        if lost >= max(FEWEST, least * facts.visits):
            yield Prompt(step, share(lost, facts.visits))


def _reaching(facts: Facts) -> Iterator[Prompt]:
    if facts.asked >= FEWEST_COMPARED and facts.unreachable >= max(FEWEST, 0.10 * facts.asked):
        yield Prompt(Step.CORRECT_CONTACTS, share(facts.unreachable, facts.asked))
    found = compare(facts.texts, facts.mails)
    if found is not None and found.is_clear:
        if found.value > 0:
            yield Prompt(Step.TEXT_MORE, facts.texts, facts.mails)
        else:
            yield Prompt(Step.MAIL_FIRST, facts.mails, facts.texts)
    opted_out = share(min(facts.stops, facts.messages), facts.messages)
    if facts.messages >= FEWEST_COMPARED and facts.stops >= FEWEST and opted_out.low > MOST_OPT_OUTS:
        yield Prompt(Step.ASK_LESS_OFTEN, opted_out)


def _answers(facts: Facts) -> Iterator[Prompt]:
    pleased = share(facts.satisfied, facts.answers)
    if facts.answers >= FEWEST_COMPARED and pleased.high < LEAST_SATISFIED:
        yield Prompt(Step.READ_COMPLAINTS, share(facts.answers - facts.satisfied, facts.answers))
    response = share(facts.answered, facts.asked)
    if facts.asked >= FEWEST_COMPARED and response.high < LEAST_ANSWERS:
        yield Prompt(Step.LOOK_AT_QUESTION, response)
    if facts.unread >= FEWEST:
        yield Prompt(Step.READ_FEEDBACK, share(facts.unread, facts.unread))
