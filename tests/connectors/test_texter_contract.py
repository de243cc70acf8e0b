"""What every texter promises, tried on each of them."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from models.inputs.mailbox import read_texts
from models.rules.boundary import OutsideCallInTransactionError, inside_transaction
from tasks.connectors.local import MailboxTexter
from tasks.connectors.ports import Rejected, Sight, Texter
from tasks.connectors.twilio import TwilioTexter
from tests.connectors.examples import a_text
from tests.connectors.twilio_server import a_twilio

pytestmark = pytest.mark.slow


@dataclass
class World:
    texter: Texter
    received: Callable[[], list[tuple[str, str]]]


@pytest.fixture(params=["mailbox", "twilio"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    if request.param == "mailbox":
        stored = MailboxTexter(tmp_path)
        yield World(stored, lambda: [(each.text.recipient, each.text.body) for each in read_texts(tmp_path)])
        return
    with a_twilio() as account, closing(TwilioTexter(account.address())) as texter:
        yield World(texter, lambda: [(each["to"], each["body"]) for each in account.messages])


@pytest.mark.parametrize("body", ["¡Hola, señora Ñ! 😀", "a=1&To=+12025550199\r\nline two", "x" * 1600, "100% + more"])
def test_a_text_arrives_word_for_word(world: World, body: str) -> None:
    world.texter.send(a_text(body=body))
    assert world.received() == [("+12025550143", body)]


def test_the_reference_is_there_and_names_no_person(world: World) -> None:
    reference = world.texter.send(a_text()).reference
    assert reference
    assert "0143" not in reference


@pytest.mark.parametrize(
    "facts",
    [
        {"recipient": "202-555-0143"},
        {"recipient": "+12025550143\r\n"},
        {"recipient": "+12025550143&To=+12025550199"},
        {"recipient": ""},
        {"recipient": "+٢٠٢٥٥٥٠١٤٣"},
        {"body": ""},
        {"body": "x" * 1601},
    ],
)
def test_what_no_provider_takes_is_refused_and_the_rest_goes_out(world: World, facts: dict[str, Any]) -> None:
    with pytest.raises(Rejected) as refusal:
        world.texter.send(a_text(attempt="attempt-0", **facts))
    world.texter.send(a_text())
    assert refusal.value.reason == "malformed"
    assert len(world.received()) == 1


def test_an_accepted_text_is_found_and_another_is_surely_absent(world: World) -> None:
    world.texter.send(a_text())
    assert world.texter.look_up(a_text()) is Sight.FOUND
    assert world.texter.look_up(a_text(attempt="attempt-2", body="Something else. (m9Ty)")) is Sight.ABSENT


def test_no_call_is_made_inside_a_transaction(world: World) -> None:
    with inside_transaction():
        with pytest.raises(OutsideCallInTransactionError):
            world.texter.send(a_text())
        with pytest.raises(OutsideCallInTransactionError):
            world.texter.look_up(a_text())
    assert not world.received()
