"""Journeys and their enrollments told as lines: those of an invented practice, and what any history holds."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Final

from deployments.capacity.invented import invent
from deployments.capacity.people import Practice
from deployments.capacity.stage import Stage
from deployments.capacity.wanted import Team, Wanted
from deployments.histories.trace import Line
from models.rules.decisions import Note
from models.rules.onboarding_facts import PayerFacts

BEGINS: Final = (date(2027, 1, 4), date(2027, 2, 22), date(2027, 8, 30), date(2027, 10, 18))
"""200 days from each of them hold a change of daylight saving time."""


def journey_history(seed: int, *, days: int) -> list[Line]:
    """Play one invented practice by the rules alone; the same seed gives the same lines."""
    wanted = Wanted(1, days, seed, BEGINS[seed % len(BEGINS)], starts_a_week=1)
    stage = Stage(wanted, Team(0, (0,), (), None))
    practice = Practice(invent(0, wanted, coach="coach-1"), stage)
    stage.play()
    lines = [*payers_told(practice.invented.journey.payers, at=wanted.begins)]
    lines += [told(one.at, one.by, one.note, one.note.subject) for one in practice.history]
    return [*lines, {"at": wanted.until.isoformat(), "what": "end", "subject": ""}]


def payers_told(payers: Iterable[PayerFacts], *, at: datetime) -> Iterator[Line]:
    """Tell which payers a practice named, with what is to be set up for each."""
    for one in payers:
        facts = {"rank": one.chosen_rank, "claims": one.expected_claims, "transactions": ",".join(one.transactions)}
        yield {"at": at.isoformat(), "what": "payer", "subject": one.key, **facts}


def told(at: datetime, by: str, note: Note, enrollment: str) -> Line:
    """Tell one line of a history; `enrollment` names whose it is, where it is one's."""
    facts = {"subject": note.subject, "reason": note.reason, "by": by, "enrollment": enrollment}
    return {"at": at.isoformat(), "what": note.kind, **facts, **note.evidence}
