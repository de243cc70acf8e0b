"""Feedback as our staff see it: a practice's settings, its requests, and how many were asked or not, and why."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.rules.calendars import zone_of
from models.rules.feedback import CHANGED_BY, OPEN, Ask, Policy, RelativeTo, RequestState, Setting, Why
from models.rules.feedback_policy import NAMES
from models.rules.feedback_why import REASONS
from models.store.feedback_policies import Chosen, policies_of, present_policies, versions_of
from models.tables.feedback import FeedbackAnswerRow, FeedbackAttemptRow, FeedbackRequestRow
from models.tables.practices import Practice

Row = dict[str, str]
FLOWS: Final[Mapping[Setting, str]] = {
    Setting.CADENCE: "set-feedback-cadence",
    Setting.METHOD: "set-feedback-method",
    Setting.QUESTION: "set-feedback-question",
    Setting.DESTINATIONS: "set-review-destinations",
    Setting.LINKS: "set-public-links",
    Setting.OMISSION_DAYS: "set-omission-period",
    Setting.SIGNATURE: "set-signature-line",
    Setting.SENSITIVE: "set-neutral-wording",
    Setting.SENDING: "stop-feedback, resume-feedback",
}
"""The form that changes each setting."""


def settings_rows(session: Session, practice: Practice) -> list[Row]:
    """List what a practice has chosen, who may change it (F-016, F-024, F-042), and with which form."""
    chosen = present_policies(session, [practice.id])[practice.id]
    told = said(chosen)
    return [
        {
            "setting": NAMES[setting],
            "chosen": told[setting],
            "changed by": ", ".join(role.replace("_", " ") for role in sorted(CHANGED_BY[setting])),
            "form": FLOWS[setting],
        }
        for setting in Setting
    ]


def said(chosen: Chosen) -> dict[Setting, str]:
    """Say a policy in words."""
    policy = chosen.policy
    places = [f"{one.replace('_', ' ')}: {chosen.addresses.get(one, 'no address')}" for one in policy.destinations]
    return {
        Setting.CADENCE: _cadence(policy),
        Setting.METHOD: ", then ".join(" and ".join(ask.channels) for ask in policy.asks) or "not chosen",
        Setting.QUESTION: f"{policy.question.en} / {policy.question.es}",
        Setting.DESTINATIONS: "; ".join(places) or "none: feedback is collected and shown to the practice",
        Setting.LINKS: policy.links.replace("_", " "),
        Setting.OMISSION_DAYS: f"{policy.omission_days} days",
        Setting.SIGNATURE: policy.signature.replace("_", " "),
        Setting.SENSITIVE: "neutral wording" if policy.is_sensitive else "usual wording",
        Setting.SENDING: "patients are asked" if policy.is_sending else "stopped",
    }


def _cadence(policy: Policy) -> str:
    if not policy.asks:
        return "not chosen: nobody is asked"
    since = "the one before" if policy.relative_to is RelativeTo.PREVIOUS else "that"
    first, *further = policy.asks
    return "; ".join([f"{_span(first)} after the check-out", *(f"{_span(ask)} after {since}" for ask in further)])


def _span(ask: Ask) -> str:
    hours = ask.after.total_seconds() / 3600
    number, unit = (hours / 24, "day") if hours >= 24 and hours % 24 == 0 else (hours, "hour")  # noqa: PLR2004 - a day
    return f"{number:g} {unit}{'' if number == 1 else 's'}"


def history_rows(session: Session, practice: Practice) -> list[Row]:
    """List the versions of a practice's policy, newest first, with what each changed (F-014)."""
    found = versions_of(session, practice.id)
    rows = []
    for place, one in enumerate(found):
        before = said(found[place + 1]) if place + 1 < len(found) else {}
        changed = [NAMES[setting] for setting, words in said(one).items() if words != before.get(setting)]
        rows.append(
            {
                "version": str(one.policy.version),
                "since": _local(one.since, practice.zone),
                "by": one.changed_by,
                "changed": "; ".join(changed) if before or one.policy.version > 1 else "begun",
            }
        )
    return rows


