"""From a practice's figures of a week to a mail with its files: counts, stars, days; the words stay in the portal."""

from contextlib import suppress
from datetime import datetime
from typing import Final

from models.inputs.outgoing import Attachment, OutgoingMail
from models.reports.insights import Insights, cells
from models.reports.reputation_letters import ReputationLetter
from templates.exports import CSV_TYPE, XLSX_TYPE, csv_of, xlsx_of
from templates.figures_enrollment import Exhibit
from templates.figures_insights import exhibits, lead, mean, said, step_words
from templates.letters import Sender
from templates.moments import format_day
from templates.render import render_mail
from templates.report_paper import Paper, PaperUnavailableError, report_pdf
from templates.words import t

NAMED: Final = frozenset({"providers", "locations"})
"""What a mail leaves out: it names nobody."""


def compose_reputation(letter: ReputationLetter, *, sender: Sender, as_of: datetime) -> OutgoingMail:
    """Write the mail of a weekly report with its PDF, CSV and XLSX; without Pango it goes without the PDF.

    Raises:
        ValueError: a template asks for what the letter does not have; the message names the field only.
    """
    mail = render_mail(
        letter.kind,
        locale=letter.locale,
        fields=reputation_fields(letter),
        zone=letter.zone,
        letterhead=sender.letterhead,
    )
    return OutgoingMail(
        message_id=letter.message_id,
        sender=sender.mailbox,
        recipient=letter.recipient,
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        attachments=report_files(letter),
        sent_at=as_of,
    )


def reputation_fields(letter: ReputationLetter) -> dict[str, object]:
    """Give what the templates of a weekly report may use."""
    figures, locale = letter.figures, letter.locale
    return {
        "practice_name": letter.practice_name,
        "recipient_first_name": letter.recipient.name.split(" ")[0],
        "coach_name": "",
        "link": letter.link,
        "first": letter.first,
        "last": letter.last,
        "satisfied": said(figures.satisfied, locale),
        "stars": mean(figures),
        "asked": stage(figures, "asked", locale),
        "answered": stage(figures, "answered", locale),
        "unread": figures.unread,
        "next_steps": [step_words(one, locale=locale) for one in figures.prompts],
    }


def stage(figures: Insights, key: str, locale: str) -> str:
    """Write a stage of the funnel as a count of its whole."""
    (row,) = [one for one in cells(figures.funnel) if one["key"] == key]
    if row["is_hidden"]:
        return t("insight_labels.hidden", locale)
    return t("insight_labels.of", locale).format(count=f"{row['count']:,}", of=f"{row['of']:,}")


def report_files(letter: ReputationLetter) -> tuple[Attachment, ...]:
    """Make the files of a report; the same figures give the same bytes."""
    shown = reputation_exhibits(letter)
    tables = [(one.heading, one.table) for one in shown]
    stem = f"feedback-{letter.practice}-{letter.first.isoformat()}"
    files = [
        Attachment(name=f"{stem}.csv", media_type=CSV_TYPE, content=csv_of(tables)),
        Attachment(name=f"{stem}.xlsx", media_type=XLSX_TYPE, content=xlsx_of(tables)),
    ]
    with suppress(PaperUnavailableError):
        paper = report_pdf(reputation_paper(letter, shown))
        files.insert(0, Attachment(name=f"{stem}.pdf", media_type="application/pdf", content=paper))
    return tuple(files)


def reputation_exhibits(letter: ReputationLetter) -> list[Exhibit]:
    """Choose what a weekly report shows."""
    return [one for one in exhibits(letter.figures, locale=letter.locale) if one.key not in NAMED]


def reputation_paper(letter: ReputationLetter, shown: list[Exhibit]) -> Paper:
    """Lay out a weekly report for paper."""
    locale = letter.locale
    first, last = (format_day(day, locale=locale) for day in (letter.first, letter.last))
    return Paper(
        t("insight_report.title", locale),
        lead(letter.figures, locale=locale),
        shown,
        t("insight_report.week", locale).format(name=letter.practice_name, first=first, last=last),
        locale,
        t("insight_report.next", locale),
        [step_words(one, locale=locale) for one in letter.figures.prompts],
    )
