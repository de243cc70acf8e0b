"""The half-year of the example practice with eight payers, set up to be played: for the demonstration and for tests."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from deployments import example_practices
from deployments.payer_files_writer import Payee, Payer
from deployments.simulate import Simulation, World
from deployments.simulate_chores import Chores
from deployments.simulate_files import Bills, PayersFiles
from deployments.simulate_payers import Enrolling
from deployments.simulate_people import JourneyPeople
from deployments.simulate_visits import Patients
from models.db import read, transaction
from models.inputs.enrollment_files import GROUP, PayerLine, parse_payer_list
from models.inputs.intake import Intake
from models.rules.onboarding_sessions import plan_sessions
from models.settings import settings
from models.store import onboarding, onboarding_changes, practices, training

BEGINS = datetime(2026, 11, 30, 15, tzinfo=UTC)
DAYS = 200


@dataclass(frozen=True, slots=True)
class HalfYear:
    """One practice's half-year, and what was done beside by schedules."""

    simulation: Simulation
    chores: Chores


def set_up(seed: int, *, days: int = DAYS, on_day: Callable[[datetime], None] = lambda _: None) -> HalfYear:
    """Begin the journey of the example in an empty database, and gather everybody who will act in it.

    What is played again is the same only where ids count from 1 (`counted_ids`): payers' answers follow from them.
    """
    intake = example_practices.intake_with_eight_payers()
    example_practices.lay_out(settings())
    practice, journey = transaction(lambda session: _begin(session, intake))
    begun = read(lambda session: onboarding.load_journey(session, journey, as_of=BEGINS))
    world = World(seed, BEGINS, intake.time_zone, practice, journey, begun)
    chores = Chores(world)
    players = (
        JourneyPeople(world),
        Enrolling(world, intake.key, example_practices.PAYER_LIST),
        PayersFiles(world, intake.key, _bills(intake)),
        Patients(world, intake.key),
        chores,
    )
    simulation = Simulation(world, players, BEGINS + timedelta(days=days), on_day)
    return HalfYear(simulation, chores)


def _begin(session: Session, intake: Intake) -> tuple[int, int]:
    training.add_sessions(session, plan_sessions(as_of=BEGINS))
    practices.register_staff(session, intake.team, as_of=BEGINS)
    practice = practices.register_practice(session, intake, as_of=BEGINS)
    journey = onboarding_changes.begin_journey(session, practice.id, intake, by="sales-1", key="demo", as_of=BEGINS)
    return practice.id, journey


def _bills(intake: Intake) -> Bills:
    """Say under which names the practice bills, and how its payers name themselves in files."""
    tax_id = intake.tax_id.replace("-", "")
    first = intake.providers[0]
    identities = {one.npi: Payee(one.name, one.npi, tax_id) for one in intake.providers}
    identities[GROUP] = Payee(intake.name, first.npi, tax_id)
    lines = enumerate(_payer_list())
    payers = {line.payer: Payer(line.payer_name, line.payer_id, f"99{number:07d}") for number, line in lines}
    return Bills(identities, payers)


def _payer_list() -> list[PayerLine]:
    file = example_practices.PAYER_LIST
    content = (example_practices.FOLDER / file).read_text(encoding="utf-8")
    lines, _ = parse_payer_list(content, file=file, practice="")
    return list(lines)
