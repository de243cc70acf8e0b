"""The invented practices that come with the product: their intakes are laid out, the first one's journey is begun."""

import shutil
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from models.db import read, transaction
from models.inputs.intake import Intake, parse_intake
from models.rules.calendars import local_day
from models.rules.onboarding_events import SignAgreement
from models.rules.onboarding_sessions import plan_sessions
from models.settings import Settings
from models.store import onboarding, onboarding_changes, practices, systems, training
from models.store.onboarding_changes import Command

FOLDER = Path(__file__).parent / "examples"
FIRST = "maple-street.yaml"
EIGHT_PAYERS = "cedar-valley.yaml"
PAYER_LIST = "cedar-valley-payers.csv"
ACTOR = "golive"
POSTAL_ADDRESS = "100 Example Street, Albany, NY 12207"
"""Invented; at the foot of mails about invented practices, where no other one is set (F-207)."""
COACH = "coach-1"


def lay_out(chosen: Settings) -> list[str]:
    """Copy the examples' intakes into the intake folder; files that are there already stay as they are."""
    chosen.intake_folder.mkdir(parents=True, exist_ok=True)
    laid = []
    for file in sorted(FOLDER.iterdir()):
        target = chosen.intake_folder / file.name
        if file.is_file() and not target.exists():
            shutil.copyfile(file, target)
            laid.append(file.name)
    return laid


def first_intake() -> Intake:
    """Read the first example."""
    return parse_intake((FOLDER / FIRST).read_text(encoding="utf-8"), file=FIRST)


def intake_with_eight_payers() -> Intake:
    """Read the example whose half-year the demonstration plays; its payer list lies beside it."""
    return parse_intake((FOLDER / EIGHT_PAYERS).read_text(encoding="utf-8"), file=EIGHT_PAYERS)


def begin(*, as_of: datetime) -> bool:
    """Begin the first example's journey with a signed agreement; False when it was begun before."""
    intake = first_intake()

    def start(session: Session) -> bool:
        if practices.find_practice(session, intake.key) is not None:
            return False
        training.add_sessions(session, plan_sessions(as_of=as_of))
        practices.register_staff(session, intake.team, as_of=as_of)
        practice = practices.register_practice(session, intake, as_of=as_of)
        key = f"intake:{intake.key}"
        onboarding_changes.begin_journey(session, practice.id, intake, by=ACTOR, key=key, as_of=as_of)
        return True

    def sign(session: Session) -> None:
        journey = onboarding.present_journey(session, intake.key)
        if journey is not None:
            signed = SignAgreement(local_day(as_of, intake.time_zone))
            onboarding_changes.carry_out_command(
                session, Command(journey, signed, "sales-1", "example:signed"), as_of=as_of
            )

    is_new = transaction(start)
    transaction(sign)
    return is_new


def has_practice_system() -> bool:
    """Say whether the first example was given a practice system before; then everything stays as people have set it."""

    def vendor(session: Session) -> str:
        practice = practices.find_practice(session, first_intake().key)
        return systems.vendor_of(session, practice.id) if practice else ""

    return bool(read(vendor))
