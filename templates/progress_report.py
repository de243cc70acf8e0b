"""From a practice's own pages to its bi-weekly report: a chart, what happened, what is missing, what comes (O-36)."""

from datetime import date, datetime, timedelta
from functools import partial
from hashlib import sha256
from typing import Final

from models.inputs.outgoing import InlinePicture, OutgoingMail
from models.reports.enrollment import EnrollmentStatus, PayerStatus
from models.reports.onboarding_views import DATES_SHOWN, NextDate, OpenItem, StepView, needed_from
from models.reports.progress_letters import ProgressLetter
from models.rules.calendars import local_day
from models.rules.enrollment import State
from models.rules.onboarding import REPORT_DAYS
from models.rules.onboarding_facts import JourneyStatus, StepState
from models.rules.roles import Party
from templates.charts import Picture, png
from templates.charts_progress import steps_chart
from templates.letters import Sender, common_fields
from templates.moments import format_moment, format_short_day
from templates.progress_words import ahead_words, happening_words, told_words
from templates.render import render_mail
from templates.words import name, t

HAPPENED_SHOWN: Final = 12
WIDTH: Final = 552  # points: what a mail has beside its margins
Line = dict[str, object]


def compose_progress(report: ProgressLetter, *, sender: Sender, as_of: datetime) -> OutgoingMail:
    """Write the mail of a progress report with its chart; the same facts give the same bytes.

    Raises:
        ValueError: a template asks for what the letter does not have; the message names the field only.
    """
    letter = report.letter
    chart = _chart(report)
    fields = progress_fields(report) | {"chart": f"cid:{chart.content_id}"}
    mail = render_mail(
        letter.kind,
        locale=letter.locale,
        fields=common_fields(letter) | fields,
        zone=report.view.zone,
        letterhead=sender.letterhead,
    )
    return OutgoingMail(
        message_id=letter.message_id,
        sender=sender.mailbox,
        recipient=letter.recipient,
        reply_to=letter.coach,
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        pictures=(chart,),
        sent_at=as_of,
    )


def progress_fields(report: ProgressLetter) -> dict[str, object]:
    """Give what the templates of a progress report say, in the words of the practice's own pages."""
    view, status, locale = report.view, report.status, report.letter.locale
    asked = status.asked_now if view.status is JourneyStatus.ACTIVE else ()
    needed = needed_from(view, Party.PRACTICE) if view.status is JourneyStatus.ACTIVE else []
    payers = {payer.key: payer.name for payer in view.payers}
    return {
        "since": local_day(view.as_of - timedelta(days=REPORT_DAYS), view.zone),
        "until": view.today,
        "steps_over": t("page.progress.count", locale).format(over=view.steps_over, total=len(view.steps)),
        "went_live_on": view.went_live_on,
        "go_live_from": view.forecast.early if view.forecast else None,
        "go_live_until": view.forecast.late if view.forecast else None,
        "enrollments_over": t("page.enroll.lead", locale).format(active=status.usable, total=len(status.enrollments)),
        "chart_words": picture_of(report).description,
        "needs": [*(_need(one, locale) for one in needed), *(_asked(payer, one, locale) for payer, one in asked)],
        "happened": [
            f"{_day(local_day(line.at, view.zone), locale)}: {told_words(line, payers, locale=locale)}"
            for line in report.lines[:HAPPENED_SHOWN]
        ],
        "progress": [_step(step, locale) for step in view.steps],
        "enrollments": [_payer(payer, locale) for payer in status.payers if _wanted(payer)],
        "next_dates": [_date(one, locale, view.zone) for one in view.next_dates[:DATES_SHOWN]],
    }


def picture_of(report: ProgressLetter) -> Picture:
    """Choose the chart of a report: a bar per step, as full as its items are settled."""
    view, locale = report.view, report.letter.locale
    rows: list[Line] = [
        {
            "name": f"{step.number}. {name('steps', step.key, locale=locale)}",
            "share": _share(step),
            "state": step.state.value,
            "label": _counted(step, locale) or name("step_states", step.state, locale=locale),
        }
        for step in view.steps
    ]
    words = t("page.progress.count", locale).format(over=view.steps_over, total=len(view.steps))
    return steps_chart(rows, title=t("page.progress", locale), description=words)


