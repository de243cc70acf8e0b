"""Patients of a simulated practice that is live: visits in the built-in calendar, and what they answer afterwards."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import select
from sqlalchemy.orm import Session

from deployments.simulate import AT_ONCE, Plan, World
from models.db import read, transaction
from models.inputs.feedback_forms import Told
from models.inputs.practice_system import NewAppointment, NewPatient, SystemAccount
from models.rules.appointments import Sex, Status
from models.rules.calendars import Calendar, is_business_day, local_day, local_moment
from models.rules.decisions import Refusal
from models.rules.feedback import CADENCE, RequestState, Setting
from models.rules.feedback_policy import Cadence
from models.settings import settings
from models.store import (
    consent_import,
    feedback_answers,
    feedback_changes,
    feedback_settings,
    systems,
    unsubscribing,
)
from models.store.feedback_settings import Choice
from models.store.keys import keys_of
from models.store.patient_changes import Wanted
from models.store.patients import blind
from models.tables.feedback import FeedbackRequestRow
from models.tables.patients import PatientRow
from tasks import sync
from tasks.built_in_calendar import connect_calendar
from tasks.connectors import registry

CHECKED_OUT_AT: Final = (time(10, 20), time(13, 40), time(16, 10))
"""When visits end, in the practice's time."""
SEEN_AFTER: Final = timedelta(minutes=2)
COMES_AGAIN_AFTER: Final = (14, 49)
"""After so many days a patient comes again: within the omission period, and well beyond it."""
AREAS: Final = ("607", "315", "518", "212")
SURNAMES: Final = ("Alder", "Birch", "Clover", "Dahlia", "Elm", "Fern", "Garnet", "Hazel", "Iris", "Juniper")
WORDS: Final = ("Everybody took their time.", "The wait was short.", "Clear answers to all my questions.")
HAS_PHONE, AGREES, ANSWERS, STOPS, IS_SATISFIED, WRITES = 0.8, 0.75, 0.45, 0.05, 0.88, 0.6


