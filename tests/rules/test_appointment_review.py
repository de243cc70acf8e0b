"""What a reviewer is told of an appointment, and which flow comes next."""

from datetime import timedelta
from typing import Any

import pytest

from models.rules.appointment_review import NEAR, Remark, Review, next_flows, remarks
from models.rules.appointments import Status
from models.rules.matching import MatchOutcome
from tests.rules.visits import NOW, START, a_request, a_visit

REMARKS: list[tuple[str, Remark, dict[str, Any]]] = [
    ("A-35", Remark.CONFLICT, {"collides": True}),
    ("A-43", Remark.CONFLICT, {"visit": a_visit(has_conflict=True)}),
    ("A-97", Remark.SAYS_NEW, {"says_new": True, "match": MatchOutcome.EXISTING}),
    ("A-72", Remark.AMBIGUOUS, {"match": MatchOutcome.AMBIGUOUS}),
    ("A-96", Remark.OVERLAPS_OWN, {"overlaps_own": True}),
    ("A-82", Remark.NOT_REACHABLE, {"is_reachable": False}),
    ("A-94", Remark.LAPSED, {"visit": a_request(status=Status.LAPSED)}),
]


@pytest.mark.parametrize(("rule", "remark", "facts"), REMARKS, ids=[rule for rule, *_ in REMARKS])
def test_a_reviewer_is_told_what_is_special(rule: str, remark: Remark, facts: dict[str, Any]) -> None:
    """A-35, A-43, A-72, A-82, A-94, A-96, A-97, F-036."""
    assert rule
    assert remarks(Review(**({"visit": a_request()} | facts))) == (remark,)


def test_nothing_is_remarked_of_an_ordinary_request_or_of_what_was_called_off() -> None:
    assert remarks(Review(a_request(), says_new=True, match=MatchOutcome.NEW)) == ()
    assert remarks(Review(a_request(status=Status.DECLINED), collides=True, overlaps_own=True)) == ()


FLOWS: list[tuple[Any, tuple[str, ...]]] = [
    (a_request(), ("confirm-request", "decline-request")),
    (a_request(status=Status.LAPSED), ("confirm-request", "decline-request")),
    (a_request(wanted=Status.CONFIRMED), ()),
    (a_visit(), ("reschedule-appointment", "cancel-appointment")),
    (a_visit(starts_at=NOW + NEAR), ("check-in", "record-no-show")),
    (a_visit(status=Status.CHECKED_IN), ("check-out",)),
    (a_visit(status=Status.CHECKED_OUT), ()),
    (a_visit(status=Status.NO_SHOW), ("reschedule-appointment", "correct-status")),
    (a_visit(status=Status.CANCELLED), ()),
    (a_request(portal_cancelled_at=NOW), ("decline-request",)),
    (a_visit(portal_cancelled_at=NOW), ("cancel-appointment",)),
    (a_visit(status=Status.CHECKED_OUT, portal_cancelled_at=NOW), ()),
    (a_visit(portal_deleted_at=NOW), ("delete-appointment",)),
    (a_visit(status=Status.CANCELLED, portal_deleted_at=NOW), ()),
]


@pytest.mark.parametrize(("visit", "flows"), FLOWS)
def test_each_appointment_names_the_flow_that_comes_next(visit: Any, flows: tuple[str, ...]) -> None:
    """A-34, A-42, A-51, A-52, A-85, A-104."""
    assert next_flows(visit, as_of=NOW) == flows


def test_the_front_desk_takes_over_shortly_before_the_start() -> None:
    visit = a_visit()
    assert next_flows(visit, as_of=START - NEAR - timedelta(minutes=1))[0] == "reschedule-appointment"
    assert next_flows(visit, as_of=START + timedelta(hours=1))[0] == "check-in"
