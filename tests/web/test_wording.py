"""Pages have words for whatever the rules can say."""

import re
from datetime import UTC, date, datetime

import pytest
import yaml

from deployments.environment import PREFECT_YAML
from deployments.web.todo import flow_of
from deployments.web.wording import voice_for
from models.reports.onboarding_history import TOLD_TO_PRACTICE
from models.reports.onboarding_views import HistoryLine, Wait
from models.rules import text_answers
from models.rules.appointment_requests import LAPSED, REVIEW
from models.rules.appointment_review import Remark
from models.rules.appointments import Drift, Origin, PatientType, Status
from models.rules.offboarding import CONFIRM
from models.rules.onboarding_sentences import SENTENCES
from models.rules.readiness import BY_KEY, CHECKS
from models.rules.reputation import ANSWER_LOW_STARS, LOOK_AFTER_REPLY
from models.rules.roles import Party
from models.rules.watching import SENDING_STOPPED
from models.store import duplicates, patient_drift
from models.store.pushes import DEAD_LETTERS, OPEN
from models.store.systems import CALENDAR, KAREO
from models.tables.practice_systems import PushKind
from templates.words_enrollment import WORK
from templates.words_home import SPANISH as SPANISH_WORK
from templates.words_home import STEPS
from templates.words_pages import TOLD
from templates.words_staff import STAFF, VISIT_WORK

TODAY = date(2026, 11, 23)
ENGLISH = voice_for("en", zone="America/New_York", today=TODAY)
SPANISH = voice_for("es-MX", zone="America/New_York", today=TODAY, to_practice=True)

TASKS = (
    ("document.w9", "Form W-9"),
    ("check.document.w9", "Check what arrived: Form W-9"),
    ("call:welcome:1", "Hold the Welcome Call"),
    ("record.call:handoff:2", "Record what came of the Handoff Call"),
    ("assign.success_coach", "Assign a Success Coach"),
    ("late.first_claim", "Overdue: first claim"),
    ("silent.training:practice", "Look into a silence in Training, the practice"),
    ("propose_pause.training:practice", "Propose a pause: silence in Training, the practice"),
    ("training.t1.dashboard", "Find a new session: Dashboard overview"),
    ("payment_issue.aetna:zero_pay", "Solve a payment issue: a remittance came with no payment"),
    ("enrollment.aetna:claims", "Solve the trouble with an enrollment: aetna, electronic claims"),
    ("review", "Review an appointment request"),
    ("drift.deleted_in_portal", "Deleted in PatientPop only"),
    ("message.812", "A message did not arrive"),
    ("readiness.insurances", "Insurances: Configure the insurances that patients can choose."),
    ("something.new", "something.new"),
)


@pytest.mark.parametrize(("key", "words"), TASKS)
def test_every_kind_of_work_item_has_words(key: str, words: str) -> None:
    assert ENGLISH.task(key) == words


def test_words_of_staff_name_what_the_rules_know() -> None:
    """A-41, A-46, A-104."""
    known = {
        "visit_states": Status,
        "origins": Origin,
        "patient_types": PatientType,
        "remarks": Remark,
        "writes": PushKind,
        "vendors": (CALENDAR, KAREO),
        "drifts": (Drift.CANCELLED_IN_PORTAL, Drift.DELETED_IN_PORTAL),
        "write_states": (*OPEN, *DEAD_LETTERS),
    }
    for group, keys in known.items():
        assert set(STAFF[group]) == {str(key) for key in keys}, group
    assert set(STAFF["visit_todo"]) == set(STAFF["visit_work"])


def test_every_flow_that_staff_are_sent_to_is_deployed() -> None:
    deployed = {one["name"] for one in yaml.safe_load(PREFECT_YAML.read_text(encoding="utf-8"))["deployments"]}
    told = " ".join([*STAFF["visit_todo"].values(), *STAFF["remarks"].values(), *map(flow_of, BY_KEY)])
    named = set(re.findall(r"[a-z]+(?:-[a-z]+)+", told))
    assert len(named) > 15
    assert named <= deployed


def test_every_work_item_that_the_rules_open_for_appointments_has_words() -> None:
    opened = {REVIEW, LAPSED, "conflict", "insurance", Drift.NOT_WRITTEN, duplicates.TASK, patient_drift.TASK}
    opened |= {SENDING_STOPPED, CONFIRM}
    opened |= {f"drift.{kind}" for kind in (Drift.CANCELLED_IN_PORTAL, Drift.DELETED_IN_PORTAL)}
    of_others = {*text_answers.TASKS, ANSWER_LOW_STARS, LOOK_AFTER_REPLY}
    assert set(VISIT_WORK) == {str(key) for key in opened} | {"message"} | of_others
    assert set(SPANISH_WORK["visit_work"]) == set(VISIT_WORK)
    assert set(STEPS) >= set(VISIT_WORK)


def test_a_practice_reads_its_work_in_spanish() -> None:
    assert SPANISH.task("answer_low_review") == "Responder una reseña con una o dos estrellas"
    assert ENGLISH.task("look_after_reply") == "Look after a reply to a review"
    assert set(SPANISH_WORK["enrollment_work"]) == set(WORK)
    assert set(SPANISH_WORK["gate_work"]) == {one.key for one in CHECKS}


def test_whatever_a_practice_is_told_has_a_phrase_and_a_rule() -> None:
    assert set(TOLD) == TOLD_TO_PRACTICE
    assert set(SENTENCES) >= TOLD_TO_PRACTICE


def test_a_practice_is_told_without_names_and_keys() -> None:
    line = HistoryLine(datetime(2026, 11, 23, tzinfo=UTC), "enrollment_finalised", "aetna:era", "staff-1 recorded ...")
    assert SPANISH.told(line, {"aetna": "Aetna"}) == "Activado con Aetna: los avisos de pago electrónicos (ERA)."
    assert ENGLISH.told(line, {}) == "staff-1 recorded ..."


def test_days_name_their_year_only_when_it_is_another() -> None:
    assert ENGLISH.day(date(2026, 12, 1)) == "Tue, Dec 1"
    assert ENGLISH.day(date(2027, 1, 4)) == "Mon, Jan 4, 2027"
    assert SPANISH.day(date(2026, 12, 1)) == "mar 1 dic"
    assert ENGLISH.span(date(2026, 12, 20), date(2027, 2, 1)) == "Dec 20, 2026 to Feb 1, 2027"
    assert SPANISH.span(date(2027, 1, 5), date(2027, 2, 1)) == "del 5 ene al 1 feb 2027"


def test_moments_are_those_of_the_practice() -> None:
    assert ENGLISH.moment(datetime(2026, 11, 24, 3, 30, tzinfo=UTC)) == "Mon, Nov 23, 10:30 PM"
    assert SPANISH.moment(datetime(2026, 11, 24, 3, 30, tzinfo=UTC)) == "lun 23 nov, 22:30"


def test_a_moment_in_a_list_names_its_zone_and_keeps_its_clock_together() -> None:
    assert (
        ENGLISH.zoned(datetime(2026, 11, 24, 15, tzinfo=UTC))
        == "Tue, Nov 24, 10:00\N{NO-BREAK SPACE}AM\N{NO-BREAK SPACE}EST"
    )


def test_a_practice_is_you_to_itself() -> None:
    assert (ENGLISH.party(Party.PRACTICE), SPANISH.party(Party.PRACTICE)) == ("the practice", "usted")
    wait = Wait(Party.PRACTICE, datetime(2026, 11, 16, tzinfo=UTC), date(2026, 11, 16), 5)
    assert ENGLISH.since(wait) == "since Mon, Nov 16, 5 business days"
