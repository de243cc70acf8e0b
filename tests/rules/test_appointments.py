"""Requests, decisions and what the practice system shows (A-25..A-54, A-81..A-105)."""

from datetime import timedelta

import pytest

from models.rules.appointment_events import (
    Absent,
    Cancel,
    CancelInPortal,
    Confirm,
    Decline,
    Delete,
    DeleteInPortal,
    Due,
    Refused,
    Reschedule,
    SetStatus,
    Submit,
    Withdraw,
)
from models.rules.appointment_facts import Communications
from models.rules.appointment_portal import drifts_of
from models.rules.appointments import (
    FHIR,
    KEEPS_TIME,
    PORTAL,
    CancelReason,
    DeclineReason,
    Drift,
    Origin,
    PortalStatus,
    Status,
)
from models.rules.messages import CATALOGUE, Channel, MessageKind, Owner
from models.rules.roles import Role
from tests.rules.visits import (
    NOW,
    OURS,
    SPOKEN_BY_KAREO,
    START,
    a_request,
    a_visit,
    after,
    asked,
    called_off,
    decided,
    refused,
    said,
    settled,
    shown,
    timers,
)

HALF_HOUR = timedelta(minutes=30)
CONFIRM = Confirm("office-visit", 30)


def test_every_status_has_a_word_in_both_worlds() -> None:
    assert set(PORTAL) == set(FHIR) == set(Status)


def test_a_request_waits_for_review_and_is_written_to_the_practice_system_a25_a32() -> None:
    decision = decided(a_request(system_id=""), Submit())
    assert asked(decision) == ["review"]
    assert decision.write is not None
    assert decision.write.kind == "place"
    assert timers(decision) == [("lapse", START)]


def test_the_practices_recipients_are_alerted_by_mail_and_text_a27() -> None:
    """F-120."""
    decision = decided(a_request(), Submit(alerts=(("desk", "email"), ("desk", "text"))))
    alerts = [one for one in decision.effects if getattr(one, "kind", None) is MessageKind.REQUEST_ALERT]
    assert [(one.to, one.person, one.channel) for one in alerts] == [  # type: ignore[union-attr]
        (Role.FRONT_OFFICE, "desk", Channel.EMAIL),
        (Role.FRONT_OFFICE, "desk", Channel.TEXT),
    ]


def test_without_recipients_the_request_lands_all_the_same_a28() -> None:
    """F-122."""
    decision = decided(a_request(communications=SPOKEN_BY_KAREO), Submit())
    assert said(decision) == []
    assert asked(decision) == ["review"]


def test_the_patient_is_told_once_that_the_request_came_in_by_its_owner_a26_a84() -> None:
    ours = decided(a_request(), Submit())
    kareos = decided(a_request(communications=SPOKEN_BY_KAREO), Submit())
    assert said(ours) == [MessageKind.REQUEST_RECEIVED]
    assert said(kareos) == []


def test_kareo_owns_what_the_sender_matrix_gives_it_a84_a105() -> None:
    patients = {
        MessageKind.REQUEST_RECEIVED,
        MessageKind.APPOINTMENT_SCHEDULED,
        MessageKind.APPOINTMENT_DECLINED,
        MessageKind.APPOINTMENT_REMINDER,
        MessageKind.TELEHEALTH_REMINDER,
        MessageKind.INTAKE_FORMS,
    }
    assert all(CATALOGUE[kind].owner is Owner.KAREO for kind in patients)
    assert CATALOGUE[MessageKind.REQUEST_ALERT].owner is Owner.GOLIVE


def test_a_confirmation_is_written_and_true_only_once_the_practice_system_shows_it_a40() -> None:
    request = a_request()
    decision = decided(request, CONFIRM)
    assert decision.write is not None
    assert decision.write.change["status"] == Status.CONFIRMED
    assert "status" not in decision.fields
    assert said(decision) == []
    confirmed = decided(after(request, CONFIRM), shown(Status.CONFIRMED))
    assert said(confirmed) == [MessageKind.APPOINTMENT_SCHEDULED]
    assert "review" in settled(confirmed)
    assert "lapse" in called_off(confirmed)


def test_after_a_confirmation_patientpop_shows_booked_a41() -> None:
    visit = after(a_request(), shown(Status.CONFIRMED))
    assert visit.portal_status is PortalStatus.BOOKED
    assert visit.wanted is None


def test_the_visit_reasons_minutes_become_the_duration_a37() -> None:
    decision = decided(a_request(), Confirm("new-patient", 45))
    assert decision.write is not None
    assert decision.write.change["ends_at"] == (START + timedelta(minutes=45)).isoformat()


