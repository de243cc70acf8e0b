"""Sample fields for every kind of message, as the delivery hands them over."""

from datetime import UTC, date, datetime

from models.rules import onboarding
from models.rules.messages import CATALOGUE, MessageKind
from templates.moments import format_moment, format_short_day
from templates.render import Letterhead
from templates.words import name, t

ZONE = "America/New_York"
LETTERHEAD = Letterhead("Example Success Team", "100 Example Street, Springfield, VA 22150")
STARTS_AT = datetime(2026, 12, 1, 15, 0, tzinfo=UTC)
STATES = ("done", "done", "done", "done", "open", "open", "open", "closed", "closed", "closed")


def _steps(locale: str) -> list[dict[str, object]]:
    return [
        {"number": number, "title": name("steps", step.key, locale=locale)}
        for number, step in enumerate(onboarding.STEPS, start=1)
    ]


def _progress(locale: str) -> list[dict[str, object]]:
    return [
        step | {"state": name("step_states", state, locale=locale), "counted": _settled(locale, state)}
        for step, state in zip(_steps(locale), STATES, strict=True)
    ]


def _settled(locale: str, state: str) -> str:
    return t("progress_report.settled", locale).format(settled={"done": 3, "open": 2}.get(state, 0), total=3)


def _enrollment(locale: str) -> dict[str, object]:
    since = t("page.enroll.since", locale).format(day=format_short_day(date(2026, 11, 2), locale=locale))
    expected = t("page.enroll.expected_day", locale).format(day=format_short_day(date(2026, 12, 17), locale=locale))
    return {
        "what": name("enrollment_transactions", "era", locale=locale),
        "state": name("enrollment_states", "pending_payer", locale=locale),
        "when": [since, expected],
    }


def _dated(what: str, *when: str) -> dict[str, object]:
    return {"what": what, "when": [*when]}


def _titles(items: tuple[onboarding.Item, ...], locale: str) -> list[str]:
    return [name("items", item.key, locale=locale) for item in items]


def _line(locale: str, kind: str) -> dict[str, object]:
    return {
        "title": f"Example Health Plan: {name('enrollment_transactions', 'era', locale=locale)}",
        "about": name("enrollment_notices", kind, locale=locale),
        "since": date(2026, 11, 30),
        "step": t("enrollment_asked.tasks_open", locale).format(needs=name("enrollment_needs", "w9", locale=locale)),
    }


def every_field(locale: str) -> dict[str, object]:
    """Give a value for every field that any message may use."""
    handoff = name("calls", "handoff", locale=locale)
    return {
        "practice_name": "Cedar Hill Family Medicine",
        "recipient_first_name": "Marisol",
        "coach_name": "Dana Whitfield",
        "link": "https://portal.example.com/j/Zk3vQ9xTn2Lw8RbYh5CdFg",
        "steps": _steps(locale),
        "call": handoff,
        "starts_at": STARTS_AT,
        "minutes": 60,
        "agenda": _titles(onboarding.HANDOFF.agenda, locale),
        "sequence": 0,
        "documents": _titles(onboarding.DOCUMENTS, locale),
        "document": name("items", "document.w9", locale=locale),
        "reason": name("reasons", "expired", locale=locale),
        "step": handoff,
        "missing": _titles(onboarding.DOCUMENTS[:2], locale),
        "waiting_days": 5,
        "days": 7,
        "topic": name("topics", "dashboard", locale=locale),
        "payer": "Example Health Plan",
        "transaction": name("transactions", "era", locale=locale),
        "went_live_on": date(2027, 1, 14),
        "payments_from": date(2027, 1, 21),
        "payments_until": date(2027, 1, 28),
        "posted_on": date(2027, 1, 26),
        "graduated_on": date(2027, 4, 6),
        "go_live_from": date(2027, 1, 12),
        "go_live_until": date(2027, 2, 9),
        "issue": name("issues", "reversal", locale=locale),
        "progress": _progress(locale),
        "since": date(2026, 11, 16),
        "until": date(2026, 11, 30),
        "steps_over": t("page.progress.count", locale).format(over=4, total=10),
        "enrollments_over": t("page.enroll.lead", locale).format(active=2, total=9),
        "chart": "cid:progress-00@golive.invalid",
        "chart_words": t("page.progress.count", locale).format(over=4, total=10),
        "needs": [
            _dated(title, t("page.due", locale).format(day=format_short_day(date(2026, 12, 2), locale=locale)))
            for title in _titles(onboarding.DOCUMENTS[:2], locale)
        ],
        "happened": [
            f"{format_short_day(date(2026, 11, 24), locale=locale)}: {t('told.step_done', locale).format(what=handoff)}"
        ],
        "enrollments": [{"title": "Example Health Plan", "lines": [_enrollment(locale)]}],
        "next_dates": [
            _dated(name("calls", "billing_rules", locale=locale), format_moment(STARTS_AT, locale=locale, zone=ZONE))
        ],
        "cancelled_calls": [{"call": name("calls", "check_in", locale=locale), "starts_at": STARTS_AT}],
        "party": name("parties", "practice", locale=locale),
        "is_virtual": False,
        "provider": "Dr. Avery Stone",
        "location": "Main Office, Albany, NY 12207",
        "forms": ["New patient", "Consent to treatment"],
        "is_in_calendar": True,
        "is_in_kareo": True,
        "lines": [_line(locale, "tasks_open"), _line(locale, "recertify")],
        "decisions": [_line(locale, "escalated")],
        "signature": t("feedback_signatures.sincerely_provider", locale).format(provider_name="Dr. Avery Stone"),
        "number": 1,
        "is_last": False,
        "is_sensitive": False,
        "first": date(2026, 11, 16),
        "last": date(2026, 11, 22),
        "satisfied": "92% (46 of 50, 81%\N{EN DASH}97%)",
        "stars": "4.6 (41)",
        "asked": "120 of 160",
        "answered": "50 of 120",
        "unread": 7,
        "next_steps": ["Offer the box at the desk."],
        "words": {
            "en": "Thank you for telling us. We will look into it, and you can call our office at any time.",
            "es": "Gracias por contarnos. Lo revisaremos, y puede llamar al consultorio cuando quiera.",
        }[locale],
        "stop_link": "https://portal.example.com/u/Qw7mB2yXc4Vn6KpLd9RtHs",
    }


def sample(kind: MessageKind, locale: str, **changes: object) -> dict[str, object]:
    """Give the fields that the catalogue allows for one kind, some of them changed."""
    allowed = CATALOGUE[kind].allowed_fields
    return {key: value for key, value in every_field(locale).items() if key in allowed} | changes
