"""Requests for feedback by the thousand: practices, people, consents and stops, and attempts that are due."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from models.db import Database
from models.rules.appointments import Origin, PatientType, Status
from models.rules.calendars import Calendar
from models.rules.consent import Source, StopReason
from models.rules.decisions import Process
from models.rules.feedback import Outcome, Policy, RequestState
from models.rules.feedback_decision import ASK
from models.rules.messages import Channel
from models.store.feedback_policies import written
from models.tables.timers import TimerState
from tests.benchmarks.rows import add_waiting, fill, itself, tidy

NOW = datetime(2026, 6, 10, 19, tzinfo=UTC)  # a Wednesday, 15:00 in New York: every usual window is open
DUE = NOW - timedelta(minutes=5)
FRESH = NOW + timedelta(hours=23)
FIRST_SENT = NOW - timedelta(days=1, minutes=5)
CHECKED_OUT = NOW - timedelta(days=1, hours=4)
LATER = datetime(2026, 9, 1, 13, tzinfo=UTC)
BEGUN = NOW - timedelta(days=700)
CHUNK = 20_000
ZONE = "America/New_York"
PLACES = (f"{ZONE}:NY", f"{ZONE}:NY America/Chicago:IL", f"{ZONE}:NJ {ZONE}:NY")


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many requests are due, beside how many others; one person in ten has a second record."""

    due: int = 10_000
    others: int = 100_000
    practices: int = 20
    waiting: int = 0

    @property
    def records(self) -> int:
        """Say how many records belong to people with a due request."""
        return self.due + self.due // 10

    @property
    def patients(self) -> int:
        """Say how many patient records there are."""
        return 3 * self.records

    def person(self, record: int) -> int:
        """Name the person of a record: the second records follow the first ones."""
        return (record - self.due) * 10 if self.due < record <= self.records else record

    def practice(self, record: int) -> int:
        """Name the practice of a record."""
        return 1 + self.person(record) % self.practices


def is_first(request: int) -> bool:
    """Say whether a due request has asked nobody yet: every second one."""
    return request % 2 == 0


def is_excluded(person: int) -> bool:
    """Say whether a person was excluded after the attempt was planned: one in a hundred."""
    return person % 100 == 7


def is_texted(request: int) -> bool:
    """Say whether a due attempt is a text: a first one of a person who agreed and did not stop."""
    return is_first(request) and not _is_stopped(request) and not _is_without_consent(request)


def _is_stopped(person: int) -> bool:
    return person % 50 == 8


def _is_without_consent(person: int) -> bool:
    return person % 10 == 4


def prepare(db: Database, sizes: Sizes) -> None:
    """Fill a database with practices, people, their consents and stops, and requests; the first ones are due."""
    practices = range(1, sizes.practices + 1)
    for name, values in _PRACTICES.items():
        fill(db, name, values, practices)
    records = range(1, sizes.patients + 1)
    fill(db, "patients", _patients(sizes), records)
    fill(db, "patient_contacts", _contacts(sizes), [one for one in records if one % 3])
    fill(db, "consents", _consents(sizes), [one for one in records if not _is_without_consent(sizes.person(one))])
    fill(db, "message_stops", _stops(sizes), [one for one in range(1, sizes.due + 1) if _is_stopped(one)])
    for start in range(1, sizes.due + sizes.others + 1, CHUNK):
        numbers = range(start, min(start + CHUNK, sizes.due + sizes.others + 1))
        fill(db, "appointments", _visits(sizes), numbers)
        fill(db, "feedback_requests", _requests(sizes), numbers)
        sent = [one for one in numbers if one > sizes.due or not is_first(one)]
        if sent:
            fill(db, "feedback_attempts", _attempts(sizes), sent)
    fill(db, "timers", _timers(sizes), range(1, sizes.due + 1))
    add_waiting(db, {"process": "feedback", "kind": "ask", "subject": ""}, sizes.waiting, until=LATER)
    tidy(db)


_PRACTICES: dict[str, dict[str, object]] = {
    "practices": {
        "id": itself,
        "key": lambda n: f"p{n}",
        "name": "",
        "zone": ZONE,
        "calendar": Calendar.GOVERNMENT,
        "locale": "en",
        "created_at": BEGUN,
    },
    "chain_heads": {"practice_id": itself, "length": 0, "hash": "0" * 64},
    "providers": {"id": itself, "practice_id": itself, "npi": lambda n: f"{n:010}", "name": ""},
    "feedback_policies": {
        "practice_id": itself,
        "version": 1,
        "settings": lambda _: written(Policy(1)),
        "addresses": lambda _: {},
        "changed_by": "",
        "since": BEGUN,
    },
}


