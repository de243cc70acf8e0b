"""One journey as Markdown for a Prefect artifact: keys, days and counts, no name of anybody."""

from collections.abc import Iterable
from datetime import datetime

from models.reports.onboarding_views import JourneyView, NextDate, StepView, Wait
from models.rules.calendars import zone_of
from models.rules.onboarding_facts import StepState
from models.rules.onboarding_template import template
from models.rules.roles import Party

MARKS = {
    StepState.DONE: "● done",
    StepState.OPEN: "◐ in progress",
    StepState.CLOSED: "○ not yet",
    StepState.SKIPPED: "◌ not needed",
}
PARTIES = {
    Party.PRACTICE: "the practice",
    Party.US: "our team",
    Party.CLEARINGHOUSE: "a clearinghouse",
    Party.PAYER: "a payer",
}
_NEXT_SHOWN = 8


def journey_markdown(view: JourneyView) -> str:
    """Write one journey: its ten steps with marks, who is waited for and since when, dates ahead, promises."""
    titles = {key: step.title for key, step in template(view.template_version).steps.items()}
    parts = [
        f"# {view.practice}",
        _summary(view),
        _table(("#", "Step", "State", "When"), (_step(step, titles) for step in view.steps)),
    ]
    waits = [(titles[step.key], *_wait(wait)) for step in view.steps for wait in step.waits]
    if waits:
        parts.append("## Waiting for")
        parts.append(_table(("Who", "Since", "Business days", "Step"), ((*rest, step) for step, *rest in waits)))
    warnings = [f"- {titles[step.key]}: {step.warning}" for step in view.steps if step.warning]
    if warnings:
        parts += ["## Not accepted yet", "\n".join(warnings)]
    if view.next_dates:
        parts.append("## Next dates")
        parts.append(_table(("When", "What"), (_date(each, view) for each in view.next_dates[:_NEXT_SHOWN])))
    if view.levels:
        rows = (
            (
                level.key.value.replace("_", " "),
                str(level.due_on),
                str(level.met_on or ""),
                "late" if level.is_late else "",
            )
            for level in view.levels
        )
        parts.append("## Promises about time")
        parts.append(_table(("What", "By", "Kept on", ""), rows))
    return "\n\n".join(parts) + "\n"


def _summary(view: JourneyView) -> str:
    facts = [f"{view.status.value}, {view.steps_over} of {len(view.steps)} steps over"]
    if view.went_live_on is not None:
        facts.append(f"live since {view.went_live_on}")
    elif view.forecast is not None:
        likely = view.forecast
        facts.append(f"go-live likely {likely.early} to {likely.late}, about {likely.likely}")
    if view.target_on is not None:
        facts.append(f"target {view.target_on}" + (" (missed)" if view.is_after_target else ""))
    learned, places = (sum(getattr(topic, name) for topic in view.training) for name in ("learned", "people"))
    facts.append(f"training {learned} of {places} completed")
    return f"As of {_moment(view.as_of, view.zone)}: {'; '.join(facts)}."


def _step(step: StepView, titles: dict[str, str]) -> tuple[str, ...]:
    milestone = f" (milestone {step.milestone})" if step.milestone else ""
    return (
        str(step.number),
        titles[step.key] + milestone,
        f"{MARKS[step.state]}, {step.settled} of {step.total}" if step.state is StepState.OPEN else MARKS[step.state],
        _days(step),
    )


def _days(step: StepView) -> str:
    if step.opened_on is None:
        return ""
    return str(step.opened_on) if step.ended_on == step.opened_on else f"{step.opened_on} to {step.ended_on or 'now'}"


def _wait(wait: Wait) -> tuple[str, str, str]:
    return PARTIES[wait.party], str(wait.since_on), str(wait.business_days)


def _date(each: NextDate, view: JourneyView) -> tuple[str, str]:
    steps = template(view.template_version)
    titles = {"progress_report": "Progress report"}
    titles |= {key: call.title for key, call in steps.calls.items()}
    titles |= {key: f"Training: {topic.title} ({each.people})" for key, topic in steps.topics.items()}
    return _moment(each.at, view.zone), titles.get(each.key, each.key)


def _moment(moment: datetime, zone: str) -> str:
    return f"{moment.astimezone(zone_of(zone)):%Y-%m-%d %H:%M %Z}"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