def test_staff_choose_the_visit_reason_and_the_original_reason_stays_a36_a49() -> None:
    visit = after(a_request(), shown(Status.CONFIRMED, visit_reason="office-visit"))
    assert (visit.reason, visit.visit_reason) == ("sick-visit", "office-visit")


def test_a_virtual_request_stays_telehealth_unless_staff_choose_otherwise_a38() -> None:
    virtual = a_request(is_virtual=True)
    kept, changed = decided(virtual, CONFIRM), decided(virtual, Confirm("office-visit", 30, is_virtual=False))
    assert kept.write is not None
    assert changed.write is not None
    assert kept.write.change["is_virtual"] is True
    assert changed.write.change["is_virtual"] is False


def test_intake_forms_are_sent_on_confirmation_a39() -> None:
    chosen = after(a_request(), Confirm("office-visit", 30, forms=("history", "consent")))
    decision = decided(chosen, shown(Status.CONFIRMED))
    assert chosen.intake_forms == "history,consent"
    assert MessageKind.INTAKE_FORMS in said(decision)


def test_a_conflict_is_flagged_and_staff_may_go_on_after_verifying_it_a35() -> None:
    busy = ((START, START + HALF_HOUR),)
    refusal = refused(a_request(), Confirm("office-visit", 30, collides=busy))
    assert refusal.code == "conflict"
    assert "busy" in refusal.sentence
    assert decided(a_request(), Confirm("office-visit", 30, collides=busy, despite_conflict=True)).write is not None


def test_a_time_that_is_gone_needs_a_new_one_and_reminders_follow_it_a43() -> None:
    late, later = START + timedelta(days=1), START + timedelta(days=9)
    assert refused(a_request(), CONFIRM, as_of=late).code == "in_the_past"
    decided(a_request(), Confirm("office-visit", 30, starts_at=later), as_of=late)
    moved = shown(Status.CONFIRMED, starts_at=later, ends_at=later + HALF_HOUR)
    decision = decided(a_request(), moved, as_of=late)
    assert timers(decision) == [("reminder", later - timedelta(days=2)), ("reminder", later - timedelta(hours=2))]


def test_insurance_details_open_a_task_and_change_nothing_by_themselves_a44() -> None:
    decision = decided(a_request(has_insurance=True), shown(Status.CONFIRMED))
    assert "insurance" in asked(decision)
    assert decision.write is None


def test_a_confirmed_virtual_visit_gets_telehealth_reminders_a45() -> None:
    visit = a_visit(is_virtual=True)
    due = Due("reminder", START - timedelta(hours=2), 120)
    assert said(decided(visit, due, as_of=due.due_at)) == [MessageKind.TELEHEALTH_REMINDER]


def test_a_declined_request_is_told_to_the_patient_and_shown_as_canceled_a42_a51_a53() -> None:
    """F-114, F-115."""
    request = a_request()
    written = decided(request, Decline(DeclineReason.WRONG_SERVICE))
    assert written.write is not None
    seen = decided(after(request, Decline(DeclineReason.WRONG_SERVICE)), shown(Status.CANCELLED))
    assert seen.fields["status"] is Status.DECLINED
    assert said(seen) == [MessageKind.APPOINTMENT_DECLINED]
    assert after(request, shown(Status.CANCELLED)).portal_status is PortalStatus.CANCELED


def test_a_request_that_kareo_cancels_by_itself_was_declined_a53() -> None:
    assert after(a_request(), shown(Status.CANCELLED)).status is Status.DECLINED


def test_a_withdrawn_request_is_cancelled_without_a_word_of_declining() -> None:
    request = after(a_request(), Withdraw())
    decision = decided(request, shown(Status.CANCELLED))
    assert decision.fields["status"] is Status.CANCELLED
    assert said(decision) == []


def test_cancelling_in_patientpop_changes_nothing_in_kareo_and_says_nothing_a50() -> None:
    """F-115."""
    decision = decided(a_visit(), CancelInPortal())
    assert decision.write is None
    assert said(decision) == []
    assert "status" not in decision.fields
    assert after(a_visit(), CancelInPortal()).portal_status is PortalStatus.CANCELED


def test_deleting_in_patientpop_changes_nothing_in_kareo_a52() -> None:
    decision = decided(a_visit(), DeleteInPortal())
    assert decision.write is None
    assert after(a_visit(), DeleteInPortal()).portal_status is None