def request_rows(
    session: Session, practice: Practice, state: RequestState | None = None, *, limit: int = 200
) -> list[Row]:
    """List a practice's requests, those of the newest check-outs first: numbers, states and dates, nobody's name."""
    row = FeedbackRequestRow
    query = select(row).where(row.practice_id == practice.id)
    if state is not None:
        query = query.where(row.state == state)
    found = session.scalars(query.order_by(row.checked_out_at.desc(), row.id.desc()).limit(limit)).all()
    policies = policies_of(session, {(one.practice_id, one.policy_version) for one in found})
    return [_request(one, policies[one.practice_id, one.policy_version].policy, practice.zone) for one in found]


def _request(row: FeedbackRequestRow, policy: Policy, zone: str) -> Row:
    following = f"{row.number + 1} of {len(policy.asks)}" if row.state in OPEN and row.number < len(policy.asks) else ""
    return {
        "request": str(row.id),
        "appointment": str(row.appointment_id),
        "checked out": _local(row.checked_out_at, zone),
        "state": row.state.value,
        "why": row.why.replace("_", " ") if row.why else "",
        "sent": str(row.sent),
        "next attempt": following,
        "due": _local(row.due_at, zone),
        "answered": _local(row.answered_at, zone),
    }


@dataclass(frozen=True, slots=True)
class Overview:
    """What became of the requests of a span: how they stand, why nobody was asked, what was sent and answered."""

    states: Counter[RequestState]
    reasons: Counter[Why]
    messages: Counter[str]
    satisfied: int
    dissatisfied: int
    shown_yes: int
    shown_no: int

    @property
    def requests(self) -> int:
        """Count the check-outs that were decided about."""
        return self.states.total()


def overview(session: Session, practice_id: int, *, since: datetime, until: datetime) -> Overview:
    """Count a practice's requests whose check-out lies in a span (UTC, half-open), each exactly once (F-213)."""
    row = FeedbackRequestRow
    within = (row.practice_id == practice_id, row.checked_out_at >= since, row.checked_out_at < until)
    states, reasons = Counter[RequestState](), Counter[Why]()
    for state, why, number in session.execute(
        select(row.state, row.why, func.count()).where(*within).group_by(row.state, row.why)
    ):
        states[state] += number
        if why is not None:
            reasons[why] += number
    attempt = FeedbackAttemptRow
    query = select(attempt.channel, attempt.outcome, func.count()).join(row, row.id == attempt.request_id)
    sent = session.execute(query.where(*within, attempt.channel != "").group_by(attempt.channel, attempt.outcome))
    messages = Counter({f"{channel} {outcome.replace('_', ' ')}": number for channel, outcome, number in sent})
    answer = FeedbackAnswerRow
    answers = select(answer.is_satisfied, func.count(), func.count().filter(answer.links_shown > 0)).join(
        row, row.id == answer.request_id
    )
    told = {
        yes: (number, shown)
        for yes, number, shown in session.execute(answers.where(*within).group_by(answer.is_satisfied))
    }
    (yes, shown_yes), (no, shown_no) = told.get(True, (0, 0)), told.get(False, (0, 0))
    return Overview(states, reasons, messages, yes, no, shown_yes, shown_no)


def overview_rows(found: Overview) -> list[Row]:
    """Say an overview as a table; requests without a message stand with their reasons."""
    rows: list[tuple[str, str, int]] = [("visits checked out", "", found.requests)]
    rows += [("requests", state.value, found.states[state]) for state in RequestState if found.states[state]]
    rows += [("not asked, or not further", _reason(why), number) for why, number in _most(found.reasons)]
    rows += [("messages", what, number) for what, number in sorted(found.messages.items())]
    rows += [("answers", "satisfied", found.satisfied), ("answers", "not satisfied", found.dissatisfied)]
    rows += [("public links shown", "after yes", found.shown_yes), ("public links shown", "after no", found.shown_no)]
    return [{"what": what, "which": which, "count": str(number)} for what, which, number in rows]


def _reason(why: Why) -> str:
    return REASONS[why].format(days="omission period")


def _most(reasons: Counter[Why]) -> Iterable[tuple[Why, int]]:
    return sorted(reasons.items(), key=lambda one: (-one[1], one[0]))


def _local(moment: datetime | None, zone: str) -> str:
    return f"{moment.astimezone(zone_of(zone)):%Y-%m-%d %H:%M}" if moment else ""