def _patients(sizes: Sizes) -> dict[str, object]:
    return {
        "id": itself,
        "practice_id": sizes.practice,
        "origin": Origin.KAREO,
        "system_id": str,
        "person": "",
        "match_index": lambda n: f"m{sizes.person(n):063}",
        "born_index": lambda n: f"b{sizes.person(n) % 20_000:063}",
        "phone_index": lambda n: f"p{sizes.person(n):063}",
        "email_index": lambda n: f"e{sizes.person(n):063}",
        "is_excluded_from_surveys": lambda n: n <= sizes.due and is_excluded(n),
        "created_at": BEGUN,
    }


def _contacts(sizes: Sizes) -> dict[str, object]:
    return {
        "patient_id": itself,
        "practice_id": sizes.practice,
        "contact": "",
        "phone_index": lambda n: f"p{sizes.person(n):063}",
        "email_index": lambda n: f"e{sizes.person(n):063}",
        "read_at": BEGUN,
    }


def _consents(sizes: Sizes) -> dict[str, object]:
    return {
        "practice_id": sizes.practice,
        "patient_id": itself,
        "address_index": lambda n: f"p{sizes.person(n):063}",
        "channel": Channel.TEXT,
        "is_given": True,
        "source": Source.PAPER,
        "wording": "paper",
        "locale": "en",
        "at": BEGUN,
    }


def _stops(sizes: Sizes) -> dict[str, object]:
    return {
        "id": itself,
        "practice_id": sizes.practice,
        "address_index": lambda n: f"p{n:063}",
        "channel": Channel.TEXT,
        "is_doubtful": False,
        "is_flagged": False,
        "reason": StopReason.KEYWORD,
        "since": BEGUN,
    }


def _record(sizes: Sizes) -> Callable[[int], int]:
    return lambda n: n if n <= sizes.due else 1 + (n - sizes.due) % sizes.patients


def _at(sizes: Sizes, number: int) -> datetime:
    """Say when a visit was checked out; those that are over were 40 to 640 days ago."""
    return CHECKED_OUT if number <= sizes.due else NOW - timedelta(days=40 + number * 7 % 600)


def _visits(sizes: Sizes) -> dict[str, object]:
    record = _record(sizes)
    return {
        "id": itself,
        "practice_id": lambda n: sizes.practice(record(n)),
        "status": Status.CHECKED_OUT,
        "origin": Origin.KAREO,
        "patient_type": PatientType.RETURNING,
        "patient_id": record,
        "starts_at": lambda n: _at(sizes, n) - timedelta(hours=1),
        "ends_at": lambda n: _at(sizes, n) - timedelta(minutes=30),
        "requested_at": BEGUN,
        "checked_out_at": lambda n: _at(sizes, n),
        "system_id": str,
    }


def _requests(sizes: Sizes) -> dict[str, object]:
    record, due = _record(sizes), sizes.due

    def is_begun(number: int) -> bool:
        return number > due or not is_first(number)

    def sent_at(number: int) -> datetime | None:
        if number > due:
            return _at(sizes, number) + timedelta(hours=3)
        return FIRST_SENT if is_begun(number) else None

    def state(number: int) -> RequestState:
        if number > due:
            return RequestState.UNANSWERED
        return RequestState.PLANNED if is_first(number) else RequestState.ASKED

    return {
        "id": itself,
        "practice_id": lambda n: sizes.practice(record(n)),
        "appointment_id": itself,
        "epoch": 1,
        "patient_id": record,
        "provider_id": lambda n: sizes.practice(record(n)),
        "policy_version": 1,
        "places": lambda n: PLACES[n % len(PLACES)],
        "checked_out_at": lambda n: _at(sizes, n),
        "state": state,
        "number": lambda n: 1 if n <= due and is_begun(n) else 0,
        "due_at": lambda n: DUE if n <= due else None,
        "fresh_until": lambda n: FRESH if n <= due else None,
        "previous_at": sent_at,
        "first_sent_at": sent_at,
        "sent": lambda n: int(is_begun(n)),
        "link_hash": lambda n: f"l{n:063}",
        "stop_hash": lambda n: f"s{n:063}",
    }


def _attempts(sizes: Sizes) -> dict[str, object]:
    record = _record(sizes)
    return {
        "practice_id": lambda n: sizes.practice(record(n)),
        "request_id": itself,
        "patient_id": record,
        "number": 1,
        "channel": Channel.TEXT.value,
        "outcome": Outcome.SENT,
        "at": lambda n: FIRST_SENT if n <= sizes.due else _at(sizes, n) + timedelta(hours=3),
    }


def _timers(sizes: Sizes) -> dict[str, object]:
    return {
        "practice_id": sizes.practice,
        "process": Process.FEEDBACK,
        "process_id": itself,
        "kind": ASK,
        "subject": "",
        "number": lambda n: 1 if is_first(n) else 2,
        "due_at": DUE,
        "state": TimerState.OPEN,
    }
