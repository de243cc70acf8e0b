"""Rows for the measurement of insights, put in by set inserts: visits, requests, attempts, answers of one year."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from models.db import Database
from models.rules.calendars import Calendar
from tests.benchmarks.rows import fill, run, stored, tidy

BEGUN: Final = datetime(2025, 11, 1, 5, tzinfo=UTC)
NOW: Final = datetime(2026, 11, 1, 3, tzinfo=UTC)
"""The last hours of October in New York: twelve whole months."""
YEAR_SECONDS: Final = int((NOW - BEGUN).total_seconds())
PROVIDERS, PLACES = 40, 8


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many checked-out visits of one practice group; each patient comes about three times a year."""

    requests: int = 1_000_000

    @property
    def patients(self) -> int:
        """Say how many patients these visits are of."""
        return max(self.requests // 3, 1)


_FIXED: Final[dict[str, dict[str, object]]] = {
    "practices": {
        "id": 1,
        "key": "maple",
        "name": "Maple Street Clinic",
        "zone": "America/New_York",
        "calendar": Calendar.GOVERNMENT,
        "locale": "en",
        "created_at": BEGUN,
    },
    "feedback_policies": {
        "practice_id": 1,
        "version": 1,
        "settings": lambda _: {},
        "addresses": lambda _: {},
        "changed_by": "manager-1",
        "since": BEGUN,
    },
}
_PLACES: Final[dict[str, dict[str, object]]] = {
    "providers": {"id": lambda n: n, "practice_id": 1, "npi": lambda n: f"{n:010}", "name": ""},
    "locations": {
        "id": lambda n: n,
        "practice_id": 1,
        "key": lambda n: f"place-{n}",
        "name": lambda n: f"Place {n}",
        "city": "Albany",
        "state": "NY",
        "postal_code": "12207",
    },
}
_VISITS: Final = {
    "patients": (
        (
            "id, practice_id, version, origin, system_id, person, match_index, born_index, phone_index, email_index, "
            "locale, is_excluded_from_surveys, created_at, differing"
        ),
        (
            "n, 1, 1, 'kareo', '', 'sealed', 'm', 'b', 'p', 'e', CASE WHEN n % 5 = 0 THEN 'es' ELSE 'en' END, FALSE, "
            ":begun, ''"
        ),
    ),
    "appointments": (
        (
            "id, practice_id, version, status, origin, patient_type, provider_id, location_id, patient_id, starts_at, "
            "ends_at, is_virtual, is_group, is_test, reason, visit_reason, intake_forms, requested_at, has_conflict, "
            "system_id, system_word, fingerprint"
        ),
        (
            "n, 1, 1, 'checked_out', 'kareo', 'returning', 1 + n % 40, 1 + n % 8, 1 + n % :patients, AT, AT, FALSE, "
            "FALSE, FALSE, '', '', '', AT, FALSE, '', '', ''"
        ),
    ),
    "feedback_requests": (
        (
            "id, practice_id, appointment_id, epoch, patient_id, provider_id, location_id, locale, policy_version, "
            "places, checked_out_at, "
            "state, why, version, number, tried, is_handed_over, withdrawn, first_sent_at, sent, answered_at, "
            "link_hash, stop_hash"
        ),
        (
            "n, 1, n, 1, 1 + n % :patients, 1 + n % 40, 1 + n % 8, "
            "CASE WHEN (1 + n % :patients) % 5 = 0 THEN 'es' ELSE 'en' END, 1, 'America/New_York:NY', AT, "
            "CASE WHEN n % 10 < 3 THEN 'suppressed' WHEN n % 10 < 6 THEN 'answered' WHEN n % 10 < 9 THEN 'unanswered' "
            "ELSE 'cancelled' END, "
            "CASE WHEN n % 10 = 0 THEN 'omission' WHEN n % 10 = 1 THEN 'no_consent_and_no_email' "
            "WHEN n % 10 = 2 THEN 'no_contact' WHEN n % 10 = 9 THEN 'opted_out' END, "
            "4, CASE WHEN n % 10 < 3 THEN 0 ELSE 1 + n % 3 END, '', n % 10 >= 3, 0, "
            "CASE WHEN n % 10 >= 3 THEN AT END, CASE WHEN n % 10 < 3 THEN 0 ELSE 1 + n % 3 END, "
            "CASE WHEN n % 10 BETWEEN 3 AND 5 THEN LATER END, HASH, HASH"
        ),
    ),
    "feedback_attempts": (
        "practice_id, request_id, patient_id, number, channel, outcome, delivery, at",
        (
            "1, n, 1 + n % :patients, a.number, CASE WHEN a.number = 1 THEN 'text' ELSE 'email' END, 'sent', "
            "CASE WHEN n % 20 = 7 THEN 'undelivered' ELSE 'delivered' END, AT"
        ),
    ),
    "feedback_answers": (
        "request_id, practice_id, provider_id, is_satisfied, stars, words, locale, answered_at, completed_at",
        (
            "n, 1, 1 + n % 40, n % 7 <> 0, CASE WHEN n % 7 <> 0 THEN 5 - (n % 11) / 3 END, '', "
            "CASE WHEN n % 5 = 0 THEN 'es' ELSE 'en' END, LATER, CASE WHEN n % 4 <> 0 THEN LATER END"
        ),
    ),
}
_ONLY: Final = {
    "feedback_attempts": " CROSS JOIN (SELECT 1 AS number UNION ALL SELECT 2 UNION ALL SELECT 3) AS a "
    "WHERE n % 10 >= 3 AND a.number <= 1 + n % 3",
    "feedback_answers": " WHERE n % 10 BETWEEN 3 AND 5",
}
_COUNT: Final = {
    True: "(WITH RECURSIVE c(n) AS (SELECT :first UNION ALL SELECT n + 1 FROM c WHERE n < :last) SELECT n FROM c)",
    False: "(SELECT generate_series(CAST(:first AS bigint), CAST(:last AS bigint)) AS n)",
}
_MOMENT: Final = {
    True: "strftime('%Y-%m-%d %H\\:%M\\:%S.000000', {seconds}, 'unixepoch')",
    False: "to_timestamp({seconds})",
}
_HASH: Final = {True: "printf('%064d', n)", False: "lpad(CAST(n AS text), 64, '0')"}
CHUNK: Final = 20_000


def prepare(db: Database, sizes: Sizes) -> None:
    """Fill a database with one practice group's visits of a year and what became of their requests."""
    for name, values in _FIXED.items():
        fill(db, name, values, [1])
    for name, count in (("providers", PROVIDERS), ("locations", PLACES)):
        fill(db, name, _PLACES[name], range(1, 1 + count))
    for name in _VISITS:
        rows = sizes.patients if name == "patients" else sizes.requests
        for first in range(1, rows + 1, CHUNK):
            _insert(db, name, sizes, first, min(first + CHUNK - 1, rows))
    tidy(db)


def _insert(db: Database, name: str, sizes: Sizes, first: int, last: int) -> None:
    columns, values = _VISITS[name]
    seconds = f"{int(BEGUN.timestamp())} + n * {YEAR_SECONDS} / {sizes.requests + 1}"
    moment = _MOMENT[db.is_sqlite]
    for word, meant in (
        ("LATER", moment.format(seconds=f"{seconds} + 90000")),
        ("AT", moment.format(seconds=seconds)),
        ("HASH", _HASH[db.is_sqlite]),
    ):
        values = re.sub(rf"\b{word}\b", lambda _, meant=meant: meant, values)  # type: ignore[misc]
    rows = f"{_COUNT[db.is_sqlite]} AS c{_ONLY.get(name, '')}"
    statement = " ".join(("INSERT INTO", name, f"({columns})", "SELECT", values, "FROM", rows))
    given = {"begun": stored(db, BEGUN), "patients": sizes.patients, "first": first, "last": last}
    run(db, statement, {key: one for key, one in given.items() if f":{key}" in statement})
