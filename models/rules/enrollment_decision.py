"""The one question about an enrollment: given what happened, what becomes of it?"""

from datetime import datetime

from models.rules.decisions import Refusal
from models.rules.enrollment_commands import decide_command
from models.rules.enrollment_due import on_due
from models.rules.enrollment_events import Contradict, Create, Due, Event, HearUnknownWord, Prove, Rank, SeeClaim
from models.rules.enrollment_facts import Decision, Enrollment
from models.rules.enrollment_seen import contradict, create, hear_unknown_word, prove, rank, see_claim


def decide(enrollment: Enrollment, event: Event, *, as_of: datetime) -> Decision | Refusal:
    """Say what an event leads to at the moment `as_of` (UTC); what does not fit is refused and changes nothing (E-10).

    Evidence and timers are never refused: what is late or does not fit leads to an empty decision.
    """
    match event:
        case Due():  # first, since these are very many
            return on_due(enrollment, event, as_of=as_of)
        case Create():
            return create(enrollment, event, as_of=as_of)
        case Rank():
            return rank(enrollment, event)
        case Prove():
            return prove(enrollment, event, as_of=as_of)
        case Contradict():
            return contradict(enrollment, event, as_of=as_of)
        case SeeClaim():
            return see_claim(enrollment, event)
        case HearUnknownWord():
            return hear_unknown_word(enrollment, event, as_of=as_of)
        case _:
            return decide_command(enrollment, event, as_of=as_of)
