"""Access to the portal: given, taken and given anew by a person, once per command."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from sqlalchemy.orm import Session

from models.db import transaction
from models.inputs.answers import Answer
from models.rules.access import Whom
from models.rules.decisions import Refusal
from models.store import invitations
from tasks.policy import effect


@effect()
def invite(whom: Whom, *, as_of: datetime) -> Answer:
    """Invite one of us, or a practice's person, by mail."""
    return _answered(partial(invitations.invite, whom=whom, as_of=as_of))


@effect()
def end_access(whom: Whom, *, as_of: datetime) -> Answer:
    """End somebody's access at once."""
    return _answered(partial(invitations.end_access, whom=whom, as_of=as_of))


@effect()
def reset_second_factor(whom: Whom, *, as_of: datetime) -> Answer:
    """Take password and second factor from an account, and invite its holder again."""
    return _answered(partial(invitations.reset_second_factor, whom=whom, as_of=as_of))


def _answered(command: Callable[[Session], tuple[str, ...] | Refusal]) -> Answer:
    done = transaction(command)
    if isinstance(done, Refusal):
        return Answer.refused(done.sentence)
    return Answer.done(done) if done else Answer.repeated()