def _chart(report: ProgressLetter) -> InlinePicture:
    """Draw the chart; it is named by what it shows, so that no mail program takes it for another one."""
    drawn = png(picture_of(report), width=WIDTH)
    return InlinePicture(content_id=f"progress-{sha256(drawn).hexdigest()[:24]}@golive.invalid", content=drawn)


def _share(step: StepView) -> float:
    if step.state is StepState.DONE:
        return 1.0
    return step.settled / step.total if step.total else 0.0


def _counted(step: StepView, locale: str) -> str:
    if not step.total:
        return ""
    return t("progress_report.settled", locale).format(settled=step.settled, total=step.total)


def _step(step: StepView, locale: str) -> Line:
    """Give one line of all steps; who is waited for stands on the page."""
    title = name("steps", step.key, locale=locale)
    state = name("step_states", step.state, locale=locale)
    return {"number": step.number, "title": title, "state": state, "counted": _counted(step, locale)}


def _need(item: OpenItem, locale: str) -> Line:
    when = [] if item.due_on is None else [t("page.due", locale).format(day=_day(item.due_on, locale))]
    sent_back = [_sent_back(item, locale)] if item.state == "rejected" else []
    late = [t("page.late", locale)] if item.is_late else []
    return {"what": name("items", item.key, locale=locale), "when": [*sent_back, *when, *late]}


def _sent_back(item: OpenItem, locale: str) -> str:
    state = name("item_states", item.state, locale=locale)
    return f"{state}: {name('reasons', item.reason, locale=locale)}" if item.reason else state


def _asked(payer: PayerStatus, one: EnrollmentStatus, locale: str) -> Line:
    needs = ", ".join(name("enrollment_needs", need, locale=locale) for need in one.needs)
    return {
        "what": f"{payer.name}, {_titled(one, locale)}",
        "when": [part for part in (needs, _ahead(one, locale)) if part],
    }


def _wanted(payer: PayerStatus) -> list[EnrollmentStatus]:
    return [one for one in payer.enrollments if one.state is not State.WITHDRAWN]


def _payer(payer: PayerStatus, locale: str) -> Line:
    top = f" ({t('page.top', locale)})" if payer.is_top else ""
    return {"title": f"{payer.name}{top}", "lines": [_enrollment(one, locale) for one in _wanted(payer)]}


def _enrollment(one: EnrollmentStatus, locale: str) -> Line:
    since = t("page.enroll.since", locale).format(day=_day(one.since_on, locale))
    return {
        "what": _titled(one, locale),
        "state": name("enrollment_states", one.state, locale=locale),
        "when": [part for part in (since, _ahead(one, locale)) if part],
    }


def _titled(one: EnrollmentStatus, locale: str) -> str:
    titled = name("enrollment_transactions", one.transaction, locale=locale)
    return f"{titled}, NPI {one.npi}" if one.npi else titled


def _ahead(one: EnrollmentStatus, locale: str) -> str:
    day = partial(_day, locale=locale)
    return (
        ahead_words(one.ahead, locale=locale, day=day, near=day, span=partial(_span, locale=locale))
        if one.ahead
        else ""
    )


def _date(one: NextDate, locale: str, zone: str) -> Line:
    people = (
        t("page.person" if one.people == 1 else "page.people", locale).format(count=one.people) if one.people else ""
    )
    when = format_moment(one.at, locale=locale, zone=zone)
    return {"what": happening_words(one, locale=locale), "when": [part for part in (when, people) if part]}


def _day(day: date, locale: str) -> str:
    return format_short_day(day, locale=locale)


def _span(first: date, last: date, locale: str) -> str:
    return t("page.span", locale).format(early=_day(first, locale), late=_day(last, locale))
