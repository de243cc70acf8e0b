"""How payers take their time at this installation: its histories as curves, kept until something new is learned."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from weakref import WeakKeyDictionary

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from models.reports.enrollment_forecast import Course, Learned, course_of, curve_of, learn, summed_up
from models.reports.go_live_plan import CHECK_CURVE, Courses
from models.rules.enrollment_facts import Turnaround
from models.rules.onboarding_facts import Transaction
from models.rules.turnarounds import class_of
from models.store.turnarounds import (
    HISTORY,
    Asked,
    Case,
    Place,
    all_classes,
    learned_at,
    list_turnarounds,
    load_cases,
    pools_of,
    resolve,
    without_history,
)

Figures = Mapping[tuple[str, Place], Turnaround]


def learn_turnarounds(session: Session, *, as_of: datetime) -> dict[Place, tuple[Turnaround, int]]:
    """Learn from every attempt up to a moment: the figures of each pool with enough decided cases, and their number."""
    learned = _learned(session, _figures(session), as_of=as_of)
    return {place: (summed_up(one.curve, cases=one.cases), one.cases) for place, one in learned.items()}


def load_courses(session: Session) -> Courses:
    """Give the question how a payer's enrollment for a transaction goes on, with what is known now (E-40)."""
    figures, classes = _figures(session), all_classes(session)
    histories = _histories.of(session, figures)
    known: dict[tuple[str, Transaction], Course] = {}

    def course(payer: str, transaction: Transaction) -> Course:
        if (payer, transaction) not in known:
            asked = Asked(payer, transaction, classes.get(payer) or class_of(payer))
            known[payer, transaction] = _course(asked, figures, histories)
        return known[payer, transaction]

    return course


@lru_cache(maxsize=4096)
def shipped_courses(payer: str, transaction: Transaction) -> Course:
    """Say how an enrollment goes on where nothing is stored."""
    return Course(curve_of(resolve(Asked(payer, transaction, class_of(payer)), {}).turnaround))


def _course(asked: Asked, figures: Figures, histories: Mapping[Place, Course]) -> Course:
    found = resolve(asked, figures)
    if found.origin == HISTORY and found.place in histories:
        return histories[found.place]
    return Course(curve_of(found.turnaround))


def _figures(session: Session) -> Figures:
    return {(one.origin, one.place): one.turnaround for one in list_turnarounds(session)}


def _learned(session: Session, figures: Figures, *, as_of: datetime) -> dict[Place, Learned]:
    cases = load_cases(session, as_of=as_of)
    return learn(cases, _beyond(cases, figures))


def _beyond(cases: Iterable[Case], figures: Figures) -> dict[Place, Turnaround]:
    """Name the figures in whose shape each pool goes on after its last decision."""
    found: dict[Place, Turnaround] = {}
    for asked in {case.asked for case in cases}:
        for place, known in zip(pools_of(asked), (asked, asked._replace(payer=""), Asked("", *_ANY)), strict=True):
            if place not in found:
                found[place] = without_history(known, figures)
    return found


_ANY = (Transaction.CLAIMS, "")


@dataclass(slots=True)
class _Histories:
    """The fitted histories of each database, until its next learning."""

    known: WeakKeyDictionary[Engine, tuple[datetime, dict[Place, Course]]] = field(default_factory=WeakKeyDictionary)

    def of(self, session: Session, figures: Figures) -> dict[Place, Course]:
        """Fit what was learned last, from the cases as they were then; nothing where nothing was learned."""
        as_of = learned_at(session)
        if as_of is None:
            return {}
        engine = session.get_bind().engine
        at, courses = self.known.get(engine, (None, {}))
        if at != as_of:
            learned = _learned(session, figures, as_of=as_of)
            courses = {place: course_of(one, before=CHECK_CURVE) for place, one in learned.items()}
            self.known[engine] = (as_of, courses)
        return courses


_histories = _Histories()
