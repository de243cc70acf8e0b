"""What a journey's messages say at the moment they are sent, and whether they are still wanted then."""

from collections.abc import Mapping
from datetime import datetime

from models.rules.decisions import Evidence
from models.rules.messages import MessageKind
from models.rules.onboarding_evidence import waits_for
from models.rules.onboarding_facts import CallState, Journey, TrainingState
from models.rules.roles import Party

_REMINDERS = frozenset({MessageKind.REMINDER, MessageKind.STAFF_REMINDER, MessageKind.STAFF_ESCALATION})
_TRAINING = frozenset({MessageKind.TRAINING_INVITATION, MessageKind.TRAINING_RESCHEDULED})


def missing_items(journey: Journey, step: str, party: Party) -> list[str]:
    """List the open items of a step for which one side is waited for, in their order."""
    template = journey.template
    open_items = [key for key, owner in template.step_of_item.items() if owner == step and key in journey.items]
    return [key for key in open_items if waits_for(journey, key) is party]


def date_of(fields: Mapping[str, Evidence]) -> datetime:
    """Give the date (UTC) that a calendar entry had when its message was queued."""
    return datetime.fromisoformat(str(fields["starts_at"]))


def unwanted(kind: MessageKind, fields: Mapping[str, Evidence], journey: Journey) -> str:
    """Say why a message is no longer wanted, as a code; empty when it is.

    A reminder whose cause is gone and an invitation whose date was changed are not sent any more.
    """
    if kind in _REMINDERS and not missing_items(journey, str(fields["step"]), Party(str(fields["party"]))):
        return "nothing_missing"
    if kind is MessageKind.CALL_INVITATION:
        call = journey.calls.get((str(fields["call"]), int(fields["number"] or 0)))
        # by date and not by sequence: that rises also when another attendee is replaced
        is_current = call is not None and call.state is CallState.SCHEDULED and call.starts_at == date_of(fields)
        return "" if is_current else "superseded"
    if kind in _TRAINING:
        place = journey.training.get((str(fields["person"]), str(fields["topic"])))
        is_current = (
            place is not None and place.state is TrainingState.REGISTERED and place.session == fields["session"]
        )
        return "" if is_current else "superseded"
    return ""
