"""Access to the portal: people are invited, lose their access, or set up their codes anew."""

from datetime import datetime
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run

from models.inputs.forms import ActorKey, OptionalPracticeKey, PersonKey
from models.rules.access import Whom
from tasks import access
from tasks.commands import state_of
from tasks.moment import now


@flow(flow_run_name="invite-to-portal {practice} {person}")
def invite_to_portal(person: PersonKey, by: ActorKey, practice: OptionalPracticeKey = "") -> State[Any]:
    """Invite somebody to the portal by mail: the link works for seven days and replaces earlier ones.

    Args:
        person: Key of whoever is invited, from the people or the team of an intake.
        by: Key of whoever invites.
        practice: Short name of the practice whose person this is; empty for one of our own team.
    """
    as_of = now()
    return state_of(access.invite(_whom(person, practice, by, as_of), as_of=as_of))


@flow(flow_run_name="end-portal-access {practice} {person}")
def end_portal_access(person: PersonKey, by: ActorKey, practice: OptionalPracticeKey = "") -> State[Any]:
    """End somebody's access to the portal: sessions and links end at once.

    Args:
        person: Key of whoever loses the access.
        by: Key of whoever ends it.
        practice: Short name of the practice whose person this is; empty for one of our own team.
    """
    as_of = now()
    return state_of(access.end_access(_whom(person, practice, by, as_of), as_of=as_of))


@flow(flow_run_name="reset-second-factor {practice} {person}")
def reset_second_factor(person: PersonKey, by: ActorKey, practice: OptionalPracticeKey = "") -> State[Any]:
    """Let somebody who lost the phone set up password and codes anew: sessions end, a new invitation goes out.

    Make sure by a call that it is this person who asks.

    Args:
        person: Key of whoever lost the phone.
        by: Key of whoever resets it.
        practice: Short name of the practice whose person this is; empty for one of our own team.
    """
    as_of = now()
    return state_of(access.reset_second_factor(_whom(person, practice, by, as_of), as_of=as_of))


def _whom(person: str, practice: str, by: str, as_of: datetime) -> Whom:
    """Name whom a run is about; its own id keeps a run that is tried again from doing it twice."""
    return Whom(person, practice, by, f"run:{flow_run.id or as_of.isoformat()}")
