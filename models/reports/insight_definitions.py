"""The one place that says what every figure of Insights and of the reports counts: of which rows, by which clock."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from models.rules.consent import StopReason
from models.rules.feedback import Outcome
from models.rules.texting import FAILED

HANDED_OVER: Final = (Outcome.SENT, Outcome.UNSURE)
"""A provider took the message, or may have taken it: it counts as sent, since it is never sent again (F-221)."""
UNDELIVERED: Final = (*sorted(FAILED), "bounced")
"""How what a provider reported later of a message that reached nobody begins; a code may follow."""
OPTED_OUT: Final = (
    StopReason.KEYWORD,
    StopReason.PHRASE,
    StopReason.WRONG_NUMBER,
    StopReason.LINK,
    StopReason.MAIL,
    StopReason.PROVIDER,
)
"""Stops that patients asked for themselves; what the office or a failed delivery stopped is none of them."""
GOOD_STARS: Final = 4


@dataclass(frozen=True, slots=True)
class Definition:
    """What one figure counts; `of` is empty where it is no share, `clock` puts a row in the period."""

    name: str
    counted: str
    of: str
    rows: str
    clock: str


CHECK_OUT: Final = "check-out (`checked_out_at`)"
ANSWER: Final = "answer (`answered_at`)"
SENDING: Final = "sending of the attempt (`at`)"
DEFINITIONS: Final[Mapping[str, Definition]] = {
    "checked_out": Definition(
        "Checked out", "check-outs of visits", "", "`feedback_requests`, one for each check-out (F-001)", CHECK_OUT
    ),
    "decided": Definition(
        "Decided",
        "check-outs about which it was decided whether and when to ask",
        "checked out",
        "those that are planned for a time, under way or over (F-213)",
        CHECK_OUT,
    ),
    "asked": Definition(
        "Asked", "requests of which a message was sent", "checked out", "those with `first_sent_at`", CHECK_OUT
    ),
    "delivered": Definition(
        "Delivered",
        "requests asked, less those of which every message was reported as undeliverable",
        "asked",
        "asked, and the messages of their attempts",
        CHECK_OUT,
    ),
    "answered": Definition(
        "Answered",
        "requests asked to which the patient said yes or no",
        "asked",
        "asked, with `answered_at`; late answers count (F-215)",
        CHECK_OUT,
    ),
    "completed": Definition(
        "Completed",
        "requests asked whose second page was submitted too (F-065)",
        "asked",
        "answered, with `completed_at` of the answer",
        CHECK_OUT,
    ),
    "response": Definition(
        "Response rate",
        "requests answered",
        "requests asked",
        "asked; by provider and location of the visit and the language of the patient, as they were at the check-out",
        CHECK_OUT,
    ),
    "response_by_attempt": Definition(
        "Response rate by attempt and way",
        "messages whose attempt was the last one before the answer",
        "messages handed over",
        "`feedback_attempts` sent or perhaps sent; an attempt that went both ways counts in both, the answer too",
        SENDING,
    ),
    "reasons": Definition(
        "Reasons for not asking",
        "requests that ended with this reason before anything was sent",
        "checked out",
        "suppressed or cancelled, without `first_sent_at` (F-213)",
        CHECK_OUT,
    ),
    "satisfied": Definition("Satisfied", "answers with yes", "answers", "`feedback_answers` (F-061)", ANSWER),
    "stars": Definition(
        "Stars", "stars given, their mean and how often each was given", "", "answers with stars (F-063)", ANSWER
    ),
    "good_stars": Definition(
        "Four or five stars", "answers with four or five stars", "answers with stars", "answers with stars", ANSWER
    ),
    "unread": Definition(
        "Unread feedback",
        "answers that nobody of the practice has read yet",
        "",
        "answers without `read_at`",
        "none: all of them",
    ),
    "opt_outs": Definition(
        "Opt-outs per 1,000 messages",
        "addresses that patients stopped by word, link or mail (F-205, F-207)",
        "messages handed over",
        "`message_stops` without a doubt, lifted ones too; none by the office or for failed delivery",
        "stop (`since`), and the sending of the messages",
    ),
}