@pytest.mark.parametrize(
    ("event", "drift"),
    [(CancelInPortal(), Drift.CANCELLED_IN_PORTAL), (DeleteInPortal(), Drift.DELETED_IN_PORTAL)],
)
def test_what_hurts_is_shown_as_drift_with_a_task_and_settled_once_repaired_a104(
    event: CancelInPortal | DeleteInPortal, drift: Drift
) -> None:
    decision = decided(a_visit(), event)
    assert asked(decision) == [f"drift.{drift}"]
    drifting = after(a_visit(), event)
    assert drifts_of(drifting) == {drift}
    assert f"drift.{drift}" in settled(decided(drifting, shown(Status.CANCELLED)))


def test_a_cancelled_appointment_does_not_drift_a104() -> None:
    decision = decided(a_visit(status=Status.CANCELLED, portal_cancelled_at=None), DeleteInPortal())
    assert asked(decision) == []


def test_a_later_decision_in_kareo_wins_over_patientpops_cancellation_a41() -> None:
    cancelled = after(a_request(), CancelInPortal())
    assert after(cancelled, shown(Status.CONFIRMED)).portal_status is PortalStatus.BOOKED


@pytest.mark.parametrize(
    ("status", "portal"),
    [
        (Status.CANCELLED, PortalStatus.CANCELED),
        (Status.DELETED, PortalStatus.CANCELED),
        (Status.NO_SHOW, PortalStatus.BOOKED),
        (Status.RESCHEDULED, PortalStatus.BOOKED),
    ],
)
def test_patientpops_status_follows_a_confirmed_appointment_a54_a95(status: Status, portal: PortalStatus) -> None:
    assert after(a_visit(), shown(status)).portal_status is portal


def test_a_deletion_leaves_a_tombstone_that_nothing_revives_a95() -> None:
    gone = after(a_visit(), Absent())
    assert gone.status is Status.DELETED
    assert decided(gone, shown(Status.CONFIRMED, minutes=99)).fields == {}
    assert decided(gone, Absent()).fields == {}


def test_a_moved_appointment_is_one_row_at_its_new_time_a95() -> None:
    later = START + timedelta(days=1)
    moved = after(a_visit(), shown(Status.RESCHEDULED, starts_at=later, ends_at=later + HALF_HOUR))
    assert (moved.id, moved.starts_at, moved.portal_status) == (7, later, PortalStatus.BOOKED)


def test_an_appointment_made_in_kareo_keeps_its_origin_and_nobody_is_told_of_it_a48() -> None:
    made = a_visit(origin=Origin.KAREO, system_modified_at=None, fingerprint="")
    decision = decided(made, shown(Status.CONFIRMED))
    assert said(decision) == []
    assert [note.kind for note in decision.notes] == ["appointment_imported"]
    assert [kind for kind, _ in timers(decision)] == ["reminder", "reminder"]


def test_a_collision_keeps_kareos_truth_and_opens_a_task_a101_a102() -> None:
    longer = shown(Status.CONFIRMED, ends_at=START + timedelta(hours=1), collides=True)
    decision = decided(a_visit(), longer)
    assert decision.fields["ends_at"] == START + timedelta(hours=1)
    assert asked(decision) == ["conflict"]
    apart = shown(Status.CONFIRMED, minutes=2)
    assert "conflict" in settled(decided(after(a_visit(), longer), apart))


def test_an_undecided_request_lapses_at_its_start_with_a_task_and_no_message_a94() -> None:
    decision = decided(a_request(), Due("lapse", START), as_of=START)
    assert decision.fields == {"status": Status.LAPSED}
    assert asked(decision) == ["lapsed"]
    assert said(decision) == []
    assert Status.LAPSED not in KEEPS_TIME
    lapsed = a_request(status=Status.LAPSED)
    assert lapsed.portal_status is PortalStatus.PENDING
    later = START + timedelta(days=2)
    assert decided(lapsed, Confirm("office-visit", 30, starts_at=later), as_of=START + HALF_HOUR).write is not None


def test_a_request_that_was_decided_does_not_lapse() -> None:
    assert decided(a_visit(), Due("lapse", START), as_of=START).fields == {}
    assert decided(after(a_request(), CONFIRM), Due("lapse", START), as_of=START).fields == {}


def test_the_status_change_to_checked_out_is_the_moment_that_counts_a85() -> None:
    out = after(a_visit(), shown(Status.CHECKED_OUT, minutes=200))
    assert out.checked_out_at == NOW + timedelta(minutes=200)
    again = after(out, shown(Status.CHECKED_OUT, minutes=300, visit_reason="follow-up"))
    assert again.checked_out_at == NOW + timedelta(minutes=200)


def test_a_check_out_by_mistake_is_undone_and_a_new_one_decides_anew_a100() -> None:
    out = after(a_visit(), shown(Status.CHECKED_OUT, minutes=200))
    undone = decided(out, shown(Status.CHECKED_IN, minutes=210))
    assert undone.fields["checked_out_at"] is None
    assert "ask_feedback" in called_off(undone)
    once_more = after(after(out, shown(Status.CHECKED_IN, minutes=210)), shown(Status.CHECKED_OUT, minutes=220))
    assert once_more.checked_out_at == NOW + timedelta(minutes=220)