@dataclass(slots=True)
class Patients:
    """Everybody who comes to the practice after it went live."""

    world: World
    practice: str

    def plans(self) -> Iterator[Plan]:
        """Say what is chosen before go-live, who comes today, and who answers."""
        journey = self.world.journey
        if journey.signed_on is not None:
            yield Plan(self.world.in_business_days("choose cadence", 8, 12), "choose cadence", self._choose)
        if journey.went_live_on is None:
            return
        yield Plan(self.world.now, "connect the calendar", self._connect)
        today = local_day(self.world.now, self.world.zone)
        if today > journey.went_live_on and is_business_day(today, Calendar.GOVERNMENT):
            yield from self._visits(today, (today - journey.went_live_on).days)
        yield from self._answers()

    def _choose(self, as_of: datetime) -> str:
        usual = Cadence(tuple(ask.after for ask in CADENCE))
        wanted = feedback_settings.Wanted(
            self.practice,
            lambda _: Choice({Setting.CADENCE: usual}),
            "manager-1",
            "simulated:cadence",
            bool(settings().postal_address),
        )
        done = transaction(lambda session: feedback_settings.change(session, wanted, as_of=as_of))
        return done.sentence if isinstance(done, Refusal) else ""

    def _connect(self, as_of: datetime) -> str:
        answer = connect_calendar(self.practice, as_of=as_of)
        return "" if answer.is_done else answer.sentence

    def _visits(self, today: date, day: int) -> Iterator[Plan]:
        """Plan what is left of today: new patients, and now and then one who comes again."""
        chance = self.world.chance(f"visits {day}")
        again = day - chance.choice(COMES_AGAIN_AFTER)
        for number, at in enumerate(CHECKED_OUT_AT):
            comes_again = number == len(CHECKED_OUT_AT) - 1 and again > 0 and chance.randrange(2) == 0
            patient = f"{again}-0" if comes_again else f"{day}-{number}"
            moment = local_moment(today, at, self.world.zone)
            if moment >= self.world.now:
                yield Plan(moment, f"visit {day} {number}", partial(self._check_out, patient))
                yield Plan(moment + SEEN_AFTER, f"look {day} {number}", partial(self._look, patient))

    def _check_out(self, patient: str, as_of: datetime) -> str:
        """Let a patient's visit be checked out in the calendar."""
        account = read(lambda session: systems.account_of(session, self.world.practice_id))
        if account is None:
            return "The practice has no calendar yet."
        self._come(account, patient, as_of)
        return ""

    def _look(self, patient: str, as_of: datetime) -> str:
        """Let the product see the check-out as it sees every change there; consent to texts was given on paper."""
        sync.bring_forward.fn(self.practice, whole=False, as_of=as_of)
        for looks in sync.looks_of_changes(as_of=as_of, limit=AT_ONCE):
            sync.look_for_changes.fn(looks, as_of=as_of)
        if self.world.chance(f"agrees {patient}").random() < AGREES:
            transaction(partial(_agree, practice=self.world.practice_id, name=patient, as_of=as_of))
        return ""

    def _come(self, account: SystemAccount, patient: str, as_of: datetime) -> None:
        """Write a visit into the calendar, once however often it is tried."""
        calendar, chance = registry.practice_system(account, settings()), self.world.chance(f"patient {patient}")
        phone = f"+1{chance.choice(AREAS)}55501{chance.randrange(100):02}" if chance.random() < HAS_PHONE else ""
        name = f"{chance.choice(SURNAMES)} {patient.translate(str.maketrans('0123456789', 'abcdefghij'))}"
        born = date(1950, 1, 1) + timedelta(days=chance.randrange(20_000))
        known = calendar.create_patient(
            NewPatient(f"simulated-{patient}", "Robin", name, born, Sex.UNKNOWN, email=_email(patient), mobile=phone)
        )
        began, provider = as_of - timedelta(minutes=40), chance.choice(calendar.providers())
        key = uuid5(NAMESPACE_URL, f"visit:{patient}:{as_of.date()}")
        calendar.create_appointment(
            NewAppointment(
                key,
                Status.CHECKED_OUT,
                began,
                began + timedelta(minutes=30),
                provider.id,
                calendar.locations()[0].id,
                known.id,
            )
        )

    def _answers(self) -> Iterator[Plan]:
        """Plan what patients do about messages: answer the first or the last one, soon or late, stop, or nothing."""
        for request, sent in read(partial(_asked, practice=self.world.practice_id)):
            chance = self.world.chance(f"answers {request}")
            does, at = chance.random(), chance.choice((1, 1, 3))
            later = self.world.now + timedelta(minutes=chance.randrange(10, 60 * 30))
            if sent == at and does < ANSWERS:
                yield Plan(later, f"answer {request}", partial(self._answer, request))
            elif sent == at and does > 1 - STOPS:
                yield Plan(later, f"stop {request}", partial(self._stop, request))

    def _answer(self, request: int, as_of: datetime) -> str:
        chance = self.world.chance(f"answer {request}")
        is_satisfied, words, writes = chance.random() < IS_SATISFIED, chance.choice(WORDS), chance.random() < WRITES
        told = Told(chance.choice((4, 5, 5)) if is_satisfied else None, words)

        def tell(session: Session) -> None:
            token, _ = feedback_changes.tokens_of(keys_of(session, self.world.practice_id), request)
            feedback_answers.answer(session, token, is_satisfied=is_satisfied, locale="en", as_of=as_of)
            asked = feedback_answers.find_asked(session, token)
            if writes and asked is not None:
                feedback_answers.complete(session, asked, told, locale="en", as_of=as_of)

        transaction(tell)
        return ""

    def _stop(self, request: int, as_of: datetime) -> str:
        def stop(session: Session) -> None:
            _, token = feedback_changes.tokens_of(keys_of(session, self.world.practice_id), request)
            unsubscribing.stop_mails(session, token, as_of=as_of)

        transaction(stop)
        return ""


def _email(patient: str) -> str:
    return f"patient-{patient}@example.com"


def _asked(session: Session, *, practice: int) -> list[tuple[int, int]]:
    """List the requests whose patients have not answered yet, with how many messages went out."""
    row = FeedbackRequestRow
    query = select(row.id, row.sent).where(row.practice_id == practice, row.state == RequestState.ASKED, row.sent > 0)
    return [(number, sent) for number, sent in session.execute(query.order_by(row.id))]


def _agree(session: Session, *, practice: int, name: str, as_of: datetime) -> None:
    """Record the consent of a patient with a number; who comes again has agreed already."""
    keys, row = keys_of(session, practice), PatientRow
    index = blind(keys, _email(name), "email")
    patient = session.scalar(select(row.id).where(row.practice_id == practice, row.email_index == index))
    if patient is not None:
        consent_import.record_paper(session, Wanted(patient, "front-desk", f"simulated:consent:{name}"), as_of=as_of)
