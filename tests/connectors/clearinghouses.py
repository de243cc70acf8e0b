"""Every clearinghouse of the registry, for tests of what all of them promise."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from pydantic import SecretStr

from models.inputs.clearinghouse import Contact, ForeignEnrollment, NewEnrollment
from models.rules.enrollment_words import BUILT_IN, STEDI
from models.rules.onboarding_facts import Transaction
from models.settings import Settings
from tasks.connectors.payer_simulator_plan import ASKED, plan
from tasks.connectors.ports import Clearinghouse
from tasks.connectors.registry import clearinghouse
from tasks.moment import standing_at
from tests.connectors.stedi_server import BASE, EMAIL, KEY, a_stedi

BEGUN: Final = datetime(2026, 3, 2, 15, 30, tzinfo=UTC)
TAX_ID: Final = "621874305"
NAME: Final = "Maple Street Family Medicine"


@dataclass
class World:
    """One clearinghouse at one moment; `ask` lets it ask the practice for a form."""

    system: Clearinghouse
    settings: Settings
    time: datetime
    advance: Callable[[timedelta], None]
    ask: Callable[[ForeignEnrollment], None]
    go_on: Callable[[ForeignEnrollment], None]

    def client(self) -> Clearinghouse:
        """Build another client of the same account."""
        return clearinghouse(self.settings)


def a_contact(**facts: Any) -> Contact:
    usual = {
        "organization": NAME,
        "email": EMAIL,
        "phone": "+12025550143",
        "street": "12 Maple Street",
        "city": "Albany",
        "state": "NY",
        "postal_code": "12207",
    }
    return Contact(**{**usual, **facts})


def an_enrollment(key: str = "golive-1-1-1", **facts: Any) -> NewEnrollment:
    usual: dict[str, Any] = {
        "key": key,
        "payer_id": "00431",
        "payer_class": "commercial",
        "transaction": Transaction.ERA,
        "npi": "1234567893",
        "tax_id": TAX_ID,
        "name": NAME,
        "contact": a_contact(),
    }
    return NewEnrollment(**{**usual, **facts})


def key_that_is_returned(place: int = 1) -> str:
    """Find a key whose simulated payer asks for a form first."""
    return next(
        key
        for key in (f"golive-{number:x}-1-1" for number in range(1, 500))
        if plan(key, "commercial", Transaction.ERA, BEGUN)[place].word == ASKED
    )


@contextmanager
def built_in_world(home: Path) -> Iterator[World]:
    clock = [BEGUN]
    settings = Settings(home=home)

    def advance(by: timedelta) -> None:
        clock[0] += by
        world.time = clock[0]

    with standing_at(lambda: clock[0]):
        pause = lambda _: advance(timedelta(days=1.6))  # noqa: E731 - it asks by itself
        world = World(clearinghouse(settings), settings, BEGUN, advance, pause, lambda _: advance(timedelta(days=20)))
        yield world


@contextmanager
def stedi_world(home: Path) -> Iterator[World]:
    with a_stedi() as stedi:
        settings = Settings(
            home=home,
            clearinghouse="stedi",
            stedi_api_key=SecretStr(KEY),
            stedi_base_url=f"{stedi.url}{BASE}",
            stedi_email=EMAIL,
        )

        def advance(by: timedelta) -> None:
            stedi.now += by
            world.time = stedi.now

        def ask(made: ForeignEnrollment) -> None:
            advance(timedelta(days=1))
            stedi.show(made.id, "PROVIDER_ACTION_REQUIRED", tasks=[stedi.ask()])

        def go_on(made: ForeignEnrollment) -> None:
            advance(timedelta(days=1))
            stedi.show(made.id, "PROVISIONING")

        world = World(clearinghouse(settings), settings, stedi.now, advance, ask, go_on)
        yield world


WORLDS: Final[dict[str, Callable[[Path], AbstractContextManager[World]]]] = {
    BUILT_IN: built_in_world,
    STEDI: stedi_world,
}