@pytest.mark.parametrize("wish", [SetStatus(Status.CHECKED_IN), SetStatus(Status.CHECKED_OUT)])
def test_the_front_office_checks_in_and_out_in_the_practice_system_a85(wish: SetStatus) -> None:
    decision = decided(a_visit(), wish, as_of=START)
    assert decision.write is not None
    assert decision.write.change == {"status": wish.status}


def test_what_is_out_of_order_is_refused_in_plain_words() -> None:
    assert refused(a_request(), SetStatus(Status.CHECKED_IN)).code == "wrong_order"
    assert refused(a_visit(), SetStatus(Status.NO_SHOW)).code == "not_begun"
    assert refused(a_visit(), CONFIRM).code == "not_waiting"
    assert refused(a_visit(), Decline(DeclineReason.OTHER)).code == "not_waiting"
    assert refused(a_visit(), Withdraw()).code == "not_waiting"
    assert refused(a_request(), Cancel(CancelReason.BY_PATIENT)).code == "not_confirmed"
    assert refused(a_visit(status=Status.CHECKED_OUT), Cancel(CancelReason.BY_PATIENT)).code == "cannot_cancel"
    assert refused(a_request(), Reschedule(START + HALF_HOUR)).code == "cannot_move"
    assert refused(a_visit(), Reschedule(NOW)).code == "in_the_past"
    assert refused(a_visit(), Reschedule(START, minutes=800)).code == "bad_length"
    assert refused(a_visit(status=Status.DELETED), Delete()).code == "already_deleted"
    assert refused(after(a_visit(), CancelInPortal()), CancelInPortal()).code == "already_canceled"
    assert refused(after(a_visit(), DeleteInPortal()), DeleteInPortal()).code == "already_deleted"


def test_of_two_who_decide_at_once_the_second_is_told() -> None:
    deciding = after(a_request(), CONFIRM)
    assert refused(deciding, Decline(DeclineReason.OTHER)).code == "being_written"


def test_a_refused_write_opens_a_task_and_what_kareo_shows_stays_true() -> None:
    decision = decided(after(a_request(), CONFIRM), Refused("permission_missing:UpdateAppointment"))
    assert decision.fields == {"wanted": None}
    assert asked(decision) == ["not_written"]


def test_a_moved_visit_is_reminded_of_its_new_time_only_a81() -> None:
    """F-116."""
    later = START + timedelta(days=7)
    moved = shown(Status.CONFIRMED, starts_at=later, ends_at=later + HALF_HOUR)
    decision = decided(a_visit(), moved)
    assert "reminder" in called_off(decision)
    assert timers(decision) == [("reminder", later - timedelta(days=2)), ("reminder", later - timedelta(hours=2))]
    assert MessageKind.APPOINTMENT_MOVED in said(decision)
    stale = Due("reminder", START - timedelta(hours=2), 120)
    assert said(decided(after(a_visit(), moved), stale, as_of=stale.due_at)) == []


def test_with_kareo_as_the_sender_this_system_never_reminds_a81_a105() -> None:
    kareos = a_request(communications=Communications({}, (2880, 120)))
    decision = decided(kareos, shown(Status.CONFIRMED))
    assert timers(decision) == []
    assert said(decision) == []


def test_a_reminder_that_comes_too_late_to_help_is_left_out() -> None:
    due = Due("reminder", START - timedelta(hours=2), 120)
    assert said(decided(a_visit(), due, as_of=due.due_at + timedelta(minutes=119)))
    assert said(decided(a_visit(), due, as_of=START)) == []


def test_the_owner_of_a_kind_is_a_setting_a105() -> None:
    mixed = Communications({**OURS, MessageKind.APPOINTMENT_SCHEDULED: Owner.KAREO}, ())
    assert said(decided(a_request(communications=mixed), shown(Status.CONFIRMED))) == []
    assert said(decided(a_request(communications=mixed), shown(Status.CANCELLED))) == [MessageKind.APPOINTMENT_DECLINED]


def test_a_confirmed_appointment_that_is_called_off_is_told_where_we_are_the_sender() -> None:
    decision = decided(a_visit(), shown(Status.CANCELLED))
    assert said(decision) == [MessageKind.APPOINTMENT_CANCELLED]
    assert "reminder" in called_off(decision)
    past = decided(a_visit(), shown(Status.CANCELLED), as_of=START + HALF_HOUR)
    assert said(past) == []
