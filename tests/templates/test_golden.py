"""Mails as they were approved; set GOLDEN_UPDATE=1 to write them anew, then look at the difference."""

from pathlib import Path

import pytest

from models.rules.messages import MessageKind
from templates.render import render_mail, render_text
from tests.golden import compare
from tests.templates.sample import LETTERHEAD, ZONE, sample

GOLDEN = Path(__file__).parent / "golden"
APPROVED = [
    (MessageKind.WELCOME, "en"),
    (MessageKind.CALL_INVITATION, "es"),
    (MessageKind.PROGRESS_REPORT, "en"),
    (MessageKind.PROGRESS_REPORT, "es"),
    (MessageKind.REQUEST_ALERT, "en"),
    (MessageKind.REQUEST_RECEIVED, "es"),
    (MessageKind.APPOINTMENT_SCHEDULED, "en"),
    (MessageKind.APPOINTMENT_DECLINED, "es"),
    (MessageKind.APPOINTMENT_MOVED, "en"),
    (MessageKind.APPOINTMENT_CANCELLED, "es"),
    (MessageKind.APPOINTMENT_REMINDER, "es"),
    (MessageKind.TELEHEALTH_REMINDER, "en"),
    (MessageKind.INTAKE_FORMS, "en"),
    (MessageKind.ENROLLMENT_DIGEST, "en"),
    (MessageKind.ENROLLMENT_DIGEST, "es"),
    (MessageKind.ENROLLMENT_DIGEST_STAFF, "en"),
    (MessageKind.WEEKLY_REPUTATION, "en"),
    (MessageKind.WEEKLY_REPUTATION, "es"),
    (MessageKind.FEEDBACK_EMAIL, "en"),
    (MessageKind.FEEDBACK_EMAIL, "es"),
    (MessageKind.PRIVATE_ANSWER_EMAIL, "en"),
    (MessageKind.PRIVATE_ANSWER_EMAIL, "es"),
]
TEXTS = [(MessageKind.PRIVATE_ANSWER_TEXT, "en"), (MessageKind.PRIVATE_ANSWER_TEXT, "es")]
CHANGES: dict[tuple[MessageKind, str], dict[str, object]] = {
    (MessageKind.TELEHEALTH_REMINDER, "en"): {"is_virtual": True},
    (MessageKind.PROGRESS_REPORT, "en"): {"went_live_on": None},
    (MessageKind.FEEDBACK_EMAIL, "es"): {
        "number": 3,
        "is_last": True,
        "is_sensitive": True,
        "signature": "Gracias, Cedar Hill Family Medicine",
    },
}


@pytest.mark.parametrize(("kind", "locale"), APPROVED)
def test_a_mail_reads_as_it_was_approved(kind: MessageKind, locale: str) -> None:
    fields = sample(kind, locale, **CHANGES.get((kind, locale), {}))
    mail = render_mail(kind, locale=locale, fields=fields, zone=ZONE, letterhead=LETTERHEAD)
    parts = {"txt": f"Subject: {mail.subject}\n\n{mail.text}", "html": mail.html}
    for suffix, content in parts.items():
        compare(GOLDEN / f"{kind}.{locale}.{suffix}", content)


@pytest.mark.parametrize(("kind", "locale"), TEXTS)
def test_a_text_reads_as_it_was_approved(kind: MessageKind, locale: str) -> None:
    compare(GOLDEN / f"{kind}.{locale}.txt", render_text(kind, locale=locale, fields=sample(kind, locale), zone=ZONE))


def test_every_golden_file_belongs_to_an_approved_mail() -> None:
    expected = {f"{kind}.{locale}.{suffix}" for kind, locale in APPROVED for suffix in ("txt", "html")}
    expected |= {f"{kind}.{locale}.txt" for kind, locale in TEXTS}
    assert {path.name for path in GOLDEN.iterdir()} == expected
