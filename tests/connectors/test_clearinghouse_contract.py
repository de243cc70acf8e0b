"""What every clearinghouse promises, tried on each one that the registry can build."""

import inspect
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from models.inputs.clearinghouse import ForeignEnrollment, NewDocument
from models.rules.boundary import OutsideCallInTransactionError, inside_transaction
from models.rules.enrollment import State
from models.rules.enrollment_words import Asked, state_shown
from models.rules.onboarding_facts import Transaction
from tasks.connectors.ports import Clearinghouse, OutsideError, Rejected
from tasks.connectors.registry import CLEARINGHOUSES
from tests.connectors.clearinghouses import NAME, TAX_ID, WORLDS, World, an_enrollment, key_that_is_returned

pytestmark = pytest.mark.slow

PORT = [name for name, member in vars(Clearinghouse).items() if inspect.isfunction(member) and name[0] != "_"]
PDF = b"%PDF-1.4 signed"


@pytest.fixture(params=sorted(CLEARINGHOUSES))
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    with WORLDS[request.param](tmp_path) as made:
        yield made


def changed(world: World, since: timedelta = timedelta(hours=1)) -> list[ForeignEnrollment]:
    return [one for page in world.system.changed_since(world.time - since) for one in page]


def test_every_clearinghouse_of_the_registry_is_tried() -> None:
    assert set(WORLDS) == set(CLEARINGHOUSES)


def test_an_enrollment_is_found_again_by_our_key_e_02(world: World) -> None:
    assert world.system.find("golive-1-1-1") is None
    made = world.system.create(an_enrollment("golive-1-1-1"))
    other = world.system.create(an_enrollment("golive-1-1-2", transaction=Transaction.CLAIMS))
    assert other.id != made.id
    assert world.client().find("golive-1-1-1") == made
    assert world.system.find("golive-1-1") is None
    assert world.system.enrollment(made.id) == made


def test_what_was_just_made_is_with_the_clearinghouse_e_15(world: World) -> None:
    made = world.system.create(an_enrollment())
    assert state_shown(world.settings.clearinghouse, made.word) is State.SUBMITTED
    assert abs(made.changed_at - world.time) < timedelta(seconds=2)
    assert (made.tasks, made.reason) == ((), None)


def test_what_is_not_there_is_not_found(world: World) -> None:
    for id_ in ("", "nobody", "built-in-999", "00000000-0000-0000-0000-000000000000", "../providers"):
        assert world.system.enrollment(id_ or "nobody") is None
        with pytest.raises(Rejected, match="not_found"):
            world.system.tasks(id_ or "nobody")
    world.system.cancel("nobody")
    assert changed(world) == []


def test_only_what_changed_since_a_moment_is_listed_the_oldest_first(world: World) -> None:
    first = world.system.create(an_enrollment("golive-1-1-1"))
    world.advance(timedelta(minutes=30))
    second = world.system.create(an_enrollment("golive-2-1-1"))
    assert [one.id for one in changed(world)] == [first.id, second.id]
    assert [one.id for one in changed(world, timedelta(minutes=10))] == [second.id]
    assert changed(world, timedelta(minutes=-10)) == []


def test_many_enrollments_come_page_after_page_each_once(world: World) -> None:
    made = [world.system.create(an_enrollment(f"golive-{number:x}-1-1")).id for number in range(130)]
    pages = list(world.system.changed_since(world.time - timedelta(hours=1)))
    assert [len(page) for page in pages] == [100, 30]
    assert sorted(one.id for page in pages for one in page) == sorted(made)


def test_what_is_asked_is_a_task_whose_form_can_be_read_and_handed_over(world: World) -> None:
    made = world.system.create(an_enrollment(key_that_is_returned()))
    world.ask(made)
    shown = world.system.enrollment(made.id)
    assert shown is not None
    assert state_shown(world.settings.clearinghouse, shown.word) is State.NEEDS_PRACTICE
    assert shown.asked == {Asked.FORM}
    (task,) = world.system.tasks(made.id)
    assert world.system.download(task.template).startswith(b"%PDF-")
    given = world.system.upload(NewDocument(made.id, task.id, "form.pdf", PDF))
    (listed,) = world.system.documents(made.id)
    assert (listed.id, listed.is_there, listed.task) == (given.id, True, task.id)
    assert given.size == len(PDF)
    assert [one.is_done for one in world.system.tasks(made.id)] == [True]
    world.go_on(made)
    later = world.system.enrollment(made.id)
    assert later is not None
    assert later.asked == frozenset()
    assert later.changed_at > shown.changed_at


def test_history_tells_every_change_in_order(world: World) -> None:
    made = world.system.create(an_enrollment(key_that_is_returned()))
    world.ask(made)
    asked, begun = world.system.history(made.id)[-1], world.system.history(made.id)[0]
    assert (begun.word, begun.before) == (made.word, "")
    assert (asked.before, asked.at > begun.at) == (made.word, True)


def test_only_a_pdf_for_a_task_that_was_asked_is_taken(world: World) -> None:
    made = world.system.create(an_enrollment(key_that_is_returned()))
    world.ask(made)
    (task,) = world.system.tasks(made.id)
    with pytest.raises(Rejected, match="not_a_pdf"):
        world.system.upload(NewDocument(made.id, task.id, "form.exe", b"MZ"))
    with pytest.raises(Rejected, match=r"malformed|not_found"):
        world.system.upload(NewDocument(made.id, "no-such-task", "form.pdf", PDF))
    with pytest.raises(OutsideError):
        world.system.download("no-such-document")


def test_what_is_taken_back_is_gone_or_its_support_must_be_asked(world: World) -> None:
    made = world.system.create(an_enrollment())
    try:
        world.system.cancel(made.id)
    except Rejected as refusal:
        assert refusal.reason == "cancel_by_support"  # noqa: PT017 - both ends are allowed
        return
    world.system.cancel(made.id)
    shown = world.system.enrollment(made.id)
    assert shown is None or state_shown(world.settings.clearinghouse, shown.word) is State.REJECTED


def test_neither_names_nor_tax_ids_are_in_a_repr_or_an_exception(world: World) -> None:
    new = an_enrollment(payer_id="" if world.settings.clearinghouse == "built_in" else "NOBODY")
    assert not any(word in repr(new) for word in (NAME, TAX_ID, "12 Maple Street"))
    with pytest.raises(Rejected, match="unknown_payer") as refusal:
        world.system.create(new)
    assert refusal.value.args == ("unknown_payer",)
    assert (refusal.value.__cause__, refusal.value.__context__) == (None, None)


def test_many_threads_create_at_once_and_nothing_is_lost(world: World) -> None:
    wanted = [an_enrollment(f"golive-{number:x}-1-1") for number in range(24)]
    world.system.create(wanted[0])
    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(world.system.create, wanted[1:]))
    assert len({one.id for one in made}) == len(wanted) - 1
    assert len(changed(world)) == len(wanted)


@pytest.mark.parametrize("name", PORT)
def test_no_call_is_made_inside_a_transaction(world: World, name: str) -> None:
    call = getattr(world.system, name)
    given = [None for _ in inspect.signature(getattr(Clearinghouse, name)).parameters][1:]
    with inside_transaction(), pytest.raises(OutsideCallInTransactionError):
        call(*given)


def test_no_page_is_read_inside_a_transaction(world: World) -> None:
    if world.settings.clearinghouse == "built_in":
        return  # it has read everything before it gives the first page
    pages = world.system.changed_since(world.time)
    with inside_transaction(), pytest.raises(OutsideCallInTransactionError):
        next(pages)
