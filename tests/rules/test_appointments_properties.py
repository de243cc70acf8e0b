"""Whatever the order and however often: what the practice system shows leads to one state (I11, I14)."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from models.rules.appointment_events import CancelInPortal, DeleteInPortal, Seen
from models.rules.appointment_facts import Appointment
from models.rules.appointments import Origin, Status
from tests.rules.visits import START, a_request, after, decided, shown

STATUSES = sorted(set(Status) - {Status.DELETED, Status.LAPSED, Status.DECLINED})


@st.composite
def histories(draw: st.DrawFn) -> list[Seen]:
    """Give what a practice system showed one after the other, each a little later by its clock."""
    seen, minute = list[Seen](), 0.0
    for _ in range(draw(st.integers(1, 5))):
        minute += draw(st.sampled_from([0.01, 1, 60]))
        start = START + timedelta(hours=draw(st.integers(0, 3)))
        changes = {"starts_at": start, "ends_at": start + timedelta(minutes=30)}
        seen.append(shown(draw(st.sampled_from(STATUSES)), minutes=minute, **changes))
    return seen


def _state(visit: Appointment) -> tuple[object, ...]:
    return visit.status, visit.starts_at, visit.ends_at, visit.fingerprint, visit.system_modified_at


@given(st.data(), histories(), st.sampled_from([Origin.KAREO, Origin.WIDGET]))
def test_any_order_and_repetition_of_changes_gives_one_state(
    data: st.DataObject, seen: list[Seen], origin: Origin
) -> None:
    first = a_request(origin=origin, system_modified_at=None, fingerprint="")
    shuffled = data.draw(st.lists(st.sampled_from(seen), max_size=8)) + data.draw(st.permutations(seen))
    one, other = first, first
    for event in seen:
        one = after(one, event)
    for event in shuffled:
        other = after(other, event)
    assert _state(other) == _state(one)


@given(histories())
def test_the_same_seen_twice_says_nothing_twice(seen: list[Seen]) -> None:
    visit = a_request()
    for event in seen:
        visit = after(visit, event)
    again = decided(visit, seen[-1])
    assert (again.fields, again.effects, again.notes) == ({}, (), ())


@given(histories(), st.sampled_from([CancelInPortal(), DeleteInPortal()]))
def test_nothing_done_in_patientpop_changes_kareo_i14(seen: list[Seen], event: CancelInPortal | DeleteInPortal) -> None:
    visit = a_request()
    for one in seen:
        visit = after(visit, one)
    if isinstance(event, CancelInPortal) and visit.portal_cancelled_at is None:
        visit = replace(visit, status=Status.CONFIRMED)
    decision = decided(visit, event)
    assert decision.write is None
    assert not {"status", "starts_at", "ends_at", "wanted"} & set(decision.fields)
